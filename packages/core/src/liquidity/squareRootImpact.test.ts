import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm, ticks } from '../numeric/brand.ts';
import { saleCost } from './depthCurve.ts';
import { squareRootDepthCurve, squareRootImpactPpm } from './squareRootImpact.ts';

const RUNS = { seed: 20_262, numRuns: 400 };
/** One percent where the value sold equals the depth of one percent. */
const ONE_PERCENT = { coefficientPpm: ppm(10_000), depth: ticks(1_000_000_000n) };

describe('the square-root law of impact', () => {
  it('moves the price by the square root of value over depth', () => {
    const table = [
      [0n, 0],
      [10_000_000n, 1_000],
      [1_000_000_000n, 10_000],
      [4_000_000_000n, 20_000],
      [100_000_000_000n, 100_000],
    ] as const;
    for (const [value, impact] of table) expect(squareRootImpactPpm({ ...ONE_PERCENT, value: ticks(value) })).toBe(impact);
  });

  it('is the smallest integer at or above the true impact', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.bigInt(0n, 10n ** 20n),
        fc.bigInt(1n, 10n ** 18n),
        (coefficient, value, depth) => {
          const impact = BigInt(
            squareRootImpactPpm({ coefficientPpm: ppm(coefficient), value: ticks(value), depth: ticks(depth) }),
          );
          const scaled = BigInt(coefficient) * BigInt(coefficient) * value;
          expect(impact * impact * depth).toBeGreaterThanOrEqual(scaled);
          if (impact > 0n) expect((impact - 1n) * (impact - 1n) * depth).toBeLessThan(scaled);
        },
      ),
      RUNS,
    );
  });

  it('gives a depth curve that is never cheaper than the law and close to it', () => {
    const curve = squareRootDepthCurve({ ...ONE_PERCENT, maxImpactPpm: ppm(100_000), steps: 100 });
    expect(curve.bands).toHaveLength(101);
    fc.assert(
      fc.property(fc.bigInt(1n, 99_000_000_000n), (value) => {
        const banded = saleCost(curve, { value: ticks(value), consumed: ticks(0n) });
        // The true cost is 2/3 · coefficient · value^1.5 / depth^0.5; squared, so that it stays in integers.
        const threeCosts = 3n * banded * 1_000_000n;
        expect(threeCosts * threeCosts * ONE_PERCENT.depth + 10n ** 24n).toBeGreaterThanOrEqual(4n * 10_000n ** 2n * value ** 3n);
        // The average concession is two thirds of the last. A band charges its upper end: at most one step of 1000 ppm above the law.
        const last = BigInt(squareRootImpactPpm({ ...ONE_PERCENT, value: ticks(value) }));
        expect(banded).toBeLessThanOrEqual((value * 2n * last) / 3_000_000n + (value * 1_000n) / 1_000_000n + 2n);
      }),
      RUNS,
    );
  });
});
