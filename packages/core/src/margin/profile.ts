import type { Ppm } from '../numeric/brand.ts';
import type { JointScenario, ScenarioSet } from '../scenarios/scenario.ts';

/**
 * A margin profile: everything about the requirement that is not a parameter of one asset or instrument. Profiles are
 * data (JSON); `profileFromJson` reads one and `lintProfile` says what is unwise about one.
 *
 *     functional  = ⌈(1 − w) · Σ_u max(0, −min_s P[u,s]) + w · max(0, ES of −Σ_u P[u,j])⌉
 *     requirement = ⌈lossFactor(level) · functional⌉ + add-ons(level)
 */
export interface MarginProfile {
  readonly name: string;
  readonly description: string;
  /** Claims that the requirement of a union is at most the sum of the requirements; tested for shipped profiles. */
  readonly coherent: boolean;
  /** Accepts only instruments whose value is proportional to a price. */
  readonly linearOnly: boolean;
  /** Stress scenarios, worst case per underlying. */
  readonly scenarioSets: readonly ScenarioSet[];
  readonly joint: JointFunctional;
  readonly lossFactor: LevelPpm;
  readonly volatility: VolatilityShocks;
  readonly addOns: AddOnRules;
}

/** One figure for each of the two levels. */
export interface LevelPpm {
  readonly maintenancePpm: Ppm;
  readonly initialPpm: Ppm;
}

/** The share of the functional that comes from joint scenarios, as expected shortfall over the worst `worstCount`. */
export interface JointFunctional {
  readonly weightPpm: Ppm;
  readonly worstCount: number;
  readonly scenarios: readonly JointScenario[];
}

/**
 * How far volatility moves in `up` and `down` scenarios: multipliers 1 + upRange·m and max(0, 1 − downRange·m) with
 * m = (30 days / max(time to expiry, daysFloor))^p, p the short-term power up to 30 days and the long-term one beyond (cookbook B2).
 */
export interface VolatilityShocks {
  readonly upRangePpm: Ppm;
  readonly downRangePpm: Ppm;
  readonly shortTermPowerPpm: Ppm;
  readonly longTermPowerPpm: Ppm;
  readonly daysFloor: number;
  /** An up move reaches at least this volatility per year. */
  readonly upMinimumPpm: Ppm;
}

/** Multipliers of the add-ons whose sizes are parameters; 1 000 000 takes them as they are, 0 turns them off. */
export interface AddOnRules {
  /** The price that notional is measured at. */
  readonly notionalPrice: 'mark' | 'index';
  /** Instrument add-ons (fee, slippage, gap) at both levels, and the extra at initial. */
  readonly instrumentPpm: Ppm;
  /** Standard deviations of the declared latency. */
  readonly latencyPpm: Ppm;
  /** Square-root impact of the owner's total size. */
  readonly sizePpm: Ppm;
  /** Minimum for short options. */
  readonly shortMinimumPpm: Ppm;
  /** Initial level only: confidence of the price, on notional. */
  readonly confidencePpm: Ppm;
  /** Initial level only: adverse gap between oracle and slow price, on the net delta of each underlying. */
  readonly slowPricePpm: Ppm;
  /** Initial level only: loss factor grows by factor × (threshold − price) of the settlement asset. */
  readonly pegThresholdPpm: Ppm;
  readonly pegFactorPpm: Ppm;
}
