import { beforeAll, describe, expect, test } from 'vitest';
import { ETH_USD_FIVE_MINUTES_FILE } from '../data/sources/ethUsdFiveMinutes.ts';
import { MAKER_ORACLE_FILE } from '../data/sources/makerOracleUpdates.ts';
import { describeWithData } from '../testing/requireData.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { calibrateLatency, coverageOf } from './calibrate.ts';
import { type Gap, gapsOverTime, quantile } from './gaps.ts';
import { knownVolatility, volatilityKnownAt } from './knownVolatility.ts';
import { type CoverageRow, LATENCY_STUDY, type LatencyStudy, runLatencyStudy } from './latencyStudy.ts';
import { latencyTable } from './latencyTable.ts';
import { priceAt, priceSteps } from './priceSteps.ts';
import { AAVE_LIQUIDATIONS_FILE, CHAINLINK_BTC_USD_FILE, CHAINLINK_ETH_USD_FILE, ETH_MINUTE_QUOTES_FILE } from './sources.ts';

const HOUR_MS = 3_600_000;

describe('the calibration of the latency buffer', () => {
  const gap = (timeMs: number, logGap: number, known: number): Gap => ({ timeMs, logGap, knownVolatility: known });

  test('finds the multiplier that covers its share of the gaps, and the floor that quiet hours call for', () => {
    // Gaps of 1 to 100 basis points whatever the volatility known before: a floor above all of it explains them best.
    const gaps = Array.from({ length: 100 }, (_, index) =>
      gap(index * HOUR_MS, (index + 1) / 10_000, index % 2 === 0 ? 0.1 : 0.4),
    );
    const found = calibrateLatency([{ halfLifeDays: 1, gaps }], {
      level: 0.99,
      declaredLatencyMs: HOUR_MS,
      floors: [0, 0.4],
    });
    expect(found?.volatilityFloor).toBe(0.4);
    // 99 basis points over 0.4 · √(1 h / year).
    expect(found?.multiplier).toBeCloseTo(0.0099 / (0.4 * Math.sqrt(1 / 8760)), 9);
    const coverage = coverageOf(gaps, found ?? { halfLifeDays: 1, volatilityFloor: 0, multiplier: 0 }, HOUR_MS);
    expect([coverage.count, coverage.exceeded, coverage.occasions]).toEqual([100, 1, 1]);
    expect(coverage.covered).toBeCloseTo(0.99, 12);
    expect(coverage.worstRatio).toBeCloseTo(100 / 99, 9);
  });

  test('counts exceedances within an hour of each other as one occasion', () => {
    const gaps = [0, 10, 20, 200, 210].map((minutes) => gap(minutes * 60_000, 0.5, 0.5));
    expect(coverageOf(gaps, { halfLifeDays: 1, volatilityFloor: 0, multiplier: 1 }, HOUR_MS).occasions).toBe(2);
  });

  test('takes volatility from the past alone, and never across a hole in the prices', () => {
    const rule = { stepMs: HOUR_MS, halfLifeDays: 1 / 24, start: 0.8 };
    const prices = priceSteps([
      { timeMs: 0, priceNano: 100_000_000_000n },
      { timeMs: HOUR_MS, priceNano: 100_000_000_000n },
      { timeMs: 2 * HOUR_MS, priceNano: 110_000_000_000n },
      // A hole of a day: the jump over it belongs to no step.
      { timeMs: 26 * HOUR_MS, priceNano: 220_000_000_000n },
      { timeMs: 27 * HOUR_MS, priceNano: 220_000_000_000n },
    ]);
    const path = knownVolatility(prices, rule);
    // A half-life of one step: σ² halves without a move, then takes half of the squared return per year.
    expect(volatilityKnownAt(path, rule, HOUR_MS)).toBeCloseTo(Math.sqrt(0.32), 12);
    const afterMove = Math.sqrt(0.16 + (Math.log(1.1) ** 2 * 8760) / 2);
    expect(volatilityKnownAt(path, rule, 2 * HOUR_MS)).toBeCloseTo(afterMove, 12);
    expect(volatilityKnownAt(path, rule, 2 * HOUR_MS - 1)).toBeCloseTo(Math.sqrt(0.32), 12);
    expect(volatilityKnownAt(path, rule, 26 * HOUR_MS)).toBeLessThanOrEqual(afterMove);
    expect(volatilityKnownAt(path, rule, -1)).toBe(0.8);
  });

  test('measures the price in force against the market, above zero where the oracle is too high', () => {
    const oracle = priceSteps([
      { timeMs: 100, priceNano: 200_000_000_000n },
      { timeMs: 300, priceNano: 100_000_000_000n },
    ]);
    const market = priceSteps([50, 150, 250, 350].map((timeMs) => ({ timeMs, priceNano: 100_000_000_000n })));
    const gaps = gapsOverTime(oracle, market, { startMs: 0, endMs: 1000, volatilityAt: () => 1 });
    expect(gaps.map(({ timeMs, logGap }) => [timeMs, logGap])).toEqual([
      [150, Math.log(2)],
      [250, Math.log(2)],
      [350, 0],
    ]);
    expect(priceAt(oracle, 299, 100)).toBe(undefined);
    expect([quantile([3, 1, 2], 0.5), quantile([3, 1, 2], 1), quantile([], 0.5)]).toEqual([2, 3, 0]);
  });
});

describeWithData(
  'the latency buffer on real gaps',
  (folder) => {
    let study: LatencyStudy | undefined;
    const row = (name: string): CoverageRow => {
      const found = study?.rows.find((candidate) => candidate.name.startsWith(name));
      if (found === undefined) throw new Error(`no row ${name}`);
      return found;
    };

    beforeAll(async () => {
      study = await runLatencyStudy(folder, LATENCY_STUDY.level);
      console.info(latencyTable(study));
    });

    test('is fitted on the delayed oracle up to February 2020: 99.9 % of its moments', () => {
      expect(study?.calibration.multiplier).toBeCloseTo(4.973, 2);
      expect(study?.calibration).toMatchObject({ halfLifeDays: 1, volatilityFloor: 0.5, level: 0.999 });
      expect(row('OSM, 18 Nov').count).toBe(29_715);
      expect(row('OSM, 18 Nov').exceeded).toBe(29);
    });

    test('covers at least 99 % of every set that it was not fitted on', () => {
      const heldOut = (study?.rows ?? []).filter(({ role }) => role === 'held out');
      expect(heldOut.length).toBe(3);
      for (const { covered } of heldOut) expect(covered).toBeGreaterThanOrEqual(LATENCY_STUDY.heldOutLevel);
    });

    test.each(['plimsoll-default', 'plimsoll-provable'])(
      '%s carries what was fitted, rounded to a thousandth of a deviation',
      (name) => {
        const { latencyPpm, latencyVolatilityFloorPpm } = shippedProfile(name).addOns;
        expect(latencyPpm).toBe(Math.round((study?.calibration.multiplier ?? 0) * 1000) * 1000);
        expect(latencyVolatilityFloorPpm).toBe((study?.calibration.volatilityFloor ?? 0) * 1e6);
      },
    );

    test('leaves 33 moments of March 2020 on three occasions uncovered, the worst by 2.27 times', () => {
      const march = row('OSM, March 2020');
      expect([march.count, march.exceeded, march.occasions]).toEqual([8_928, 33, 3]);
      expect(march.worstRatio).toBeCloseTo(2.27, 2);
      expect(march.largestGap).toBeCloseTo(0.275, 3);
    });

    test('covers all 123 oracle prices of Aave liquidations of January 2021, the one 722 basis points off too', () => {
      const aave = row('Aave V2');
      expect([aave.count, aave.exceeded]).toEqual([123, 0]);
      expect(aave.largestGap).toBeCloseTo(0.0722, 4);
    });
  },
  [
    ETH_USD_FIVE_MINUTES_FILE,
    MAKER_ORACLE_FILE,
    AAVE_LIQUIDATIONS_FILE,
    ETH_MINUTE_QUOTES_FILE,
    CHAINLINK_ETH_USD_FILE,
    CHAINLINK_BTC_USD_FILE,
    'binance_spot_15m_30m_1h_2h',
  ],
);
