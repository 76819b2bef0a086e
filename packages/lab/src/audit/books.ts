// The auditor's own books: maps of bigint, written from the event stream and from nothing else. They share no code with the
// ledger; what they check, they check in the slowest and plainest way.

import type { AssetTerms, GroupTerms, InstrumentTerms, UnderlyingTerms } from '@plimsoll/core/assets';
import type {
  AmmPoolTerms,
  AssetState,
  Auction,
  Authorities,
  Event,
  Genesis,
  Parameters,
  Protection,
  TrancheTerms,
} from '@plimsoll/core/engine';
import type { FundKind, Leg } from '@plimsoll/core/ledger';
import { agree, insist } from './auditFailure.ts';
import type { TrancheBook } from './backstop.ts';
import { abs, ceilDiv, floorDiv, RAY } from './exact.ts';
import { type FeedBook, SILENT, type SourceBook } from './feeds.ts';
import { listedSettlement, type SettlementBook } from './settlement.ts';
import type { SurfaceBooks } from './volatility.ts';

export const FUNDS: readonly FundKind[] = ['insurance', 'protocol', 'recovery', 'socialised', 'deficit', 'dust'];

export interface AccountBook {
  readonly id: number;
  readonly owner: number;
  readonly group: number;
  readonly mode: 'portfolio' | 'isolated' | 'overcollateralized';
  isOpen: boolean;
  cash: bigint;
  loanShares: bigint;
  loanPrincipal: bigint;
  /** Paid to it from recoveries so far. */
  recovered: bigint;
  /** Signed lots by instrument; no zeros. */
  readonly positions: Map<number, bigint>;
  /** Collateral in ledger units, supply and debt in shares, by asset; no zeros. */
  readonly collateral: Map<number, bigint>;
  readonly supply: Map<number, bigint>;
  readonly debt: Map<number, bigint>;
}

export interface PoolBook {
  cash: bigint;
  debtShares: bigint;
  supplyShares: bigint;
  debtIndex: bigint;
  supplyIndex: bigint;
  reserve: bigint;
  loanShares: bigint;
  loanPrincipal: bigint;
  claimIndex: bigint;
  lastAccrualMs: number;
}

/** What the auditor keeps of an instrument: the engine's record in plain numbers. */
export interface InstrumentBook {
  readonly status: 'active' | 'reduceOnly' | 'settled';
  readonly socialIndex: number;
  readonly claimIndex: number;
  readonly funding: {
    readonly index: number;
    readonly remainder: bigint;
    readonly rate: bigint;
    readonly elapsedMs: number;
    readonly coveredMs: number;
    readonly premiumSum: bigint;
  };
  readonly mark: {
    readonly premiums: readonly { readonly premiumPpm: number; readonly publishTimeMs: number }[];
    readonly samplePpm: number;
    readonly average: bigint;
    readonly updatedMs: number;
  };
  /** The average that it settles at. */
  readonly settlement: SettlementBook | null;
  readonly finalPrice: number | null;
}

/** Everything the auditor believes, after the events it has seen. */
export interface Books {
  height: number;
  timeMs: number;
  readonly authorities: Authorities;
  readonly accounts: AccountBook[];
  /** Gross lots by owner, then instrument. */
  readonly ownerGross: Map<number, Map<number, bigint>>;
  readonly outside: Map<number, bigint>;
  readonly issued: Map<number, bigint>;
  /** By group, then fund. */
  readonly funds: Map<number, Map<FundKind, bigint>>;
  readonly pools: Map<number, PoolBook>;
  /** By AMM pool, then asset. */
  readonly reserves: Map<number, Map<number, bigint>>;
  /** Longs and shorts by instrument, both positive. */
  readonly longs: Map<number, bigint>;
  readonly shorts: Map<number, bigint>;
  /** Accounts with lots, by instrument. */
  readonly holders: Map<number, Set<number>>;
  readonly claims: Map<number, bigint>;
  readonly auctions: Map<number, Auction>;
  readonly protections: Map<number, { readonly protection: Protection; readonly movedInWindow: bigint }>;
  readonly assets: AssetTerms[];
  readonly underlyings: UnderlyingTerms[];
  readonly groups: GroupTerms[];
  readonly instruments: InstrumentTerms[];
  readonly ammPools: AmmPoolTerms[];
  readonly trancheTerms: readonly TrancheTerms[];
  readonly instrumentStates: InstrumentBook[];
  readonly assetStates: AssetState[];
  readonly feeds: FeedBook[];
  /** What sources said of volatilities, of expiries with options that have not settled. */
  readonly surfaces: SurfaceBooks;
  /** By id. */
  readonly sources: SourceBook[];
  readonly trancheAccounts: number[];
  readonly tranches: (TrancheBook | undefined)[];
  /** Accounts on the engine's list of those below maintenance. */
  readonly below: Set<number>;
  /** What nothing stands behind, by group; none is zero. */
  readonly unbacked: Map<number, bigint>;
  /** The account whose cash loan was the last to be settled in turn. */
  settlementTurn: number;
  /** Hash of the block before the one at hand. */
  previousHash: Uint8Array;
  parameters: Parameters;
  /** Rises whenever a price, an index, a parameter or a listing moves: risk models of an older version are void. */
  version: number;
}

/** The books at height 0; they share no record with the engine's state. */
export function openBooks(given: Genesis): Books {
  const genesis = structuredClone(given);
  const books: Books = {
    height: 0,
    timeMs: genesis.timeMs,
    authorities: genesis.authorities,
    accounts: [],
    ownerGross: new Map(),
    outside: new Map(),
    issued: new Map(),
    funds: new Map(),
    pools: new Map(),
    reserves: new Map(),
    longs: new Map(),
    shorts: new Map(),
    holders: new Map(),
    claims: new Map(),
    auctions: new Map(),
    protections: new Map(),
    assets: [],
    underlyings: [...genesis.underlyings],
    groups: [],
    instruments: [],
    ammPools: [],
    trancheTerms: genesis.tranches,
    instrumentStates: [],
    assetStates: [],
    feeds: genesis.parameters.feeds.map(() => SILENT),
    surfaces: new Map(),
    sources: [],
    trancheAccounts: [],
    tranches: genesis.tranches.map(() => undefined),
    below: new Set(),
    unbacked: new Map(),
    settlementTurn: 0,
    previousHash: new Uint8Array(32),
    parameters: genesis.parameters,
    version: 0,
  };
  for (const terms of genesis.assets) addAsset(books, terms);
  for (const group of genesis.groups) addGroup(books, group);
  for (const { group, amount } of genesis.openingInsurance ?? []) {
    add(books.funds.get(group) ?? new Map(), 'insurance', amount);
    add(books.outside, settlementAssetOf(books, group), -amount);
  }
  for (const terms of genesis.tranches) {
    books.trancheAccounts.push(books.accounts.length);
    openAccount(books, {
      account: books.accounts.length,
      owner: genesis.authorities.vault,
      group: terms.group,
      mode: 'portfolio',
    });
  }
  return books;
}

export function addAsset(books: Books, terms: AssetTerms): void {
  books.assets.push(terms);
  books.assetStates.push({ status: 'active', windsDownAtMs: null, settlement: null, finalPrice: null });
  books.outside.set(terms.id, 0n);
  books.issued.set(terms.id, 0n);
  books.pools.set(terms.id, {
    cash: 0n,
    debtShares: 0n,
    supplyShares: 0n,
    debtIndex: RAY,
    supplyIndex: RAY,
    reserve: 0n,
    loanShares: 0n,
    loanPrincipal: 0n,
    claimIndex: 0n,
    lastAccrualMs: books.timeMs,
  });
}

export function addInstrument(books: Books, terms: InstrumentTerms): void {
  books.instruments.push(terms);
  books.instrumentStates.push({
    status: 'active',
    socialIndex: 0,
    claimIndex: 0,
    funding: { index: 0, remainder: 0n, rate: 0n, elapsedMs: 0, coveredMs: 0, premiumSum: 0n },
    mark: { premiums: [], samplePpm: 0, average: 0n, updatedMs: books.timeMs },
    settlement: listedSettlement(terms, books.timeMs),
    finalPrice: null,
  });
}

export function addGroup(books: Books, terms: GroupTerms): void {
  books.groups.push(terms);
  books.funds.set(terms.id, new Map(FUNDS.map((fund) => [fund, 0n])));
}

export function openAccount(
  books: Books,
  opened: { readonly account: number; readonly owner: number; readonly group: number; readonly mode: AccountBook['mode'] },
): void {
  agree(
    { height: books.height, account: opened.account, figure: 'id of the account opened' },
    books.accounts.length,
    opened.account,
  );
  books.accounts.push({
    id: opened.account,
    owner: opened.owner,
    group: opened.group,
    mode: opened.mode,
    isOpen: true,
    cash: 0n,
    loanShares: 0n,
    loanPrincipal: 0n,
    recovered: 0n,
    positions: new Map(),
    collateral: new Map(),
    supply: new Map(),
    debt: new Map(),
  });
}

/** The book of an account, which must exist. */
export function accountOf(books: Books, id: number): AccountBook {
  const found = books.accounts[id];
  if (found === undefined) {
    insist(
      false,
      { height: books.height, account: id, figure: 'existence' },
      { expected: 'an account that was opened', found: 'none' },
    );
    throw new Error('unreachable: insist has thrown');
  }
  return found;
}

export function poolOf(books: Books, asset: number): PoolBook {
  const found = books.pools.get(asset);
  if (found === undefined) throw new Error(`The auditor knows no pool of asset ${asset}.`);
  return found;
}

export function settlementAssetOf(books: Books, group: number): number {
  return books.groups[group]?.settlementAsset ?? -1;
}

export function fundOf(books: Books, group: number, fund: FundKind): bigint {
  return books.funds.get(group)?.get(fund) ?? 0n;
}

/** Risk models see the minute that has begun, and none of what follows in it. */
export function minuteOf(books: Books): number {
  return books.timeMs - (books.timeMs % 60_000);
}

/** Interest owed on an account's cash loan: ⌈shares · index⌉ − principal. */
export function loanInterestOf(books: Books, account: AccountBook): bigint {
  if (account.loanShares === 0n) return 0n;
  const pool = poolOf(books, settlementAssetOf(books, account.group));
  return ceilDiv(account.loanShares * pool.debtIndex, RAY) - account.loanPrincipal;
}

/** Checks that a posting nets to zero, then books it. Postings carry claims of recovery with them. */
export function bookLegs(books: Books, event: Event, legs: readonly Leg[]): void {
  checkNets(books, event, legs);
  for (const leg of legs) moveClaim(books, leg);
  for (const leg of legs) bookLeg(books, leg);
  for (const leg of legs) checkSigns(books, leg);
}

function checkNets(books: Books, event: Event, legs: readonly Leg[]): void {
  const assets = new Map<number, bigint>();
  const instruments = new Map<number, bigint>();
  for (const leg of legs) {
    if (leg.place === 'position') {
      add(instruments, leg.instrument, BigInt(leg.lots));
      continue;
    }
    const asset = assetOfLeg(books, leg);
    if (asset !== null && 'amount' in leg) add(assets, asset, leg.amount);
  }
  for (const [asset, sum] of assets)
    agree({ height: books.height, figure: `value legs of ${event.kind} in asset ${asset}` }, 0n, sum);
  for (const [id, sum] of instruments)
    agree({ height: books.height, figure: `lots of ${event.kind} in instrument ${id}` }, 0n, sum);
}

/** The asset in which a leg moves value, null for share, position and loan legs. */
export function assetOfLeg(books: Books, leg: Leg): number | null {
  switch (leg.place) {
    case 'cash':
      return settlementAssetOf(books, accountOf(books, leg.account).group);
    case 'fund':
      return settlementAssetOf(books, leg.group);
    case 'balance':
    case 'pool':
    case 'amm':
    case 'outside':
    case 'issued':
      return leg.asset;
    default:
      return null;
  }
}

function bookLeg(books: Books, leg: Leg): void {
  switch (leg.place) {
    case 'cash':
      accountOf(books, leg.account).cash += leg.amount;
      return;
    case 'balance':
      return addOrDrop(accountOf(books, leg.account).collateral, leg.asset, leg.amount);
    case 'pool':
      poolOf(books, leg.asset).cash += leg.amount;
      return;
    case 'fund':
      return add(books.funds.get(leg.group) ?? new Map(), leg.fund, leg.amount);
    case 'amm':
      books.version += 1;
      return add(books.reserves.get(leg.pool) ?? new Map(), leg.asset, leg.amount);
    case 'outside':
      return add(books.outside, leg.asset, leg.amount);
    case 'issued':
      books.version += 1;
      return add(books.issued, leg.asset, leg.amount);
    case 'position':
      return bookPosition(books, accountOf(books, leg.account), leg.instrument, BigInt(leg.lots));
    case 'supplyShares':
      poolOf(books, leg.asset).supplyShares += leg.shares;
      return addOrDrop(accountOf(books, leg.account).supply, leg.asset, leg.shares);
    case 'debtShares':
      poolOf(books, leg.asset).debtShares += leg.shares;
      return addOrDrop(accountOf(books, leg.account).debt, leg.asset, leg.shares);
    case 'cashLoan':
      return bookLoan(books, accountOf(books, leg.account), leg);
  }
}

/** Interest is paid, the principal set, and the shares are sized to both, rounded up. */
function bookLoan(books: Books, account: AccountBook, leg: { readonly interest: bigint; readonly principal: bigint }): void {
  const at = { height: books.height, account: account.id, figure: 'interest paid on cash' };
  const owed = loanInterestOf(books, account);
  insist(leg.interest >= 0n && leg.interest <= owed, at, { expected: `0 to ${owed}`, found: String(leg.interest) });
  const pool = poolOf(books, settlementAssetOf(books, account.group));
  const shares = ceilDiv((leg.principal + owed - leg.interest) * RAY, pool.debtIndex);
  pool.loanShares += shares - account.loanShares;
  pool.loanPrincipal += leg.principal - account.loanPrincipal;
  account.loanShares = shares;
  account.loanPrincipal = leg.principal;
}

function bookPosition(books: Books, account: AccountBook, instrument: number, lots: bigint): void {
  const before = account.positions.get(instrument) ?? 0n;
  const after = before + lots;
  addOrDrop(account.positions, instrument, lots);
  const holders = books.holders.get(instrument) ?? new Set();
  books.holders.set(instrument, holders);
  if (after === 0n) holders.delete(account.id);
  else holders.add(account.id);
  const owned = books.ownerGross.get(account.owner) ?? new Map<number, bigint>();
  books.ownerGross.set(account.owner, owned);
  add(owned, instrument, abs(after) - abs(before));
  add(books.longs, instrument, (after > 0n ? after : 0n) - (before > 0n ? before : 0n));
  add(books.shorts, instrument, (after < 0n ? -after : 0n) - (before < 0n ? -before : 0n));
}

/** A claim stays what it was when lots or supply shares, which carry a part of it, change hands. */
function moveClaim(books: Books, leg: Leg): void {
  if (leg.place === 'position') {
    const index = BigInt(books.instrumentStates[leg.instrument]?.claimIndex ?? 0);
    const before = accountOf(books, leg.account).positions.get(leg.instrument) ?? 0n;
    addOrDrop(books.claims, leg.account, -(abs(before + BigInt(leg.lots)) - abs(before)) * index);
  }
  if (leg.place === 'supplyShares') {
    const account = accountOf(books, leg.account);
    if (settlementAssetOf(books, account.group) !== leg.asset) return;
    const index = poolOf(books, leg.asset).claimIndex;
    const before = account.supply.get(leg.asset) ?? 0n;
    addOrDrop(books.claims, leg.account, floorDiv(before * index, RAY) - floorDiv((before + leg.shares) * index, RAY));
  }
}

/** No layer, pool, reserve, balance or holding is ever below zero; the deficit fund is never above. */
function checkSigns(books: Books, leg: Leg): void {
  const value = signedValue(books, leg);
  if (value >= 0n) return;
  const { figure, account } = signedFigure(leg);
  insist(false, { height: books.height, account, figure }, { expected: 'zero or more', found: String(value) });
}

/** What a leg has changed, with the sign that it must not lose; zero where there is none. */
function signedValue(books: Books, leg: Leg): bigint {
  switch (leg.place) {
    case 'balance':
      return accountOf(books, leg.account).collateral.get(leg.asset) ?? 0n;
    case 'supplyShares':
      return accountOf(books, leg.account).supply.get(leg.asset) ?? 0n;
    case 'debtShares':
      return accountOf(books, leg.account).debt.get(leg.asset) ?? 0n;
    case 'pool':
      return poolOf(books, leg.asset).cash;
    case 'amm':
      return books.reserves.get(leg.pool)?.get(leg.asset) ?? 0n;
    case 'outside':
      return -(books.outside.get(leg.asset) ?? 0n);
    case 'issued':
      return -(books.issued.get(leg.asset) ?? 0n);
    case 'fund': {
      if (leg.fund === 'socialised') return 0n;
      const value = fundOf(books, leg.group, leg.fund);
      return leg.fund === 'deficit' ? -value : value;
    }
    default:
      return 0n;
  }
}

/** The name of that value: asked for once it is wrong, because names cost more than values. */
function signedFigure(leg: Leg): { readonly figure: string; readonly account: number | null } {
  switch (leg.place) {
    case 'balance':
      return { figure: `collateral in asset ${leg.asset}`, account: leg.account };
    case 'supplyShares':
      return { figure: `supply shares of asset ${leg.asset}`, account: leg.account };
    case 'debtShares':
      return { figure: `debt shares of asset ${leg.asset}`, account: leg.account };
    case 'pool':
      return { figure: `cash of pool ${leg.asset}`, account: null };
    case 'amm':
      return { figure: `reserve of AMM pool ${leg.pool} in asset ${leg.asset}`, account: null };
    case 'outside':
      return { figure: `holdings of asset ${leg.asset}`, account: null };
    case 'issued':
      return { figure: `circulation of asset ${leg.asset}`, account: null };
    case 'fund':
      return { figure: `fund ${leg.fund} of group ${leg.group}`, account: null };
    default:
      return { figure: leg.place, account: null };
  }
}

function add<K>(map: Map<K, bigint>, key: K, change: bigint): void {
  map.set(key, (map.get(key) ?? 0n) + change);
}

function addOrDrop<K>(map: Map<K, bigint>, key: K, change: bigint): void {
  const next = (map.get(key) ?? 0n) + change;
  if (next === 0n) map.delete(key);
  else map.set(key, next);
}
