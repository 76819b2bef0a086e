/**
 * The volatility smile of one expiry as raw SVI (J. Gatheral, 2004): total variance w over log-moneyness k = ln(K/F),
 *
 *     w(k) = a + b·(ρ·(k − m) + √((k − m)² + σ²))
 *
 * with the clamps of cookbook B1 (derivexyz/lyra-utils `SVI.sol`): k within ±4·√(a + bσ), w at most 144, volatility = √(w/τ) for the
 * tenor τ of the fit. Total variance is volatility squared times years, a pure number.
 */

import { log, sqrt } from '../numeric/deterministicMath.ts';

/** Raw SVI parameters with the forward and the tenor that they were fitted at. */
export interface SviSmile {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
  /** Forward at the fit, in the unit of strikes. */
  readonly forward: number;
  /** Years to expiry at the fit. */
  readonly years: number;
}

/** Total variance beyond this is not believed. */
export const TOTAL_VARIANCE_MAX: number = 144;
const REACH: number = 4;

/** What can be wrong with parameters. Stable names. */
export type SviProblem =
  | 'SVI_NOT_FINITE'
  | 'SVI_B_NEGATIVE'
  | 'SVI_RHO_OUTSIDE'
  | 'SVI_SIGMA_NOT_POSITIVE'
  | 'SVI_VARIANCE_NEGATIVE'
  | 'SVI_FORWARD_NOT_POSITIVE'
  | 'SVI_YEARS_NOT_POSITIVE';

/**
 * The first thing wrong with the parameters, or null: all finite; b ≥ 0; |ρ| < 1; σ > 0; smallest variance a + bσ√(1 − ρ²) ≥ 0;
 * forward and years positive. Absence of arbitrage is another question (`surfaceArbitrage.ts`).
 */
export function sviProblem(smile: SviSmile): SviProblem | null {
  const { a, b, rho, m, sigma, forward, years } = smile;
  if (![a, b, rho, m, sigma, forward, years].every(Number.isFinite)) return 'SVI_NOT_FINITE';
  if (b < 0) return 'SVI_B_NEGATIVE';
  if (!(rho > -1 && rho < 1)) return 'SVI_RHO_OUTSIDE';
  if (sigma <= 0) return 'SVI_SIGMA_NOT_POSITIVE';
  if (a + b * sigma * sqrt(1 - rho * rho) < 0) return 'SVI_VARIANCE_NEGATIVE';
  if (forward <= 0) return 'SVI_FORWARD_NOT_POSITIVE';
  return years > 0 ? null : 'SVI_YEARS_NOT_POSITIVE';
}

/** Volatility per year at a strike (positive), with the clamps. */
export function sviVolatility(smile: SviSmile, strike: number): number {
  return sqrt(sviClampedVariance(smile, log(strike / smile.forward)) / smile.years);
}

/** Total variance at log-moneyness k with the clamps: not negative, at most 144, flat beyond `sviReach`. */
export function sviClampedVariance(smile: SviSmile, k: number): number {
  const reach = sviReach(smile);
  const clamped = Math.min(Math.max(k, -reach), reach);
  return Math.min(Math.max(sviTotalVariance(smile, clamped), 0), TOTAL_VARIANCE_MAX);
}

/** Largest |k| at which the smile is followed: 4·√(a + bσ). */
export function sviReach(smile: SviSmile): number {
  return REACH * sqrt(Math.max(smile.a + smile.b * smile.sigma, 0));
}

/** w(k), no clamp. */
export function sviTotalVariance(smile: SviSmile, k: number): number {
  const distance = k - smile.m;
  return smile.a + smile.b * (smile.rho * distance + sqrt(distance * distance + smile.sigma * smile.sigma));
}

/**
 * Gatheral's g(k) = (1 − k·w′/(2w))² − (w′²/4)·(1/w + 1/4) + w″/2, no clamp. The density of the forward at expiry is g times a
 * positive factor, so the smile has no butterfly arbitrage where g ≥ 0. Not a number where w is zero.
 */
export function sviDensityFactor(smile: SviSmile, k: number): number {
  const { b, rho, sigma } = smile;
  const distance = k - smile.m;
  const root = sqrt(distance * distance + sigma * sigma);
  const w = smile.a + b * (rho * distance + root);
  const first = b * (rho + distance / root);
  const second = (b * sigma * sigma) / (root * root * root);
  const lean = 1 - (k * first) / (2 * w);
  return lean * lean - ((first * first) / 4) * (1 / w + 0.25) + second / 2;
}
