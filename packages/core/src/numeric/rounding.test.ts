import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import {
  divDown,
  divTowardZero,
  divUp,
  isqrtDown,
  isqrtUp,
  mulDivAwayFromZero,
  mulDivDown,
  mulDivDownNumber,
  mulDivNearest,
  mulDivNearestNumber,
  mulDivRounded,
  mulDivTowardZero,
  mulDivTowardZeroNumber,
  mulDivUp,
  mulDivUpNumber,
  type Rounding,
  roundDown,
  roundHalfEven,
  roundUp,
} from './rounding.ts';

const SAFE = Number.MAX_SAFE_INTEGER;
const big = fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n });
const small = fc.bigInt({ min: -50n, max: 50n });
const operand = fc.oneof(big, small);
const divisor = fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 130n }), fc.bigInt({ min: 1n, max: 50n }));

describe('division of a product', () => {
  it('rounds −7·1/2 and 7·1/2 in each direction as its name says', () => {
    const halves = (divide: (a: bigint, b: bigint, d: bigint) => bigint): bigint[] =>
      [-7n, -5n, 5n, 7n].map((a) => divide(a, 1n, 2n));
    expect(halves(mulDivDown)).toEqual([-4n, -3n, 2n, 3n]);
    expect(halves(mulDivUp)).toEqual([-3n, -2n, 3n, 4n]);
    expect(halves(mulDivTowardZero)).toEqual([-3n, -2n, 2n, 3n]);
    expect(halves(mulDivAwayFromZero)).toEqual([-4n, -3n, 3n, 4n]);
    expect(halves(mulDivNearest)).toEqual([-4n, -2n, 2n, 4n]);
  });

  it('down: a·b = q·d + r with 0 ≤ r < d', () => {
    fc.assert(
      fc.property(operand, operand, divisor, (a, b, d) => {
        const rest = a * b - mulDivDown(a, b, d) * d;
        expect(rest >= 0n && rest < d).toBe(true);
      }),
      { seed: 31, numRuns: 3000 },
    );
  });

  it('up: a·b = q·d − r with 0 ≤ r < d', () => {
    fc.assert(
      fc.property(operand, operand, divisor, (a, b, d) => {
        const rest = mulDivUp(a, b, d) * d - a * b;
        expect(rest >= 0n && rest < d).toBe(true);
      }),
      { seed: 32, numRuns: 3000 },
    );
  });

  it('toward zero and away from zero: mirror images that differ by one unless exact', () => {
    fc.assert(
      fc.property(operand, operand, divisor, (a, b, d) => {
        const product = a * b;
        const inner = mulDivTowardZero(a, b, d);
        const outer = mulDivAwayFromZero(a, b, d);
        expect(mulDivTowardZero(-a, b, d)).toBe(-inner);
        expect(mulDivAwayFromZero(-a, b, d)).toBe(-outer);
        const sign = product < 0n ? -1n : 1n;
        expect((outer - inner) * sign).toBe(inner * d === product ? 0n : 1n);
        expect(inner * sign * d <= product * sign && outer * sign * d >= product * sign).toBe(true);
      }),
      { seed: 33, numRuns: 3000 },
    );
  });

  it('nearest: at most half a divisor away, and even when exactly half', () => {
    fc.assert(
      fc.property(operand, operand, divisor, (a, b, d) => {
        const nearest = mulDivNearest(a, b, d);
        const twice = 2n * (a * b - nearest * d);
        const magnitude = twice < 0n ? -twice : twice;
        expect(magnitude <= d).toBe(true);
        if (magnitude === d) expect(nearest & 1n).toBe(0n);
      }),
      { seed: 34, numRuns: 3000 },
    );
  });

  it('dispatches on the name of a rounding', () => {
    const names: readonly Rounding[] = ['down', 'up', 'towardZero', 'awayFromZero', 'nearest'];
    expect(names.map((name) => mulDivRounded(-5n, 1n, 2n, name))).toEqual([-3n, -2n, -2n, -3n, -2n]);
    expect(() => mulDivRounded(1n, 1n, 2n, 'sideways' as Rounding)).toThrow(InvariantViolation);
  });

  it('refuses a divisor that is not positive', () => {
    for (const divide of [mulDivDown, mulDivUp, mulDivTowardZero, mulDivAwayFromZero, mulDivNearest]) {
      expect(() => divide(1n, 1n, 0n)).toThrow('A divisor is positive.');
      expect(() => divide(-1n, 1n, -1n)).toThrow('A divisor is positive.');
    }
  });
});

describe('plain division', () => {
  it('is the division of a product by one factor', () => {
    fc.assert(
      fc.property(operand, divisor, (a, d) => {
        expect(divDown(a, d)).toBe(mulDivDown(a, 1n, d));
        expect(divUp(a, d)).toBe(mulDivUp(a, 1n, d));
        expect(divTowardZero(a, d)).toBe(mulDivTowardZero(a, 1n, d));
      }),
      { seed: 35, numRuns: 1000 },
    );
  });

  it('refuses a divisor that is not positive', () => {
    for (const divide of [divDown, divUp, divTowardZero]) {
      expect(() => divide(1n, 0n)).toThrow(InvariantViolation);
      expect(() => divide(1n, -2n)).toThrow(InvariantViolation);
    }
  });
});

describe('integer square root', () => {
  it('is the largest integer whose square does not exceed n', () => {
    const sizes = fc.nat({ max: 700 }).chain((bits) => fc.bigInt({ min: 0n, max: 1n << BigInt(bits) }));
    fc.assert(
      fc.property(sizes, (n) => {
        const root = isqrtDown(n);
        expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true);
        expect(isqrtUp(n)).toBe(root * root === n ? root : root + 1n);
      }),
      { seed: 36, numRuns: 3000 },
    );
  });

  it('is right at squares and one below them, small and beyond the range of a double', () => {
    for (const bits of [1n, 8n, 25n, 26n, 27n, 53n, 62n, 511n, 512n, 600n, 2000n]) {
      const root = (1n << bits) - 1n;
      expect(isqrtDown(root * root)).toBe(root);
      expect(isqrtDown(root * root - 1n)).toBe(root - 1n);
      expect(isqrtUp(root * root)).toBe(root);
      expect(isqrtUp(root * root + 1n)).toBe(root + 1n);
    }
    expect([0n, 1n, 2n, 3n, 4n].map(isqrtDown)).toEqual([0n, 1n, 1n, 1n, 2n]);
    expect([0n, 1n, 2n, 3n, 4n].map(isqrtUp)).toEqual([0n, 1n, 2n, 2n, 2n]);
  });

  it('refuses a negative number', () => {
    expect(() => isqrtDown(-1n)).toThrow(InvariantViolation);
  });
});

describe('division of safe integers', () => {
  const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -(2 ** 27), max: 2 ** 27 }), fc.integer({ min: -20, max: 20 }));
  const positive = fc.oneof(
    fc.integer({ min: 1, max: SAFE }),
    fc.integer({ min: 1, max: 1_000_000 }),
    fc.integer({ min: 1, max: 20 }),
  );
  const pairs: readonly (readonly [
    string,
    (a: number, b: number, d: number) => number,
    (a: bigint, b: bigint, d: bigint) => bigint,
  ])[] = [
    ['down', mulDivDownNumber, mulDivDown],
    ['up', mulDivUpNumber, mulDivUp],
    ['toward zero', mulDivTowardZeroNumber, mulDivTowardZero],
    ['nearest', mulDivNearestNumber, mulDivNearest],
  ];

  it.each(pairs)('%s gives the integer that bigint gives, or stops', (_name, fast, exact) => {
    fc.assert(
      fc.property(integer, integer, positive, (a, b, d) => {
        const expected = exact(BigInt(a), BigInt(b), BigInt(d));
        if (expected > BigInt(SAFE) || expected < -BigInt(SAFE)) {
          expect(() => fast(a, b, d)).toThrow(InvariantViolation);
        } else {
          expect(Object.is(fast(a, b, d), Number(expected))).toBe(true);
        }
      }),
      { seed: 37, numRuns: 5000 },
    );
  });

  it.each(pairs)('%s is right one unit beside every multiple near 2^53', (_name, fast, exact) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 27 }), fc.integer({ min: -2, max: 2 }), (d, beside) => {
        const multiple = Math.floor((2 ** 53 - 4) / d) * d + beside;
        for (const a of [multiple, -multiple]) {
          expect(fast(a, 1, d)).toBe(Number(exact(BigInt(a), 1n, BigInt(d))));
        }
      }),
      { seed: 38, numRuns: 5000 },
    );
  });

  it.each(pairs)('%s refuses fractions of divisors and divisors that are not positive', (_name, fast) => {
    for (const bad of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => fast(1, 1, bad)).toThrow(InvariantViolation);
    }
    expect(() => fast(2 ** 53, 1, 1)).toThrow(InvariantViolation);
    expect(() => fast(Number.NaN, 1, 1)).toThrow(InvariantViolation);
  });
});

describe('rounding of a double', () => {
  it('takes the even neighbour of a tie and the nearest otherwise', () => {
    const values = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999999999999996, 0.49999999999999994];
    expect(values.map(roundHalfEven)).toEqual([-2, -2, 0, 0, 2, 2, 2, 0]);
    expect(roundHalfEven(2 ** 52 - 0.5)).toBe(2 ** 52);
    expect(roundHalfEven(2 ** 52 + 1)).toBe(2 ** 52 + 1);
    expect(roundHalfEven(-1e300)).toBe(-1e300);
  });

  it('agrees with adding and subtracting 2^52, which rounds half to even in hardware', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 51, noNaN: true }), (x) => {
        const hardware = x + 2 ** 52 - 2 ** 52;
        expect(roundHalfEven(x)).toBe(hardware);
        expect(roundHalfEven(-x)).toBe(0 - hardware);
      }),
      { seed: 39, numRuns: 3000 },
    );
  });

  it('never returns a negative zero', () => {
    for (const round of [roundHalfEven, roundDown, roundUp]) {
      expect(Object.is(round(-0), 0)).toBe(true);
    }
    expect(Object.is(roundUp(-0.5), 0)).toBe(true);
    expect(Object.is(roundHalfEven(-0.25), 0)).toBe(true);
  });

  it('goes down or up by name', () => {
    expect([-1.5, -1, 1.5].map(roundDown)).toEqual([-2, -1, 1]);
    expect([-1.5, -1, 1.5].map(roundUp)).toEqual([-1, -1, 2]);
  });

  it('refuses what is not finite', () => {
    for (const round of [roundHalfEven, roundDown, roundUp]) {
      expect(() => round(Number.NaN)).toThrow(InvariantViolation);
      expect(() => round(Number.POSITIVE_INFINITY)).toThrow(InvariantViolation);
    }
  });
});
