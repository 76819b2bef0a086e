/** Implied volatility over strikes and expiries: one smile per expiry, SVI or marks per strike, joined in total variance. */

import { assert, unreachable } from '../numeric/assert.ts';
import { log, sqrt } from '../numeric/deterministicMath.ts';
import { type StrikeSmile, strikeSmileVariance } from './strikeSmile.ts';
import { type SviSmile, sviClampedVariance } from './sviSmile.ts';

/** The smile of one expiry. */
export type Smile =
  | { readonly kind: 'svi'; readonly svi: SviSmile }
  | { readonly kind: 'strikes'; readonly strikes: StrikeSmile };

/** Smiles by rising years to expiry, at least one; made by `createVolatilitySurface`. */
export interface VolatilitySurface {
  readonly smiles: readonly Smile[];
}

/** Sorts smiles into a surface; asserts at least one, and no two of one tenor. */
export function createVolatilitySurface(smiles: readonly Smile[]): VolatilitySurface {
  const sorted = [...smiles].sort((a, b) => (smileYears(a) < smileYears(b) ? -1 : smileYears(a) > smileYears(b) ? 1 : 0));
  assert(sorted.length >= 1, 'A volatility surface has at least one smile.');
  const isRising = sorted.every((smile, index) => {
    const before = sorted[index - 1];
    return before === undefined || smileYears(before) < smileYears(smile);
  });
  assert(isRising, 'A volatility surface has one smile per expiry.');
  return { smiles: sorted };
}

export function smileYears(smile: Smile): number {
  return smile.kind === 'svi' ? smile.svi.years : smile.strikes.years;
}

export function smileForward(smile: Smile): number {
  return smile.kind === 'svi' ? smile.svi.forward : smile.strikes.forward;
}

/** Total variance of a smile at log-moneyness k = ln(K/F), with the smile's own clamps and extrapolation. */
export function smileVariance(smile: Smile, k: number): number {
  switch (smile.kind) {
    case 'svi':
      return sviClampedVariance(smile.svi, k);
    case 'strikes':
      return strikeSmileVariance(smile.strikes, k);
    default:
      return unreachable(smile);
  }
}

/**
 * Volatility per year of an option of the smile's own expiry, at the smile's own forward and tenor: √(w/τ), as the source of
 * cookbook B1 reads it, whatever little time has passed since the fit.
 */
export function smileVolatility(smile: Smile, strike: number): number {
  return sqrt(smileVariance(smile, log(strike / smileForward(smile))) / smileYears(smile));
}

/**
 * Volatility per year at log-moneyness k = ln(K/F) and a time to expiry (years, positive). Between two smiles total variance is linear in time
 * at equal k; before the first and after the last the volatility of that smile is used.
 */
export function surfaceVolatility(surface: VolatilitySurface, point: { readonly k: number; readonly years: number }): number {
  const { k, years } = point;
  assert(years > 0, 'A surface is read at a positive time to expiry.');
  const above = surface.smiles.findIndex((smile) => smileYears(smile) >= years);
  const right = surface.smiles[above < 0 ? surface.smiles.length - 1 : above];
  const left = above > 0 ? surface.smiles[above - 1] : undefined;
  assert(right !== undefined, 'A volatility surface has at least one smile.');
  if (left === undefined) return sqrt(smileVariance(right, k) / smileYears(right));
  const share = (years - smileYears(left)) / (smileYears(right) - smileYears(left));
  const variance = smileVariance(left, k) * (1 - share) + smileVariance(right, k) * share;
  return sqrt(variance / years);
}
