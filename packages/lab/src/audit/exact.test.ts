import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilDiv, floorDiv, nearestDiv, rootDown, rootUp, truncDiv } from './exact.ts';

const RUNS = { seed: 20200312, numRuns: 500 };
const numerator = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const divisor = fc.bigInt({ min: 1n, max: 10n ** 12n });

describe('division of the auditor', () => {
  it('brackets the quotient from below and above', () => {
    fc.assert(
      fc.property(numerator, divisor, (n, d) => {
        const down = floorDiv(n, d);
        expect(down * d <= n && n < (down + 1n) * d).toBe(true);
        expect(ceilDiv(n, d)).toBe(down * d === n ? down : down + 1n);
        expect(truncDiv(n, d)).toBe(n < 0n ? ceilDiv(n, d) : down);
      }),
      RUNS,
    );
  });

  it('rounds to the nearest, a tie to the even neighbour', () => {
    expect([-3n, -1n, 1n, 3n, 5n].map((n) => nearestDiv(n, 2n))).toEqual([-2n, 0n, 0n, 2n, 2n]);
    fc.assert(
      fc.property(numerator, divisor, (n, d) => {
        const distance = 2n * (nearestDiv(n, d) * d - n);
        expect(distance <= d && distance >= -d).toBe(true);
      }),
      RUNS,
    );
  });

  it('takes square roots between two neighbours', () => {
    expect([0n, 1n, 2n, 4n, 5n].map(rootDown)).toEqual([0n, 1n, 1n, 2n, 2n]);
    expect([0n, 1n, 2n, 4n, 5n].map(rootUp)).toEqual([0n, 1n, 2n, 2n, 3n]);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (n) => {
        const down = rootDown(n);
        expect(down * down <= n && n < (down + 1n) ** 2n).toBe(true);
      }),
      RUNS,
    );
  });
});
