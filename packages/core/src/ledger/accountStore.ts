/**
 * Accounts as rows of typed columns. Row r is account r; rows are never reused. An account's positions and balances are
 * sorted runs inside shared slot columns (positions.ts, balances.ts), so a scan of a million accounts reads memory in order and
 * chases no object.
 *
 * Scans read the columns directly. Columns are replaced when they grow (opening an account or posting may do that), so
 * read them from the store after any write, not before. Everything outside this folder only reads: `post` writes value.
 */

import { assert } from '../numeric/assert.ts';
import {
  type AccountId,
  type Amount,
  accountId,
  amount,
  type GroupId,
  groupId,
  type OwnerId,
  ownerId,
  type Shares,
  shares,
} from '../numeric/brand.ts';
import {
  bigint64At,
  doubledLength,
  entryAt,
  float64At,
  grownBigint64,
  grownInt32,
  grownUint8,
  grownUint16,
  int32At,
  uint8At,
  uint16At,
} from './columns.ts';
import { createInstrumentTotals, type InstrumentTotals, instrumentTotalsBytes } from './instrumentTotals.ts';
import {
  addGrossLots,
  addOwnerRow,
  closeOwnerRow,
  createOwnerTotals,
  newestRowOfOwner,
  type OwnerTotals,
  openAccountsOfOwner,
  ownerTotalsBytes,
} from './ownerTotals.ts';
import { createRunSpace, type RunSpace } from './runSpace.ts';

/** How an account is margined. */
export type AccountMode = 'portfolio' | 'isolated' | 'overcollateralized';
/** The modes by the code in the `mode` column. */
export const ACCOUNT_MODES: readonly AccountMode[] = ['portfolio', 'isolated', 'overcollateralized'];
/** Codes of the `mode` column. */
export const MODE_PORTFOLIO: number = 0;
export const MODE_ISOLATED: number = 1;
export const MODE_OVERCOLLATERALIZED: number = 2;
/** Codes of the `status` column: a row above the last account, an open account, a closed one. */
export const STATUS_NONE: number = 0;
export const STATUS_OPEN: number = 1;
export const STATUS_CLOSED: number = 2;

const FIRST_ROWS: number = 1024;
const FIRST_SLOTS: number = 4096;

export interface AccountStore {
  /** Accounts ever opened: rows 0 to rowCount − 1 exist. */
  rowCount: number;
  openCount: number;

  // One entry per row.
  owner: Int32Array;
  group: Int32Array;
  mode: Uint8Array;
  status: Uint8Array;
  /** Signed settled cash, ledger units (ticks) of the group's settlement asset. */
  cash: BigInt64Array;
  /** The loan behind negative cash: shares of the pool's debt index, and the principal, sized by the engine. */
  loanShares: BigInt64Array;
  loanPrincipal: BigInt64Array;
  /** The owner's account row before this one, −1 for the first. */
  previousOfOwner: Int32Array;
  /** 1 when the owner ever opened another account, so that gross lots are noted per owner. */
  shared: Uint8Array;
  positionStart: Int32Array;
  positionCount: Uint16Array;
  positionCapacity: Uint16Array;
  balanceStart: Int32Array;
  balanceCount: Uint16Array;
  balanceCapacity: Uint16Array;

  // One entry per position slot; a free slot holds instrument 0 and no lots.
  readonly positionSpace: RunSpace;
  positionInstrument: Int32Array;
  positionLots: Float64Array;

  // One entry per balance slot; a free slot holds key 0 and value 0. Keys are asset · 4 + kind (balances.ts).
  readonly balanceSpace: RunSpace;
  balanceKey: Int32Array;
  balanceValue: BigInt64Array;

  readonly owners: OwnerTotals;
  readonly instruments: InstrumentTotals;
}

/** A store without accounts and instruments. */
export function createAccountStore(): AccountStore {
  return {
    rowCount: 0,
    openCount: 0,
    owner: new Int32Array(FIRST_ROWS),
    group: new Int32Array(FIRST_ROWS),
    mode: new Uint8Array(FIRST_ROWS),
    status: new Uint8Array(FIRST_ROWS),
    cash: new BigInt64Array(FIRST_ROWS),
    loanShares: new BigInt64Array(FIRST_ROWS),
    loanPrincipal: new BigInt64Array(FIRST_ROWS),
    previousOfOwner: new Int32Array(FIRST_ROWS),
    shared: new Uint8Array(FIRST_ROWS),
    positionStart: new Int32Array(FIRST_ROWS),
    positionCount: new Uint16Array(FIRST_ROWS),
    positionCapacity: new Uint16Array(FIRST_ROWS),
    balanceStart: new Int32Array(FIRST_ROWS),
    balanceCount: new Uint16Array(FIRST_ROWS),
    balanceCapacity: new Uint16Array(FIRST_ROWS),
    positionSpace: createRunSpace(),
    positionInstrument: new Int32Array(FIRST_SLOTS),
    positionLots: new Float64Array(FIRST_SLOTS),
    balanceSpace: createRunSpace(),
    balanceKey: new Int32Array(FIRST_SLOTS),
    balanceValue: new BigInt64Array(FIRST_SLOTS),
    owners: createOwnerTotals(),
    instruments: createInstrumentTotals(),
  };
}

/** Opens the next row, empty, and returns its id. */
export function openAccount(
  store: AccountStore,
  account: { readonly owner: OwnerId; readonly group: GroupId; readonly mode: AccountMode },
): AccountId {
  const row = store.rowCount;
  if (row === store.owner.length) growRows(store, row + 1);
  store.owner[row] = account.owner;
  store.group[row] = account.group;
  store.mode[row] = ACCOUNT_MODES.indexOf(account.mode);
  store.status[row] = STATUS_OPEN;
  store.rowCount = row + 1;
  store.openCount += 1;
  const previous = addOwnerRow(store.owners, account.owner, row);
  store.previousOfOwner[row] = previous;
  store.shared[row] = previous >= 0 ? 1 : 0;
  if (previous >= 0 && uint8At(store.shared, previous) === 0) {
    // The owner's first account was not noted per instrument while it was alone.
    store.shared[previous] = 1;
    noteGrossOfRow(store, previous);
  }
  return accountId(row);
}

/** Closes an account; asserts that it is open and holds nothing and owes nothing. */
export function closeAccount(store: AccountStore, account: AccountId): void {
  assert(isOpen(store, account), 'Only an open account is closed.');
  assert(isEmpty(store, account), 'An account that is closed holds nothing and owes nothing.');
  store.status[account] = STATUS_CLOSED;
  store.openCount -= 1;
  closeOwnerRow(store.owners, int32At(store.owner, account));
}

/** True when the account was opened and not closed. */
export function isOpen(store: AccountStore, account: AccountId): boolean {
  return account < store.rowCount && uint8At(store.status, account) === STATUS_OPEN;
}

/** True when the account has no cash, loan, position or balance. */
export function isEmpty(store: AccountStore, account: AccountId): boolean {
  return (
    uint16At(store.positionCount, account) === 0 &&
    uint16At(store.balanceCount, account) === 0 &&
    bigint64At(store.cash, account) === 0n &&
    bigint64At(store.loanShares, account) === 0n
  );
}

/** The owner of an account that was opened. */
export function ownerOf(store: AccountStore, account: AccountId): OwnerId {
  return ownerId(int32At(store.owner, row(store, account)));
}

/** The settlement group of an account that was opened. */
export function groupOf(store: AccountStore, account: AccountId): GroupId {
  return groupId(int32At(store.group, row(store, account)));
}

/** The margin mode of an account that was opened. */
export function modeOf(store: AccountStore, account: AccountId): AccountMode {
  return entryAt(ACCOUNT_MODES, uint8At(store.mode, row(store, account)));
}

/** Signed settled cash, without the interest that a negative balance has accrued. */
export function cashOf(store: AccountStore, account: AccountId): Amount {
  return amount(bigint64At(store.cash, row(store, account)));
}

/** Shares of the loan behind negative cash. */
export function loanSharesOf(store: AccountStore, account: AccountId): Shares {
  return shares(bigint64At(store.loanShares, row(store, account)));
}

/** Principal of the account's cash loan as it was last sized. */
export function loanPrincipalOf(store: AccountStore, account: AccountId): Amount {
  return amount(bigint64At(store.loanPrincipal, row(store, account)));
}

/** Accounts of the owner that are open. */
export function accountCountOf(store: AccountStore, owner: OwnerId): number {
  return openAccountsOfOwner(store.owners, owner);
}

/** All accounts the owner ever opened, closed ones included, ascending. */
export function accountsOf(store: AccountStore, owner: OwnerId): readonly AccountId[] {
  const found: AccountId[] = [];
  for (let at = newestRowOfOwner(store.owners, owner); at >= 0; at = int32At(store.previousOfOwner, at)) {
    found.push(accountId(at));
  }
  return found.reverse();
}

/** Adds to cash; asserts that the result stays below 2^62. Only `post` calls this. */
export function addCash(store: AccountStore, account: AccountId, change: bigint): void {
  store.cash[account] = amount(bigint64At(store.cash, account) + change);
}

/** Bytes of every column, free room included. */
export function accountStoreBytes(store: AccountStore): number {
  const rows = store.owner.length * ROW_BYTES;
  const positions = store.positionInstrument.byteLength + store.positionLots.byteLength;
  const balances = store.balanceKey.byteLength + store.balanceValue.byteLength;
  const derived = ownerTotalsBytes(store.owners) + instrumentTotalsBytes(store.instruments);
  return rows + positions + balances + derived;
}

/** Bytes of one account row over all row columns. */
const ROW_BYTES: number = 4 + 4 + 1 + 1 + 8 + 8 + 8 + 4 + 1 + 2 * (4 + 2 + 2);

function row(store: AccountStore, account: AccountId): number {
  assert(account < store.rowCount, 'An account that is read was opened.');
  return account;
}

function growRows(store: AccountStore, needed: number): void {
  const length = doubledLength(store.owner.length, needed);
  store.owner = grownInt32(store.owner, length, 0);
  store.group = grownInt32(store.group, length, 0);
  store.mode = grownUint8(store.mode, length);
  store.status = grownUint8(store.status, length);
  store.cash = grownBigint64(store.cash, length);
  store.loanShares = grownBigint64(store.loanShares, length);
  store.loanPrincipal = grownBigint64(store.loanPrincipal, length);
  store.previousOfOwner = grownInt32(store.previousOfOwner, length, 0);
  store.shared = grownUint8(store.shared, length);
  store.positionStart = grownInt32(store.positionStart, length, 0);
  store.positionCount = grownUint16(store.positionCount, length);
  store.positionCapacity = grownUint16(store.positionCapacity, length);
  store.balanceStart = grownInt32(store.balanceStart, length, 0);
  store.balanceCount = grownUint16(store.balanceCount, length);
  store.balanceCapacity = grownUint16(store.balanceCapacity, length);
}

function noteGrossOfRow(store: AccountStore, at: number): void {
  const owner = int32At(store.owner, at);
  const start = int32At(store.positionStart, at);
  const end = start + uint16At(store.positionCount, at);
  for (let slot = start; slot < end; slot += 1) {
    const lots = float64At(store.positionLots, slot);
    addGrossLots(store.owners, owner, int32At(store.positionInstrument, slot), Math.abs(lots));
  }
}
