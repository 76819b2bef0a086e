import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideDown, divideTowardZero, divideUp, parseFixed, ray, wad } from './fixedPoint.ts';

describe('fixed point of the reference models', () => {
  it('brackets every quotient between its floor and its ceiling', () => {
    const amount = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    const divisor = amount.filter((value) => value !== 0n);
    fc.assert(
      fc.property(amount, divisor, (numerator, denominator) => {
        const down = divideDown(numerator, denominator);
        const up = divideUp(numerator, denominator);
        const size = denominator < 0n ? -denominator : denominator;
        const signed = denominator < 0n ? -numerator : numerator;
        expect(down * size <= signed && signed < (down + 1n) * size).toBe(true);
        expect(up * size >= signed && signed > (up - 1n) * size).toBe(true);
        expect(divideTowardZero(numerator, denominator)).toBe(signed < 0n ? up : down);
      }),
      { seed: 20200312 },
    );
  });

  it('reads decimal text exactly and refuses what it cannot hold', () => {
    expect(wad('1.5')).toBe(1_500_000_000_000_000_000n);
    expect(wad('-.25')).toBe(-250_000_000_000_000_000n);
    expect(ray('2')).toBe(2n * 10n ** 27n);
    expect(() => parseFixed('0.123', 2)).toThrow('more than 2 fraction digits');
    expect(() => wad('1e3')).toThrow('not a plain decimal');
    expect(() => wad('')).toThrow('not a plain decimal');
    expect(() => divideDown(1n, 0n)).toThrow('Division by zero');
  });
});
