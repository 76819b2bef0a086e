import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instrumentId, ppm, ticks, ticksPerLot } from '../numeric/brand.ts';
import { socialBound, socialiseOverLots, spreadSocialLoss } from './socialise.ts';

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
