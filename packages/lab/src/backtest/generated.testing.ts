import { type Price, price, type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { PriceHistory } from '@plimsoll/core/scenarios';
import { createRandom } from '../random/random.ts';
import { DAY_MS } from './dailyPrices.ts';

/** Where the hold-out of generated histories begins, and how many days they have. */
export const GENERATED_FIRST_MS = Date.UTC(2019, 0, 1);
export const GENERATED_DAYS = 1_310;
export const GENERATED_FITTING_UNTIL_MS = GENERATED_FIRST_MS + 1_000 * DAY_MS;

/**
 * Daily prices of a few underlyings with a common factor and volatility that clusters (a GARCH(1,1) with normal shocks): what a filter is
 * made for. `shocks` overrides the return of a day. Synthetic; for tests.
 */
export function generatedHistories(
  seed: number,
  shocks: ReadonlyMap<number, number> = new Map(),
  underlyings: readonly string[] = ['BTC', 'ETH', 'SOL'],
): readonly PriceHistory[] {
  const random = createRandom(`${seed}/histories`);
  const states = underlyings.map(() => ({ variance: 0.0009, nano: 1e13 }));
  const timesMs: TimeMs[] = [];
  const prices: Price[][] = underlyings.map(() => []);
  for (let day = 0; day < GENERATED_DAYS; day += 1) {
    timesMs.push(timeMs(GENERATED_FIRST_MS + day * DAY_MS));
    const common = random.normal();
    states.forEach((state, index) => {
      const shock = Math.SQRT1_2 * (common + random.normal());
      const move = shocks.get(day) ?? Math.max(-0.9, Math.sqrt(state.variance) * shock);
      state.variance = 0.00004 + 0.06 * move ** 2 + 0.9 * state.variance;
      state.nano *= 1 + move;
      prices[index]?.push(price(BigInt(Math.round(state.nano))));
    });
  }
  return underlyings.map((underlying, index) => ({ underlying, timesMs, prices: prices[index] ?? [] }));
}
