import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountId, assetId, groupId, ownerId } from '../numeric/brand.ts';
import { AMOUNT_MAX } from '../numeric/limits.ts';
import { type AccountStore, createAccountStore, openAccount } from './accountStore.ts';
import {
  addBalance,
  assetOfKey,
  balanceCount,
  balanceKey,
  balanceKeyAt,
  balanceOf,
  balanceStart,
  balanceValueAt,
  kindOfKey,
} from './balances.ts';

function open(store: AccountStore): AccountId {
  return openAccount(store, { owner: ownerId(0), group: groupId(0), mode: 'portfolio' });
}

function contentOf(store: AccountStore, account: AccountId): [number, bigint][] {
  const start = balanceStart(store, account);
  return Array.from({ length: balanceCount(store, account) }, (_, at) => [
    balanceKeyAt(store, start + at),
    balanceValueAt(store, start + at),
  ]);
}

describe('balances of an account', () => {
  it('a key gives back its asset and its kind', () => {
    for (const kind of ['collateral', 'supply', 'debt'] as const) {
      const key = balanceKey(assetId(255), kind);
      expect([assetOfKey(key), kindOfKey(key)]).toEqual([255, kind]);
    }
  });

  it('collateral, supply and debt in one asset are three balances, sorted by asset and kind', () => {
    const store = createAccountStore();
    const borrower = open(store);
    addBalance(store, borrower, { key: balanceKey(assetId(2), 'debt'), value: 5n });
    addBalance(store, borrower, { key: balanceKey(assetId(2), 'collateral'), value: 7n });
    addBalance(store, borrower, { key: balanceKey(assetId(1), 'supply'), value: 9n });
    expect(contentOf(store, borrower)).toEqual([
      [5, 9n],
      [8, 7n],
      [10, 5n],
    ]);
    expect(balanceOf(store, borrower, assetId(2), 'debt')).toBe(5n);
    expect(balanceOf(store, borrower, assetId(1), 'debt')).toBe(0n);
  });

  it('reaches 2^62 − 1 and no further, and never falls below zero', () => {
    const store = createAccountStore();
    const holder = open(store);
    addBalance(store, holder, { key: 0, value: AMOUNT_MAX });
    expect(() => addBalance(store, holder, { key: 0, value: 1n })).toThrow('not negative and below 2^62');
    expect(() => addBalance(store, holder, { key: 4, value: -1n })).toThrow('not negative and below 2^62');
    expect(contentOf(store, holder)).toEqual([[0, AMOUNT_MAX]]);
  });

  it('equal a plain map of sorted entries under random changes in three accounts', () => {
    const step = fc.record({
      account: fc.integer({ min: 0, max: 2 }),
      key: fc.integer({ min: 0, max: 39 }),
      value: fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 2n ** 56n })),
      empty: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const store = createAccountStore();
        const accounts = [open(store), open(store), open(store)];
        const model = accounts.map(() => new Map<number, bigint>());
        for (const { account, key, value, empty } of steps) {
          const id = accounts[account];
          const held = model[account]?.get(key) ?? 0n;
          if (id === undefined) continue;
          addBalance(store, id, { key, value: empty ? -held : value });
          model[account]?.set(key, empty ? 0n : held + value);
        }
        for (const [at, id] of accounts.entries()) {
          const expected = [...(model[at] ?? [])].filter(([, value]) => value !== 0n).sort(([a], [b]) => a - b);
          expect(contentOf(store, id)).toEqual(expected);
        }
      }),
      { seed: 20200314 },
    );
  });
});
