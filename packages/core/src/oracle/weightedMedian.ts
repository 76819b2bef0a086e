import { add, compareBigint } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { mulDivDown } from '../numeric/rounding.ts';

export interface Weighted<T extends bigint> {
  readonly value: T;
  /** Positive integer; the sum of all stays a safe integer. */
  readonly weight: number;
}

/** All the points that split the weight in half: `low` equals `high` unless the weight splits exactly. */
export interface MedianInterval<T extends bigint> {
  readonly low: T;
  readonly high: T;
}

/**
 * The weighted median as an interval, independent of the order of `entries` (asserted not empty). Whoever holds less
 * than half of the weight cannot move either end beyond the values of the others. Cost: one sort.
 */
export function weightedMedianInterval<T extends bigint>(entries: readonly Weighted<T>[]): MedianInterval<T> {
  // Entries of equal value are interchangeable: only their summed weight counts, so value alone orders them.
  const sorted = [...entries].sort((a, b) => compareBigint<bigint>(a.value, b.value));
  let total = 0;
  for (const entry of sorted) total += entry.weight;
  let low: T | null = null;
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (low === null && 2 * below >= total) low = value;
    if (low !== null && 2 * below > total) return { low, high: value };
  }
  assert(false, 'A weighted median has entries with positive weights.');
}

/** The middle of the median interval, rounded down. */
export function weightedMedian<T extends bigint>(entries: readonly Weighted<T>[]): T {
  const { low, high } = weightedMedianInterval(entries);
  return midpoint(low, high);
}

/** ⌊(a + b) / 2⌋. */
function midpoint<T extends bigint>(a: T, b: T): T {
  return mulDivDown(add(a, b), 1n, 2n);
}
