/**
 * The balance sheet: accounts, pools, funds, AMM reserves, and what lies outside, in double entry. It knows no price and no
 * risk. `post` (posting.ts) is the only writer of value; the functions here list things and read figures.
 *
 * Signs: claims are positive, and so is what an account owns. `outside` and `issued` are the contra accounts: holdings of an
 * asset are −outside, tokens in circulation (shares of an AMM pool) are −issued. Per asset everything sums to zero.
 */

import { expiryOf, type GroupTerms, type InstrumentTerms } from '../assets/instrument.ts';
import { assert } from '../numeric/assert.ts';
import {
  type AccountId,
  type Amount,
  type AssetId,
  amount,
  type GroupId,
  type PoolId,
  shares,
  type TimeMs,
  timeMs,
  ZERO_AMOUNT,
} from '../numeric/brand.ts';
import { assertLittleEndian } from '../numeric/exactSum.ts';
import { type AccountStore, createAccountStore, groupOf } from './accountStore.ts';
import { loanInterest } from './cashLoan.ts';
import { bigint64At, entryAt } from './columns.ts';
import { addInstrument, LISTED_MAX } from './instrumentTotals.ts';
import type { FundKind, Leg } from './legs.ts';
import { FUND_KINDS } from './legs.ts';
import { createLendingPool, type LendingPool, poolResidual } from './lendingPool.ts';
import { createPostingScratch, type PostingScratch } from './postingScratch.ts';

export interface Ledger {
  readonly accounts: AccountStore;
  /** By AssetId, null where none is registered. */
  readonly assets: (AssetFigures | null)[];
  /** By GroupId. */
  readonly groups: (GroupFigures | null)[];
  /** By AssetId: the lending pool of the asset. */
  readonly pools: (LendingPool | null)[];
  /** By PoolId: the reserves of an AMM pool. */
  readonly amms: (AmmFigures | null)[];
  /** Working memory of `post`, empty between postings. */
  readonly scratch: PostingScratch;
}

export interface AssetFigures {
  readonly id: AssetId;
  /** −holdings: never positive. */
  outside: Amount;
  /** −tokens in circulation: never positive. */
  issued: Amount;
  /** Running total of the collateral balances of all accounts; unbranded, because a total has no limit of its own. */
  collateral: bigint;
}

export interface GroupFigures {
  readonly id: GroupId;
  readonly settlementAsset: AssetId;
  readonly kind: 'cross' | 'isolated';
  /** By index in FUND_KINDS. */
  readonly funds: Amount[];
  /** Running total of the signed cash of all accounts. */
  cash: bigint;
}

export interface AmmFigures {
  readonly id: PoolId;
  readonly assets: readonly AssetId[];
  /** By index in `assets`; never negative. */
  readonly reserves: Amount[];
}

/** A ledger with nothing in it. */
export function createLedger(): Ledger {
  assertLittleEndian();
  return {
    accounts: createAccountStore(),
    assets: [],
    groups: [],
    pools: [],
    amms: [],
    scratch: createPostingScratch(),
  };
}

/** Makes an asset known. Asserts that it was not. */
export function registerAsset(ledger: Ledger, id: AssetId): void {
  place(ledger.assets, id, { id, outside: ZERO_AMOUNT, issued: ZERO_AMOUNT, collateral: 0n });
}

/** Makes a settlement group known; its settlement asset must be. */
export function registerGroup(ledger: Ledger, terms: Pick<GroupTerms, 'id' | 'settlementAsset' | 'kind'>): void {
  assetFigures(ledger, terms.settlementAsset);
  const { id, settlementAsset, kind } = terms;
  const funds = FUND_KINDS.map(() => ZERO_AMOUNT);
  place(ledger.groups, id, { id, settlementAsset, kind, funds, cash: 0n });
}

/** Makes an instrument known; its group must be. */
export function registerInstrument(ledger: Ledger, terms: Pick<InstrumentTerms, 'id' | 'group' | 'underlying' | 'form'>): void {
  groupFigures(ledger, terms.group);
  const { id, group, underlying, form } = terms;
  addInstrument(ledger.accounts.instruments, { id, group, underlying, expiryMs: expiryOf(form) ?? timeMs(0) });
}

/** Opens the lending pool of an asset. From then on supplies, debts and cash loans in it are possible. */
export function registerLendingPool(ledger: Ledger, asset: AssetId, nowMs: TimeMs): void {
  assetFigures(ledger, asset);
  place(ledger.pools, asset, createLendingPool(asset, nowMs));
}

/** Opens the reserves of an AMM pool over different assets. */
export function registerAmm(ledger: Ledger, id: PoolId, assets: readonly AssetId[]): void {
  for (const asset of assets) assetFigures(ledger, asset);
  assert(new Set(assets).size === assets.length, 'The assets of an AMM pool are different.');
  place(ledger.amms, id, { id, assets: [...assets], reserves: assets.map(() => ZERO_AMOUNT) });
}

/** The figures of a registered asset. */
export function assetFigures(ledger: Ledger, asset: AssetId): AssetFigures {
  return known(ledger.assets[asset], 'An asset in the ledger is registered.');
}

/** The figures of a registered group. */
export function groupFigures(ledger: Ledger, group: GroupId): GroupFigures {
  return known(ledger.groups[group], 'A group in the ledger is registered.');
}

/** The lending pool of an asset; asserts that there is one. */
export function lendingPoolOf(ledger: Ledger, asset: AssetId): LendingPool {
  return known(ledger.pools[asset], 'A lending pool in use is registered.');
}

/** Units of the asset that the protocol holds, not negative. */
export function holdingsOf(ledger: Ledger, asset: AssetId): Amount {
  return amount(-assetFigures(ledger, asset).outside);
}

/** Tokens of the asset that the protocol itself issued, not negative. */
export function issuedOf(ledger: Ledger, asset: AssetId): Amount {
  return amount(-assetFigures(ledger, asset).issued);
}

/** Collateral balances of the asset over all accounts: what a collateral cap is checked against. */
export function totalCollateral(ledger: Ledger, asset: AssetId): Amount {
  return amount(assetFigures(ledger, asset).collateral);
}

/** What is in a fund of a group. */
export function fundOf(ledger: Ledger, group: GroupId, fund: FundKind): Amount {
  return entryAt(groupFigures(ledger, group).funds, FUND_KINDS.indexOf(fund));
}

/** The figures of a registered AMM pool. */
export function ammFigures(ledger: Ledger, id: PoolId): AmmFigures {
  return known(ledger.amms[id], 'An AMM pool in use is registered.');
}

/** The AMM pool's reserve of an asset; asserts that the pool holds it. */
export function ammReserveOf(ledger: Ledger, id: PoolId, asset: AssetId): Amount {
  const amm = ammFigures(ledger, id);
  return entryAt(amm.reserves, amm.assets.indexOf(asset));
}

/** Interest that an account owes on negative cash at the pool's present index, rounded up; zero without a pool. */
export function owedLoanInterest(ledger: Ledger, account: AccountId): Amount {
  const store = ledger.accounts;
  const loan = bigint64At(store.loanShares, account);
  if (loan === 0n) return ZERO_AMOUNT;
  const pool = lendingPoolOf(ledger, settlementAssetOf(ledger, account));
  return loanInterest(pool, { shares: shares(loan), principal: amount(bigint64At(store.loanPrincipal, account)) });
}

/** Cash less the interest owed on it: the cash that counts in equity. */
export function netCashOf(ledger: Ledger, account: AccountId): Amount {
  return amount(bigint64At(ledger.accounts.cash, account) - owedLoanInterest(ledger, account));
}

/** The legs that pay all interest owed on a cash loan and size it to `principal`; none when there is neither. */
export function cashLoanLegs(ledger: Ledger, account: AccountId, principal: Amount): readonly Leg[] {
  const interest = owedLoanInterest(ledger, account);
  if (interest === 0n && principal === bigint64At(ledger.accounts.loanPrincipal, account)) return [];
  const sized: Leg = { place: 'cashLoan', account, interest, principal };
  if (interest === 0n) return [sized];
  const asset = settlementAssetOf(ledger, account);
  return [{ place: 'cash', account, amount: amount(-interest) }, { place: 'pool', asset, amount: interest }, sized];
}

/** The settlement asset of the account's group. */
export function settlementAssetOf(ledger: Ledger, account: AccountId): AssetId {
  return groupFigures(ledger, groupOf(ledger.accounts, account)).settlementAsset;
}

/**
 * Sets what accrues in a pool: indexes, reserve, time of accrual. Asserts that cash, shares and loans, which follow
 * postings, are as they stand, that the debt index does not fall, and that the pool's residual is not negative.
 */
export function setLendingPool(ledger: Ledger, next: LendingPool): void {
  const present = lendingPoolOf(ledger, next.asset);
  assert(
    next.cash === present.cash &&
      next.debtShares === present.debtShares &&
      next.supplyShares === present.supplyShares &&
      next.loanShares === present.loanShares &&
      next.loanPrincipal === present.loanPrincipal,
    'Cash, shares and loans of a pool change by postings only.',
  );
  assert(
    next.debtIndex >= present.debtIndex && next.lastAccrualMs >= present.lastAccrualMs,
    'A debt index and the time of accrual never go back.',
  );
  assert(next.reserve >= 0n, 'The reserve of a pool is not negative.');
  assert(poolResidual(next) >= 0n, 'A pool owes no more than it has and is owed.');
  ledger.pools[next.asset] = next;
}

function known<T extends {}>(figures: T | null | undefined, sentence: string): T {
  assert(figures !== null && figures !== undefined, sentence);
  return figures;
}

/** Puts figures at a dense id; asserts that nothing was there. */
export function place<T>(list: (T | null)[], id: number, figures: T): void {
  assert(id < LISTED_MAX, 'Identifiers of what is listed are dense, below 2^20.');
  while (list.length <= id) list.push(null);
  assert(list[id] === null, 'What is listed is registered once.');
  list[id] = figures;
}
