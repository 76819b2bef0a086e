import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../testing/requireData.ts';
import { priceAt } from '../pricePaths/priceAt.ts';
import { blackThursdayPaths, loadFiveMinuteMarket } from './paths.ts';
import { readBlackThursday } from './readScenario.ts';

const scenario = await readBlackThursday();

describe('the paths of Black Thursday', () => {
  const { market, timely, delayed, gas } = blackThursdayPaths(scenario, 1);

  it('all have a value at the opening of the window and in its last block', () => {
    for (const time of [scenario.windowStartMs, scenario.windowEndMs - 15_000]) {
      for (const path of [market, timely, delayed]) {
        expect(priceAt(path, time)).toBeGreaterThan(0n);
      }
      expect(priceAt({ timesMs: gas.timesMs, pricesNano: gas.gasPricesWei }, time)).toBeGreaterThan(0n);
    }
  });

  it('are labelled single-source, every one', () => {
    expect([market, timely, delayed, gas].every((path) => path.singleSource && path.label.includes('single-source'))).toBe(true);
  });
});

describeWithData('the real market of Black Thursday', (folder) => {
  it('has a price in force from the opening of the window and lies near the candles of the exchange', async () => {
    const market = await loadFiveMinuteMarket(scenario, folder);
    expect(priceAt(market, scenario.windowStartMs)).toBeGreaterThan(0n);
    for (const candle of scenario.candles) {
      const price = Number(priceAt(market, candle.openTimeMs) ?? 0n);
      // An average over exchanges, up to five minutes old, in the wildest hours: within 8 % of one exchange's open.
      expect(Math.abs(price / Number(candle.openNano) - 1)).toBeLessThan(0.08);
    }
  });
});
