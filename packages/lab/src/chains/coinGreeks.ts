/**
 * Greeks in coin ("PA"), as OKX prints them. An option on a forward F that is margined and paid in the coin is worth p = V/F coin, so
 * with Black-76 V, Δ, Γ in USD:
 *
 *     delta = Δ − p          the coin exposure F·dp/dF
 *     gamma = F·Γ − 2·(Δ − p)    F²·d²p/dF², the change of delta for a move of F by all of itself, less delta once more
 *     vega = vega/F per 0.01, theta = theta/F per day
 */

import { black76Greeks, black76Value, createOptionGreeks } from '@plimsoll/core/pricing';

export interface CoinOption {
  readonly right: 'call' | 'put';
  readonly strike: number;
  readonly years: number;
  readonly volatility: number;
}

export interface CoinGreeks {
  /** Coin. */
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** Coin per 0.01 of volatility. */
  readonly vega: number;
  /** Coin per day. */
  readonly theta: number;
}

export function coinGreeks(option: CoinOption, forward: number): CoinGreeks {
  const greeks = createOptionGreeks();
  black76Greeks({ ...option, forward, discount: 1 }, greeks);
  const price = greeks.value / forward;
  const delta = greeks.delta - price;
  return {
    price,
    delta,
    gamma: forward * greeks.gamma - 2 * delta,
    vega: greeks.vega / forward / 100,
    theta: greeks.theta / forward / 365,
  };
}

const BISECTIONS = 200;

/**
 * The forward at which the option is worth `markCoin` at its volatility, or null when no forward is: V/F rises with F from 0 to 1 for a
 * call, and falls without bound for a put. By bisection on ln F to the last bit; slow and plain, because it judges.
 */
export function forwardOfMark(option: CoinOption, markCoin: number): number | null {
  const isCall = option.right === 'call';
  if (!(markCoin > 0) || (isCall && markCoin >= 1)) return null;
  const priceAt = (logarithm: number): number => {
    const forward = option.strike * Math.exp(logarithm);
    return black76Value({ ...option, forward, discount: 1 }) / forward;
  };
  let low = -8;
  let high = 8;
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (priceAt(middle) < markCoin === isCall) low = middle;
    else high = middle;
  }
  return option.strike * Math.exp((low + high) / 2);
}

/** A call's figures under a rate that the venue discounts calls by, and that rate. */
export interface DiscountedCall {
  /** Continuous, per year. */
  readonly rate: number;
  /** The forward of the put, which the rate hardly touches. */
  readonly forward: number;
  readonly greeks: CoinGreeks;
}

const PARITY_STEPS = 8;

/**
 * The rate at which a call and the put of its strike and expiry are at parity in coin, call = e^(−rT)·(1 − K/F) + put, and the call's
 * Greeks under it: delta falls by e^(−rT), and theta earns r·call besides. Null where no forward has the put's mark.
 */
export function discountedCall(call: CoinOption, marks: { readonly call: number; readonly put: number }): DiscountedCall | null {
  let rate = 0;
  let forward = 0;
  for (let step = 0; step < PARITY_STEPS; step += 1) {
    const discount = Math.exp(-rate * call.years);
    const found = forwardOfMark({ ...call, right: 'put' }, marks.put / discount);
    if (found === null) return null;
    forward = found;
    rate = Math.log((1 - call.strike / forward + marks.put / discount) / marks.call) / call.years;
  }
  const discount = Math.exp(-rate * call.years);
  const plain = coinGreeks(call, forward);
  const greeks = {
    price: plain.price * discount,
    delta: plain.delta * discount,
    gamma: plain.gamma * discount,
    vega: plain.vega * discount,
    theta: plain.theta * discount + (rate * marks.call) / 365,
  };
  return { rate, forward, greeks };
}
