import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { durationMs, ppm, ticks } from '../numeric/brand.ts';
import {
  averageImpactPpm,
  consumedAfter,
  createDepthCurve,
  type DepthCurve,
  depthWithin,
  marginalImpactPpm,
  saleCost,
  saleProceeds,
  scaleDepth,
} from './depthCurve.ts';

const RUNS = { seed: 20_261, numRuns: 400 };

/** The first 1,000,000 at 0.1 %, the next 3,000,000 at 1 %, the rest at 20 %. */
const BOOK = createDepthCurve([
  { upTo: ticks(1_000_000n), impactPpm: ppm(1_000) },
  { upTo: ticks(4_000_000n), impactPpm: ppm(10_000) },
  { upTo: null, impactPpm: ppm(200_000) },
]);

const curves: fc.Arbitrary<DepthCurve> = fc
  .array(fc.record({ width: fc.bigInt(1n, 10n ** 12n), rise: fc.integer({ min: 0, max: 100_000 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => {
    let upTo = 0n;
    let impact = 0;
    const bands = steps.map((step, index) => {
      upTo += step.width;
      impact += step.rise;
      return { upTo: index === steps.length - 1 ? null : ticks(upTo), impactPpm: ppm(impact) };
    });
    return createDepthCurve(bands);
  });
const values = fc.bigInt(0n, 10n ** 13n).map(ticks);

describe('the depth curve', () => {
  it('charges each part of a sale at the concession of its band', () => {
    const table = [
      // consumed, value, cost, average impact ppm
      [0n, 500_000n, 500n, 1_000],
      [0n, 1_000_000n, 1_000n, 1_000],
      [0n, 4_000_000n, 31_000n, 7_750],
      [0n, 5_000_000n, 231_000n, 46_200],
      [1_000_000n, 1_000_000n, 10_000n, 10_000],
      [3_500_000n, 1_000_000n, 105_000n, 105_000],
      [1_000_000n, 150n, 2n, 13_334],
      [0n, 0n, 0n, 0],
    ] as const;
    for (const [consumed, value, cost, impact] of table) {
      const sale = { consumed: ticks(consumed), value: ticks(value) };
      expect(saleCost(BOOK, sale)).toBe(cost);
      expect(saleProceeds(BOOK, sale)).toBe(value - cost);
      expect(averageImpactPpm(BOOK, sale)).toBe(impact);
    }
  });

  it('names the marginal concession and the depth inside a concession', () => {
    expect(marginalImpactPpm(BOOK, ticks(999_999n))).toBe(1_000);
    expect(marginalImpactPpm(BOOK, ticks(1_000_000n))).toBe(10_000);
    expect(marginalImpactPpm(BOOK, ticks(9_000_000n))).toBe(200_000);
    expect(depthWithin(BOOK, ppm(999))).toBe(0n);
    expect(depthWithin(BOOK, ppm(10_000))).toBe(4_000_000n);
    expect(depthWithin(BOOK, ppm(200_000))).toBe(null);
  });

  it('takes the same in total, to the tick, however a sale is cut into pieces', () => {
    fc.assert(
      fc.property(curves, values, values, values, (curve, consumed, first, second) => {
        const whole = saleCost(curve, { consumed, value: ticks(first + second) });
        const pieces =
          saleCost(curve, { consumed, value: first }) + saleCost(curve, { consumed: ticks(consumed + first), value: second });
        expect(pieces).toBe(whole);
      }),
      RUNS,
    );
  });

  it('never costs less for more, never more than the value, and never less when more was sold before', () => {
    fc.assert(
      fc.property(curves, values, values, fc.bigInt(0n, 10n ** 12n), (curve, consumed, value, more) => {
        const cost = saleCost(curve, { consumed, value });
        expect(cost).toBeLessThanOrEqual(value);
        expect(saleCost(curve, { consumed, value: ticks(value + more) })).toBeGreaterThanOrEqual(cost);
        // One tick of slack: the cumulative cost is rounded once at either end of a piece.
        expect(saleCost(curve, { consumed: ticks(consumed + more), value }) + 1n).toBeGreaterThanOrEqual(cost);
      }),
      RUNS,
    );
  });

  it('is never cheaper when depth is lost', () => {
    fc.assert(
      fc.property(curves, values, fc.integer({ min: 1, max: 1_000_000 }), (curve, value, kept) => {
        const sale = { consumed: ticks(0n), value };
        // Below one tick per band nothing is left to scale; such a band keeps one tick.
        const slack = BigInt(curve.bands.length);
        expect(saleCost(scaleDepth(curve, ppm(kept)), sale) + slack).toBeGreaterThanOrEqual(saleCost(curve, sale));
      }),
      RUNS,
    );
    expect(scaleDepth(BOOK, ppm(260_000)).bands.map((band) => band.upTo)).toEqual([260_000n, 1_040_000n, null]);
  });

  it('refills at a constant speed', () => {
    const sold = { consumed: ticks(1_000n), refillMs: durationMs(60_000) };
    expect(consumedAfter({ ...sold, elapsedMs: durationMs(0) })).toBe(1_000n);
    expect(consumedAfter({ ...sold, elapsedMs: durationMs(20_001) })).toBe(667n);
    expect(consumedAfter({ ...sold, elapsedMs: durationMs(60_000) })).toBe(0n);
  });

  it('refuses bands that do not rise, that get cheaper, or that do not end open', () => {
    const open = { upTo: null, impactPpm: ppm(500) };
    expect(() => createDepthCurve([])).toThrow(InvariantViolation);
    expect(() => createDepthCurve([{ upTo: ticks(5n), impactPpm: ppm(1) }])).toThrow(InvariantViolation);
    expect(() => createDepthCurve([open, open])).toThrow(InvariantViolation);
    expect(() => createDepthCurve([{ upTo: ticks(0n), impactPpm: ppm(1) }, open])).toThrow(InvariantViolation);
    expect(() => createDepthCurve([{ upTo: ticks(5n), impactPpm: ppm(501) }, open])).toThrow(InvariantViolation);
    expect(() => createDepthCurve([{ upTo: null, impactPpm: ppm(1_000_001) }])).toThrow(InvariantViolation);
  });
});
