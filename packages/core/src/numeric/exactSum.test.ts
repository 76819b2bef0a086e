import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import { approximateAt, assertLittleEndian, sumBigInt64, sumFloat64Exact } from './exactSum.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const int64 = fc.bigInt({ min: INT64_MIN, max: INT64_MAX });

describe('sumBigInt64', () => {
  it('gives the sum that bigint gives over any range of rows', () => {
    fc.assert(
      fc.property(fc.array(int64, { maxLength: 300 }), fc.nat(), fc.nat(), (values, a, b) => {
        const column = BigInt64Array.from(values);
        const [from, to] = rangeWithin(values.length, a, b);
        expect(sumBigInt64(column, from, to)).toBe(sumOf(values.slice(from, to)));
      }),
      { seed: 71, numRuns: 1000 },
    );
  });

  it('stays exact over several chunks of the largest magnitudes', () => {
    const rows = 2 ** 21 + 3;
    for (const extreme of [INT64_MIN, INT64_MAX, -1n]) {
      const column = new BigInt64Array(rows).fill(extreme);
      expect(sumBigInt64(column, 0, rows)).toBe(extreme * BigInt(rows));
    }
  });

  it('reads a column that does not start at the start of its buffer', () => {
    const whole = BigInt64Array.from([9n, -1n, 5n, 7n]);
    const part = whole.subarray(1, 3);
    expect(sumBigInt64(part, 0, 2)).toBe(4n);
  });

  it('refuses a range outside the column', () => {
    const column = new BigInt64Array(4);
    for (const [from, to] of [
      [-1, 2],
      [3, 2],
      [0, 5],
      [0.5, 2],
    ] as const) {
      expect(() => sumBigInt64(column, from, to)).toThrow(InvariantViolation);
    }
  });
});

describe('approximateAt', () => {
  it('is the nearest double of every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(int64, fc.bigInt({ min: -9n, max: 9n })), { minLength: 1 }), (values) => {
        const column = BigInt64Array.from(values);
        const view = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
        values.forEach((value, row) => {
          expect(approximateAt(view, row)).toBe(Number(value));
        });
      }),
      { seed: 72, numRuns: 1000 },
    );
  });

  it('is exact up to 2^53, and at the words whose low half has its top bit set', () => {
    const values = [2n ** 53n, -(2n ** 53n), 0xffff_ffffn, -1n, 0x8000_0000n, -0x8000_0000n, INT64_MIN];
    const view = new Int32Array(BigInt64Array.from(values).buffer);
    expect(values.map((_, row) => BigInt(approximateAt(view, row)))).toEqual(values);
  });
});

describe('sumFloat64Exact', () => {
  it('gives the sum that bigint gives, below and beyond 2^53', () => {
    const element = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1000, max: 1000 }));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 300 }), fc.nat(), fc.nat(), (values, a, b) => {
        const column = Float64Array.from(values);
        const [from, to] = rangeWithin(values.length, a, b);
        expect(sumFloat64Exact(column, from, to)).toBe(sumOf(values.slice(from, to).map(BigInt)));
      }),
      { seed: 73, numRuns: 1000 },
    );
  });

  it('is exact where a plain loop of doubles is not', () => {
    const column = Float64Array.from([2 ** 53, 1, 1, -(2 ** 53)]);
    expect(column.reduce((total, value) => total + value, 0)).toBe(0);
    expect(sumFloat64Exact(column, 0, 4)).toBe(2n);
  });

  it('crosses its chunks', () => {
    const column = new Float64Array(5000).fill(2 ** 43 + 1);
    expect(sumFloat64Exact(column, 1, 4999)).toBe((2n ** 43n + 1n) * 4998n);
  });

  it('refuses values that are not integers and ranges outside the column', () => {
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sumFloat64Exact(Float64Array.from([1, bad]), 0, 2)).toThrow(InvariantViolation);
    }
    expect(() => sumFloat64Exact(Float64Array.from([0.5, 0.5]), 0, 2)).toThrow(InvariantViolation);
    expect(() => sumFloat64Exact(new Float64Array(1), 0, 2)).toThrow(InvariantViolation);
  });
});

describe('assertLittleEndian', () => {
  it('passes on this machine, as on every machine that Node supports in practice', () => {
    const [first] = new Uint8Array(new Uint16Array([1]).buffer);
    if (first === 1) expect(() => assertLittleEndian()).not.toThrow();
    else expect(() => assertLittleEndian()).toThrow(InvariantViolation);
  });
});

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function rangeWithin(length: number, a: number, b: number): readonly [number, number] {
  const [x, y] = [a % (length + 1), b % (length + 1)];
  return x < y ? [x, y] : [y, x];
}
