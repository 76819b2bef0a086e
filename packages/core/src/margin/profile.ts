import type { Ppm } from '../numeric/brand.ts';
import type { JointScenario, ScenarioSet } from '../scenarios/scenario.ts';
import type { MarginRules } from './rules/ruleSet.ts';

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
  // Sections that a profile may leave out. They are absent then, not null, so that a profile without them keeps its canonical form.
  /**
   * Where the model and its numbers stand, and of which date; ours says so. Every document that `profileFromJson` reads has it; absent
   * only in profiles that a program composed.
   */
  readonly source?: string;
  /**
   * How the source states its answer: `requirement` as an amount to hold, `netMargin` as equity less requirement (negative: short of
   * it). Absent: `requirement`, which is ours.
   */
  readonly convention?: SourceConvention;
  /**
   * Whether options are discounted by the rate of their expiry, in marks and in scenarios; `positiveRate` takes a negative rate as
   * zero. Absent: `none`.
   */
  readonly optionDiscounting?: OptionDiscounting;
  readonly basis?: BasisRules;
  readonly contingencies?: ContingencyRules;
  readonly feedConfidence?: FeedConfidenceRules;
  /** Published models that are not scenarios; a profile that has them may have no scenario set. docs/rule-profiles.md. */
  readonly rules?: MarginRules;
}

export type SourceConvention = 'requirement' | 'netMargin';
export type OptionDiscounting = 'none' | 'rate' | 'positiveRate';

/**
 * Forward moves of one expiry at a time, spot and volatility unchanged (cookbook B2):
 * loss = Σ over expiries of max(0, −profit up, −profit down) · (add + multiple · τ), rounded up.
 */
export interface BasisRules {
  readonly upPpm: Ppm;
  readonly downPpm: Ppm;
  readonly addPpm: Ppm;
  /** Per year to expiry. */
  readonly multiplePpm: Ppm;
  /** `maximum`: the larger of this and the worst scenario is the loss of the underlying; `sum`: both together. */
  readonly rule: 'maximum' | 'sum';
}

/** Shares of notional that are charged whatever the scenarios say. `initialPpm` is what initial margin adds to maintenance. */
export interface ContingencyRules {
  readonly perpetual?: LevelPpm;
  readonly future?: LevelPpm;
  /** On option contracts that are short net of longs: per strike and expiry, calls and puts together, or each instrument by itself. */
  readonly nakedShort?: NakedShortRule;
  /** On the size of linear positions of one underlying that is offset by others, perpetuals and expiries taken as one each. */
  readonly offset?: LevelPpm;
}

export interface NakedShortRule extends LevelPpm {
  readonly netting: 'strike' | 'none';
}

/** Feeds whose confidence a charge may look at. */
export type FeedName = 'spot' | 'perpetual' | 'forward' | 'rate' | 'volatility' | 'collateral' | 'stable';

/** Initial level only: what doubt in the feeds costs, by kind of holding. */
export interface FeedConfidenceRules {
  readonly perpetual?: FeedConfidenceRule;
  readonly future?: FeedConfidenceRule;
  readonly option?: FeedConfidenceRule;
  /** Taken off what the collateral counts for, at most all of it. */
  readonly collateral?: FeedConfidenceRule;
}

/** With c the least confidence of the named feeds: below the threshold, (1 − c) · factor of the notional is charged. */
export interface FeedConfidenceRule {
  readonly thresholdPpm: Ppm;
  readonly factorPpm: Ppm;
  /** `perpetual` counts for other instruments only while a perpetual of the same underlying is held. */
  readonly feeds: readonly FeedName[];
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
  /** `additive`: volatility + upRange·m and max(0, volatility − downRange·m). Absent: `relative`, as above. */
  readonly shift?: VolatilityShift;
  /** What `skewLinear` and `skewAbsolute` moves do; a profile with such moves has it. */
  readonly skew?: SkewShocks;
}

export type VolatilityShift = 'relative' | 'additive';

/**
 * Skew moves multiply the volatility of a strike by max(0, 1 + clamp(x·c/k, −c, c)) with x = ln(K/F) (`absolute`: its magnitude),
 * c = max(0, cap + base·√τ) and k = max(widthMinimum, √τ·widthScale·(volatilityStatic + √τ·volatilityScale)) (cookbook B2).
 */
export interface SkewShocks {
  readonly linear: SkewCapPpm;
  readonly absolute: SkewCapPpm;
  readonly widthMinimumPpm: Ppm;
  readonly widthScalePpm: Ppm;
  readonly volatilityStaticPpm: Ppm;
  readonly volatilityScalePpm: Ppm;
}

export interface SkewCapPpm {
  readonly capPpm: Ppm;
  readonly basePpm: Ppm;
}

/** Multipliers of the add-ons whose sizes are parameters; 1 000 000 takes them as they are, 0 turns them off. */
export interface AddOnRules {
  /** The price that notional is measured at. */
  readonly notionalPrice: 'mark' | 'index';
  /** Instrument add-ons (fee, slippage, gap) at both levels, and the extra at initial. */
  readonly instrumentPpm: Ppm;
  /** Standard deviations of the declared latency. */
  readonly latencyPpm: Ppm;
  /** The latency buffer takes at least this volatility per year, whatever is declared. Absent: none. */
  readonly latencyVolatilityFloorPpm?: Ppm;
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
