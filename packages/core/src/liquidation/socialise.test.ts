import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amount, instrumentId, ppm, RAY_ONE, ray, shares, ticks, ticksPerLot } from '../numeric/brand.ts';
import { socialBound, socialiseOverLots, socialiseOverSuppliers, spreadSocialLoss } from './socialise.ts';

const RUNS = { seed: 20_275, numRuns: 500 };

describe('a loss shared over lots', () => {
  it('raises the index by the loss per lot rounded up, and books what is above as dust', () => {
    const loss = { grossLots: 300n, mark: ticksPerLot(10_000), boundPpm: ppm(20_000) };
    expect(socialBound(loss)).toBe(60_000n);
    const table = [
      [0n, { lossPerLot: 0, claimPerLot: 0, collected: 0n, claimed: 0n, dust: 0n }],
      [600n, { lossPerLot: 2, claimPerLot: 0, collected: 600n, claimed: 0n, dust: 0n }],
      [601n, { lossPerLot: 3, claimPerLot: 0, collected: 900n, claimed: 0n, dust: 299n }],
      [60_000n, { lossPerLot: 200, claimPerLot: 0, collected: 60_000n, claimed: 0n, dust: 0n }],
      [60_001n, { lossPerLot: 201, claimPerLot: 1, collected: 60_300n, claimed: 300n, dust: 299n }],
      [90_000n, { lossPerLot: 300, claimPerLot: 100, collected: 90_000n, claimed: 30_000n, dust: 0n }],
    ] as const;
    for (const [value, expected] of table) expect(socialiseOverLots({ ...loss, loss: ticks(value) })).toEqual(expected);
  });

  it('collects the loss and less than one tick a lot more, of which at most the bound is final', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 14n),
        fc.bigInt(1n, 10n ** 12n),
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (loss, grossLots, mark, bound) => {
          const input = { loss: ticks(loss), grossLots, mark: ticksPerLot(mark), boundPpm: ppm(bound) };
          const shared = socialiseOverLots(input);
          expect(BigInt(shared.lossPerLot) * grossLots).toBe(shared.collected);
          expect(BigInt(shared.claimPerLot) * grossLots).toBe(shared.claimed);
          expect(shared.collected - shared.dust).toBe(loss);
          expect(shared.dust >= 0n && shared.dust < grossLots).toBe(true);
          expect(shared.claimed).toBeGreaterThanOrEqual(0n);
          expect(shared.collected - shared.claimed).toBeLessThanOrEqual(socialBound(input));
        },
      ),
      RUNS,
    );
  });

  it('is spread over the instruments of a group by gross notional', () => {
    const held = (instrument: number, grossLots: bigint, mark: number) => ({
      instrument: instrumentId(instrument),
      grossLots,
      mark: ticksPerLot(mark),
    });
    expect(spreadSocialLoss(ticks(100n), [held(7, 10n, 30), held(3, 100n, 7), held(5, 0n, 99)])).toEqual([
      { instrument: 3, loss: 70n },
      { instrument: 7, loss: 30n },
    ]);
    expect(spreadSocialLoss(ticks(9n), [held(1, 2n, 0), held(2, 1n, 0)]).map((part) => part.loss)).toEqual([6n, 3n]);
    expect(spreadSocialLoss(ticks(9n), [held(1, 0n, 5)])).toEqual([]);
  });
});

describe('a loss shared over suppliers', () => {
  const pool = { supplyIndex: ray((RAY_ONE * 11n) / 10n), totalShares: shares(1_000n), boundPpm: ppm(100_000) };

  it('lowers the supply index, and remembers what is beyond the bound as a claim', () => {
    expect(socialiseOverSuppliers({ ...pool, loss: amount(100n) })).toEqual({
      supplyIndex: RAY_ONE,
      collected: 100n,
      claimed: 0n,
      claimPerShare: 0n,
      dust: 0n,
      unborne: 0n,
    });
    expect(socialiseOverSuppliers({ ...pool, loss: amount(600n) })).toEqual({
      supplyIndex: RAY_ONE / 2n,
      collected: 600n,
      claimed: 490n,
      claimPerShare: (RAY_ONE * 49n) / 100n,
      dust: 0n,
      unborne: 0n,
    });
  });

  it('wipes the suppliers out at worst and says what nobody bore', () => {
    expect(socialiseOverSuppliers({ ...pool, loss: amount(1_500n) })).toMatchObject({
      supplyIndex: 0n,
      collected: 1_100n,
      unborne: 400n,
    });
  });

  it('never raises the index, takes the loss and at most one unit more, and keeps claims within what was taken', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 18n),
        fc.bigInt(0n, 4n * 10n ** 17n), // up to four, so that the supply is an amount
        fc.bigInt(1n, 10n ** 18n),
        fc.integer({ min: 0, max: 1_000_000 }),
        (loss, indexNano, count, bound) => {
          const supplyIndex = ray(indexNano * 10n ** 10n);
          const totalShares = shares(count);
          const shared = socialiseOverSuppliers({ loss: amount(loss), supplyIndex, totalShares, boundPpm: ppm(bound) });
          const supplied = (index: bigint): bigint => (count * index) / RAY_ONE;
          expect(shared.supplyIndex).toBeLessThanOrEqual(supplyIndex);
          expect(supplied(supplyIndex) - supplied(shared.supplyIndex)).toBe(shared.collected);
          expect(shared.collected + shared.unborne - shared.dust).toBe(loss);
          expect(shared.dust === 0n || shared.dust === 1n).toBe(true);
          expect((shared.claimPerShare * count) / RAY_ONE).toBeLessThanOrEqual(shared.claimed);
          expect(shared.claimed).toBeLessThanOrEqual(shared.collected);
        },
      ),
      RUNS,
    );
  });
});
