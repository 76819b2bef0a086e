/**
 * The volatility smile of one expiry as marks per strike. Between two strikes total variance is linear in log-moneyness; below
 * the lowest and above the highest it stays what it is there, so the volatility of the outermost strike is used (a choice: going on
 * along a steep end could pass the slope of 2 that R. Lee, 2004, proves to be the most a smile without arbitrage has).
 */

import { assert } from '../numeric/assert.ts';
import { log, sqrt } from '../numeric/deterministicMath.ts';

/** Marks of one expiry. */
export interface StrikeSmile {
  /** Forward at the marks, in the unit of strikes. */
  readonly forward: number;
  /** Years to expiry at the marks. */
  readonly years: number;
  /** Rising log-moneyness ln(K/F); made by `createStrikeSmile`. */
  readonly k: Float64Array;
  /** Total variance at each. */
  readonly variance: Float64Array;
  readonly strikes: Float64Array;
}

/** What can be wrong with marks. Stable names. */
export type StrikeSmileProblem =
  | 'SMILE_EMPTY'
  | 'SMILE_STRIKES_NOT_RISING'
  | 'SMILE_VOLATILITY_NEGATIVE'
  | 'SMILE_FORWARD_NOT_POSITIVE'
  | 'SMILE_YEARS_NOT_POSITIVE';

export interface StrikeMark {
  readonly strike: number;
  /** Per year, 1 = 100 %. */
  readonly volatility: number;
}

interface Marks {
  readonly forward: number;
  readonly years: number;
  /** By rising strike. */
  readonly marks: readonly StrikeMark[];
}

/** The first thing wrong with the marks, or null: at least one, strikes positive and rising, volatilities finite and not negative. */
export function strikeSmileProblem(input: Marks): StrikeSmileProblem | null {
  if (!(input.forward > 0 && Number.isFinite(input.forward))) return 'SMILE_FORWARD_NOT_POSITIVE';
  if (!(input.years > 0 && Number.isFinite(input.years))) return 'SMILE_YEARS_NOT_POSITIVE';
  if (input.marks.length === 0) return 'SMILE_EMPTY';
  let below = 0;
  for (const { strike, volatility } of input.marks) {
    if (!(strike > below && Number.isFinite(strike))) return 'SMILE_STRIKES_NOT_RISING';
    if (!(volatility >= 0 && Number.isFinite(volatility))) return 'SMILE_VOLATILITY_NEGATIVE';
    below = strike;
  }
  return null;
}

/** The smile through the marks; asserts that `strikeSmileProblem` has nothing to say. */
export function createStrikeSmile(input: Marks): StrikeSmile {
  const { forward, years, marks } = input;
  assert(strikeSmileProblem(input) === null, 'The marks of a smile were checked before it is made.');
  return {
    forward,
    years,
    strikes: Float64Array.from(marks, (mark) => mark.strike),
    k: Float64Array.from(marks, (mark) => log(mark.strike / forward)),
    variance: Float64Array.from(marks, (mark) => mark.volatility * mark.volatility * years),
  };
}

/** Volatility per year at a strike (positive). Cost: a binary search. */
export function strikeSmileVolatility(smile: StrikeSmile, strike: number): number {
  return sqrt(strikeSmileVariance(smile, log(strike / smile.forward)) / smile.years);
}

/** Total variance at log-moneyness k. */
export function strikeSmileVariance(smile: StrikeSmile, k: number): number {
  const last = smile.k.length - 1;
  const at = lastNotAbove(smile.k, k);
  // Indexes stay within 0 … last: the smile has at least one mark.
  if (at < 0) return smile.variance[0] as number;
  if (at >= last) return smile.variance[last] as number;
  const left = smile.k[at] as number;
  const right = smile.k[at + 1] as number;
  const share = (k - left) / (right - left);
  return (smile.variance[at] as number) * (1 - share) + (smile.variance[at + 1] as number) * share;
}

/** Index of the last element not above `value`, −1 when all are. */
function lastNotAbove(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
