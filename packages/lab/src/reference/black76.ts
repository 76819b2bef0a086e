/**
 * Reference model of the option pricer behind Derive's margin: Black-76 on a forward, and the SVI volatility smile (cookbook B1;
 * vectors V45, V46).
 *
 * Formulas: derivexyz/lyra-utils `src/math/{Black76,SVI}.sol`, re-implemented in doubles with built-in `Math` functions: an
 * independent oracle for tests of the core's deterministic functions, never part of consensus. Relative error about 1e-12,
 * except for puts far out of the money, which inherit the source's subtraction and are good to 1e-12 of the forward.
 */

/** Seconds of the year used throughout: 365 days. */
export const SECONDS_PER_YEAR = 31_536_000;

/** The source's cap on σ·√τ, above which a call is worth the forward and a put the strike. */
const TOTAL_VOLATILITY_MAX = 24;
const TOTAL_VARIANCE_MAX = 144;

export type Black76Inputs = {
  readonly forward: number;
  readonly strike: number;
  readonly secondsToExpiry: number;
  /** Annual, one = 100 %. */
  readonly volatility: number;
  /** Discount factor to expiry, 0 < D ≤ 1. */
  readonly discount: number;
};

/** Values of one call and one put, in the unit of the forward, not negative. */
export function black76Prices(inputs: Black76Inputs): { readonly call: number; readonly put: number } {
  const { forward, strike, discount } = inputs;
  if (strike === 0) return { call: forward * discount, put: 0 };
  if (forward === 0) return { call: 0, put: strike * discount };
  const total = inputs.volatility * Math.sqrt(inputs.secondsToExpiry / SECONDS_PER_YEAR);
  if (total >= TOTAL_VOLATILITY_MAX) return { call: forward * discount, put: strike * discount };
  const moneyness = strike / forward;
  const callShare = total === 0 ? Math.max(1 - moneyness, 0) : callPerForward(moneyness, total);
  const scale = forward * discount;
  return { call: callShare * scale, put: Math.max(callShare + moneyness - 1, 0) * scale };
}

/** SVI parameters of one expiry: w(k) = a + b·(ρ(k − m) + √((k − m)² + σ²)), total variance over `tau` years. */
export type SviSurface = {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
  /** Forward at which the smile was fitted. */
  readonly forward: number;
  /** Years to expiry at the fit. */
  readonly tau: number;
};

/** Annual volatility at a strike. k = ln(K/F) is held within ±4·√(a + bσ), and total variance at 144. */
export function sviVolatility(surface: SviSurface, strike: number): number {
  const { a, b, rho, m, sigma, forward, tau } = surface;
  const limit = 4 * Math.sqrt(a + b * sigma);
  const k = Math.min(Math.max(Math.log(strike / forward), -limit), limit);
  const variance = a + b * (Math.hypot(k - m, sigma) + rho * (k - m));
  return Math.sqrt(Math.min(variance, TOTAL_VARIANCE_MAX) / tau);
}

/** Standard normal cumulative distribution, relative error about 1e-14. */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const upperTail = z < 1.5 ? (1 - erfSeries(z)) / 2 : erfcContinuedFraction(z) / 2;
  return x < 0 ? upperTail : 1 - upperTail;
}

function callPerForward(moneyness: number, total: number): number {
  const d1 = (total * total * 0.5 - Math.log(moneyness)) / total;
  return Math.max(normalCdf(d1) - moneyness * normalCdf(d1 - total), 0);
}

/** erf(z) = 2/√π · e^(−z²) · Σ 2^n z^(2n+1) / (2n+1)!!, all terms positive. */
function erfSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * 1e-18; n += 1) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return ((2 * Math.exp(-z * z)) / Math.sqrt(Math.PI)) * sum;
}

/** erfc(z) = e^(−z²)/√π · 1/(z + ½/(z + 1/(z + 1½/(z + …)))), evaluated from the far end; enough terms for z ≥ 1.5. */
function erfcContinuedFraction(z: number): number {
  let tail = z;
  for (let n = 200; n >= 1; n -= 1) tail = z + n / 2 / tail;
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * tail);
}
