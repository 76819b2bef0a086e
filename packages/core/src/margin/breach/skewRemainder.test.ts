import fc from 'fast-check';
import { expect, test } from 'vitest';
import { black76Value } from '../../pricing/black76.ts';
import { type SkewTilt, skewMultiplier } from '../../scenarios/volatility.ts';
import { skewRemainder } from './skewRemainder.ts';

/** Black-76 is good to 1e-14 of the larger of forward and strike. */
const PRICING_SLACK = 1e-12;
const STRIKE = 1000;

const cells = fc.record({
  moneyness: fc.double({ min: 0.2, max: 5, noNaN: true }),
  width: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.05, noNaN: true }), fc.double({ min: 0, max: 0.8, noNaN: true })),
  volatility: fc.double({ min: 0.01, max: 3, noNaN: true }),
  growth: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 3, noNaN: true })),
  years: fc.constantFrom(0, 1e-7, 1e-5, 0.003, 0.08, 0.5, 2),
  right: fc.constantFrom('call' as const, 'put' as const),
  tilt: fc.record({
    cap: fc.oneof(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0.9, max: 1.5, noNaN: true })),
    width: fc.double({ min: 0.01, max: 2, noNaN: true }),
    isAbsolute: fc.boolean(),
  }),
  at: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  /** The part of the forwards that is interpolated: a bound of a cell is one of what lies in it. */
  part: fc.oneof(
    fc.constant([0, 1] as const),
    fc.tuple(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.double({ min: 0.5, max: 1, noNaN: true })),
  ),
});

test('bounds the distance of a tilted Black-76 from its bilinear interpolation on both sides, over a cell or a part of it, whatever the tilt', () => {
  fc.assert(
    fc.property(cells, ({ moneyness, width, volatility, growth, years, right, tilt, at, part }) => {
      const forwardLow = STRIKE * moneyness;
      const forwardHigh = forwardLow * (1 + width);
      const option = { right, strike: STRIKE, years, discount: 0.97, forward: 0, volatility: 0 };
      const valueAt = (x: number, y: number): number => {
        const forward = forwardLow + (forwardHigh - forwardLow) * (part[0] + (part[1] - part[0]) * x);
        const wild = volatility * (1 + (growth - 1) * y) * skewMultiplier(tilt, STRIKE, forward);
        return black76Value({ ...option, forward, volatility: wild });
      };
      const [x, y] = at;
      const straight =
        (1 - y) * ((1 - x) * valueAt(0, 0) + x * valueAt(1, 0)) + y * ((1 - x) * valueAt(0, 1) + x * valueAt(1, 1));
      const { below, above } = skewRemainder({
        option,
        forwardLow,
        forwardHigh,
        volatilityLow: volatility,
        volatilityHigh: volatility * growth,
        tilt,
      });
      const distance = valueAt(x, y) - straight;
      expect(-distance).toBeLessThanOrEqual(below + PRICING_SLACK * forwardHigh);
      expect(distance).toBeLessThanOrEqual(above + PRICING_SLACK * forwardHigh);
    }),
    { seed: 76, numRuns: 15_000 },
  );
});

const shipped: SkewTilt = { cap: 0.22, width: 0.7, isAbsolute: false };

function sizeOf(tilt: SkewTilt, forward: number, size: number): number {
  const { below, above } = skewRemainder({
    option: { right: 'call', strike: STRIKE, years: 0.1, discount: 1, forward: 0, volatility: 0 },
    forwardLow: forward,
    forwardHigh: forward + 50 * size,
    volatilityLow: 0.8,
    volatilityHigh: 0.8 + 0.1 * size,
    tilt,
  });
  return below + above;
}

test('shrinks with the square of the cell away from kinks, and with its size at one', () => {
  expect(sizeOf(shipped, 1010, 1) / sizeOf(shipped, 1010, 0.5)).toBeGreaterThan(3.5);
  expect(sizeOf(shipped, 1010, 0.5) / sizeOf(shipped, 1010, 0.25)).toBeGreaterThan(3.7);
  const turning = { ...shipped, isAbsolute: true };
  expect(sizeOf(turning, 999.999, 0.5) / sizeOf(turning, 999.999, 0.25)).toBeGreaterThan(1.9);
});
