import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, ppm, type Ticks, ticks } from '../numeric/brand.ts';
import {
  type AuctionParameters,
  areAuctionParametersSound,
  auctionFraction,
  discountFactorPpm,
  linearRampUp,
  reservePrice,
  standingBid,
} from './auctionClock.ts';

const RUNS = { seed: 20_267, numRuns: 500 };
const CLOCK: AuctionParameters = {
  startPpm: ppm(1_000_000),
  fastMs: durationMs(600_000),
  cutoffPpm: ppm(800_000),
  slowMs: durationMs(7_200_000),
  insolventMs: durationMs(3_600_000),
  backstopDiscountPpm: ppm(150_000),
  minFractionPpm: ppm(10_000),
  maxFractionPpm: ppm(500_000),
  bufferPpm: ppm(100_000),
};
const seconds = (count: number) => durationMs(count * 1_000);

describe('the clock of the reserve price', () => {
  it('falls to the cutoff quickly and to nothing slowly (vector V39)', () => {
    const steep: AuctionParameters = { ...CLOCK, startPpm: ppm(960_000), fastMs: seconds(300) };
    const table = [
      [CLOCK, 0, 1_000_000],
      [CLOCK, 300, 900_000],
      [CLOCK, 600, 800_000],
      [CLOCK, 960, 760_000],
      [CLOCK, 7_800, 0],
      [CLOCK, 90_000, 0],
      [steep, 0, 960_000],
      [steep, 150, 880_000],
      [steep, 300, 800_000],
      [steep, 6_780, 80_000],
    ] as const;
    for (const [parameters, second, factor] of table) {
      expect(discountFactorPpm(parameters, seconds(second))).toBe(factor);
    }
  });

  it('asks mark value times the factor (vectors V34, V35 and V36: 300, 270 and 4800)', () => {
    const asks = (value: bigint, second: number): bigint =>
      reservePrice({ parameters: CLOCK, elapsedMs: seconds(second), value: ticks(value), backstopHasCapacity: false });
    expect(asks(300_000_000n, 0)).toBe(300_000_000n);
    expect(asks(300_000_000n, 300)).toBe(270_000_000n);
    expect(asks(6_000_000_000n, 600)).toBe(4_800_000_000n);
  });

  it('stays at the standing bid of the backstop while that can take something', () => {
    const input = { parameters: CLOCK, value: ticks(1_000_001n), backstopHasCapacity: true };
    expect(standingBid(CLOCK, ticks(1_000_001n))).toBe(850_000n);
    expect(reservePrice({ ...input, elapsedMs: seconds(300) })).toBe(900_001n);
    expect(reservePrice({ ...input, elapsedMs: seconds(600) })).toBe(850_000n);
    expect(reservePrice({ ...input, elapsedMs: seconds(90_000) })).toBe(850_000n);
    expect(reservePrice({ ...input, elapsedMs: seconds(90_000), backstopHasCapacity: false })).toBe(0n);
  });

  it('pays the taker of an insolvent portfolio from nothing up to the whole deficit', () => {
    const table = [
      [0, 0n],
      [1, 27n],
      [1_800, 50_000n],
      [3_599, 99_972n],
      [3_600, 100_000n],
      [99_999, 100_000n],
    ] as const;
    for (const [second, payout] of table) {
      const input = { parameters: CLOCK, elapsedMs: seconds(second), value: ticks(-100_000n) };
      expect(reservePrice({ ...input, backstopHasCapacity: true })).toBe(0n - payout);
    }
  });

  it('expresses the ramp of the source, from mark value to margin, with the same line (vector V38)', () => {
    // Derive pays −100 at once and −300 at the end; ours starts at nothing and ends at the deficit, so a taker never gets more.
    const asks = (second: number): Ticks =>
      linearRampUp({ from: ticks(-100n), to: ticks(-300n), elapsedMs: second, lengthMs: 600 });
    expect(asks(0)).toBe(-100n);
    expect(asks(12)).toBe(-104n); // half of it: 52
    expect(asks(300)).toBe(-200n);
    expect(asks(900)).toBe(-300n);
  });

  it('never rises with time, never asks more than the start and never pays more than the deficit', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 18n), 10n ** 18n),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.boolean(),
        (value, first, more, backstopHasCapacity) => {
          const at = (elapsed: number): bigint =>
            reservePrice({ parameters: CLOCK, elapsedMs: durationMs(elapsed), value: ticks(value), backstopHasCapacity });
          expect(at(first + more)).toBeLessThanOrEqual(at(first));
          expect(at(first)).toBeLessThanOrEqual(value > 0n ? value : 0n);
          expect(at(first)).toBeGreaterThanOrEqual(value > 0n ? 0n : value);
        },
      ),
      RUNS,
    );
  });

  it('sells a fraction within its bounds while solvent and everything when insolvent', () => {
    const sells = (target: number, value: bigint): number => auctionFraction(CLOCK, { target: ppm(target), value: ticks(value) });
    expect([sells(1, 9n), sells(123_456, 9n), sells(1_000_000, 9n), sells(1, -1n), sells(1, 0n)]).toEqual([
      10_000, 123_456, 500_000, 1_000_000, 1_000_000,
    ]);
  });

  it('knows sound parameters', () => {
    expect(areAuctionParametersSound(CLOCK)).toBe(true);
    const broken: Partial<AuctionParameters>[] = [
      { startPpm: ppm(0) },
      { cutoffPpm: ppm(1_000_001) },
      { cutoffPpm: ppm(-1) },
      { fastMs: durationMs(0) },
      { slowMs: durationMs(0) },
      { insolventMs: durationMs(0) },
      { backstopDiscountPpm: ppm(-1) },
      { backstopDiscountPpm: ppm(1_000_001) },
      { minFractionPpm: ppm(0) },
      { minFractionPpm: ppm(600_000) },
      { maxFractionPpm: ppm(1_000_001) },
      { bufferPpm: ppm(-1) },
    ];
    for (const change of broken) expect(areAuctionParametersSound({ ...CLOCK, ...change })).toBe(false);
  });
});
