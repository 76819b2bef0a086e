import { exp, log, normalCdf, normalPdf, sqrt } from '../numeric/deterministicMath.ts';
import { TOTAL_VOLATILITY_MAX } from './black76.ts';

/** A European option on a forward with its price; units as `Black76Input`. */
export interface ImpliedVolatilityInput {
  readonly right: 'call' | 'put';
  readonly forward: number;
  readonly strike: number;
  readonly years: number;
  readonly discount: number;
  /** Present value, in the unit of the forward. */
  readonly price: number;
}

/** Why a price has no volatility. Stable names. */
export type ImpliedVolatilityRefusal =
  /** A figure is not finite, or forward, strike or discount not positive. */
  | 'INPUT_INVALID'
  /** No time is left, so no volatility changes the price. */
  | 'OPTION_EXPIRED'
  /** Below discounted max(0, ±(F − K)) by more than rounding. */
  | 'PRICE_BELOW_INTRINSIC'
  /** At or above what infinite volatility gives: discounted forward for a call, strike for a put. */
  | 'PRICE_ABOVE_BOUND';

/** The volatility per year (1 = 100 %) or the reason that there is none, with the bound that the price broke. */
export type ImpliedVolatility =
  | { readonly kind: 'found'; readonly volatility: number; readonly iterations: number }
  | { readonly kind: 'refused'; readonly reason: ImpliedVolatilityRefusal; readonly price: number; readonly bound: number };

/** A price this share of max(F, K)·D below intrinsic value is rounding, and counts as intrinsic. */
const INTRINSIC_TOLERANCE: number = 2 ** -48;
const ITERATIONS_MAX: number = 100;
const STEP_RELATIVE_MIN: number = 2 ** -50;

/**
 * The volatility at which `black76Value` gives this price; 0 for a price at intrinsic value.
 *
 * Precision: the price comes back within 2^-46·max(F, K)·D. That is what doubles allow, and far in the money it says little about
 * the volatility, since the time value is a small part of the price there (quote the other side).
 *
 * Method: the out-of-the-money side by parity, scaled by √(FK) so that one function of x = −|ln(F/K)| and s = σ√T is left
 * (P. Jäckel, "Let's be rational", 2015): b(x, s) = e^(x/2)·Φ(x/s + s/2) − e^(−x/2)·Φ(x/s − s/2), rising in s. Newton's step on 1/ln b
 * below its inflection s = √(2|x|) and on ln(b_max − b) above it, where each is close to a straight line; a step that leaves the
 * bracket is replaced by a bisection, so it always ends.
 */
export function impliedVolatility(input: ImpliedVolatilityInput): ImpliedVolatility {
  const { right, forward, strike, years, discount, price } = input;
  const isValid = isPositive(forward) && isPositive(strike) && isPositive(discount) && Number.isFinite(price + years);
  if (!isValid) return refused('INPUT_INVALID', price, 0);
  if (years <= 0) return refused('OPTION_EXPIRED', price, 0);
  const forwardPrice = price / discount;
  const intrinsic = Math.max(right === 'call' ? forward - strike : strike - forward, 0);
  const bound = right === 'call' ? forward : strike;
  if (forwardPrice >= bound) return refused('PRICE_ABOVE_BOUND', price, bound * discount);
  const timeValue = forwardPrice - intrinsic;
  if (timeValue < -INTRINSIC_TOLERANCE * Math.max(forward, strike)) {
    return refused('PRICE_BELOW_INTRINSIC', price, intrinsic * discount);
  }
  if (timeValue <= 0) return { kind: 'found', volatility: 0, iterations: 0 };
  const x = -Math.abs(log(forward / strike));
  const { total, iterations } = totalVolatilityOf(x, timeValue / sqrt(forward * strike));
  return { kind: 'found', volatility: total / sqrt(years), iterations };
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

function refused(reason: ImpliedVolatilityRefusal, price: number, bound: number): ImpliedVolatility {
  return { kind: 'refused', reason, price, bound };
}

/** s with b(x, s) = beta, for x ≤ 0 < beta < e^(x/2). */
function totalVolatilityOf(x: number, beta: number): { readonly total: number; readonly iterations: number } {
  const beyond = exp(0.5 * x);
  const inflection = sqrt(-2 * x);
  const isLow = inflection > 0 && beta < scaledValue(x, inflection, beyond);
  let low = 0;
  let high = TOTAL_VOLATILITY_MAX;
  let total = firstGuess(x, beta, { inflection, isLow });
  for (let iterations = 1; iterations <= ITERATIONS_MAX; iterations += 1) {
    const value = scaledValue(x, total, beyond);
    if (value === beta) return { total, iterations };
    if (value > beta) high = total;
    else low = total;
    const slope = beyond * normalPdf(x / total + 0.5 * total);
    const step = isLow ? lowStep(value, beta, slope) : highStep(value, beta, slope, beyond);
    const next = total - step;
    const isInside = next > low && next < high;
    const chosen = isInside ? next : 0.5 * (low + high);
    if (Math.abs(chosen - total) <= STEP_RELATIVE_MIN * total) return { total: chosen, iterations };
    total = chosen;
  }
  return { total, iterations: ITERATIONS_MAX };
}

/** Far below the inflection ln b ≈ −x²/(2s²); at the money b ≈ s/√(2π); else the inflection itself, from which Newton converges. */
function firstGuess(x: number, beta: number, place: { readonly inflection: number; readonly isLow: boolean }): number {
  if (place.isLow) return Math.min(place.inflection, Math.max(-x / sqrt(-2 * log(beta)), 1e-8 * place.inflection));
  return Math.min(Math.max(place.inflection, 2.5066282746310002 * beta), 0.5 * TOTAL_VOLATILITY_MAX);
}

/** Newton's step for 1/ln b. */
function lowStep(value: number, beta: number, slope: number): number {
  const logValue = log(value);
  const logBeta = log(beta);
  return ((1 / logBeta - 1 / logValue) * value * logValue * logValue) / slope;
}

/** Newton's step for ln(b_max − b). */
function highStep(value: number, beta: number, slope: number, beyond: number): number {
  return (log((beyond - beta) / (beyond - value)) * (value - beyond)) / -slope;
}

/** b(x, s) with `beyond` = e^(x/2), its limit for large s. */
function scaledValue(x: number, s: number, beyond: number): number {
  const center = x / s;
  return Math.max(beyond * normalCdf(center + 0.5 * s) - normalCdf(center - 0.5 * s) / beyond, 0);
}
