/**
 * Settlement by a time-averaged index. A derivative that settles at the average of the index over its last `windowMs` has, at any
 * moment of that window, a part that is already known and a part that still moves (cookbook B2, Derive's PMRM_2):
 *
 *     F_fix = ∫ index over the elapsed part / window      F_var = live forward · remaining / window
 *
 * The settlement forward is F_fix + F_var, and a shock of the market moves F_var alone, so deltas shrink as the window passes.
 */

import { assert } from '../numeric/assert.ts';
import type { DurationMs, Price, TimeMs } from '../numeric/brand.ts';
import { durationMs } from '../numeric/brand.ts';
import { mulDivNearest } from '../numeric/rounding.ts';

/** The averaging window of the source: half an hour. */
export const AVERAGING_WINDOW_MS: DurationMs = durationMs(1_800_000);

/** What is known of an average that is being taken. */
export interface AveragedSettlement {
  /** F_fix in 1e-9 USD per feed unit; not negative. */
  readonly fixed: bigint;
  /** Time left of the window: 0 when the average is complete. */
  readonly remainingMs: DurationMs;
  readonly windowMs: DurationMs;
}

/**
 * The averaging state at a time: null before the window opens. `accumulated` is the time integral of the index over the elapsed
 * part of the window, in 1e-9 USD · milliseconds; its share of the window is rounded to the nearest 1e-9 USD.
 */
export function averagedSettlementAt(input: {
  readonly expiryMs: TimeMs;
  readonly timeMs: TimeMs;
  readonly windowMs: DurationMs;
  readonly accumulated: bigint;
}): AveragedSettlement | null {
  const { expiryMs, timeMs, windowMs, accumulated } = input;
  assert(windowMs > 0 && accumulated >= 0n, 'An averaging window has a length and what it has accumulated is not negative.');
  const remaining = Math.max(0, expiryMs - timeMs);
  if (remaining >= windowMs) return null;
  return { fixed: mulDivNearest(accumulated, 1n, BigInt(windowMs)), remainingMs: durationMs(remaining), windowMs };
}

/** F_var as an exact rational of 1e-9 USD: `numerator / denominator`, the denominator positive. */
export function variablePart(
  price: Price,
  averaging: AveragedSettlement,
): { readonly numerator: bigint; readonly denominator: bigint } {
  return { numerator: price * BigInt(averaging.remainingMs), denominator: BigInt(averaging.windowMs) };
}

/** Share of the live forward that still counts, from 0 to 1; 1 outside the window. */
export function variableShare(averaging: AveragedSettlement | undefined): number {
  return averaging === undefined ? 1 : averaging.remainingMs / averaging.windowMs;
}

/** F_fix in doubles; 0 outside the window. */
export function fixedForward(averaging: AveragedSettlement | undefined): number {
  return averaging === undefined ? 0 : Number(averaging.fixed);
}

/** F_fix + F_var · ratio in doubles (1e-9 USD), where `ratio` = 1 + shock is not negative. Outside the window: price · ratio. */
export function settlementForward(price: Price, averaging: AveragedSettlement | undefined, ratio: number): number {
  if (averaging === undefined) return Number(price) * ratio;
  return fixedForward(averaging) + Number(price) * variableShare(averaging) * ratio;
}
