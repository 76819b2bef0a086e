import { describe, expect, expectTypeOf, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import {
  type AccountId,
  type Amount,
  accountId,
  amount,
  assetId,
  auctionId,
  type Brand,
  durationMs,
  feedId,
  groupId,
  height,
  instrumentId,
  lots,
  ownerId,
  PPM_ONE,
  poolId,
  ppm,
  price,
  RAY_ONE,
  ray,
  shares,
  sourceId,
  type Ticks,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
  underlyingId,
  venueId,
  ZERO_AMOUNT,
  ZERO_SHARES,
  ZERO_TICKS,
} from './brand.ts';

const SAFE = Number.MAX_SAFE_INTEGER;

describe('the bigint brands', () => {
  const cases: readonly (readonly [string, (value: bigint) => bigint, bigint, bigint])[] = [
    ['amount', amount, -(2n ** 62n) + 1n, 2n ** 62n - 1n],
    ['ticks', ticks, -(2n ** 120n), 2n ** 120n],
    ['price', price, 1n, 2n ** 62n - 1n],
    ['ray', ray, 0n, 2n ** 126n - 1n],
    ['shares', shares, -(2n ** 62n) + 1n, 2n ** 62n - 1n],
  ];

  it.each(cases)('%s accepts both ends of its range', (_name, construct, low, high) => {
    expect(construct(low)).toBe(low);
    expect(construct(high)).toBe(high);
  });

  it.each(cases)('%s refuses the next value beyond each end', (_name, construct, low, high) => {
    expect(() => construct(low - 1n)).toThrow(InvariantViolation);
    expect(() => construct(high + 1n)).toThrow(InvariantViolation);
  });

  it('says which value was refused', () => {
    expect(() => price(0n)).toThrow('A price is positive and below 2^62; this one is 0.');
  });
});

describe('the number brands', () => {
  const signed = [lots, ticksPerLot, ppm];
  const unsigned = [timeMs, durationMs, height];

  it('accept integers up to their ends', () => {
    for (const construct of signed) {
      expect(construct(SAFE)).toBe(SAFE);
      expect(construct(-SAFE)).toBe(-SAFE);
    }
    for (const construct of unsigned) expect(construct(0)).toBe(0);
    expect(timeMs(8.64e15)).toBe(8.64e15);
    expect(durationMs(SAFE)).toBe(SAFE);
    expect(height(SAFE)).toBe(SAFE);
  });

  it('refuse fractions, numbers that are not safe and numbers that are none', () => {
    for (const construct of [...signed, ...unsigned]) {
      for (const bad of [0.5, SAFE + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => construct(bad)).toThrow(InvariantViolation);
      }
    }
    expect(() => timeMs(8.64e15 + 1)).toThrow(InvariantViolation);
  });

  it('refuse negative times, durations and heights', () => {
    for (const construct of unsigned) expect(() => construct(-1)).toThrow(InvariantViolation);
  });

  it('never keep a negative zero', () => {
    for (const construct of [...signed, ...unsigned]) {
      expect(Object.is(construct(-0), 0)).toBe(true);
    }
  });
});

describe('the identifiers', () => {
  const constructors: readonly ((value: number) => number)[] = [
    accountId,
    ownerId,
    assetId,
    instrumentId,
    feedId,
    sourceId,
    venueId,
    groupId,
    underlyingId,
    auctionId,
    trancheId,
    poolId,
  ];

  it('accept zero to 2^31 − 1 and nothing else', () => {
    for (const construct of constructors) {
      expect(construct(0)).toBe(0);
      expect(construct(2 ** 31 - 1)).toBe(2 ** 31 - 1);
      expect(Object.is(construct(-0), 0)).toBe(true);
      for (const bad of [-1, 2 ** 31, 2 ** 32, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => construct(bad)).toThrow(InvariantViolation);
      }
    }
  });
});

describe('the constants', () => {
  it('are the neutral elements of their units', () => {
    expect([ZERO_AMOUNT, ZERO_TICKS, ZERO_SHARES]).toEqual([0n, 0n, 0n]);
    expect(RAY_ONE).toBe(1_000_000_000_000_000_000_000_000_000n);
    expect(PPM_ONE).toBe(1_000_000);
  });
});

describe('the types', () => {
  it('keep brands apart from each other and from bare values', () => {
    expectTypeOf<Amount>().toExtend<bigint>();
    expectTypeOf<Amount>().not.toExtend<Ticks>();
    expectTypeOf<bigint>().not.toExtend<Amount>();
    expectTypeOf<number>().not.toExtend<AccountId>();
    expectTypeOf<Brand<number, 'A'>>().not.toExtend<Brand<number, 'B'>>();
  });
});
