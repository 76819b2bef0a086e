/**
 * The price at which an expiry settles: the time-weighted average of the index over its last `windowMs` (30 minutes),
 * cookbook B7.7. Time without a valid index does not count; an expiry that misses some of its window goes on averaging after
 * the expiry until the window is complete, and settles then.
 */

import { addNumber, max } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type DurationMs, durationMs, type Price, price, type TimeMs } from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import { mulDivNearest } from '../numeric/rounding.ts';

export interface SettlementAverage {
  readonly expiryMs: TimeMs;
  readonly windowMs: DurationMs;
  /** Up to here time has been looked at. */
  readonly updatedMs: TimeMs;
  /** Time of the window with a valid index, and Σ price · ms over it; at most `windowMs`. */
  readonly coveredMs: number;
  readonly priceSum: bigint;
}

/** An average that starts to look at `nowMs`: at listing, or any time before the window. */
export function createSettlementAverage(expiry: {
  readonly expiryMs: TimeMs;
  readonly windowMs: DurationMs;
  readonly nowMs: TimeMs;
}): SettlementAverage {
  assert(expiry.windowMs > 0, 'A settlement window has a length.');
  return {
    expiryMs: expiry.expiryMs,
    windowMs: expiry.windowMs,
    updatedMs: expiry.nowMs,
    coveredMs: 0,
    priceSum: 0n,
  };
}

/**
 * Moves to block time. `held` is the index price that was in force since the last block, null when its quality did not
 * allow settlement. The weight of a price is the part of that time that lies in the window.
 */
export function advanceSettlementAverage(state: SettlementAverage, held: Price | null, nowMs: TimeMs): SettlementAverage {
  const elapsedMs = durationBetween(state.updatedMs, nowMs);
  const sinceStartMs = nowMs - (state.expiryMs - state.windowMs);
  const inWindowMs = Math.max(0, Math.min(elapsedMs, sinceStartMs, state.windowMs - state.coveredMs));
  if (held === null || inWindowMs === 0) return { ...state, updatedMs: nowMs };
  return {
    ...state,
    updatedMs: nowMs,
    coveredMs: addNumber(state.coveredMs, inWindowMs),
    priceSum: state.priceSum + BigInt(held) * BigInt(inWindowMs),
  };
}

/** The settlement price, to the nearest 1e-9 USD; null before the expiry and until the window is complete. */
export function settlementPrice(state: SettlementAverage): Price | null {
  // Only a moment at or after the expiry can complete it: before, less than the whole window has passed.
  if (state.coveredMs < state.windowMs) return null;
  return price(max<bigint>(1n, mulDivNearest(state.priceSum, 1n, BigInt(state.windowMs))));
}

/** What an average that is being taken stands at: the shape of `AveragedSettlement` (pricing/averagedSettlement.ts). */
export interface SettledPart {
  /** Σ price · ms over the whole window, to the nearest 1e-9 USD: what the settlement price has of it already. */
  readonly fixed: bigint;
  /** Time of the window that is still to be covered, whether before the expiry or after it. */
  readonly remainingMs: DurationMs;
  readonly windowMs: DurationMs;
}

/** The fixed part of an expiry's forward in its last minutes; null before any of the window is covered. */
export function settledPart(state: SettlementAverage): SettledPart | null {
  const { coveredMs, priceSum, windowMs } = state;
  if (coveredMs === 0) return null;
  const fixed = mulDivNearest(priceSum, 1n, BigInt(windowMs));
  return { fixed, remainingMs: durationMs(windowMs - coveredMs), windowMs };
}
