/**
 * The positions of an account: a run of (instrument, lots) slots, sorted by underlying, expiry, instrument, so that the
 * margin kernel meets each group of positions once and in order. A position of zero lots does not exist.
 */

import { assert } from '../numeric/assert.ts';
import { type AccountId, type InstrumentId, instrumentId, type Lots, lots, type OwnerId } from '../numeric/brand.ts';
import { LOTS_MAX, POSITIONS_MAX } from '../numeric/limits.ts';
import { type AccountStore, accountsOf } from './accountStore.ts';
import { doubledLength, float64At, grownFloat64, grownInt32, int32At, uint8At, uint16At } from './columns.ts';
import { moveInstrumentTotals, standsBefore } from './instrumentTotals.ts';
import { addGrossLots, newestRowOfOwner, notedGrossLots } from './ownerTotals.ts';
import { moveRun, releaseRun, removeSlot, takeLargerRun } from './runSpace.ts';

/** How many instruments the account holds; its slots are positionStart … positionStart + positionCount − 1. */
export function positionCount(store: AccountStore, account: AccountId): number {
  return uint16At(store.positionCount, account);
}

/** The account's first slot. Valid until the next write. */
export function positionStart(store: AccountStore, account: AccountId): number {
  return int32At(store.positionStart, account);
}

/** The instrument in a slot. */
export function instrumentAt(store: AccountStore, slot: number): InstrumentId {
  return instrumentId(int32At(store.positionInstrument, slot));
}

/** The lots in a slot. */
export function lotsAt(store: AccountStore, slot: number): Lots {
  return lots(float64At(store.positionLots, slot));
}

/** Signed lots that the account holds of the instrument, zero for none. A scan of its slots. */
export function lotsOf(store: AccountStore, account: AccountId, instrument: InstrumentId): Lots {
  const slot = positionSlot(store, account, instrument);
  return slot < 0 ? ZERO_LOTS : lots(float64At(store.positionLots, slot));
}

/** Σ |lots| over all accounts of the owner: what a size charge is counted on. */
export function ownerGrossLots(store: AccountStore, owner: OwnerId, instrument: InstrumentId): number {
  const only = newestRowOfOwner(store.owners, owner);
  if (only < 0) return 0;
  if (uint8At(store.shared, only) === 1) return notedGrossLots(store.owners, owner, instrument);
  const slot = positionSlot(store, only, instrument);
  return slot < 0 ? 0 : Math.abs(float64At(store.positionLots, slot));
}

/** As `ownerGrossLots`, recomputed from the owner's rows: the check of the running figure. */
export function ownerGrossLotsRecounted(store: AccountStore, owner: OwnerId, instrument: InstrumentId): number {
  let gross = 0;
  for (const account of accountsOf(store, owner)) gross += Math.abs(lotsOf(store, account, instrument));
  return gross;
}

/** Adds to a position, opening or removing its slot, and moves the running totals. Only `post` calls this. */
export function addLots(
  store: AccountStore,
  account: AccountId,
  change: { readonly instrument: InstrumentId; readonly lots: Lots },
): void {
  if (change.lots === 0) return;
  const { instrument } = change;
  const slot = positionSlot(store, account, instrument);
  const lotsBefore = slot < 0 ? 0 : float64At(store.positionLots, slot);
  const lotsAfter = lotsBefore + change.lots;
  assert(Math.abs(lotsAfter) <= LOTS_MAX, 'A position is at most 2^40 lots.');
  if (slot < 0) insertPosition(store, account, instrument, lotsAfter);
  else if (lotsAfter === 0) removePosition(store, account, slot);
  else store.positionLots[slot] = lotsAfter;
  moveInstrumentTotals(store.instruments, { instrument, lotsBefore, lotsAfter });
  if (uint8At(store.shared, account) === 1) {
    addGrossLots(store.owners, int32At(store.owner, account), instrument, Math.abs(lotsAfter) - Math.abs(lotsBefore));
  }
}

/** The slot of the instrument in the account's run, −1 for none. */
export function positionSlot(store: AccountStore, account: number, instrument: number): number {
  const start = int32At(store.positionStart, account);
  const end = start + uint16At(store.positionCount, account);
  const instruments = store.positionInstrument;
  for (let slot = start; slot < end; slot += 1) if (instruments[slot] === instrument) return slot;
  return -1;
}

const ZERO_LOTS: Lots = lots(0);

function insertPosition(store: AccountStore, account: number, instrument: number, held: number): void {
  const count = uint16At(store.positionCount, account);
  assert(count < POSITIONS_MAX, 'An account holds at most 128 positions.');
  if (count === uint16At(store.positionCapacity, account)) growRun(store, account, count);
  const start = int32At(store.positionStart, account);
  let slot = start + count;
  while (slot > start && standsBefore(store.instruments, instrument, int32At(store.positionInstrument, slot - 1))) {
    store.positionInstrument[slot] = int32At(store.positionInstrument, slot - 1);
    store.positionLots[slot] = float64At(store.positionLots, slot - 1);
    slot -= 1;
  }
  store.positionInstrument[slot] = instrument;
  store.positionLots[slot] = held;
  store.positionCount[account] = count + 1;
}

function removePosition(store: AccountStore, account: number, removed: number): void {
  const start = int32At(store.positionStart, account);
  const count = uint16At(store.positionCount, account);
  const last = start + count - 1;
  removeSlot([store.positionInstrument, store.positionLots], removed, last);
  store.positionCount[account] = count - 1;
  if (count > 1) return;
  releaseRun(store.positionSpace, start, uint16At(store.positionCapacity, account));
  store.positionStart[account] = 0;
  store.positionCapacity[account] = 0;
}

/** Moves a full run of `count` slots into one of the next size class. */
function growRun(store: AccountStore, account: number, count: number): void {
  const from = int32At(store.positionStart, account);
  const { start, capacity } = takeLargerRun(store.positionSpace, count);
  if (store.positionSpace.used > store.positionLots.length) {
    const length = doubledLength(store.positionLots.length, store.positionSpace.used);
    store.positionInstrument = grownInt32(store.positionInstrument, length, 0);
    store.positionLots = grownFloat64(store.positionLots, length);
  }
  moveRun(store.positionSpace, [store.positionInstrument, store.positionLots], { from, to: start, count });
  store.positionStart[account] = start;
  store.positionCapacity[account] = capacity;
}
