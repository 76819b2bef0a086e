import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { amount, assetId, instrumentId, lots, ppm, ticks } from '../numeric/brand.ts';
import { isEmptySlice, isSliceAcceptable, nextLargerFraction, type SliceSource, sliceOf } from './slice.ts';

const RUNS = { seed: 20_269, numRuns: 400 };
const BOOK: SliceSource = {
  cash: amount(-1_000n),
  reservedCash: amount(250n),
  positions: [
    { instrument: instrumentId(1), lots: lots(7) },
    { instrument: instrumentId(2), lots: lots(-33) },
  ],
  balances: [
    { asset: assetId(1), kind: 'collateral', amount: amount(1_001n) },
    { asset: assetId(1), kind: 'debt', amount: amount(9n) },
  ],
};
const sources: fc.Arbitrary<SliceSource> = fc
  .record({
    cash: fc.bigInt(-(10n ** 15n), 10n ** 15n),
    reserved: fc.bigInt(0n, 10n ** 14n),
    lots: fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 5 }),
    amounts: fc.array(fc.bigInt(1n, 10n ** 18n), { maxLength: 4 }),
  })
  .map((source) => ({
    cash: amount(source.cash),
    reservedCash: amount(source.reserved),
    positions: source.lots.filter((held) => held !== 0).map((held, id) => ({ instrument: instrumentId(id), lots: lots(held) })),
    balances: source.amounts.map((held, id) => ({
      asset: assetId(id),
      kind: id % 2 === 0 ? ('collateral' as const) : ('debt' as const),
      amount: amount(held),
    })),
  }));

describe('a slice of an account', () => {
  it('takes the same fraction of everything, each leg toward zero, and leaves out legs of zero', () => {
    expect(sliceOf(BOOK, ppm(100_000))).toEqual({
      fractionPpm: 100_000,
      cash: -125n,
      positions: [{ instrument: 2, lots: -3 }],
      balances: [{ asset: 1, kind: 'collateral', amount: 100n }],
    });
  });

  it('of the whole is exactly everything but the reserved cash', () => {
    expect(sliceOf(BOOK, ppm(1_000_000))).toEqual({
      fractionPpm: 1_000_000,
      cash: -1_250n,
      positions: BOOK.positions,
      balances: BOOK.balances,
    });
  });

  it('can be too small for every leg', () => {
    expect(isEmptySlice(sliceOf(BOOK, ppm(1)))).toBe(true);
    expect(isEmptySlice(sliceOf(BOOK, ppm(1_000)))).toBe(false);
    expect(() => sliceOf(BOOK, ppm(0))).toThrow(InvariantViolation);
  });

  it('never takes more than is there, never turns a side, and never less in a larger slice', () => {
    fc.assert(
      fc.property(sources, fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }), (source, a, b) => {
        const small = sliceOf(source, ppm(Math.min(a, b)));
        const large = sliceOf(source, ppm(Math.max(a, b)));
        const whole = sliceOf(source, ppm(1_000_000));
        for (const [less, more] of [
          [small, large],
          [large, whole],
        ] as const) {
          expect(isBetween(less.cash, more.cash)).toBe(true);
          for (const { instrument, lots: held } of less.positions) {
            const other = more.positions.find((position) => position.instrument === instrument);
            expect(isBetween(BigInt(held), BigInt(other?.lots ?? 0))).toBe(true);
          }
          for (const { asset, amount: held } of less.balances) {
            const other = more.balances.find((balance) => balance.asset === asset);
            expect(isBetween(held, other?.amount ?? 0n)).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });
});

/** True when `part` lies between zero and `whole`, on its side. */
function isBetween(part: bigint, whole: bigint): boolean {
  return whole >= 0n ? part >= 0n && part <= whole : part <= 0n && part >= whole;
}

describe('the rule of acceptance of a slice', () => {
  const figures = (equity: bigint, requirement: bigint, health: bigint) => ({
    equity: ticks(equity),
    requirement: ticks(requirement),
    health: ticks(health),
  });

  it('asks that health does not fall and, while solvent, that equity covers no less of the requirement', () => {
    const before = figures(80n, 100n, -20n);
    const table = [
      [figures(72n, 80n, -8n), true],
      [figures(64n, 80n, -16n), true], // the same cover, exactly
      [figures(63n, 80n, -16n), false], // less cover
      [figures(60n, 100n, -21n), false], // less health
      [figures(5n, 0n, 5n), true],
      [figures(-1n, 0n, -1n), false], // solvent before, insolvent after
    ] as const;
    for (const [after, expected] of table) expect(isSliceAcceptable(before, after)).toBe(expected);
  });

  it('holds for an account with no equity left as for any solvent one', () => {
    expect(isSliceAcceptable(figures(0n, 100n, -100n), figures(-1n, 10n, -11n))).toBe(false);
    expect(isSliceAcceptable(figures(0n, 100n, -100n), figures(0n, 10n, -10n))).toBe(true);
  });

  it('asks an insolvent account for health alone', () => {
    expect(isSliceAcceptable(figures(-10n, 100n, -110n), figures(-10n, 90n, -100n))).toBe(true);
    expect(isSliceAcceptable(figures(-10n, 100n, -110n), figures(-30n, 85n, -115n))).toBe(false);
  });

  it('doubles a fraction that does not pass, and ends with the whole', () => {
    const tried: number[] = [];
    for (let next = nextLargerFraction(ppm(150_000)); next !== null; next = nextLargerFraction(next)) tried.push(next);
    expect(tried).toEqual([300_000, 600_000, 1_000_000]);
  });
});
