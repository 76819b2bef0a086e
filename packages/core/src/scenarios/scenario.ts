import type { Ppm } from '../numeric/brand.ts';

/**
 * What implied volatility does in a scenario. Linear instruments do not notice. The two skew moves tilt the surface by strike and
 * leave the price alone: `skewLinear` in ln(K/F), `skewAbsolute` in |ln(K/F)| (see `SkewRule`).
 */
export type VolatilityMove = 'up' | 'none' | 'down' | 'skewLinear' | 'skewAbsolute';

/** Whether a move tilts the surface. */
export function isSkew(move: VolatilityMove): move is 'skewLinear' | 'skewAbsolute' {
  return move === 'skewLinear' || move === 'skewAbsolute';
}

/** What a spot shock is a share of: the underlying's scan range (a parameter), or its price. */
export type SpotScale = 'scanRange' | 'absolute';

/**
 * One shock to an underlying, with the share of the resulting profit or loss that counts. The index of a scenario
 * means nothing across two underlyings.
 */
export interface Scenario {
  /** Shock in parts per million of what `spotScale` names, signed; the price never falls below zero. */
  readonly spotPpm: Ppm;
  readonly spotScale: SpotScale;
  readonly volatility: VolatilityMove;
  /** Share of the profit or loss that counts, from 0 to 1 in ppm. Extreme moves are dampened. */
  readonly dampeningPpm: Ppm;
}

/** What is done to the profit of one expiry of one underlying in one scenario, before expiries are added. */
export type GroupTransform =
  | { readonly kind: 'identity' }
  | {
      readonly kind: 'discountBySign';
      /** `value`: the discounted value less today's value; `profit`: the profit itself is discounted. */
      readonly of: 'value' | 'profit';
      /** What counts of a positive figure, at most one. */
      readonly positivePpm: Ppm;
      /** What counts of a negative figure, at least one. */
      readonly negativePpm: Ppm;
    }
  | { readonly kind: 'minusAbsolute' }
  | { readonly kind: 'perExpiry'; readonly of: 'value' | 'profit'; readonly bands: readonly ExpiryBand[] }
  | {
      /**
       * (V·share − V₀)·dampening, where V is the expiry's value after the move, V₀ its value now and the share depends on the sign
       * of V (cookbook B2): positive base·exp(−τ·(rate·multiple + add)) but at most 1, negative base·exp(τ·(rate·multiple + add)) but
       * at least 1 and, when capped, at most what the rate itself discounts, exp(τ·max(rate, 0)).
       */
      readonly kind: 'continuousDiscount';
      readonly positive: DiscountCurve;
      readonly negative: DiscountCurve;
      readonly isNegativeCappedByRate: boolean;
      /** `minusAbsolute` takes minus the magnitude of the result. */
      readonly sign: 'signed' | 'minusAbsolute';
    };

/** Parameters of one side of a continuous static discount. */
export interface DiscountCurve {
  readonly basePpm: Ppm;
  readonly rateMultiplePpm: Ppm;
  /** Per year, added to the rate's part. */
  readonly addPpm: Ppm;
}

/** Discounts up to a time to expiry; the last band is open-ended (null). */
export interface ExpiryBand {
  readonly daysUpTo: number | null;
  readonly positivePpm: Ppm;
  readonly negativePpm: Ppm;
}

/** A named part of a profile's stress scenarios; all of it shares one transform, applied to groups with an expiry. */
export type ScenarioSet = GridSet | ListSet;

/** Every spot shock with every volatility move. */
export interface GridSet {
  readonly kind: 'grid';
  readonly name: string;
  readonly spotScale: SpotScale;
  readonly spotPpm: readonly Ppm[];
  readonly volatility: readonly VolatilityMove[];
  readonly dampeningPpm: Ppm;
  readonly transform: GroupTransform;
}

/** Scenarios one by one. */
export interface ListSet {
  readonly kind: 'list';
  readonly name: string;
  readonly scenarios: readonly Scenario[];
  readonly transform: GroupTransform;
}

/** One moment in which underlyings moved together. Only such moves net one underlying against another. */
export interface JointScenario {
  readonly name: string;
  readonly dampeningPpm: Ppm;
  readonly moves: readonly JointMove[];
  /** The move of underlyings that `moves` does not name, in ppm of their price; null: they stand alone (see `standsAlone`). */
  readonly otherwisePpm: Ppm | null;
}

export interface JointMove {
  readonly underlying: string;
  /** In ppm of the price. */
  readonly spotPpm: Ppm;
  readonly volatility: VolatilityMove;
}

/**
 * True for an underlying that some joint scenario says nothing of: nothing is known of how it moves with others. It takes no part in
 * the joint sums, and what it would lose by itself in the worst stress scenario counts whole instead, so that it nets against nobody.
 */
export function standsAlone(joint: readonly JointScenario[], symbol: string): boolean {
  return joint.some(({ moves, otherwisePpm }) => otherwisePpm === null && !moves.some((move) => move.underlying === symbol));
}

/** The scenarios of all sets in their order: grid sets by spot shock, then by volatility move. */
export function expandScenarioSets(sets: readonly ScenarioSet[]): readonly Scenario[] {
  return sets.flatMap(expandScenarioSet);
}

/** The scenarios of one set. */
export function expandScenarioSet(set: ScenarioSet): readonly Scenario[] {
  if (set.kind === 'list') return set.scenarios;
  const { spotScale, dampeningPpm } = set;
  return set.spotPpm.flatMap((spotPpm) => set.volatility.map((volatility) => ({ spotPpm, spotScale, volatility, dampeningPpm })));
}

/** The transform of each scenario, parallel to `expandScenarioSets`. */
export function expandTransforms(sets: readonly ScenarioSet[]): readonly GroupTransform[] {
  return sets.flatMap((set) => expandScenarioSet(set).map(() => set.transform));
}
