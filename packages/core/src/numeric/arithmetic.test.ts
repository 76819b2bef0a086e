import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  abs,
  absNumber,
  add,
  addNumber,
  clampNumber,
  clampTo,
  compareBigint,
  compareNumber,
  isNegative,
  isPositive,
  isZero,
  max,
  maxNumber,
  min,
  minNumber,
  neg,
  negNumber,
  sub,
  subNumber,
  sum,
  sumNumber,
} from './arithmetic.ts';
import { InvariantViolation } from './assert.ts';
import { type Amount, amount, lots, ppm, type Ticks, ticks, ZERO_AMOUNT } from './brand.ts';

const SAFE = Number.MAX_SAFE_INTEGER;

describe('bigint arithmetic', () => {
  it('adds, subtracts, negates and takes magnitudes', () => {
    expect(add(amount(5n), amount(-7n))).toBe(-2n);
    expect(sub(amount(5n), amount(-7n))).toBe(12n);
    expect(neg(ticks(5n))).toBe(-5n);
    expect(abs(ticks(-5n))).toBe(5n);
    expect(abs(ticks(5n))).toBe(5n);
  });

  it('picks the smaller, the larger and the nearest value of an interval', () => {
    const [low, middle, high] = [amount(-3n), amount(0n), amount(4n)];
    expect([min(low, high), min(high, low)]).toEqual([-3n, -3n]);
    expect([max(low, high), max(high, low)]).toEqual([4n, 4n]);
    expect(clampTo(amount(-9n), low, high)).toBe(-3n);
    expect(clampTo(middle, low, high)).toBe(0n);
    expect(clampTo(amount(9n), low, high)).toBe(4n);
  });

  it('refuses to clamp into an empty interval', () => {
    expect(() => clampTo(amount(0n), amount(1n), amount(0n))).toThrow(InvariantViolation);
  });

  it('knows the sign', () => {
    expect([-1n, 0n, 1n].map(isNegative)).toEqual([true, false, false]);
    expect([-1n, 0n, 1n].map(isZero)).toEqual([false, true, false]);
    expect([-1n, 0n, 1n].map(isPositive)).toEqual([false, false, true]);
  });

  it('orders integers by value, not by their text', () => {
    const sorted = [10n, 9n, -1n, 9n].sort((a, b) => compareBigint<bigint>(a, b));
    expect(sorted).toEqual([-1n, 9n, 9n, 10n]);
  });

  it('sums any number of values from zero', () => {
    expect(sum<Amount>([], ZERO_AMOUNT)).toBe(0n);
    expect(sum([amount(2n), amount(-5n), amount(4n)], ZERO_AMOUNT)).toBe(1n);
  });

  it('does not compile when brands are mixed', () => {
    const held: Amount = amount(1n);
    const profit: Ticks = ticks(1n);
    // @ts-expect-error ticks are not an amount
    expect(add(held, profit)).toBe(2n);
    // @ts-expect-error a bare bigint is not an amount
    expect(sub(held, 1n)).toBe(0n);
    // @ts-expect-error ticks are not an amount
    expect(max(held, profit)).toBe(1n);
    // @ts-expect-error ticks are not an amount
    expect(compareBigint(held, profit)).toBe(0);
    // @ts-expect-error ticks are not an amount
    expect(sum([held, profit], ZERO_AMOUNT)).toBe(2n);
    // @ts-expect-error parts per million are not lots
    expect(addNumber(lots(1), ppm(1))).toBe(2);
  });
});

describe('number arithmetic', () => {
  it('adds, subtracts, negates and takes magnitudes', () => {
    expect(addNumber(lots(5), lots(-7))).toBe(-2);
    expect(subNumber(lots(5), lots(-7))).toBe(12);
    expect(negNumber(lots(5))).toBe(-5);
    expect(absNumber(lots(-5))).toBe(5);
  });

  it('never returns a negative zero', () => {
    expect(Object.is(negNumber(lots(0)), 0)).toBe(true);
    expect(Object.is(addNumber<number>(-0, -0), 0)).toBe(true);
    expect(Object.is(absNumber<number>(-0), 0)).toBe(true);
  });

  it('stops at a sum that is not a safe integer', () => {
    expect(addNumber(lots(SAFE - 1), lots(1))).toBe(SAFE);
    expect(() => addNumber(lots(SAFE), lots(1))).toThrow(InvariantViolation);
    expect(() => subNumber(lots(-SAFE), lots(1))).toThrow(InvariantViolation);
    expect(() => sumNumber([lots(SAFE), lots(1), lots(-1)], lots(0))).toThrow(InvariantViolation);
  });

  it('picks, clamps and orders', () => {
    expect([minNumber(lots(-3), lots(4)), minNumber(lots(4), lots(-3))]).toEqual([-3, -3]);
    expect([maxNumber(lots(-3), lots(4)), maxNumber(lots(4), lots(-3))]).toEqual([4, 4]);
    expect([-9, 1, 9].map((n) => clampNumber<number>(n, -3, 4))).toEqual([-3, 1, 4]);
    expect(() => clampNumber<number>(0, 1, 0)).toThrow(InvariantViolation);
    expect([10, 9, -1].sort((a, b) => compareNumber<number>(a, b))).toEqual([-1, 9, 10]);
    expect(compareNumber<number>(3, 3)).toBe(0);
    expect(() => compareNumber(Number.NaN, 1)).toThrow(InvariantViolation);
  });

  it('sums to the same integer as bigint in any order', () => {
    const values = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 200 });
    fc.assert(
      fc.property(values, fc.infiniteStream(fc.nat()), (numbers, stream) => {
        const exact = sum(numbers.map(BigInt), 0n as bigint);
        const keyed = numbers.map((value) => ({ value, key: stream.next().value as number }));
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
        expect(BigInt(sumNumber<number>(numbers, 0))).toBe(exact);
        expect(BigInt(sumNumber<number>(shuffled, 0))).toBe(exact);
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});
