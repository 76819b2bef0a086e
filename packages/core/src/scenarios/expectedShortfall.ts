import { assert } from '../numeric/assert.ts';
import { divUp } from '../numeric/rounding.ts';

/**
 * Expected shortfall of equally likely outcomes: the mean of the `worstCount` largest losses, rounded up, and not
 * below zero. Losses are positive. With fewer outcomes than `worstCount`, the mean of all; 0 without outcomes.
 */
export function expectedShortfall(losses: readonly bigint[], worstCount: number): bigint {
  assert(Number.isInteger(worstCount) && worstCount >= 1, 'Expected shortfall averages at least one outcome.');
  const sorted = [...losses].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  const worst = sorted.slice(0, worstCount);
  if (worst.length === 0) return 0n;
  let total = 0n;
  for (const loss of worst) total += loss;
  const mean = divUp(total, BigInt(worst.length));
  return mean > 0n ? mean : 0n;
}

/**
 * The same for integer-valued doubles, in place: `profits[0 … count−1]` are sums Σ_u P[u,j]. The caller has proved
 * worstCount · max|profit| ≤ 2^53, so the sum is exact; the slots are reordered.
 */
export function expectedShortfallInPlace(profits: Float64Array, count: number, worstCount: number): number {
  const worst = Math.min(worstCount, count);
  if (worst === 0) return 0;
  const ordered = profits.subarray(0, count);
  ordered.sort(); // determinism-ok: a Float64Array sorts by value, and equal values are the same
  let total = 0;
  for (let index = 0; index < worst; index += 1) total -= ordered[index] as number; // index < count
  const mean = Math.ceil(total / worst);
  return mean > 0 ? mean : 0;
}
