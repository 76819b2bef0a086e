import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import { amount, durationMs, lots, PPM_ONE, ppm, ticks, ticksPerLot, timeMs } from './brand.ts';
import {
  applyPpmDown,
  applyPpmDownNumber,
  applyPpmUp,
  applyPpmUpNumber,
  bigintToApproximateNumber,
  durationBetween,
  lotsTimesTicks,
  numberToTicks,
  ticksToNumber,
  timeAfter,
} from './ratio.ts';

describe('a ratio in parts per million', () => {
  it('rounds a credit down and a debit up, on both sides of zero', () => {
    expect(applyPpmDown(amount(1_000_001n), ppm(950_000))).toBe(950_000n);
    expect(applyPpmUp(amount(1_000_001n), ppm(950_000))).toBe(950_001n);
    expect(applyPpmDown(amount(-1_000_001n), ppm(950_000))).toBe(-950_001n);
    expect(applyPpmUp(amount(-1_000_001n), ppm(950_000))).toBe(-950_000n);
  });

  it('changes nothing at one', () => {
    expect(applyPpmDown(amount(-7n), PPM_ONE)).toBe(-7n);
    expect(applyPpmUpNumber(lots(7), PPM_ONE)).toBe(7);
  });

  it('gives the same integers for doubles as for bigint', () => {
    const ratio = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(fc.maxSafeInteger(), ratio, (value, part) => {
        const exact = BigInt(value);
        expect(BigInt(applyPpmDownNumber(value, ppm(part)))).toBe(applyPpmDown(exact, ppm(part)));
        expect(BigInt(applyPpmUpNumber(value, ppm(part)))).toBe(applyPpmUp(exact, ppm(part)));
      }),
      { seed: 41, numRuns: 2000 },
    );
  });
});

describe('the crossings between bigint and double', () => {
  it('round-trip up to 2^53 and refuse beyond', () => {
    for (const value of [0n, 1n, -1n, 2n ** 53n, -(2n ** 53n)]) {
      expect(numberToTicks(ticksToNumber(ticks(value)))).toBe(value);
    }
    expect(() => ticksToNumber(ticks(2n ** 53n + 1n))).toThrow(InvariantViolation);
    expect(() => ticksToNumber(ticks(-(2n ** 53n) - 1n))).toThrow(InvariantViolation);
    expect(() => numberToTicks(2 ** 53 + 2)).toThrow(InvariantViolation);
    expect(() => numberToTicks(-(2 ** 53) - 2)).toThrow(InvariantViolation);
  });

  it('refuse doubles that are not integers', () => {
    for (const bad of [0.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(() => numberToTicks(bad)).toThrow(InvariantViolation);
    }
  });

  it('approximate a large integer by the nearest double, a tie to even', () => {
    expect(bigintToApproximateNumber(2n ** 53n + 1n)).toBe(2 ** 53);
    expect(bigintToApproximateNumber(2n ** 53n + 3n)).toBe(2 ** 53 + 4);
    expect(bigintToApproximateNumber(-(2n ** 90n))).toBe(-(2 ** 90));
  });
});

describe('lots times ticks per lot', () => {
  it('is exact where a double is not', () => {
    expect(lotsTimesTicks(lots(2 ** 40 - 1), ticksPerLot(-(2 ** 52) + 1))).toBe((2n ** 40n - 1n) * (1n - 2n ** 52n));
  });
});

describe('time', () => {
  it('moves forward by a duration and measures the one between two instants', () => {
    const start = timeMs(1_583_971_200_000);
    const later = timeAfter(start, durationMs(15_000));
    expect(later).toBe(1_583_971_215_000);
    expect(durationBetween(start, later)).toBe(15_000);
    expect(durationBetween(start, start)).toBe(0);
  });

  it('never measures backwards', () => {
    expect(() => durationBetween(timeMs(2), timeMs(1))).toThrow(InvariantViolation);
  });
});
