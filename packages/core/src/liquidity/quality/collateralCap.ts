/**
 * How much all accounts together may hold as collateral. Haircuts go by the size of one account; a crowd of small ones sells at the same
 * time into the same depth. So the cap is the largest value V for which
 *
 *   (1 − h₁)·V ≤ (1 − fall)·(V − cost of selling V at once)
 *
 * with h₁ the haircut of the first band. No split of V among accounts is credited with more than (1 − h₁)·V, so whatever the split, all
 * of it sold at once after that fall covers all credit. The average impact of V is bounded as well.
 */

import { assert } from '../../numeric/assert.ts';
import { PPM_ONE, type Ppm, type Ticks, ticks } from '../../numeric/brand.ts';
import { type DepthCurve, saleCost } from '../depthCurve.ts';

export interface CapInput {
  readonly curve: DepthCurve;
  /** Haircut of the first band. */
  readonly firstHaircutPpm: Ppm;
  /** Fall of the price that all credit together must survive. */
  readonly fallPpm: Ppm;
  /** Average impact that the sale of everything may have. */
  readonly impactPpm: Ppm;
  /** Another bound on the value, such as a share of turnover; null for none. */
  readonly most: Ticks | null;
}

const ONE: bigint = BigInt(PPM_ONE);

/** The cap in ticks, rounded down; zero where not even the first unit passes or counts. Both bounds are convex in V, so bisection finds the end. */
export function collateralCapValue(input: CapInput): Ticks {
  if (input.firstHaircutPpm >= PPM_ONE) return ticks(0n);
  let below = 0n;
  let above: bigint = ceilingOf(input) + 1n;
  while (above - below > 1n) {
    const middle = (below + above) >> 1n;
    if (isWithin(input, middle)) below = middle;
    else above = middle;
  }
  return ticks(below);
}

/** Beyond the last measured size a sale brings nothing more, so a cap never reaches past it. */
function ceilingOf({ curve, most }: CapInput): bigint {
  const measured = curve.bands.reduce<bigint>((end, band) => band.upTo ?? end, 0n);
  assert(curve.bands[curve.bands.length - 1]?.impactPpm === PPM_ONE, 'A measured curve ends where a sale brings nothing.');
  return most !== null && most < measured ? most : measured;
}

function isWithin({ curve, firstHaircutPpm, fallPpm, impactPpm }: CapInput, value: bigint): boolean {
  const cost: bigint = saleCost(curve, { value: ticks(value), consumed: ticks(0n) });
  if (cost * ONE > value * BigInt(impactPpm)) return false;
  return (ONE - BigInt(firstHaircutPpm)) * value <= (ONE - BigInt(fallPpm)) * (value - cost);
}
