/**
 * The ledger's content as plain values, sorted by id: what is snapshotted and hashed. Running totals, places of runs, free
 * lists and hash tables are derived and left out, so two ledgers with the same content give the same plain value whatever their
 * history.
 */

import { assert } from '../numeric/assert.ts';
import {
  type AccountId,
  type Amount,
  type AssetId,
  accountId,
  amount,
  type GroupId,
  groupId,
  type InstrumentId,
  instrumentId,
  type Lots,
  lots,
  type OwnerId,
  ownerId,
  type Shares,
  shares,
  type TimeMs,
  timeMs,
  type UnderlyingId,
  underlyingId,
} from '../numeric/brand.ts';
import { type AccountMode, type AccountStore, isOpen, modeOf } from './accountStore.ts';
import { assetOfKey, kindOfKey } from './balances.ts';
import { bigint64At, float64At, int32At, uint16At } from './columns.ts';
import { addInstrument, instrumentGroup } from './instrumentTotals.ts';
import {
  type AmmFigures,
  ammFigures,
  assetFigures,
  createLedger,
  groupFigures,
  type Ledger,
  place,
  registerAmm,
  registerAsset,
  registerGroup,
} from './ledger.ts';
import type { BalanceKind } from './legs.ts';
import type { LendingPool } from './lendingPool.ts';

/** The whole canonical content of a ledger. Lists are sorted by id; positions and balances in their order in the account. */
export interface PlainLedger {
  readonly assets: readonly PlainAsset[];
  readonly groups: readonly PlainGroup[];
  readonly instruments: readonly PlainInstrument[];
  readonly pools: readonly LendingPool[];
  readonly amms: readonly AmmFigures[];
  /** Every account ever opened, by id without gaps. */
  readonly accounts: readonly PlainAccount[];
}

export interface PlainAsset {
  readonly id: AssetId;
  readonly outside: Amount;
  readonly issued: Amount;
}

export interface PlainGroup {
  readonly id: GroupId;
  readonly settlementAsset: AssetId;
  readonly kind: 'cross' | 'isolated';
  /** In the order of FUND_KINDS. */
  readonly funds: readonly Amount[];
}

/** The part of an instrument's terms that orders positions. */
export interface PlainInstrument {
  readonly id: InstrumentId;
  readonly group: GroupId;
  readonly underlying: UnderlyingId;
  /** 0 for none. */
  readonly expiryMs: TimeMs;
}

export interface PlainAccount {
  readonly id: AccountId;
  readonly owner: OwnerId;
  readonly group: GroupId;
  readonly mode: AccountMode;
  readonly open: boolean;
  readonly cash: Amount;
  readonly loanShares: Shares;
  readonly loanPrincipal: Amount;
  readonly positions: readonly PlainPosition[];
  readonly balances: readonly PlainBalance[];
}

export interface PlainPosition {
  readonly instrument: InstrumentId;
  readonly lots: Lots;
}

export interface PlainBalance {
  readonly asset: AssetId;
  readonly kind: BalanceKind;
  /** Ledger units for collateral, shares for supply and debt. */
  readonly value: bigint;
}

/** The content of a ledger. */
export function ledgerToPlain(ledger: Ledger): PlainLedger {
  const accounts = Array.from({ length: ledger.accounts.rowCount }, (_, row) => plainAccount(ledger, accountId(row)));
  return { ...plainSheet(ledger), accounts };
}

/** All of a ledger but its accounts: what a checkpoint hashes beside the tree of accounts. */
export function plainSheet(ledger: Ledger): Omit<PlainLedger, 'accounts'> {
  return {
    assets: present(ledger.assets).map(({ id, outside, issued }) => ({ id, outside, issued })),
    groups: present(ledger.groups).map(({ id, settlementAsset, kind, funds }) => ({
      id,
      settlementAsset,
      kind,
      funds: [...funds],
    })),
    instruments: plainInstruments(ledger.accounts),
    pools: present(ledger.pools).map((pool) => ({ ...pool })),
    amms: present(ledger.amms).map(({ id, assets, reserves }) => ({ id, assets: [...assets], reserves: [...reserves] })),
  };
}

/** One account's content: the leaf of a state tree. */
export function plainAccount(ledger: Ledger, id: AccountId): PlainAccount {
  const { accounts } = ledger;
  return {
    id,
    owner: ownerId(int32At(accounts.owner, id)),
    group: groupId(int32At(accounts.group, id)),
    mode: modeOf(accounts, id),
    open: isOpen(accounts, id),
    cash: amount(bigint64At(accounts.cash, id)),
    loanShares: shares(bigint64At(accounts.loanShares, id)),
    loanPrincipal: amount(bigint64At(accounts.loanPrincipal, id)),
    positions: plainPositions(accounts, id),
    balances: plainBalances(accounts, id),
  };
}

/** A ledger with the given content but without accounts, which `restoreAccounts` adds. */
export function ledgerFromSheet(sheet: Omit<PlainLedger, 'accounts'>): Ledger {
  const ledger = createLedger();
  for (const { id, outside, issued } of sheet.assets) {
    registerAsset(ledger, id);
    const figures = assetFigures(ledger, id);
    figures.outside = outside;
    figures.issued = issued;
  }
  for (const group of sheet.groups) {
    registerGroup(ledger, group);
    const { funds } = groupFigures(ledger, group.id);
    assert(group.funds.length === funds.length, 'A group of a snapshot has every fund.');
    for (const [at, held] of group.funds.entries()) funds[at] = held;
  }
  for (const instrument of sheet.instruments) addInstrument(ledger.accounts.instruments, instrument);
  for (const pool of sheet.pools) place(ledger.pools, pool.asset, { ...pool });
  for (const amm of sheet.amms) {
    registerAmm(ledger, amm.id, amm.assets);
    const { reserves } = ammFigures(ledger, amm.id);
    for (const [at, held] of amm.reserves.entries()) reserves[at] = held;
  }
  return ledger;
}

function plainInstruments(accounts: AccountStore): readonly PlainInstrument[] {
  const { instruments } = accounts;
  const list: PlainInstrument[] = [];
  for (let id = 0; id < instruments.length; id += 1) {
    const group = instrumentGroup(instruments, id);
    if (group < 0) continue;
    list.push({
      id: instrumentId(id),
      group: groupId(group),
      underlying: underlyingId(int32At(instruments.underlying, id)),
      expiryMs: timeMs(float64At(instruments.expiryMs, id)),
    });
  }
  return list;
}

function plainPositions(accounts: AccountStore, id: AccountId): readonly PlainPosition[] {
  const start = int32At(accounts.positionStart, id);
  return Array.from({ length: uint16At(accounts.positionCount, id) }, (_, at) => ({
    instrument: instrumentId(int32At(accounts.positionInstrument, start + at)),
    lots: lots(float64At(accounts.positionLots, start + at)),
  }));
}

function plainBalances(accounts: AccountStore, id: AccountId): readonly PlainBalance[] {
  const start = int32At(accounts.balanceStart, id);
  return Array.from({ length: uint16At(accounts.balanceCount, id) }, (_, at) => {
    const key = int32At(accounts.balanceKey, start + at);
    return { asset: assetOfKey(key), kind: kindOfKey(key), value: bigint64At(accounts.balanceValue, start + at) };
  });
}

function present<T>(list: readonly (T | null)[]): readonly T[] {
  return list.filter((figures) => figures !== null);
}
