import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountId, ticks } from '../numeric/brand.ts';
import { nextInTurn, type QueuedAccount, selectForLiquidation } from './queue.ts';

const RUNS = { seed: 20_266, numRuns: 300 };
const queued = (account: number, shortfall: bigint): QueuedAccount => ({
  account: accountId(account),
  shortfall: ticks(shortfall),
});
const waitingLists: fc.Arbitrary<QueuedAccount[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 1_000 }), { maxLength: 40 })
  .chain((accounts) =>
    fc
      .array(fc.bigInt(0n, 100n), { minLength: accounts.length, maxLength: accounts.length })
      .map((shortfalls) => accounts.map((account, index) => queued(account, shortfalls[index] ?? 0n))),
  );

describe('the liquidation queue', () => {
  const waiting = [queued(1, 5n), queued(2, 900n), queued(3, 5n), queued(4, 70n), queued(5, 900n), queued(6, 1n), queued(7, 2n)];

  it('takes the largest shortfalls first, the smaller id at a tie, and a quarter of the budget in turn', () => {
    expect(selectForLiquidation(waiting, { budget: 4, cursor: 0 })).toEqual({ selected: [2, 5, 4, 1], cursor: 1 });
    expect(selectForLiquidation(waiting, { budget: 4, cursor: 1 })).toEqual({ selected: [2, 5, 4, 3], cursor: 3 });
    expect(selectForLiquidation(waiting, { budget: 4, cursor: 3 })).toEqual({ selected: [2, 5, 4, 6], cursor: 6 });
    expect(selectForLiquidation(waiting, { budget: 4, cursor: 7 })).toEqual({ selected: [2, 5, 4, 1], cursor: 1 });
  });

  it('gives a budget of one to the largest shortfall and a budget of zero to nobody', () => {
    expect(selectForLiquidation(waiting, { budget: 1, cursor: 3 })).toEqual({ selected: [2], cursor: 3 });
    expect(selectForLiquidation(waiting, { budget: 0, cursor: 3 })).toEqual({ selected: [], cursor: 3 });
    expect(selectForLiquidation([], { budget: 8, cursor: 3 })).toEqual({ selected: [], cursor: 3 });
  });

  it('picks nobody twice, keeps to the budget, uses all of it, and ignores the order of the list', () => {
    fc.assert(
      fc.property(waitingLists, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1_000 }), (list, budget, cursor) => {
        const chosen = selectForLiquidation(list, { budget, cursor });
        expect(new Set(chosen.selected).size).toBe(chosen.selected.length);
        expect(chosen.selected.length).toBe(Math.min(budget, list.length));
        expect(selectForLiquidation([...list].reverse(), { budget, cursor })).toEqual(chosen);
      }),
      RUNS,
    );
  });

  it('reaches every account in a bounded number of blocks, however many large ones stay ahead of it', () => {
    fc.assert(
      fc.property(waitingLists, fc.integer({ min: 2, max: 12 }), (list, budget) => {
        const turns = Math.max(1, Math.floor(budget / 4));
        const seen = new Set<number>();
        let cursor = 0;
        for (let block = 0; block <= Math.ceil(list.length / turns); block += 1) {
          const chosen = selectForLiquidation(list, { budget, cursor });
          for (const account of chosen.selected) seen.add(account);
          cursor = chosen.cursor;
        }
        expect(seen.size).toBe(list.length);
      }),
      RUNS,
    );
  });
});

describe('taking turns', () => {
  const ids = [2, 4, 7, 9, 11].map(accountId);

  it('goes on above the cursor, then starts again from the smallest', () => {
    expect(nextInTurn(ids, { cursor: 4, count: 3 })).toEqual([7, 9, 11]);
    expect(nextInTurn(ids, { cursor: 9, count: 3 })).toEqual([11, 2, 4]);
    expect(nextInTurn(ids, { cursor: 11, count: 2 })).toEqual([2, 4]);
    expect(nextInTurn(ids, { cursor: 0, count: 0 })).toEqual([]);
  });

  it('is the list, turned to the cursor and cut', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60), { maxLength: 30 }), fc.nat(60), fc.nat(35), (list, cursor, count) => {
        const sorted = [...list].sort((a, b) => a - b);
        const turned = [...sorted.filter((id) => id > cursor), ...sorted.filter((id) => id <= cursor)];
        expect(nextInTurn(sorted.map(accountId), { cursor, count })).toEqual(turned.slice(0, count));
      }),
      RUNS,
    );
  });
});
