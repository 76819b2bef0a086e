import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountId, ppm, ticks } from '../numeric/brand.ts';
import { type ClearingBid, clearBids, clearToTarget, paymentFor } from './clearing.ts';

const RUNS = { seed: 20_270, numRuns: 400 };

/** `bidder size% limit` per line; the tie hash of a bidder is 1000 − his id, so the largest id wins ties. */
function bidsOf(text: string): ClearingBid[] {
  return text
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, bid) => {
      const [bidder = '', percent = '', limit = ''] = line.trim().split(/\s+/);
      return {
        bid,
        bidder: accountId(Number(bidder)),
        sizePpm: ppm(Number(percent) * 10_000),
        limit: ticks(BigInt(limit)),
        tieHash: 1_000n - BigInt(bidder),
      };
    });
}

function cleared(text: string, reserve: bigint, targetPercent: number): { price: bigint; fills: string[] } {
  const result = clearBids({ reserve: ticks(reserve), targetPpm: ppm(targetPercent * 10_000), bids: bidsOf(text) });
  return { price: result.price, fills: result.fills.map((fill) => `${fill.bidder} ${fill.fractionPpm} ${fill.pay}`) };
}

describe('the clearing of an auction', () => {
  it('fills nothing without a bid at the reserve, and a lower bid does not move the price', () => {
    expect(cleared('', 100n, 50)).toEqual({ price: 100n, fills: [] });
    expect(cleared('1 50 99', 100n, 50)).toEqual({ price: 100n, fills: [] });
  });

  it('sells at the reserve while nobody at or above it is left out', () => {
    expect(cleared('1 20 180 \n 2 20 150 \n 3 40 99', 100n, 50)).toEqual({ price: 100n, fills: ['1 200000 20', '2 200000 20'] });
  });

  it('sells at the highest limit that was left out', () => {
    const text = '1 30 180 \n 2 20 150 \n 3 40 120 \n 4 10 110';
    expect(cleared(text, 100n, 50)).toEqual({ price: 120n, fills: ['1 300000 36', '2 200000 24'] });
  });

  it('lets a bid that is cut short set the price at its own limit', () => {
    expect(cleared('1 30 180 \n 2 40 150 \n 3 40 120', 100n, 50)).toEqual({
      price: 150n,
      fills: ['1 300000 45', '2 200000 30'],
    });
  });

  it('shares among equal limits by size, the last millionths by tie hash', () => {
    expect(cleared('1 40 150 \n 2 20 150 \n 3 40 150', 100n, 50).fills).toEqual(['1 200000 30', '2 100000 15', '3 200000 30']);
    expect(cleared('1 30 150 \n 2 30 150 \n 3 30 150', 100n, 50).fills).toEqual(['1 166666 25', '2 166667 26', '3 166667 26']);
  });

  it('pays the taker of an insolvent portfolio, and less to a taker who would take less', () => {
    expect(cleared('1 100 -80 \n 2 100 -60', -100n, 100)).toEqual({ price: -80n, fills: ['2 1000000 -80'] });
    expect(cleared('1 100 -100', -100n, 100)).toEqual({ price: -100n, fills: ['1 1000000 -100'] });
    expect(cleared('1 100 -101', -100n, 100)).toEqual({ price: -100n, fills: [] });
    expect(paymentFor(ticks(-101n), ppm(500_000))).toBe(-50n);
    expect(paymentFor(ticks(101n), ppm(500_000))).toBe(51n);
  });
});

const bid = fc.record({
  bidder: fc.integer({ min: 0, max: 5 }),
  sizePpm: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1_000_000 })),
  limit: fc.oneof(fc.bigInt(-2n, 2n), fc.bigInt(-20n, 20n)),
});
const bidLists: fc.Arbitrary<ClearingBid[]> = fc.array(bid, { maxLength: 8 }).map((entries) =>
  entries.map((entry, index) => ({
    bid: index,
    bidder: accountId(entry.bidder),
    sizePpm: ppm(entry.sizePpm),
    limit: ticks(entry.limit),
    tieHash: BigInt((entry.bidder * 7 + 3) % 6),
  })),
);
const reserves = fc.oneof(fc.bigInt(-4n, -2n), fc.bigInt(-20n, 20n)).map(ticks);
const targets = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 1_000_000 })).map(ppm);

function filledOf(result: { readonly fills: readonly { bidder: number; fractionPpm: number }[] }, bidder: number): number {
  return result.fills.filter((fill) => fill.bidder === bidder).reduce((total, fill) => total + fill.fractionPpm, 0);
}

describe('every clearing', () => {
  it('is what sorting single units of a millionth gives: the price is the first unit not filled', () => {
    fc.assert(
      fc.property(bidLists, reserves, fc.integer({ min: 0, max: 30 }), (entries, reserve, target) => {
        const bids = entries.map((entry) => ({ ...entry, sizePpm: ppm(Math.min(entry.sizePpm, 12)) }));
        const units = bids
          .filter((entry) => entry.limit >= reserve)
          .flatMap((entry) => Array.from({ length: entry.sizePpm }, () => entry.limit))
          .sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
        const result = clearBids({ reserve, targetPpm: ppm(target), bids });
        expect(result.filledPpm).toBe(Math.min(target, units.length));
        expect(result.price).toBe(units[target] ?? reserve);
        const worst = units[Math.min(target, units.length) - 1];
        for (const fill of result.fills) expect(bids[fill.bid]?.limit).toBeGreaterThanOrEqual(worst ?? 0n);
      }),
      RUNS,
    );
  });

  it('stays at or above the reserve, within the target and the sizes, and charges nobody above his limit', () => {
    fc.assert(
      fc.property(bidLists, reserves, targets, (bids, reserve, targetPpm) => {
        const result = clearBids({ reserve, targetPpm, bids });
        expect(result.price).toBeGreaterThanOrEqual(reserve);
        expect(result.filledPpm).toBeLessThanOrEqual(targetPpm);
        expect(result.fills.reduce((total, fill) => total + fill.fractionPpm, 0)).toBe(result.filledPpm);
        for (const fill of result.fills) {
          const own = bids[fill.bid];
          expect(fill.fractionPpm).toBeGreaterThan(0);
          expect(fill.fractionPpm).toBeLessThanOrEqual(own?.sizePpm ?? 0);
          // Both sides are rounded up, so a payment is at most the limit's own payment.
          expect(fill.pay).toBeLessThanOrEqual(paymentFor(own?.limit ?? ticks(-99n), fill.fractionPpm));
        }
      }),
      RUNS,
    );
  });

  it('does not depend on the order in which bids arrive', () => {
    fc.assert(
      fc.property(
        bidLists.chain((bids) => fc.tuple(fc.constant(bids), fc.shuffledSubarray(bids, { minLength: bids.length }))),
        reserves,
        targets,
        ([bids, shuffled], reserve, targetPpm) => {
          expect(clearBids({ reserve, targetPpm, bids: shuffled })).toEqual(clearBids({ reserve, targetPpm, bids }));
        },
      ),
      RUNS,
    );
  });

  it('never lowers the price, nor sells less, for one more bid', () => {
    fc.assert(
      fc.property(bidLists, bid, reserves, targets, (bids, extra, reserve, targetPpm) => {
        const added: ClearingBid = {
          bid: bids.length,
          bidder: accountId(9),
          sizePpm: ppm(extra.sizePpm),
          limit: ticks(extra.limit),
          tieHash: 3n,
        };
        const before = clearBids({ reserve, targetPpm, bids });
        const after = clearBids({ reserve, targetPpm, bids: [...bids, added] });
        expect(after.price).toBeGreaterThanOrEqual(before.price);
        expect(after.filledPpm).toBeGreaterThanOrEqual(before.filledPpm);
      }),
      RUNS,
    );
  });

  it('gives a bidder exactly the same when he cuts his bid in two', () => {
    fc.assert(
      fc.property(bidLists, reserves, targets, fc.nat(), fc.nat(), (bids, reserve, targetPpm, which, where) => {
        const chosen = bids[which % Math.max(1, bids.length)];
        if (chosen === undefined || chosen.sizePpm < 2) return;
        const first = 1 + (where % (chosen.sizePpm - 1));
        const cut = [
          ...bids.filter((entry) => entry !== chosen),
          { ...chosen, sizePpm: ppm(first) },
          { ...chosen, bid: bids.length, sizePpm: ppm(chosen.sizePpm - first) },
        ];
        const before = clearBids({ reserve, targetPpm, bids });
        const after = clearBids({ reserve, targetPpm, bids: cut });
        expect(after.price).toBe(before.price);
        for (const entry of bids) expect(filledOf(after, entry.bidder)).toBe(filledOf(before, entry.bidder));
      }),
      RUNS,
    );
  });

  it('sells no more than the target of its own price where the target falls with the price', () => {
    fc.assert(
      fc.property(bidLists, reserves, fc.integer({ min: 1, max: 1_000 }), (bids, reserve, scale) => {
        const targetAt = (price: bigint) => ppm(Math.floor((scale * 1_000) / (Number(price) + 40)));
        const result = clearToTarget({ reserve, targetAt, bids });
        expect(result.filledPpm).toBeLessThanOrEqual(targetAt(result.price));
        expect(result).toEqual(clearBids({ reserve, targetPpm: targetAt(result.price), bids }));
      }),
      RUNS,
    );
  });

  it('gives him exactly the same down to the last millionth shared among equal limits', () => {
    const sizes = fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.nat(36), fc.nat(5), fc.nat(7), (all, targetPpm, turn, where) => {
        const one = (bidder: number, number: number, sizePpm: number): ClearingBid => ({
          bid: number,
          bidder: accountId(bidder),
          sizePpm: ppm(sizePpm),
          limit: ticks(7n),
          tieHash: BigInt((bidder + turn) % all.length),
        });
        const bids = all.map((size, bidder) => one(bidder, bidder, size));
        const first = 1 + (where % ((all[0] ?? 2) - 1));
        const cut = [one(0, 90, first), one(0, 91, (all[0] ?? 2) - first), ...bids.slice(1)];
        const auction = { reserve: ticks(0n), targetPpm: ppm(targetPpm) };
        const before = clearBids({ ...auction, bids });
        const after = clearBids({ ...auction, bids: cut });
        for (const [bidder] of all.entries()) expect(filledOf(after, bidder)).toBe(filledOf(before, bidder));
      }),
      RUNS,
    );
  });

  it('gives at most a millionth per extra account to a bidder who bids through several', () => {
    fc.assert(
      fc.property(
        bidLists,
        reserves,
        targets,
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        (bids, reserve, targetPpm, cuts) => {
          const honest = bids.filter((entry) => entry.bidder !== 5);
          const size = 900;
          const own = (index: number, sizePpm: number, account: number): ClearingBid => ({
            bid: 100 + index,
            bidder: accountId(account),
            sizePpm: ppm(sizePpm),
            limit: ticks(5n),
            tieHash: BigInt(index % 6),
          });
          const edges = [0, ...cuts.map((cut) => 1 + (cut % (size - 1))), size].sort((a, b) => a - b);
          const parts = edges
            .slice(1)
            .map((edge, index) => edge - (edges[index] ?? 0))
            .filter((part) => part > 0);
          const alone = clearBids({ reserve, targetPpm, bids: [...honest, own(0, size, 50)] });
          const many = clearBids({
            reserve,
            targetPpm,
            bids: [...honest, ...parts.map((part, index) => own(index, part, 50 + index))],
          });
          const total = parts.reduce((sum, _part, index) => sum + filledOf(many, 50 + index), 0);
          expect(many.price).toBe(alone.price);
          expect(total).toBeLessThanOrEqual(filledOf(alone, 50) + parts.length);
        },
      ),
      RUNS,
    );
  });
});
