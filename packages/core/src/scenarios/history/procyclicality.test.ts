import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ppm, ppm } from '../../numeric/brand.ts';
import { procyclicalityOf, speedLimited, speedLimitedSeries, withBuffer, withStressedShare } from './procyclicality.ts';

const LIMIT = { risePpm: ppm(100_000), hardStopPpm: ppm(750_000) };
const rates = (...values: readonly number[]): readonly Ppm[] => values.map((value) => ppm(value));

describe('the speed limit', () => {
  it('lets a rate rise by a tenth a day, fall at once, and never stand below three quarters of the raw one', () => {
    expect(speedLimitedSeries(rates(100_000, 105_000, 130_000, 130_000, 400_000, 60_000), LIMIT)).toEqual([
      100_000, 105_000, 115_500, 127_050, 300_000, 60_000,
    ]);
  });

  it('rounds up', () => {
    expect(speedLimited(ppm(1_000_001), ppm(100_001), LIMIT)).toBe(750_001);
    expect(speedLimited(ppm(200_000), ppm(190_001), { ...LIMIT, risePpm: ppm(10_001) })).toBe(191_902);
  });

  it('stays between the hard stop and the raw rate, and rises no faster than the limit except to reach the stop', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 2, maxLength: 60 }), (values) => {
        const limited = speedLimitedSeries(rates(...values), LIMIT);
        limited.forEach((rate, day) => {
          const raw = values[day] ?? 0;
          expect(rate).toBeGreaterThanOrEqual(Math.ceil(raw * 0.75));
          expect(rate).toBeLessThanOrEqual(raw);
          const last = limited[day - 1];
          if (last !== undefined && rate > Math.ceil(raw * 0.75)) expect(rate).toBeLessThanOrEqual(last + Math.ceil(last * 0.1));
        });
      }),
      { seed: 47, numRuns: 200 },
    );
  });
});

describe('stressed share and buffer', () => {
  it('mix a quarter of the stressed rate in, rounded up', () => {
    expect(withStressedShare(ppm(100_000), ppm(200_000), ppm(250_000))).toBe(125_000);
    expect(withStressedShare(ppm(100_001), ppm(200_000), ppm(250_000))).toBe(125_001);
    expect(() => withStressedShare(ppm(1), ppm(1), ppm(1_000_001))).toThrow(/share/);
  });

  it('hold a buffer in calm, spend it on the way up, and have none left a quarter above the mean', () => {
    const buffer = ppm(250_000);
    expect(withBuffer(ppm(80_000), ppm(100_000), buffer)).toBe(100_000);
    expect(withBuffer(ppm(110_000), ppm(100_000), buffer)).toBe(125_000);
    expect(withBuffer(ppm(130_000), ppm(100_000), buffer)).toBe(130_000);
  });
});

describe('the report', () => {
  it('finds the largest rise over one step and over five, and where each arrived', () => {
    const report = procyclicalityOf(rates(100, 120, 100, 110, 121, 133, 180, 90));
    expect(report).toMatchObject({
      oneStepAt: 6,
      largestOneStepRisePpm: 353_384,
      fiveStepAt: 6,
      largestFiveStepRisePpm: 500_000,
    });
    expect(report.meanPpm).toBe(120);
    expect(report.peakToTroughPpm).toBe(2_000_000);
  });

  it('is flat for a constant rate and refuses a rate of zero', () => {
    expect(procyclicalityOf(rates(5, 5, 5))).toMatchObject({ largestOneStepRisePpm: 0, oneStepAt: -1, p99OverP1Ppm: 1_000_000 });
    expect(() => procyclicalityOf(rates(5, 0))).toThrow(/positive/);
  });
});
