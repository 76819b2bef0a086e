/** Histories for the tests of this folder. */

import { type Price, price, type TimeMs, timeMs } from '../../../numeric/brand.ts';
import type { PriceHistory } from '../priceHistory.ts';

export const DAY_MS: number = 86_400_000;

/** Prices in whole dollars by day; a day without one is left out. */
export function historyOf(underlying: string, byDay: readonly (readonly [day: number, dollars: number])[]): PriceHistory {
  const timesMs: TimeMs[] = byDay.map(([day]) => timeMs(day * DAY_MS));
  const prices: Price[] = byDay.map(([, dollars]) => price(BigInt(dollars) * 1_000_000_000n));
  return { underlying, timesMs, prices };
}

/** A repeatable sequence in (−1, 1) without any generator's machinery: a linear congruence over 2^31 − 1. */
export function wobble(seed: number, count: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  });
}
