import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { ppm, ticks } from '../numeric/brand.ts';
import { type FeeInput, type FeeSplit, insuranceTarget, liquidationFee, splitFee } from './fee.ts';
import { isSliceAcceptable, type SliceFigures } from './slice.ts';

const RUNS = { seed: 20_271, numRuns: 500 };
const figures = (equity: bigint, requirement: bigint, health: bigint): SliceFigures => ({
  equity: ticks(equity),
  requirement: ticks(requirement),
  health: ticks(health),
});

describe('the liquidation fee', () => {
  const input: FeeInput = {
    notional: ticks(1_001n),
    feePpm: ppm(10_000),
    before: figures(80n, 100n, -20n),
    after: figures(78n, 60n, 18n),
  };

  it('is a share of notional, rounded up', () => {
    expect(liquidationFee(input)).toBe(11n);
  });

  it('is cut to what the slice leaves: health, cover and equity', () => {
    const table = [
      [figures(78n, 96n, -18n), 1n], // cover: 80/100 of 96 is 77 rounded up
      [figures(78n, 97n, -19n), 0n],
      [figures(60n, 70n, -19n), 1n], // health rose by one
      [figures(3n, 0n, 90n), 3n], // all the equity there is
      [figures(79n, 100n, -20n), 0n], // not acceptable by itself
    ] as const;
    for (const [after, fee] of table) expect(liquidationFee({ ...input, after })).toBe(fee);
  });

  it('is not taken from an insolvent account', () => {
    expect(liquidationFee({ ...input, before: figures(-1n, 100n, -101n) })).toBe(0n);
    expect(liquidationFee({ ...input, after: figures(-1n, 0n, 0n) })).toBe(0n);
  });

  it('never turns an acceptable slice into one that is not, and never leaves negative equity', () => {
    const big = fc.bigInt(0n, 10n ** 12n);
    const signed = fc.bigInt(-(10n ** 12n), 10n ** 12n);
    fc.assert(
      fc.property(signed, big, signed, signed, big, signed, big, (e0, r0, h0, e1, r1, h1, notional) => {
        const before = figures(e0, r0, h0);
        const after = figures(e1, r1, h1);
        const fee = liquidationFee({ notional: ticks(notional), feePpm: ppm(20_000), before, after });
        expect(fee).toBeGreaterThanOrEqual(0n);
        if (fee === 0n) return;
        expect(isSliceAcceptable(before, after)).toBe(true);
        expect(isSliceAcceptable(before, figures(e1 - fee, r1, h1 - fee))).toBe(true);
        expect(e1 - fee).toBeGreaterThanOrEqual(0n);
      }),
      RUNS,
    );
  });
});

describe('the split of the fee', () => {
  const split: FeeSplit = { toInsurancePpm: ppm(500_000), toBackstopPpm: ppm(300_000), toProtocolPpm: ppm(200_000) };
  const parts = (fee: bigint, balance: bigint, target: bigint): string => {
    const result = splitFee({ fee: ticks(fee), split, insuranceBalance: ticks(balance), insuranceTarget: ticks(target) });
    return `${result.insurance} ${result.backstop} ${result.protocol}`;
  };

  it('follows the parameters until insurance holds its target, then goes to backstop and protocol', () => {
    expect(parts(1_000n, 0n, 10_000n)).toBe('500 300 200');
    expect(parts(1_001n, 0n, 10_000n)).toBe('501 300 200');
    expect(parts(1_000n, 9_900n, 10_000n)).toBe('100 540 360');
    expect(parts(1_000n, 10_000n, 10_000n)).toBe('0 600 400');
    expect(parts(1_000n, 99_000n, 10_000n)).toBe('0 600 400');
    expect(insuranceTarget({ stressedOpenInterest: ticks(1_000_001n), targetPpm: ppm(10_000) })).toBe(10_001n);
  });

  it('gives what insurance does not need to the protocol where nobody else has a part', () => {
    const alone: FeeSplit = { toInsurancePpm: ppm(1_000_000), toBackstopPpm: ppm(0), toProtocolPpm: ppm(0) };
    const input = { fee: ticks(100n), split: alone, insuranceBalance: ticks(0n), insuranceTarget: ticks(60n) };
    expect(splitFee(input)).toEqual({ insurance: 60n, backstop: 0n, protocol: 40n });
  });

  it('sums to the fee, with no negative part, and never overfills insurance', () => {
    const money = fc.bigInt(0n, 10n ** 12n);
    fc.assert(
      fc.property(money, money, money, fc.nat(1_000_000), fc.nat(1_000_000), (fee, balance, target, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const result = splitFee({
          fee: ticks(fee),
          split: { toInsurancePpm: ppm(low), toBackstopPpm: ppm(high - low), toProtocolPpm: ppm(1_000_000 - high) },
          insuranceBalance: ticks(balance),
          insuranceTarget: ticks(target),
        });
        expect(result.insurance + result.backstop + result.protocol).toBe(fee);
        for (const part of [result.insurance, result.backstop, result.protocol]) expect(part).toBeGreaterThanOrEqual(0n);
        expect(result.insurance).toBeLessThanOrEqual(target > balance ? target - balance : 0n);
      }),
      RUNS,
    );
  });

  it('refuses parts that do not sum to one', () => {
    const broken = { ...split, toProtocolPpm: ppm(200_001) };
    const input = { fee: ticks(1n), split: broken, insuranceBalance: ticks(0n), insuranceTarget: ticks(0n) };
    expect(() => splitFee(input)).toThrow(InvariantViolation);
  });
});
