/**
 * Static arbitrage in a volatility surface: which point is wrong, and by how much.
 *
 * Butterfly: call prices are convex in the strike, because their second derivative is a density. For SVI that is g(k) ≥ 0 (J. Gatheral
 * and A. Jacquier, "Arbitrage-free SVI volatility surfaces", 2014); for marks it is checked on the prices themselves, strike by
 * strike. Calendar: at equal log-moneyness total variance does not fall with time.
 */

import { exp } from '../numeric/deterministicMath.ts';
import { black76Value } from './black76.ts';
import type { StrikeSmile } from './strikeSmile.ts';
import { type SviSmile, sviDensityFactor, sviReach } from './sviSmile.ts';
import { type Smile, smileForward, smileVariance, smileYears, type VolatilitySurface } from './volatilitySurface.ts';

/** A violation. Prices are undiscounted, in the unit of the forward; `excess` is positive. */
export type ArbitrageFinding =
  /** SVI: g is negative from one log-moneyness to another, lowest at `k` (a strike of `strike`), where it is −`excess`. */
  | {
      readonly kind: 'density';
      readonly years: number;
      readonly k: number;
      readonly strike: number;
      readonly excess: number;
      readonly fromK: number;
      readonly toK: number;
    }
  /** Marks: the call at `strike` costs `excess` more than the line between its neighbours (strike zero below the lowest). */
  | { readonly kind: 'convexity'; readonly years: number; readonly strike: number; readonly excess: number }
  /** Marks: the call at `strike` costs `excess` more than the one at the next lower strike, which pays at least as much. */
  | { readonly kind: 'monotonicity'; readonly years: number; readonly strike: number; readonly excess: number }
  /**
   * Total variance at `k` (a strike of `strike` at the later expiry) falls by `excess` between two expiries; worst of its run of points.
   * `isExtrapolated`: one of the two smiles is continued flat there, beyond its marks or its clamp, so its marks need not be wrong.
   */
  | {
      readonly kind: 'calendar';
      readonly yearsBefore: number;
      readonly years: number;
      readonly k: number;
      readonly strike: number;
      readonly excess: number;
      readonly fromK: number;
      readonly toK: number;
      readonly isExtrapolated: boolean;
    };

/** What is too small to report. */
export interface ArbitrageTolerance {
  /** Share of the forward, for prices; a venue's half tick, say. */
  readonly price: number;
  /** Of g, a pure number. */
  readonly density: number;
  /** Of total variance. */
  readonly variance: number;
}

/** Only what is beyond the rounding of doubles. */
export const ROUNDING_TOLERANCE: ArbitrageTolerance = { price: 1e-13, density: 1e-9, variance: 1e-13 };

const SAMPLES: number = 400;
const REFINEMENTS: number = 48;
const GOLDEN: number = 0.6180339887498949;

/** Every violation of a surface: smile by smile, then pair by pair of neighbouring expiries. */
export function surfaceArbitrage(surface: VolatilitySurface, tolerance: ArbitrageTolerance): readonly ArbitrageFinding[] {
  const within = surface.smiles.flatMap((smile) => smileArbitrage(smile, tolerance));
  const between = surface.smiles.flatMap((smile, index) => {
    const before = surface.smiles[index - 1];
    return before === undefined ? [] : calendarArbitrage(before, smile, tolerance);
  });
  return [...within, ...between];
}

/** Butterfly violations of one smile. */
export function smileArbitrage(smile: Smile, tolerance: ArbitrageTolerance): readonly ArbitrageFinding[] {
  return smile.kind === 'svi' ? sviArbitrage(smile.svi, tolerance) : strikeArbitrage(smile.strikes, tolerance);
}

/** Where total variance of the later smile is below that of the earlier: at the strikes of marks, and on a grid for SVI. */
export function calendarArbitrage(before: Smile, after: Smile, tolerance: ArbitrageTolerance): readonly ArbitrageFinding[] {
  const points = calendarPoints(before, after);
  const excessAt = (k: number): number => smileVariance(before, k) - smileVariance(after, k);
  return runsAbove(points, excessAt, tolerance.variance).map(({ k, excess, fromK, toK }) => ({
    kind: 'calendar',
    yearsBefore: smileYears(before),
    years: smileYears(after),
    k,
    strike: smileForward(after) * exp(k),
    excess,
    fromK,
    toK,
    isExtrapolated: !(isWithin(before, k) && isWithin(after, k)),
  }));
}

/** Whether a smile says anything of its own at k. */
function isWithin(smile: Smile, k: number): boolean {
  if (smile.kind === 'svi') return Math.abs(k) <= sviReach(smile.svi);
  const { k: marks } = smile.strikes;
  return k >= (marks[0] ?? 0) && k <= (marks[marks.length - 1] ?? 0);
}

/** g is looked at on a grid over the reach of the clamps; the lowest point of each run below zero is refined. */
function sviArbitrage(svi: SviSmile, tolerance: ArbitrageTolerance): readonly ArbitrageFinding[] {
  const reach = sviReach(svi);
  if (!(reach > 0)) return [];
  const excessAt = (k: number): number => -sviDensityFactor(svi, k);
  return runsAbove(grid(-reach, reach), excessAt, tolerance.density).map((run) => {
    const refined = refine(run.k, (2 * reach) / SAMPLES, excessAt);
    const { fromK, toK } = run;
    return {
      kind: 'density',
      years: svi.years,
      k: refined,
      strike: svi.forward * exp(refined),
      excess: excessAt(refined),
      fromK,
      toK,
    };
  });
}

function strikeArbitrage(smile: StrikeSmile, tolerance: ArbitrageTolerance): readonly ArbitrageFinding[] {
  const { forward, years, strikes, variance } = smile;
  const calls = Array.from(strikes, (strike, index) => ({
    strike,
    price: black76Value({
      right: 'call',
      forward,
      strike,
      volatility: Math.sqrt((variance[index] ?? 0) / years),
      years,
      discount: 1,
    }),
  }));
  const limit = tolerance.price * forward;
  const findings: ArbitrageFinding[] = [];
  calls.forEach((call, index) => {
    const below = calls[index - 1] ?? { strike: 0, price: forward };
    const above = calls[index + 1];
    const rise = call.price - below.price;
    if (rise > limit) findings.push({ kind: 'monotonicity', years, strike: call.strike, excess: rise });
    if (above === undefined) return;
    const share = (call.strike - below.strike) / (above.strike - below.strike);
    const excess = call.price - (below.price * (1 - share) + above.price * share);
    if (excess > limit) findings.push({ kind: 'convexity', years, strike: call.strike, excess });
  });
  return findings;
}

function calendarPoints(before: Smile, after: Smile): readonly number[] {
  const points: number[] = [];
  for (const smile of [before, after]) {
    if (smile.kind === 'strikes') points.push(...smile.strikes.k);
    else points.push(...grid(-sviReach(smile.svi), sviReach(smile.svi)));
  }
  return points.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function grid(from: number, to: number): readonly number[] {
  return Array.from({ length: SAMPLES + 1 }, (_, index) => from + ((to - from) * index) / SAMPLES);
}

interface Run {
  readonly k: number;
  readonly excess: number;
  readonly fromK: number;
  readonly toK: number;
}

/** Runs of neighbouring points where the excess is above the limit, each with its worst point. */
function runsAbove(points: readonly number[], excessAt: (k: number) => number, limit: number): readonly Run[] {
  const runs: Run[] = [];
  let isOpen = false;
  for (const k of points) {
    const excess = excessAt(k);
    const isAbove = excess > limit;
    const last = isOpen ? runs.pop() : undefined;
    if (last !== undefined) runs.push(isAbove ? extended(last, k, excess) : last);
    else if (isAbove) runs.push({ k, excess, fromK: k, toK: k });
    isOpen = isAbove;
  }
  return runs;
}

function extended(run: Run, k: number, excess: number): Run {
  return excess > run.excess ? { k, excess, fromK: run.fromK, toK: k } : { ...run, toK: k };
}

/** The maximum within a grid step on either side of `k`, by golden section. */
function refine(k: number, step: number, excessAt: (k: number) => number): number {
  let low = k - step;
  let high = k + step;
  for (let count = 0; count < REFINEMENTS; count += 1) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (excessAt(left) < excessAt(right)) low = left;
    else high = right;
  }
  const best = 0.5 * (low + high);
  return excessAt(best) > excessAt(k) ? best : k;
}
