import fc from 'fast-check';
import { expect, test } from 'vitest';
import { black76Value } from '../../pricing/black76.ts';
import { optionRemainder } from './optionRemainder.ts';

/** Black-76 is good to 1e-14 of the larger of forward and strike. */
const PRICING_SLACK = 1e-12;

const cells = fc.record({
  moneyness: fc.double({ min: 0.2, max: 5, noNaN: true }),
  width: fc.double({ min: 0, max: 0.8, noNaN: true }),
  volatility: fc.double({ min: 0.01, max: 3, noNaN: true }),
  growth: fc.double({ min: 1, max: 3, noNaN: true }),
  years: fc.constantFrom(0, 1e-5, 0.003, 0.08, 0.5, 2),
  right: fc.constantFrom('call' as const, 'put' as const),
  at: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  floor: fc.option(fc.double({ min: 0.01, max: 3, noNaN: true }), { nil: 0 }),
});

test('bounds the distance of Black-76 from its bilinear interpolation on both sides, with and without a floor under volatility', () => {
  fc.assert(
    fc.property(cells, ({ moneyness, width, volatility, growth, years, right, at, floor }) => {
      const strike = 1000;
      const forwardLow = strike * moneyness;
      const forwardHigh = forwardLow * (1 + width);
      const option = { right, strike, years, discount: 0.97, forward: 0, volatility: 0 };
      const volatilityAt = (share: number): number => Math.max(floor, volatility * (1 + (growth - 1) * share));
      const valueAt = (x: number, y: number): number =>
        black76Value({ ...option, forward: forwardLow + (forwardHigh - forwardLow) * x, volatility: volatilityAt(y) });
      const [x, y] = at;
      const straight =
        (1 - y) * ((1 - x) * valueAt(0, 0) + x * valueAt(1, 0)) + y * ((1 - x) * valueAt(0, 1) + x * valueAt(1, 1));
      const { below, above } = optionRemainder({
        option,
        forwardLow,
        forwardHigh,
        volatilityLow: volatilityAt(0),
        volatilityMiddle: volatilityAt(0.5),
        volatilityHigh: volatilityAt(1),
      });
      const distance = valueAt(x, y) - straight;
      expect(-distance).toBeLessThanOrEqual(below + PRICING_SLACK * forwardHigh);
      expect(distance).toBeLessThanOrEqual(above + PRICING_SLACK * forwardHigh);
    }),
    { seed: 41, numRuns: 20_000 },
  );
});

test('shrinks with the square of the cell, so that cutting converges', () => {
  const cell = (size: number) =>
    optionRemainder({
      option: { right: 'call', strike: 1000, years: 0.1, discount: 1, forward: 0, volatility: 0 },
      forwardLow: 1000,
      forwardHigh: 1000 + 100 * size,
      volatilityLow: 0.8,
      volatilityMiddle: 0.8 + 0.05 * size,
      volatilityHigh: 0.8 + 0.1 * size,
    }).below;
  expect(cell(1) / cell(0.5)).toBeGreaterThan(3.5);
  expect(cell(0.5) / cell(0.25)).toBeGreaterThan(3.7);
});
