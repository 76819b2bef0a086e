import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../testing/requireData.ts';
import { priceAt } from '../pricePaths/priceAt.ts';
import { HYPERLIQUID_ATTRIBUTION, loadDeleveragedAccounts, loadDeleveragedCoins } from '../sources/hyperliquidAdl.ts';
import { loadVenueSummary, type VenueBar } from '../sources/multivenueBars.ts';
import type { MultiVenueAsset, MultiVenueScenario } from '../types.ts';
import { COLLAPSING_VENUE, FREEZING_VENUE, generateOctoberShaped, OCTOBER_SHAPED_CRASH_MS } from './generateOctoberShaped.ts';
import { assetsOf, FIVE_SECONDS_END_MS, FIVE_SECONDS_START_MS, loadOctober2025 } from './october2025.ts';
import { findVenueCollapses } from './venueCollapses.ts';
import { venueSymbolOf } from './venueSymbols.ts';

/** What both scenarios must keep for one replay to run either. */
function expectSameShape(scenario: MultiVenueScenario): void {
  const names = scenario.assets.map(({ asset }) => asset);
  expect(names).toEqual([...names].sort((a, b) => (a < b ? -1 : 1)));
  for (const { venues } of scenario.assets) {
    expect(venues.length).toBeGreaterThanOrEqual(2);
    for (const { publishTimesMs, pricesNano, lowsNano } of venues) {
      expect(publishTimesMs.length).toBeGreaterThan(0);
      expect(pricesNano.length).toBe(publishTimesMs.length);
      expect(lowsNano.length).toBe(publishTimesMs.length);
      expect(publishTimesMs.every((time, i) => i === 0 || time > (publishTimesMs[i - 1] ?? 0))).toBe(true);
      expect(publishTimesMs.every((time) => time >= scenario.startMs && time <= scenario.endMs)).toBe(true);
      expect(pricesNano.every((price, i) => price > 0n && price >= (lowsNano[i] ?? 0n))).toBe(true);
    }
  }
  expect(scenario.depth[0]).toEqual({ fromMs: scenario.startMs, depthPpm: 1_000_000 });
  expect(Math.min(...scenario.depth.map(({ depthPpm }) => depthPpm))).toBe(260_000);
  expect(scenario.shortAccounts.every((account) => account.accountValueMicroUsd > 0n && account.leveragePpm > 0)).toBe(true);
  expect(scenario.notionalByAsset.length).toBeGreaterThan(0);
}

describe('the generated crash', () => {
  const scenario = generateOctoberShaped(1);

  it('has the shape that the replay of the real one reads', () => {
    expectSameShape(scenario);
    expect(scenario.assets.length).toBe(12);
    expect(scenario.assets.every(({ venues }) => venues.length === 4)).toBe(true);
    expect(scenario).toMatchObject({ attribution: undefined, nonCommercial: false });
    expect(scenario.label).toContain('synthetic');
  });

  it('is the same for the same seed and another for another', () => {
    expect(generateOctoberShaped(1)).toEqual(scenario);
    expect(generateOctoberShaped(2).assets).not.toEqual(scenario.assets);
  });

  it('falls by 12 %, 20 % and 50-60 %, with one venue collapsing on three assets alone, for any seed', () => {
    for (let seed = 0; seed < 4; seed += 1) {
      const generated = seed === 1 ? scenario : generateOctoberShaped(seed);
      const falls = generated.assets.map(({ venues }) => {
        const prices = venues.find(({ venue }) => venue === 'north')?.pricesNano ?? [];
        const low = prices.reduce((a, b) => (a < b ? a : b));
        return 1 - Number(low) / Number(prices[0]);
      });
      // Noise moves the bottom by a few per cent of the price.
      const margin = 0.05;
      expect(Math.abs((falls[0] ?? 0) - 0.12)).toBeLessThan(margin);
      expect(Math.abs((falls[1] ?? 0) - 0.2)).toBeLessThan(margin);
      expect(falls.slice(2).every((fall) => fall > 0.5 - margin && fall < 0.6 + margin)).toBe(true);
      expect(generated.collapses.map(({ asset, venue }) => `${asset} ${venue}`)).toEqual([
        `SYNC ${COLLAPSING_VENUE}`,
        `SYND ${COLLAPSING_VENUE}`,
        `SYNE ${COLLAPSING_VENUE}`,
      ]);
    }
  });

  it('has one venue that publishes nothing for twenty-five minutes of the crash', () => {
    for (const { venues } of scenario.assets) {
      const gaps = venues.map(({ venue, publishTimesMs }) => {
        const longest = publishTimesMs.reduce((most, time, i) => Math.max(most, time - (publishTimesMs[i - 1] ?? time)), 0);
        return { venue, longest };
      });
      // Twenty-five minutes and the fifteen seconds between two of its prices.
      expect(gaps.filter(({ longest }) => longest > 60_000)).toEqual([{ venue: FREEZING_VENUE, longest: 1_515_000 }]);
    }
    const frozen = scenario.assets[0]?.venues.find(({ venue }) => venue === FREEZING_VENUE);
    const inCrash = (frozen?.publishTimesMs ?? []).filter(
      (time) => time >= OCTOBER_SHAPED_CRASH_MS + 180_000 && time < OCTOBER_SHAPED_CRASH_MS + 1_680_000,
    );
    expect(inCrash).toEqual([]);
  });

  it('seeds accounts of the real median size and leverage and totals in the real ratio', () => {
    const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >>> 1] ?? 0;
    // The median of 2,000 draws from these tails moves by about 4 %.
    expect(Math.abs(median(scenario.shortAccounts.map((a) => a.leveragePpm)) / 430_000 - 1)).toBeLessThan(0.15);
    expect(Math.abs(median(scenario.shortAccounts.map((a) => Number(a.accountValueMicroUsd))) / 933e6 - 1)).toBeLessThan(0.15);
    const { liquidatedMicroUsd, deleveragedMicroUsd } = scenario.totals;
    expect((liquidatedMicroUsd * 1000n) / deleveragedMicroUsd).toBe(2620n);
  });
});

describe('venue collapses', () => {
  const asset = (...venues: readonly (readonly [name: string, prices: readonly bigint[]])[]): MultiVenueAsset => ({
    asset: 'X',
    venues: venues.map(([venue, prices]) => ({
      venue,
      symbol: 'X-USD',
      kind: 'spot',
      quote: 'USD',
      publishTimesMs: prices.map((_, i) => 1_000_000 + i * 30_000),
      pricesNano: prices,
      lowsNano: prices,
    })),
  });

  it('are found where one venue falls below sixty per cent of all the others', () => {
    const market = asset(['a', [100n, 80n, 90n]], ['b', [100n, 30n, 90n]], ['c', [100n, 75n, 90n]]);
    expect(findVenueCollapses([market], 600_000)).toEqual([
      { asset: 'X', venue: 'b', timeMs: 1_030_000, lowNano: 30n, otherVenuesNano: 75n, ratioPpm: 400_000 },
    ]);
  });

  it('are none where all fall together, or where nobody else has a price', () => {
    expect(findVenueCollapses([asset(['a', [100n, 30n]], ['b', [100n, 31n]])], 600_000)).toEqual([]);
    expect(findVenueCollapses([asset(['a', [100n, 30n]], ['b', []])], 600_000)).toEqual([]);
  });
});

describe('bars as series', () => {
  const bar = (openTimeMs: number, venue: string, symbol: string): VenueBar => ({
    openTimeMs,
    venue,
    symbol,
    highNano: 3n,
    lowNano: 1n,
    closeNano: 2n,
  });

  it('publish at the end of the bar: five seconds inside the window, a minute outside', () => {
    const minutes = [FIVE_SECONDS_START_MS - 60_000, FIVE_SECONDS_START_MS, FIVE_SECONDS_END_MS];
    const assets = assetsOf({
      minutes: [...minutes.map((time) => bar(time, 'coinbase', 'X-USD')), bar(minutes[0] ?? 0, 'gemini', 'XUSD')],
      fiveSeconds: [bar(FIVE_SECONDS_START_MS + 10_000, 'coinbase', 'X-USD')],
    });
    expect(assets.map(({ asset }) => asset)).toEqual(['X']);
    expect(assets[0]?.venues[0]?.publishTimesMs).toEqual([
      FIVE_SECONDS_START_MS,
      FIVE_SECONDS_START_MS + 15_000,
      FIVE_SECONDS_END_MS + 60_000,
    ]);
  });

  it('leave out assets on one venue and bitcoin and ether', () => {
    const at = FIVE_SECONDS_START_MS - 60_000;
    const minutes = [
      bar(at, 'coinbase', 'ONE-USD'),
      bar(at, 'coinbase', 'BTC-USD'),
      bar(at, 'gemini', 'BTCUSD'),
      bar(at, 'coinbase', 'ETH-USD'),
      bar(at, 'gemini', 'ETHUSD'),
    ];
    expect(assetsOf({ minutes, fiveSeconds: [] })).toEqual([]);
  });

  it('refuse a symbol that fits no venue', () => {
    expect(venueSymbolOf('binance', 'POLUSDT')).toEqual({ asset: 'POL', kind: 'spot', quote: 'USDT' });
    expect(venueSymbolOf('binance-delivery', 'DOTUSD_PERP')).toEqual({ asset: 'DOT', kind: 'perpetual', quote: 'USD' });
    expect(venueSymbolOf('kraken', 'X')).toBeUndefined();
    expect(() => assetsOf({ minutes: [bar(0, 'kraken', 'X')], fiveSeconds: [] })).toThrow(/field "symbol".*kraken X/);
  });
});

describeWithData('10 October 2025', (folder) => {
  it('has nineteen assets on several venues, without bitcoin and ether, and prints its attribution', async () => {
    const scenario = await loadOctober2025(folder);
    expectSameShape(scenario);
    expect(scenario.assets.length).toBe(19);
    expect(scenario.assets.some(({ asset }) => asset === 'BTC' || asset === 'ETH')).toBe(false);
    expect(scenario.attribution).toBe('Powered by HyperReplay - (c) ConejoCapital');
    expect(scenario.attribution).toBe(HYPERLIQUID_ATTRIBUTION);
    expect(scenario.nonCommercial).toBe(true);
    expect(scenario.totals).toEqual({
      liquidatedMicroUsd: 5_511_042_925_053_063n,
      deleveragedMicroUsd: 2_103_111_430_859_329n,
      liquidationCount: 63_637,
      deleveragingCount: 34_983,
    });

    const collapsed = new Map(scenario.collapses.map((collapse) => [`${collapse.asset} ${collapse.venue}`, collapse]));
    expect(collapsed.get('DOT binance-delivery')).toMatchObject({ lowNano: 696_000_000n, otherVenuesNano: 3_070_000_000n });
    expect(collapsed.get('ATOM binance-delivery')).toMatchObject({ lowNano: 1_055_000_000n });
    expect(collapsed.get('AAVE binance-delivery')?.ratioPpm).toBeLessThan(500_000);

    const summary = await loadVenueSummary(folder);
    for (const { asset, venues } of scenario.assets) {
      for (const series of venues) {
        const day = summary.find(({ venue, symbol }) => venue === series.venue && symbol === series.symbol);
        const low = series.lowsNano.reduce((a, b) => (a < b ? a : b));
        expect(`${asset} ${series.venue} ${low}`).toBe(`${asset} ${series.venue} ${day?.dayLowNano}`);
      }
    }
    const dot = scenario.assets.find(({ asset }) => asset === 'DOT');
    const atNoon = dot?.venues.map((venue) =>
      priceAt({ timesMs: venue.publishTimesMs, pricesNano: venue.pricesNano }, scenario.startMs + 43_200_000),
    );
    expect(atNoon?.every((price) => price !== undefined && price > 4_000_000_000n)).toBe(true);
  });

  it('keeps real short accounts and drops artefacts of leverage and accounts without equity', async () => {
    const deleveraged = await loadDeleveragedAccounts(folder);
    expect(deleveraged.accounts.length + deleveraged.droppedForLeverage + deleveraged.droppedWithoutEquity).toBe(19_337);
    expect(deleveraged).toMatchObject({ droppedForLeverage: 193, droppedWithoutEquity: 257, eventsOfAll: 34_983 });
    expect(deleveraged.notionalOfAllMicroUsd).toBe(2_103_111_428_287_570n);
    expect(Math.max(...deleveraged.accounts.map((account) => account.leveragePpm))).toBeLessThan(136_000_000);
    const coins = await loadDeleveragedCoins(folder);
    expect(coins.length).toBe(162);
    expect(coins.reduce((sum, coin) => sum + coin.events, 0)).toBe(34_983);
  });
});
