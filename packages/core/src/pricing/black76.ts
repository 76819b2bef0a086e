import { log, normalCdf, normalPdf, sqrt } from '../numeric/deterministicMath.ts';

/** A European option on a forward. `strike` and `forward` share a unit, which is also the unit of the value. */
export interface Black76Input {
  readonly right: 'call' | 'put';
  /** Not negative. */
  readonly forward: number;
  /** Not negative. */
  readonly strike: number;
  /** Volatility per year, 1 = 100 %. Not negative. */
  readonly volatility: number;
  /** Years (of 365 days) to expiry; zero or less means expired. */
  readonly years: number;
  /** Price today of one unit paid at expiry. */
  readonly discount: number;
}

/** Beyond this total volatility a call is worth its forward and a put its strike. */
export const TOTAL_VOLATILITY_MAX: number = 24;

/**
 * Value by Black (1976); boundary cases as in cookbook B1. The call is priced and the put follows from parity, so the
 * two agree. Absolute error below 1e-14 × max(forward, strike) × discount (tested against published values).
 */
export function black76Value(input: Black76Input): number {
  const { right, forward, strike, discount } = input;
  const call = callOverForward(input);
  if (right === 'call') return call * forward * discount;
  if (forward === 0) return strike * discount;
  return Math.max(call + strike / forward - 1, 0) * forward * discount;
}

/** Change of the value with the forward, between −discount and discount. */
export function black76Delta(input: Black76Input): number {
  const { right, discount } = input;
  const callDelta = callDeltaUndiscounted(input);
  return (right === 'call' ? callDelta : callDelta - 1) * discount;
}

/** Second derivative with the forward; zero at the boundaries. */
export function black76Gamma(input: Black76Input): number {
  const total = totalVolatility(input);
  if (isBoundary(input, total)) return 0;
  return (normalPdf(dOne(input, total)) * input.discount) / (input.forward * total);
}

/** Change of the value with volatility (1 = 100 %); zero at the boundaries. */
export function black76Vega(input: Black76Input): number {
  const total = totalVolatility(input);
  if (isBoundary(input, total)) return 0;
  return input.forward * input.discount * normalPdf(dOne(input, total)) * sqrt(Math.max(input.years, 0));
}

/** Undiscounted call value divided by the forward (by 1 when the forward is zero). */
function callOverForward(input: Black76Input): number {
  const { forward, strike } = input;
  if (forward === 0) return 0;
  if (strike === 0) return 1;
  const total = totalVolatility(input);
  if (total >= TOTAL_VOLATILITY_MAX) return 1;
  const ratio = strike / forward;
  if (total === 0) return Math.max(1 - ratio, 0);
  const one = dOne(input, total);
  return Math.max(normalCdf(one) - ratio * normalCdf(one - total), 0);
}

function callDeltaUndiscounted(input: Black76Input): number {
  if (input.forward === 0) return input.strike === 0 ? 1 : 0;
  if (input.strike === 0) return 1;
  const total = totalVolatility(input);
  if (total >= TOTAL_VOLATILITY_MAX) return 1;
  if (total === 0) return input.forward > input.strike ? 1 : 0;
  return normalCdf(dOne(input, total));
}

function totalVolatility(input: Black76Input): number {
  return Math.min(input.volatility * sqrt(Math.max(input.years, 0)), TOTAL_VOLATILITY_MAX);
}

function dOne(input: Black76Input, total: number): number {
  return ((total * total) / 2 - log(input.strike / input.forward)) / total;
}

function isBoundary(input: Black76Input, total: number): boolean {
  return input.forward === 0 || input.strike === 0 || total === 0 || total >= TOTAL_VOLATILITY_MAX;
}
