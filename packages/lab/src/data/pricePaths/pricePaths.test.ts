import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../testing/requireData.ts';
import { readBlackThursday } from '../blackThursday/readScenario.ts';
import { loadEthUsdFiveMinutes } from '../sources/ethUsdFiveMinutes.ts';
import type { AuctionRecord, Candle } from '../types.ts';
import { fiveMinutePath } from './fiveMinutePath.ts';
import { GAS_WINDOW_MS, gasPath } from './gasPath.ts';
import { MARKET_BRIDGE_STEP_MS, marketBridgePath } from './marketBridge.ts';
import { delayedOraclePath, timelyOraclePath } from './oraclePaths.ts';
import { priceAt } from './priceAt.ts';

const scenario = await readBlackThursday();
const bridge = (seed: number) =>
  marketBridgePath({ ...scenario, intervalMs: scenario.candleIntervalMs, stepMs: MARKET_BRIDGE_STEP_MS, seed });

describe('the market bridge', () => {
  it('opens, closes and touches the extremes of every real candle exactly, and never leaves them', () => {
    const steps = scenario.candleIntervalMs / MARKET_BRIDGE_STEP_MS;
    for (let seed = 0; seed < 3; seed += 1) {
      const path = bridge(seed);
      expect(path.pricesNano.length).toBe(11_520);
      for (const [i, candle] of scenario.candles.entries()) {
        const prices = path.pricesNano.slice(i * steps, (i + 1) * steps);
        expect(prices[0]).toBe(candle.openNano);
        expect(prices.at(-1)).toBe(candle.closeNano);
        expect(prices.reduce((a, b) => (a < b ? a : b))).toBe(candle.lowNano);
        expect(prices.reduce((a, b) => (a > b ? a : b))).toBe(candle.highNano);
      }
    }
  });

  it('has a price every fifteen seconds of the window and says that it is made up', () => {
    const path = bridge(1);
    expect(path.timesMs[0]).toBe(scenario.windowStartMs);
    expect(path.timesMs.at(-1)).toBe(scenario.windowEndMs - MARKET_BRIDGE_STEP_MS);
    expect(path.timesMs.every((time, i) => time === scenario.windowStartMs + i * MARKET_BRIDGE_STEP_MS)).toBe(true);
    expect(path).toMatchObject({ singleSource: true, reconstructed: true });
    expect(path.label).toContain('reconstructed, single-source');
  });

  it('is the same for the same seed and differs for another; a candle does not depend on its neighbours', () => {
    expect(bridge(1)).toEqual(bridge(1));
    expect(bridge(2).pricesNano).not.toEqual(bridge(1).pricesNano);
    const last = marketBridgePath({
      candles: scenario.candles.slice(-1),
      intervalMs: scenario.candleIntervalMs,
      stepMs: MARKET_BRIDGE_STEP_MS,
      seed: 1,
    });
    expect(last.pricesNano).toEqual(bridge(1).pricesNano.slice(-480));
  });

  it('keeps its promises for any candle, flat and minimal ones included', () => {
    const price = fc.bigInt({ min: 1n, max: 10n ** 15n });
    fc.assert(
      fc.property(price, price, price, price, fc.integer({ min: 4, max: 60 }), fc.integer(), (a, b, c, d, steps, seed) => {
        const candle: Candle = {
          openTimeMs: 0,
          openNano: a,
          closeNano: b,
          highNano: [a, b, c, d].reduce((x, y) => (x > y ? x : y)),
          lowNano: [a, b, c, d].reduce((x, y) => (x < y ? x : y)),
          volumeNano: 0n,
        };
        const { pricesNano } = marketBridgePath({ candles: [candle], intervalMs: steps, stepMs: 1, seed });
        expect(pricesNano.length).toBe(steps);
        expect(pricesNano[0]).toBe(candle.openNano);
        expect(pricesNano.at(-1)).toBe(candle.closeNano);
        expect(pricesNano.reduce((x, y) => (x < y ? x : y))).toBe(candle.lowNano);
        expect(pricesNano.reduce((x, y) => (x > y ? x : y))).toBe(candle.highNano);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('goes to the high first in a candle that opens at its high and closes at its low', () => {
    const candle: Candle = { openTimeMs: 0, openNano: 10n, highNano: 10n, lowNano: 2n, closeNano: 2n, volumeNano: 0n };
    for (let seed = 0; seed < 50; seed += 1) {
      const { pricesNano } = marketBridgePath({ candles: [candle], intervalMs: 4, stepMs: 1, seed });
      expect(pricesNano).toEqual([10n, 10n, 2n, 2n]);
    }
  });

  it('refuses an interval of fewer than four steps', () => {
    expect(() => marketBridgePath({ candles: [], intervalMs: 3, stepMs: 1, seed: 1 })).toThrow(RangeError);
  });

  it('keeps its published price at noon', () => {
    expect(priceAt(bridge(1), scenario.windowStartMs + 43_200_000 + 15_000)).toBe(NOON_OF_SEED_ONE);
  });
});

describe('the oracle paths', () => {
  const delayed = delayedOraclePath(scenario.oracleUpdates);
  const timely = timelyOraclePath(scenario.oracleUpdates);

  it('show the delayed price and, an update earlier, the price that it will show next', () => {
    expect(delayed.timesMs.length).toBe(scenario.oracleUpdates.length);
    expect(timely.timesMs).toEqual(delayed.timesMs.slice(0, -1));
    expect(timely.pricesNano).toEqual(delayed.pricesNano.slice(1));
  });

  it('stand 22 % apart at 13:30 on the twelfth, when the delay hid the crash', () => {
    const time = Date.UTC(2020, 2, 12, 13, 30);
    expect(priceAt(delayed, time)).toBe(166_465_000_000n);
    expect(priceAt(timely, time)).toBe(136_747_819_100n);
  });

  it('are labelled single-source and are never the market', () => {
    expect([delayed, timely].every((path) => path.singleSource && !path.reconstructed)).toBe(true);
    expect(new Set([delayed.name, timely.name, bridge(1).name]).size).toBe(3);
  });
});

describe('reading a series', () => {
  it('gives the last price at or before a time and none before the first', () => {
    const series = { timesMs: [10, 20, 30], pricesNano: [1n, 2n, 3n] };
    expect([9, 10, 19, 20, 29, 30, 1000].map((time) => priceAt(series, time))).toEqual([undefined, 1n, 1n, 2n, 2n, 3n, 3n]);
    expect(priceAt({ timesMs: [], pricesNano: [] }, 5)).toBeUndefined();
  });
});

describe('the gas path', () => {
  const auction = (lastBidTimeMs: number, gasPriceWei: bigint | undefined): AuctionRecord => {
    const [template] = scenario.auctions;
    if (template === undefined) throw new Error('the shipped scenario is not empty');
    return { ...template, lastBidTimeMs, gasPriceWei };
  };

  it('takes lower medians, holds them through empty windows and starts with the first', () => {
    const auctions = [
      auction(25, 9n),
      auction(21, 5n),
      auction(29, 7n),
      auction(22, undefined),
      auction(45, 4n),
      auction(46, 2n),
    ];
    const path = gasPath({ auctions: [...auctions, auction(50, 1n)], startMs: 0, endMs: 50, windowMs: 10 });
    expect(path.timesMs).toEqual([0, 10, 20, 30, 40]);
    expect(path.gasPricesWei).toEqual([7n, 7n, 7n, 7n, 2n]);
    expect(gasPath({ auctions: [], startMs: 0, endMs: 50, windowMs: 10 }).timesMs).toEqual([]);
  });

  it('shows 300 gwei on the afternoon of the twelfth', () => {
    const path = gasPath({
      auctions: scenario.auctions,
      startMs: scenario.windowStartMs,
      endMs: scenario.windowEndMs,
      windowMs: GAS_WINDOW_MS,
    });
    expect(path.timesMs.length).toBe(288);
    expect(path.gasPricesWei.reduce((a, b) => (a > b ? a : b))).toBe(300_000_000_000n);
  });
});

describeWithData('the five-minute market path', (folder) => {
  it('covers the window with the real low of 95.78 dollars, labelled as one source', async () => {
    const prices = await loadEthUsdFiveMinutes(folder, { startMs: scenario.windowStartMs, endMs: scenario.windowEndMs });
    const path = fiveMinutePath(prices);
    expect(path.timesMs.length).toBe(576);
    const low = path.pricesNano.reduce((a, b) => (a < b ? a : b));
    expect(low / 10_000_000n).toBe(9578n);
    expect(path).toMatchObject({ name: 'market', singleSource: true, reconstructed: false });
  });
});

const NOON_OF_SEED_ONE = 136_539_407_043n;
