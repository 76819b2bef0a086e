/**
 * What minus the magnitude of a discounted value may hide between the corners of a cell.
 *
 * Under a continuous discount of sign `minusAbsolute` one expiry adds −|g| to a scenario, g = (s(V)·V − V₀)·d with V its value after the move, V₀
 * its value now and s(V) = p ≤ 1 where V > 0, n ≥ 1 where V < 0. g = min(pV, nV) − V₀ is concave; −g = −pV + V₀ + (n − p)·V⁻ with V⁻ = max(0, −V) is not, and
 * −|g| = min(g, −g). On a cell put the multi-linear interpolation of V⁻ from the corners in the place of V⁻: then −|g| is a minimum of functions that are concave along
 * each coordinate, and the same at the corners. V⁻ itself is convex, so it may be smaller than that: by at most its largest
 * corner, and because V⁻ = V⁺ − V with V interpolated exactly, by at most the largest corner of V⁺. So health is above the theorem's bound less
 *
 *     Σ over expiries of the largest over scenarios of (n − p)·d·min(max V⁻, max V⁺)
 *
 * which is nothing where an expiry keeps its sign. Linear legs need none of this when V is no value (a future).
 */

import { assert } from '../../numeric/assert.ts';
import { divUp } from '../../numeric/rounding.ts';
import { groupBy, readLegs } from '../exactLegs.ts';
import { collectLegs } from '../legs.ts';
import type { Portfolio } from '../portfolio.ts';
import type { RiskModel } from '../riskModel.ts';

/** The value of one expiry after the move of one scenario, in ticks, and (n − p)·d in 1e-18. */
export interface MagnitudeValue {
  readonly value: bigint;
  readonly spread: bigint;
}

const SPREAD_ONE: bigint = 10n ** 18n;
const PPM_ONE: bigint = 1_000_000n;

/** By expiry, then by scenario; the same places in every market. Empty under profiles without such discounts. */
export function magnitudeValues(model: RiskModel, portfolio: Portfolio): readonly (readonly MagnitudeValue[])[] {
  const isAsked = ({ transforms }: { readonly transforms: RiskModel['expiryGroups'][number]['transforms'] }): boolean =>
    transforms.some((one) => one.kind === 'continuousDiscount' && one.isAbsolute);
  if (!model.expiryGroups.some(isAsked)) return [];
  collectLegs(model, portfolio);
  const { matrix, stride, rows } = model;
  return groupBy(readLegs(model, portfolio.workspace), (leg) => leg.expiryGroup).map((legs) => {
    const transforms = model.expiryGroups[legs[0]?.expiryGroup ?? -1]?.transforms ?? [];
    return transforms.flatMap((transform, scenario) => {
      if (transform.kind !== 'continuousDiscount' || !transform.isAbsolute) return [];
      let value = 0n;
      for (const { row, quantity } of legs)
        value += quantity * (BigInt(rows.baseValue[row] ?? Number.NaN) + BigInt(matrix[row * stride + scenario] ?? Number.NaN));
      return [{ value, spread: (transform.negativePico - transform.positivePico) * transform.dampeningPpm }];
    });
  });
}

/** Ticks to take off the least corner of a cell, rounded up; `factorPpm` is the loss factor. */
export function magnitudeGap(corners: readonly (readonly (readonly MagnitudeValue[])[])[], factorPpm: bigint): bigint {
  let total = 0n;
  for (const [place, scenarios] of (corners[0] ?? []).entries()) {
    let most = 0n;
    for (const [scenario, { spread }] of scenarios.entries()) {
      const values = corners.map((corner) => valueAt(corner, place, scenario));
      const below = values.reduce((largest, value) => (-value > largest ? -value : largest), 0n);
      const above = values.reduce((largest, value) => (value > largest ? value : largest), 0n);
      const gap = (below < above ? below : above) * spread;
      if (gap > most) most = gap;
    }
    total += most;
  }
  return divUp(total * factorPpm, SPREAD_ONE * PPM_ONE);
}

function valueAt(corner: readonly (readonly MagnitudeValue[])[], place: number, scenario: number): bigint {
  const found = corner[place]?.[scenario];
  assert(found !== undefined, 'Every market has the same expiries and scenarios.');
  return found.value;
}
