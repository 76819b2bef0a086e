import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountId, amount, groupId, instrumentId, lots, ownerId, timeMs, underlyingId } from '../numeric/brand.ts';
import {
  accountCountOf,
  accountStoreBytes,
  accountsOf,
  addCash,
  cashOf,
  closeAccount,
  createAccountStore,
  groupOf,
  isOpen,
  modeOf,
  openAccount,
  ownerOf,
} from './accountStore.ts';
import { addBalance } from './balances.ts';
import { addInstrument } from './instrumentTotals.ts';
import { addLots, ownerGrossLots } from './positions.ts';

describe('account rows', () => {
  it('an opened account carries its owner, group and mode and holds nothing', () => {
    const store = createAccountStore();
    openAccount(store, { owner: ownerId(7), group: groupId(0), mode: 'portfolio' });
    const vault = openAccount(store, { owner: ownerId(9), group: groupId(3), mode: 'overcollateralized' });
    expect(vault).toBe(1);
    expect(ownerOf(store, vault)).toBe(9);
    expect(groupOf(store, vault)).toBe(3);
    expect(modeOf(store, vault)).toBe('overcollateralized');
    expect(cashOf(store, vault)).toBe(0n);
  });

  it('a closed row is never given out again and never closed twice', () => {
    const store = createAccountStore();
    const first = openAccount(store, { owner: ownerId(1), group: groupId(0), mode: 'portfolio' });
    closeAccount(store, first);
    expect(isOpen(store, first)).toBe(false);
    expect(openAccount(store, { owner: ownerId(1), group: groupId(0), mode: 'portfolio' })).toBe(1);
    expect(() => closeAccount(store, first)).toThrow('Only an open account is closed.');
    expect(store.openCount).toBe(1);
  });

  it('an account with cash is not closed', () => {
    const store = createAccountStore();
    const trader = openAccount(store, { owner: ownerId(1), group: groupId(0), mode: 'portfolio' });
    addCash(store, trader, amount(-1n));
    expect(() => closeAccount(store, trader)).toThrow('holds nothing and owes nothing');
  });

  it('an account that was not opened is neither open nor readable', () => {
    const store = createAccountStore();
    expect(isOpen(store, accountId(0))).toBe(false);
    expect(() => cashOf(store, accountId(0))).toThrow('An account that is read was opened.');
  });

  it('content survives the growth of the columns past the first thousand rows', () => {
    const store = createAccountStore();
    for (let row = 0; row < 5000; row += 1) {
      const id = openAccount(store, { owner: ownerId(row % 1700), group: groupId(row % 3), mode: 'isolated' });
      addCash(store, id, amount(BigInt(row) - 2500n));
    }
    for (let row = 0; row < 5000; row += 1) {
      expect([cashOf(store, accountId(row)), groupOf(store, accountId(row))]).toEqual([BigInt(row) - 2500n, row % 3]);
    }
    expect(accountsOf(store, ownerId(42))).toEqual([42, 1742, 3442]);
  });
});

describe('accounts of an owner', () => {
  it('counts open accounts and lists all of them in ascending order, under any sequence of openings and closings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ owner: fc.integer({ min: 0, max: 6 }), close: fc.boolean() }), { maxLength: 80 }),
        (steps) => {
          const store = createAccountStore();
          const rows = new Map<number, number[]>();
          const open = new Map<number, number>();
          for (const { owner, close } of steps) {
            const id = openAccount(store, { owner: ownerId(owner * 1_000_003), group: groupId(0), mode: 'portfolio' });
            rows.set(owner, [...(rows.get(owner) ?? []), id]);
            if (close) closeAccount(store, id);
            else open.set(owner, (open.get(owner) ?? 0) + 1);
          }
          for (let owner = 0; owner < 8; owner += 1) {
            expect(accountsOf(store, ownerId(owner * 1_000_003))).toEqual(rows.get(owner) ?? []);
            expect(accountCountOf(store, ownerId(owner * 1_000_003))).toBe(open.get(owner) ?? 0);
          }
        },
      ),
      { seed: 20200312 },
    );
  });

  it('notes the gross lots of a first account when the owner opens a second', () => {
    const store = createAccountStore();
    addInstrument(store.instruments, {
      id: instrumentId(0),
      group: groupId(0),
      underlying: underlyingId(0),
      expiryMs: timeMs(0),
    });
    const first = openAccount(store, { owner: ownerId(5), group: groupId(0), mode: 'portfolio' });
    addLots(store, first, { instrument: instrumentId(0), lots: lots(-30) });
    expect(ownerGrossLots(store, ownerId(5), instrumentId(0))).toBe(30);
    const second = openAccount(store, { owner: ownerId(5), group: groupId(0), mode: 'portfolio' });
    expect(ownerGrossLots(store, ownerId(5), instrumentId(0))).toBe(30);
    addLots(store, second, { instrument: instrumentId(0), lots: lots(12) });
    expect(ownerGrossLots(store, ownerId(5), instrumentId(0))).toBe(42);
    addLots(store, first, { instrument: instrumentId(0), lots: lots(30) });
    expect(ownerGrossLots(store, ownerId(5), instrumentId(0))).toBe(12);
    expect(ownerGrossLots(store, ownerId(6), instrumentId(0))).toBe(0);
  });
});

describe('memory', () => {
  // The whole protocol has 700 MB for a million accounts; 150 MB of that are left to what margin derives from the rows.
  const LEDGER_BYTES_MAX = 550_000_000;

  it.each([
    { owners: 'an owner each', accountsPerOwner: 1 },
    { owners: 'owners with two accounts that share no instrument', accountsPerOwner: 2 },
  ])('a million accounts with eight positions and a balance fit in 550 MB, with $owners', ({ accountsPerOwner }) => {
    const store = createAccountStore();
    for (let id = 0; id < 32; id += 1) {
      addInstrument(store.instruments, {
        id: instrumentId(id),
        group: groupId(0),
        underlying: underlyingId(id >> 2),
        expiryMs: timeMs(0),
      });
    }
    for (let row = 0; row < 1_000_000; row += 1) {
      const owner = ownerId(Math.trunc(row / accountsPerOwner));
      const id = openAccount(store, { owner, group: groupId(0), mode: 'portfolio' });
      for (let at = 0; at < 8; at += 1) addLots(store, id, { instrument: instrumentId((row * 8 + at) & 31), lots: lots(1 + at) });
      addBalance(store, id, { key: 8, value: 1_000_000n });
    }
    expect(store.positionSpace.used - store.positionSpace.freeSlots).toBe(8_000_000);
    expect(accountStoreBytes(store)).toBeLessThan(LEDGER_BYTES_MAX);
    expect(ownerGrossLots(store, ownerOf(store, accountId(999_999)), instrumentId(31))).toBe(8);
  });
});
