import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectedShortfall, expectedShortfallInPlace } from './expectedShortfall.ts';

test('is the mean of the worst losses, rounded up', () => {
  expect(expectedShortfall([5n, -3n, 10n, 2n], 2)).toBe(8n);
  expect(expectedShortfall([5n, -3n, 10n, 2n], 3)).toBe(6n);
  expect(expectedShortfall([5n, 2n], 10)).toBe(4n);
});

test('is zero when the worst outcomes gain, and without outcomes', () => {
  expect(expectedShortfall([-5n, -3n], 1)).toBe(0n);
  expect(expectedShortfall([1n, -3n], 2)).toBe(0n);
  expect(expectedShortfall([], 1)).toBe(0n);
});

test('agrees between bigint and doubles', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 50 }),
      fc.integer({ min: 1, max: 60 }),
      (profits, worst) => {
        const inPlace = expectedShortfallInPlace(Float64Array.from(profits), profits.length, worst);
        expect(BigInt(inPlace)).toBe(
          expectedShortfall(
            profits.map((profit) => BigInt(-profit)),
            worst,
          ),
        );
      },
    ),
    { seed: 13, numRuns: 1000 },
  );
});

test('of a union is at most the sum of its parts', () => {
  const outcomes = fc.array(fc.bigInt(-(2n ** 40n), 2n ** 40n), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(outcomes, outcomes, fc.integer({ min: 1, max: 12 }), (a, b, worst) => {
      const joined = a.map((loss, index) => loss + (b[index] ?? 0n));
      expect(expectedShortfall(joined, worst) <= expectedShortfall(a, worst) + expectedShortfall(b, worst)).toBe(true);
    }),
    { seed: 14, numRuns: 1000 },
  );
});
