import { describe, expect, it } from 'vitest';
import type { MangoStablePriceState } from './mangoStablePrice.ts';
import {
  createMangoStablePrice,
  MANGO_STABLE_PRICE_PARAMETERS,
  MANGO_STABLE_PRICE_PARAMETERS_AS_STORED,
  updateMangoStablePrice,
} from './mangoStablePrice.ts';

/** The exact figures are recomputed, not asserted by the source, whose own tolerance is 0.1. */
const RECOMPUTED_TOLERANCE = 1e-12;

function run(
  start: MangoStablePriceState,
  steps: { readonly count: number; readonly seconds: number; readonly price: number },
  parameters = MANGO_STABLE_PRICE_PARAMETERS,
): MangoStablePriceState {
  let state = start;
  for (let step = 0; step < steps.count; step += 1) {
    const nowSeconds = state.lastUpdateSeconds + steps.seconds;
    state = updateMangoStablePrice(state, { nowSeconds, oraclePrice: steps.price }, parameters);
  }
  return state;
}

describe('Mango stable price', () => {
  it('V62 stable_price.rs:213-237: a tenfold jump reaches 1.8 in an hour, 2.3 in two and 7.4 in twenty-five', () => {
    const first = run(createMangoStablePrice(1, 0), { count: 60, seconds: 60, price: 10 });
    expect(Math.abs(first.stablePrice - 1.780573177182406)).toBeLessThan(RECOMPUTED_TOLERANCE);
    const second = run(first, { count: 360, seconds: 10, price: 10 });
    expect(Math.abs(second.stablePrice - 2.3089436310803393)).toBeLessThan(RECOMPUTED_TOLERANCE);
    const third = run(second, { count: 276, seconds: 300, price: 10 });
    expect(Math.abs(third.stablePrice - 7.445230583780808)).toBeLessThan(RECOMPUTED_TOLERANCE);
  });

  it('V62: limits stored as 32-bit floats move the figures by less than a ten-millionth, inside the 0.1 of the source', () => {
    const stored = MANGO_STABLE_PRICE_PARAMETERS_AS_STORED;
    const first = run(createMangoStablePrice(1, 0), { count: 60, seconds: 60, price: 10 }, stored);
    const second = run(first, { count: 360, seconds: 10, price: 10 }, stored);
    const third = run(second, { count: 276, seconds: 300, price: 10 }, stored);
    const gaps = [
      Math.abs(first.stablePrice - 1.780573177182406),
      Math.abs(second.stablePrice - 2.3089436310803393),
      Math.abs(third.stablePrice - 7.445230583780808),
    ];
    for (const gap of gaps) {
      expect(gap).toBeGreaterThan(RECOMPUTED_TOLERANCE);
      expect(gap).toBeLessThan(2e-7);
    }
  });

  it('stores the limited hourly averages where they are read a day later', () => {
    const first = run(createMangoStablePrice(1, 0), { count: 60, seconds: 60, price: 10 });
    expect(first.delayPrices[0]).toBeCloseTo(1.06, 7);
    expect(first.delayPrices.slice(1)).toEqual(new Array(23).fill(1));
    const second = run(first, { count: 360, seconds: 10, price: 10 });
    expect(second.delayPrices[1]).toBeCloseTo(1.06 * 1.06, 7);
    expect(second.lastInterval).toBe(2);
    expect(second.accumulatedSeconds).toBe(0);
  });

  it('averages within the hour', () => {
    const generous = { ...MANGO_STABLE_PRICE_PARAMETERS, delayGrowthLimit: 10 };
    let state = createMangoStablePrice(1, 0);
    for (let nowSeconds = 60; nowSeconds <= 3_600; nowSeconds += 60) {
      const oraclePrice = nowSeconds > 1_800 ? 2 : 1;
      state = updateMangoStablePrice(state, { nowSeconds, oraclePrice }, generous);
    }
    expect(state.delayPrices[0]).toBeCloseTo(1.5, 12);
  });

  it('ignores observations closer than ten seconds and counts a long gap as ten minutes', () => {
    const start = createMangoStablePrice(1, 0);
    const ignored = { nowSeconds: 9, oraclePrice: 10 };
    expect(updateMangoStablePrice(start, ignored, MANGO_STABLE_PRICE_PARAMETERS)).toBe(start);
    const late = { nowSeconds: 3_000, oraclePrice: 10 };
    const state = updateMangoStablePrice(start, late, MANGO_STABLE_PRICE_PARAMETERS);
    expect(state.stablePrice).toBeCloseTo(1 + 600 * 0.0003, 7);
    const nextDays = { nowSeconds: 3 * 86_400 + 3_600, oraclePrice: 10 };
    const filled = updateMangoStablePrice(start, nextDays, MANGO_STABLE_PRICE_PARAMETERS);
    expect(new Set(filled.delayPrices).size).toBe(1);
  });

  it('falls as slowly as it rises', () => {
    const fallen = run(createMangoStablePrice(10, 0), { count: 60, seconds: 60, price: 1 });
    expect(fallen.stablePrice).toBeGreaterThan(4);
    expect(fallen.stablePrice).toBeLessThan(6.5);
  });
});
