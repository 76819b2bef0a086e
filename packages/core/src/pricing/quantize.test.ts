import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantizationBound, quantizeRatio, quantizeTicks } from './quantize.ts';

test('a figure in doubles becomes the nearest tick, a tie the even one, and never a negative zero', () => {
  expect([1.4, 1.5, 2.5, -1.5, -0.4].map(quantizeTicks)).toEqual([1, 2, 2, -2, 0]);
  expect(Object.is(quantizeTicks(-0.2), 0)).toBe(true);
  expect(() => quantizeTicks(Number.NaN)).toThrow('finite');
  expect(() => quantizeTicks(2 ** 60)).toThrow('safe integer');
});

test('the bound is one tick for ordinary magnitudes and grows with those that doubles hold coarsely', () => {
  expect(quantizationBound(0)).toBe(1);
  expect(quantizationBound(2 ** 39)).toBe(1);
  expect(quantizationBound(2 ** 44)).toBe(9);
});

test('a rational is rounded to the nearest tick and says whether that changed it', () => {
  expect(quantizeRatio(6n, 3n)).toEqual({ ticks: 2, exact: true });
  expect(quantizeRatio(5n, 2n)).toEqual({ ticks: 2, exact: false });
  expect(quantizeRatio(-7n, 2n)).toEqual({ ticks: -4, exact: false });
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 80n), 2n ** 80n), fc.bigInt(2n ** 40n, 2n ** 60n), (numerator, denominator) => {
      const { ticks, exact } = quantizeRatio(numerator, denominator);
      const error = 2n * (BigInt(ticks) * denominator - numerator);
      expect(error <= denominator && error >= -denominator).toBe(true);
      expect(exact).toBe(error === 0n);
    }),
    { seed: 12, numRuns: 1000 },
  );
});
