import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm } from '../../numeric/brand.ts';
import { expectedShortfallAt, isResolved, valueAtRisk } from './tailMeasures.ts';
import { wobble } from './testing/histories.ts';

const AT_99 = { confidencePpm: ppm(990_000) };
const AT_95 = { confidencePpm: ppm(950_000) };

describe('value at risk', () => {
  it('sits at the (1 − confidence)·(n + 1)-th largest loss, between neighbours by its fraction', () => {
    const losses = Float64Array.from({ length: 199 }, (_, index) => index + 1);
    expect(valueAtRisk(losses, AT_99)).toBe(198); // 0.01 · 200 = 2nd largest
    expect(valueAtRisk(losses.subarray(0, 149), AT_99)).toBe(148.5); // 0.01 · 150 = 1.5
    expect(valueAtRisk(losses, AT_95)).toBe(190); // 10th largest
  });

  it('is the largest loss, and says that it is not resolved, when there are too few', () => {
    expect(valueAtRisk(Float64Array.of(1, 5, 3), AT_99)).toBe(5);
    expect(isResolved(98, AT_99)).toBe(false);
    expect(isResolved(99, AT_99)).toBe(true);
  });

  it('is exceeded by one loss in a hundred of the same kind, whatever the number of losses it was made from', () => {
    // The promise of the plotting position, for uniform losses: P(next > level) is exactly 1 %.
    for (const count of [99, 150, 365]) {
      const draws = wobble(97, 400 * (count + 1));
      let exceeded = 0;
      let expected = 0;
      for (let trial = 0; trial < 400; trial += 1) {
        const sample = draws.subarray(trial * (count + 1), trial * (count + 1) + count);
        expected += (1 - valueAtRisk(sample, AT_99)) / 2;
        if ((draws[trial * (count + 1) + count] ?? 0) > valueAtRisk(sample, AT_99)) exceeded += 1;
      }
      expect(expected / 400).toBeGreaterThan(0.009);
      expect(expected / 400).toBeLessThan(0.011);
      expect(exceeded).toBeLessThan(12);
    }
  });
});

describe('expected shortfall', () => {
  it('is the mean of the worst, the last one by its fraction', () => {
    const losses = Float64Array.from({ length: 200 }, (_, index) => index + 1);
    expect(expectedShortfallAt(losses, AT_99)).toBe(199.5);
    expect(expectedShortfallAt(losses.subarray(0, 150), AT_99)).toBeCloseTo((150 + 0.5 * 149) / 1.5, 12);
    expect(expectedShortfallAt(Float64Array.of(7), AT_99)).toBe(7);
  });

  it('is subadditive and homogeneous; shifting every loss shifts both measures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 40, max: 300 }), (seed, count) => {
        const first = wobble(seed, count);
        const second = wobble(seed + 1, count);
        const both = first.map((value, index) => value + (second[index] ?? 0));
        const tolerance = 1e-12; // a sum of at most 15 doubles below 2
        expect(expectedShortfallAt(both, AT_95)).toBeLessThanOrEqual(
          expectedShortfallAt(first, AT_95) + expectedShortfallAt(second, AT_95) + tolerance,
        );
        expect(
          Math.abs(
            expectedShortfallAt(
              first.map((value) => 3 * value),
              AT_95,
            ) -
              3 * expectedShortfallAt(first, AT_95),
          ),
        ).toBeLessThan(tolerance);
        const shifted = first.map((value) => value + 1);
        expect(Math.abs(valueAtRisk(shifted, AT_95) - valueAtRisk(first, AT_95) - 1)).toBeLessThan(tolerance);
        expect(expectedShortfallAt(first, AT_95)).toBeGreaterThanOrEqual(valueAtRisk(first, { confidencePpm: ppm(900_000) }));
      }),
      { seed: 43, numRuns: 100 },
    );
  });
});
