/**
 * The balances of an account: a run of (key, value) slots sorted by key = asset · 4 + kind. Collateral is in ledger units of
 * the asset; supply and debt are in shares of the asset's pool. Values are positive: a balance of zero does not exist.
 */

import { assert } from '../numeric/assert.ts';
import { type AccountId, type AssetId, assetId } from '../numeric/brand.ts';
import { AMOUNT_MAX } from '../numeric/limits.ts';
import type { AccountStore } from './accountStore.ts';
import { bigint64At, doubledLength, entryAt, grownBigint64, grownInt32, int32At, uint16At } from './columns.ts';
import type { BalanceKind } from './legs.ts';
import { moveRun, releaseRun, removeSlot, takeLargerRun } from './runSpace.ts';

/** The kinds by the code in the two low bits of a key. */
export const BALANCE_KINDS: readonly BalanceKind[] = ['collateral', 'supply', 'debt'];
export const KIND_COLLATERAL: number = 0;
export const KIND_SUPPLY: number = 1;
export const KIND_DEBT: number = 2;
/** Most balances in one account. */
export const BALANCES_MAX: number = 128;

/** The key of a balance. */
export function balanceKey(asset: AssetId, kind: BalanceKind): number {
  return asset * 4 + BALANCE_KINDS.indexOf(kind);
}

/** The asset of a key. */
export function assetOfKey(key: number): AssetId {
  return assetId(key >> 2);
}

/** The kind of a key. */
export function kindOfKey(key: number): BalanceKind {
  return entryAt(BALANCE_KINDS, key & 3);
}

/** How many balances the account has; its slots are balanceStart … balanceStart + balanceCount − 1. */
export function balanceCount(store: AccountStore, account: AccountId): number {
  return uint16At(store.balanceCount, account);
}

/** The account's first balance slot. Valid until the next write. */
export function balanceStart(store: AccountStore, account: AccountId): number {
  return int32At(store.balanceStart, account);
}

/** The key in a slot. */
export function balanceKeyAt(store: AccountStore, slot: number): number {
  return int32At(store.balanceKey, slot);
}

/** The value in a slot: ledger units for collateral, shares for supply and debt. */
export function balanceValueAt(store: AccountStore, slot: number): bigint {
  return bigint64At(store.balanceValue, slot);
}

/** The balance of the account, zero for none: ledger units for collateral, shares for supply and debt. */
export function balanceOf(store: AccountStore, account: AccountId, asset: AssetId, kind: BalanceKind): bigint {
  return balanceByKey(store, account, balanceKey(asset, kind));
}

/** The balance under a key, zero for none. */
export function balanceByKey(store: AccountStore, account: number, key: number): bigint {
  const slot = balanceSlot(store, account, key);
  return slot < 0 ? 0n : bigint64At(store.balanceValue, slot);
}

/** Adds to the balance under a key, opening or removing its slot. Only `post` calls this. */
export function addBalance(
  store: AccountStore,
  account: AccountId,
  change: { readonly key: number; readonly value: bigint },
): void {
  if (change.value === 0n) return;
  const slot = balanceSlot(store, account, change.key);
  const after = (slot < 0 ? 0n : bigint64At(store.balanceValue, slot)) + change.value;
  assert(after >= 0n && after <= AMOUNT_MAX, 'A balance is not negative and below 2^62.');
  if (slot < 0) insertBalance(store, account, change.key, after);
  else if (after === 0n) removeBalance(store, account, slot);
  else store.balanceValue[slot] = after;
}

/** The slot of a key in the account's run, −1 for none. */
export function balanceSlot(store: AccountStore, account: number, key: number): number {
  const start = int32At(store.balanceStart, account);
  const end = start + uint16At(store.balanceCount, account);
  const keys = store.balanceKey;
  for (let slot = start; slot < end; slot += 1) if (keys[slot] === key) return slot;
  return -1;
}

function insertBalance(store: AccountStore, account: number, key: number, value: bigint): void {
  const count = uint16At(store.balanceCount, account);
  assert(count < BALANCES_MAX, 'An account has at most 128 balances.');
  if (count === uint16At(store.balanceCapacity, account)) growRun(store, account, count);
  const start = int32At(store.balanceStart, account);
  let slot = start + count;
  while (slot > start && int32At(store.balanceKey, slot - 1) > key) {
    store.balanceKey[slot] = int32At(store.balanceKey, slot - 1);
    store.balanceValue[slot] = bigint64At(store.balanceValue, slot - 1);
    slot -= 1;
  }
  store.balanceKey[slot] = key;
  store.balanceValue[slot] = value;
  store.balanceCount[account] = count + 1;
}

function removeBalance(store: AccountStore, account: number, removed: number): void {
  const start = int32At(store.balanceStart, account);
  const count = uint16At(store.balanceCount, account);
  const last = start + count - 1;
  removeSlot([store.balanceKey, store.balanceValue], removed, last);
  store.balanceCount[account] = count - 1;
  if (count > 1) return;
  releaseRun(store.balanceSpace, start, uint16At(store.balanceCapacity, account));
  store.balanceStart[account] = 0;
  store.balanceCapacity[account] = 0;
}

/** Moves a full run of `count` slots into one of the next size class. */
function growRun(store: AccountStore, account: number, count: number): void {
  const from = int32At(store.balanceStart, account);
  const { start, capacity } = takeLargerRun(store.balanceSpace, count);
  if (store.balanceSpace.used > store.balanceValue.length) {
    const length = doubledLength(store.balanceValue.length, store.balanceSpace.used);
    store.balanceKey = grownInt32(store.balanceKey, length, 0);
    store.balanceValue = grownBigint64(store.balanceValue, length);
  }
  moveRun(store.balanceSpace, [store.balanceKey, store.balanceValue], { from, to: start, count });
  store.balanceStart[account] = start;
  store.balanceCapacity[account] = capacity;
}
