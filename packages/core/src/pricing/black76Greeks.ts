import { log, normalCdf, normalPdf, sqrt } from '../numeric/deterministicMath.ts';
import { type Black76Input, TOTAL_VOLATILITY_MAX } from './black76.ts';

/**
 * Value and five analytic derivatives of one European option on a forward, in the unit of the forward. Per one whole unit of
 * what is moved: see each field. Writable, because a caller keeps one object and has it filled again and again.
 */
export interface OptionGreeks {
  /** Present value; not negative. */
  value: number;
  /** Change per unit of the forward: between 0 and the discount for a call, between −discount and 0 for a put. */
  delta: number;
  /** Change of delta per unit of the forward; not negative. */
  gamma: number;
  /** Change per 1.00 of volatility (100 points); not negative. */
  vega: number;
  /** Change per year that passes, with forward, volatility and rate held; negative where time value melts. */
  theta: number;
  /** Change per 1.00 of the continuous rate behind the discount, with the forward held: −years · value. */
  rho: number;
}

/** An object for `black76Greeks` to fill, all zeros. */
export function createOptionGreeks(): OptionGreeks {
  return { value: 0, delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0 };
}

/**
 * Fills `target` without allocating. Value and delta have the bits of `black76Value` and `black76Delta`.
 *
 * Black (1976) with D = e^(−rT), s = σ√T, d1 = (s²/2 − ln(K/F))/s, d2 = d1 − s:
 *
 *     call = D·(F·Φ(d1) − K·Φ(d2))      put = call − D·(F − K)
 *     delta = D·Φ(d1), less D for a put  gamma = D·φ(d1)/(F·s)
 *     vega = D·F·φ(d1)·√T                theta = r·value − D·F·φ(d1)·s/(2T)      rho = −T·value
 *
 * Boundaries as `black76Value` (no volatility, no time, no strike, no forward, s at its cap): gamma and vega are zero there, and
 * theta is what the discount alone earns. An expired option has no theta and no rho.
 */
export function black76Greeks(input: Black76Input, target: OptionGreeks): void {
  const { forward, strike, discount } = input;
  const years = Math.max(input.years, 0);
  const rootYears = sqrt(years);
  const total = Math.min(input.volatility * rootYears, TOTAL_VOLATILITY_MAX);
  if (forward === 0 || strike === 0 || total === 0 || total >= TOTAL_VOLATILITY_MAX) {
    fillBoundary(input, total, target);
  } else {
    const ratio = strike / forward;
    const one = ((total * total) / 2 - log(ratio)) / total;
    const callDelta = normalCdf(one);
    const call = Math.max(callDelta - ratio * normalCdf(one - total), 0);
    const scale = forward * discount;
    const density = normalPdf(one);
    target.value = input.right === 'call' ? call * forward * discount : Math.max(call + ratio - 1, 0) * forward * discount;
    target.delta = (input.right === 'call' ? callDelta : callDelta - 1) * discount;
    target.gamma = (density * discount) / (forward * total);
    target.vega = scale * density * rootYears;
    target.theta = years > 0 ? (scale * density * total) / (-2 * years) : 0;
  }
  target.rho = 0 - years * target.value;
  if (years > 0 && discount > 0 && discount !== 1) target.theta -= (log(discount) * target.value) / years;
}

/** Value and delta where the formula does not reach; the derivatives that need a density are zero. */
function fillBoundary(input: Black76Input, total: number, target: OptionGreeks): void {
  const { right, forward, strike, discount } = input;
  const call = boundaryCall(forward, strike, total);
  const delta = boundaryDelta(forward, strike, total);
  const put = forward === 0 ? strike * discount : Math.max(call + strike / forward - 1, 0) * forward * discount;
  target.value = right === 'call' ? call * forward * discount : put;
  target.delta = (right === 'call' ? delta : delta - 1) * discount;
  target.gamma = 0;
  target.vega = 0;
  target.theta = 0;
}

/** Undiscounted call over the forward. */
function boundaryCall(forward: number, strike: number, total: number): number {
  if (forward === 0) return 0;
  if (strike === 0 || total >= TOTAL_VOLATILITY_MAX) return 1;
  return Math.max(1 - strike / forward, 0);
}

function boundaryDelta(forward: number, strike: number, total: number): number {
  if (forward === 0) return strike === 0 ? 1 : 0;
  if (strike === 0 || total >= TOTAL_VOLATILITY_MAX) return 1;
  return forward > strike ? 1 : 0;
}
