/** Integer shares of a whole. Used wherever something is split, so that every split sums to the unit. */

import { compareBigint, compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { mulDivDown } from '../numeric/rounding.ts';

/** One that shares in a split. The id breaks ties; ids are distinct. */
export interface Claimant {
  readonly id: number;
  readonly weight: bigint;
}

/**
 * Splits `total` in proportion to weights: floors first, then one unit each to the largest remainders, ties to the smaller
 * id. The result is in the order of the claimants, sums to `total`, and no share exceeds ⌈total · weight / Σ⌉; so if
 * total ≤ Σ weights no share exceeds its weight. Does not depend on the order of the claimants. Weights are not negative; all zero
 * only if the total is zero.
 */
export function splitProRata(total: bigint, claimants: readonly Claimant[]): readonly bigint[] {
  assert(total >= 0n, 'Only an amount that is not negative is split.');
  const whole = claimants.reduce((sum, claimant) => sum + claimant.weight, 0n);
  if (total === 0n) return claimants.map(() => 0n);
  assert(whole > 0n, 'A split needs a claimant with a positive weight.');
  const parts = claimants.map((claimant, index) => {
    assert(claimant.weight >= 0n, 'A weight is not negative.');
    const floor = mulDivDown(total, claimant.weight, whole);
    return { index, id: claimant.id, floor, remainder: total * claimant.weight - floor * whole };
  });
  let rest = total - parts.reduce((sum, part) => sum + part.floor, 0n);
  const result = parts.map((part) => part.floor);
  const ranked = [...parts].sort((a, b) => compareBigint(b.remainder, a.remainder) || compareNumber(a.id, b.id));
  for (const part of ranked) {
    if (rest === 0n) break;
    result[part.index] = part.floor + 1n;
    rest -= 1n;
  }
  return result;
}
