import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountId, groupId, instrumentId, lots, ownerId, timeMs, underlyingId } from '../numeric/brand.ts';
import { LOTS_MAX } from '../numeric/limits.ts';
import { type AccountStore, createAccountStore, openAccount } from './accountStore.ts';
import { addInstrument, grossLots, openInterest, standsBefore } from './instrumentTotals.ts';
import {
  addLots,
  instrumentAt,
  lotsAt,
  lotsOf,
  ownerGrossLots,
  ownerGrossLotsRecounted,
  positionCount,
  positionStart,
} from './positions.ts';

const INSTRUMENTS = 160;

function createStore(): AccountStore {
  const store = createAccountStore();
  for (let id = 0; id < INSTRUMENTS; id += 1) {
    // Ids fall while underlyings rise, so the order of positions is not the order of ids.
    const underlying = underlyingId((INSTRUMENTS - id) % 5);
    addInstrument(store.instruments, { id: instrumentId(id), group: groupId(0), underlying, expiryMs: timeMs((id % 3) * 1000) });
  }
  return store;
}

function open(store: AccountStore, owner: number): AccountId {
  return openAccount(store, { owner: ownerId(owner), group: groupId(0), mode: 'portfolio' });
}

function contentOf(store: AccountStore, account: AccountId): [number, number][] {
  const start = positionStart(store, account);
  return Array.from({ length: positionCount(store, account) }, (_, at) => [
    instrumentAt(store, start + at),
    lotsAt(store, start + at),
  ]);
}

describe('positions of an account', () => {
  it('stand in order of underlying, then expiry, then id', () => {
    const store = createAccountStore();
    const list = [
      { id: 0, underlying: 2, expiryMs: 0 },
      { id: 1, underlying: 1, expiryMs: 5000 },
      { id: 2, underlying: 1, expiryMs: 0 },
      { id: 3, underlying: 1, expiryMs: 3000 },
      { id: 4, underlying: 1, expiryMs: 3000 },
    ];
    for (const { id, underlying, expiryMs } of list) {
      addInstrument(store.instruments, {
        id: instrumentId(id),
        group: groupId(0),
        underlying: underlyingId(underlying),
        expiryMs: timeMs(expiryMs),
      });
    }
    const trader = open(store, 0);
    for (const { id } of list) addLots(store, trader, { instrument: instrumentId(id), lots: lots(id + 1) });
    expect(contentOf(store, trader)).toEqual([
      [2, 3],
      [3, 4],
      [4, 5],
      [1, 2],
      [0, 1],
    ]);
  });

  it('the last position removed gives its run back, and the next account takes it', () => {
    const store = createStore();
    const first = open(store, 0);
    addLots(store, first, { instrument: instrumentId(3), lots: lots(5) });
    const start = positionStart(store, first);
    addLots(store, first, { instrument: instrumentId(3), lots: lots(-5) });
    expect(positionCount(store, first)).toBe(0);
    expect(store.positionSpace.freeSlots).toBe(1);
    expect(store.positionLots[start]).toBe(0);
    const second = open(store, 1);
    addLots(store, second, { instrument: instrumentId(4), lots: lots(-1) });
    expect(positionStart(store, second)).toBe(start);
    expect(store.positionSpace.freeSlots).toBe(0);
  });

  it('grow over every size class to 128, and the 129th is refused', () => {
    const store = createStore();
    const trader = open(store, 0);
    const neighbour = open(store, 1);
    addLots(store, neighbour, { instrument: instrumentId(1), lots: lots(9) });
    for (let id = 0; id < 128; id += 1) addLots(store, trader, { instrument: instrumentId(id), lots: lots(id + 1) });
    expect(positionCount(store, trader)).toBe(128);
    for (let id = 0; id < 128; id += 1) expect(lotsOf(store, trader, instrumentId(id))).toBe(id + 1);
    expect(() => addLots(store, trader, { instrument: instrumentId(130), lots: lots(1) })).toThrow('at most 128 positions');
    expect(contentOf(store, neighbour)).toEqual([[1, 9]]);
    // The runs of 1, 2, … 64 slots that it outgrew are free again.
    expect(store.positionSpace.used - store.positionSpace.freeSlots).toBe(129);
  });

  it('a position reaches 2^40 lots and no further', () => {
    const store = createStore();
    const trader = open(store, 0);
    addLots(store, trader, { instrument: instrumentId(0), lots: lots(-LOTS_MAX) });
    expect(lotsOf(store, trader, instrumentId(0))).toBe(-LOTS_MAX);
    expect(() => addLots(store, trader, { instrument: instrumentId(0), lots: lots(-1) })).toThrow('at most 2^40 lots');
  });

  it('equal a plain map of sorted entries under random changes, with totals and owner sums that equal their recount', () => {
    const step = fc.record({
      account: fc.integer({ min: 0, max: 7 }),
      instrument: fc.integer({ min: 0, max: INSTRUMENTS - 1 }),
      lots: fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(0, 1_000_000, -1_000_000)),
      flatten: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const store = createStore();
        const model = new Map<number, number>();
        // Owners 0 to 2 hold several accounts, owner 3 holds one.
        const accounts = [0, 0, 1, 1, 1, 2, 2, 3].map((owner) => open(store, owner));
        for (const { account, instrument, flatten, ...change } of steps) {
          const id = accounts[account];
          if (id === undefined) continue;
          const held = model.get(id * 1000 + instrument) ?? 0;
          const moved = flatten ? -held : change.lots;
          addLots(store, id, { instrument: instrumentId(instrument), lots: lots(moved) });
          model.set(id * 1000 + instrument, held + moved);
        }
        for (const id of accounts) {
          const expected = [...model]
            .filter(([key, held]) => Math.trunc(key / 1000) === id && held !== 0)
            .map(([key, held]) => [key % 1000, held] as [number, number])
            .sort(([a], [b]) => (standsBefore(store.instruments, a, b) ? -1 : 1));
          expect(contentOf(store, id)).toEqual(expected);
        }
        for (let at = 0; at < INSTRUMENTS; at += 1) {
          const held = accounts.map((id) => model.get(id * 1000 + at) ?? 0);
          const instrument = instrumentId(at);
          expect(openInterest(store.instruments, instrument)).toBe(held.reduce((sum, own) => sum + Math.max(own, 0), 0));
          expect(grossLots(store.instruments, instrument)).toBe(held.reduce((sum, own) => sum + Math.abs(own), 0));
          for (let owner = 0; owner < 4; owner += 1) {
            const gross = ownerGrossLots(store, ownerId(owner), instrument);
            expect(gross).toBe(ownerGrossLotsRecounted(store, ownerId(owner), instrument));
          }
        }
      }),
      { seed: 20200313, numRuns: 60 },
    );
  });
});
