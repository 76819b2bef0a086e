/**
 * Accounts as columns: what a snapshot holds of them. Row r is account r; the positions and balances of all accounts stand one after the
 * other in the order of accounts, so equal ledgers give equal columns whatever their history. A million accounts are copied in memory order,
 * and no object is made of any.
 */

import { assert } from '../numeric/assert.ts';
import { ownerId } from '../numeric/brand.ts';
import { AMOUNT_MAX, LOTS_MAX, POSITIONS_MAX } from '../numeric/limits.ts';
import { ACCOUNT_MODES, type AccountStore, STATUS_CLOSED, STATUS_OPEN } from './accountStore.ts';
import { assetOfKey, BALANCE_KINDS, BALANCES_MAX, KIND_COLLATERAL } from './balances.ts';
import { moveInstrumentTotals, standsBefore } from './instrumentTotals.ts';
import { assetFigures, type Ledger } from './ledger.ts';
import { addGrossLots, addOwnerRow, closeOwnerRow } from './ownerTotals.ts';

// Rows are read up to `rowCount` and slots within runs, which lie inside their columns: the loops below index them directly.

export interface AccountColumns {
  // One entry per account.
  readonly owner: Int32Array;
  readonly group: Int32Array;
  /** Codes of ACCOUNT_MODES. */
  readonly mode: Uint8Array;
  /** 1 for an open account, 0 for a closed one. */
  readonly open: Uint8Array;
  readonly cash: BigInt64Array;
  readonly loanShares: BigInt64Array;
  readonly loanPrincipal: BigInt64Array;
  readonly positionCount: Uint8Array;
  readonly balanceCount: Uint8Array;
  // One entry per position, and per balance.
  readonly positionInstrument: Int32Array;
  readonly positionLots: Float64Array;
  readonly balanceKey: Int32Array;
  readonly balanceValue: BigInt64Array;
}

/** The columns of all accounts; copies. Cost: one pass over the store. */
export function accountColumns(store: AccountStore): AccountColumns {
  const { rowCount } = store;
  const open = new Uint8Array(rowCount);
  const positionCount = new Uint8Array(rowCount);
  const balanceCount = new Uint8Array(rowCount);
  let positions = 0;
  let balances = 0;
  for (let row = 0; row < rowCount; row += 1) {
    open[row] = store.status[row] === STATUS_OPEN ? 1 : 0;
    positions += positionCount[row] = store.positionCount[row] as number;
    balances += balanceCount[row] = store.balanceCount[row] as number;
  }
  return {
    owner: store.owner.slice(0, rowCount),
    group: store.group.slice(0, rowCount),
    mode: store.mode.slice(0, rowCount),
    open,
    cash: store.cash.slice(0, rowCount),
    loanShares: store.loanShares.slice(0, rowCount),
    loanPrincipal: store.loanPrincipal.slice(0, rowCount),
    positionCount,
    balanceCount,
    positionInstrument: joined(store.positionInstrument, new Int32Array(positions), store.positionStart, positionCount),
    positionLots: joined(store.positionLots, new Float64Array(positions), store.positionStart, positionCount),
    balanceKey: joined(store.balanceKey, new Int32Array(balances), store.balanceStart, balanceCount),
    balanceValue: joinedBigints(store.balanceValue, new BigInt64Array(balances), store.balanceStart, balanceCount),
  };
}

/** The runs of all accounts without the room between them. */
function joined<T extends Int32Array | Float64Array>(from: T, to: T, starts: Int32Array, counts: Uint8Array): T {
  let at = 0;
  for (let row = 0; row < counts.length; row += 1) {
    const end = (starts[row] as number) + (counts[row] as number);
    for (let slot = starts[row] as number; slot < end; slot += 1, at += 1) to[at] = from[slot] as number;
  }
  return to;
}

/** `joined` of a column of bigints. */
function joinedBigints(from: BigInt64Array, to: BigInt64Array, starts: Int32Array, counts: Uint8Array): BigInt64Array {
  let at = 0;
  for (let row = 0; row < counts.length; row += 1) {
    const end = (starts[row] as number) + (counts[row] as number);
    for (let slot = starts[row] as number; slot < end; slot += 1, at += 1) to[at] = from[slot] as bigint;
  }
  return to;
}

/**
 * Puts accounts into a ledger that has none; totals are counted again. Takes the columns over: they are the ledger's from then on. Asserts
 * that content is in range, positions and balances in their order, and positions in instruments of the account's group; whether it conserves
 * is `checkConservation`'s to say.
 */
export function restoreAccounts(ledger: Ledger, columns: AccountColumns): void {
  const store = ledger.accounts;
  assert(store.rowCount === 0, 'Accounts are restored into a ledger that has none.');
  const rows = columns.owner.length;
  const { owner, group, mode, open, cash, loanShares, loanPrincipal, positionCount, balanceCount } = columns;
  for (const column of [group, mode, open, cash, loanShares, loanPrincipal, positionCount, balanceCount])
    assert(column.length === rows, 'Every column of a snapshot has a row for each account.');
  if (rows === 0) return;
  store.rowCount = rows;
  store.owner = owner;
  store.group = group;
  store.mode = mode;
  store.cash = cash;
  store.loanShares = loanShares;
  store.loanPrincipal = loanPrincipal;
  store.status = new Uint8Array(rows);
  store.previousOfOwner = new Int32Array(rows);
  store.shared = new Uint8Array(rows);
  restoreRows(ledger, open);
  restorePositions(ledger, columns);
  restoreBalances(ledger, columns);
  for (let row = 0; row < rows; row += 1) {
    if (open[row] === 1) continue;
    const isEmpty = positionCount[row] === 0 && balanceCount[row] === 0 && cash[row] === 0n && loanShares[row] === 0n;
    assert(isEmpty, 'A closed account of a snapshot is empty.');
  }
}

function restoreRows(ledger: Ledger, open: Uint8Array): void {
  const { accounts: store } = ledger;
  const { owner, group, mode, cash, owners } = store;
  for (let row = 0; row < open.length; row += 1) {
    const of = ownerId(owner[row] as number);
    assert((mode[row] as number) < ACCOUNT_MODES.length && (open[row] as number) <= 1, 'An account of a snapshot has a mode.');
    const previous = addOwnerRow(owners, of, row);
    store.previousOfOwner[row] = previous;
    if (previous >= 0) {
      store.shared[row] = 1;
      store.shared[previous] = 1;
    }
    if (open[row] === 1) {
      store.status[row] = STATUS_OPEN;
      store.openCount += 1;
    } else {
      store.status[row] = STATUS_CLOSED;
      closeOwnerRow(owners, of);
    }
    const figures = ledger.groups[group[row] as number];
    assert(figures !== null && figures !== undefined, 'An account of a snapshot is in a group.');
    const held = cash[row] as bigint;
    if (held !== 0n) figures.cash += held;
  }
}

function restorePositions(
  { accounts: store }: Ledger,
  { positionCount, positionInstrument, positionLots }: AccountColumns,
): void {
  const { group, owner, shared, owners, instruments } = store;
  const { starts, capacities, used } = runsOf(positionCount, POSITIONS_MAX);
  assert(positionInstrument.length === total(positionCount), 'The positions of a snapshot are those of its accounts.');
  assert(positionLots.length === positionInstrument.length, 'Every position of a snapshot has lots.');
  const toInstrument = new Int32Array(Math.max(used, 1));
  const toLots = new Float64Array(Math.max(used, 1));
  let at = 0;
  for (let row = 0; row < positionCount.length; row += 1) {
    const end = at + (positionCount[row] as number);
    for (let slot = starts[row] as number, first = at; at < end; at += 1, slot += 1) {
      const instrument = positionInstrument[at] as number;
      const lots = positionLots[at] as number;
      const isHome = instrument >= 0 && instrument < instruments.length && instruments.group[instrument] === group[row];
      assert(isHome, 'A position of a snapshot is in an instrument of its group.');
      const isInOrder = at === first || standsBefore(instruments, positionInstrument[at - 1] as number, instrument);
      assert(isInOrder, 'The positions of an account of a snapshot are in order.');
      assert(Number.isSafeInteger(lots) && lots !== 0 && Math.abs(lots) <= LOTS_MAX, 'A position of a snapshot has lots.');
      toInstrument[slot] = instrument;
      toLots[slot] = lots;
      moveInstrumentTotals(instruments, { instrument, lotsBefore: 0, lotsAfter: lots });
      if (shared[row] === 1) addGrossLots(owners, owner[row] as number, instrument, Math.abs(lots));
    }
  }
  store.positionStart = starts;
  store.positionCapacity = capacities;
  store.positionCount = Uint16Array.from(positionCount);
  store.positionInstrument = toInstrument;
  store.positionLots = toLots;
  store.positionSpace.used = used;
}

function restoreBalances(ledger: Ledger, { balanceCount, balanceKey, balanceValue }: AccountColumns): void {
  const store = ledger.accounts;
  const { starts, capacities, used } = runsOf(balanceCount, BALANCES_MAX);
  assert(balanceKey.length === total(balanceCount), 'The balances of a snapshot are those of its accounts.');
  assert(balanceValue.length === balanceKey.length, 'Every balance of a snapshot has a value.');
  const toKey = new Int32Array(Math.max(used, 1));
  const toValue = new BigInt64Array(Math.max(used, 1));
  let at = 0;
  for (let row = 0; row < balanceCount.length; row += 1) {
    const end = at + (balanceCount[row] as number);
    for (let slot = starts[row] as number, first = at; at < end; at += 1, slot += 1) {
      const key = balanceKey[at] as number;
      const value = balanceValue[at] as bigint;
      assert(key >= 0 && (key & 3) < BALANCE_KINDS.length, 'A balance of a snapshot is of a kind.');
      assert(at === first || (balanceKey[at - 1] as number) < key, 'The balances of an account of a snapshot are in order.');
      assert(value > 0n && value <= AMOUNT_MAX, 'A balance of a snapshot is positive and below 2^62.');
      toKey[slot] = key;
      toValue[slot] = value;
      const figures = assetFigures(ledger, assetOfKey(key));
      if ((key & 3) === KIND_COLLATERAL) figures.collateral += value;
    }
  }
  store.balanceStart = starts;
  store.balanceCapacity = capacities;
  store.balanceCount = Uint16Array.from(balanceCount);
  store.balanceKey = toKey;
  store.balanceValue = toValue;
  store.balanceSpace.used = used;
}

/** Where runs of so many slots stand, each with room for a power of two as `takeLargerRun` would have given it. */
function runsOf(
  counts: Uint8Array,
  countMax: number,
): { readonly starts: Int32Array; readonly capacities: Uint16Array; readonly used: number } {
  const starts = new Int32Array(counts.length);
  const capacities = new Uint16Array(counts.length);
  let used = 0;
  for (let row = 0; row < counts.length; row += 1) {
    const count = counts[row] as number;
    if (count === 0) continue;
    assert(count <= countMax, 'An account of a snapshot holds no more than an account may.');
    const capacity = 1 << (32 - Math.clz32(count - 1));
    starts[row] = used;
    capacities[row] = capacity;
    used += capacity;
  }
  return { starts, capacities, used };
}

function total(counts: Uint8Array): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
