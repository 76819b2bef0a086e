import type { AssetTerms } from '../assets/asset.ts';
import type { InstrumentTerms } from '../assets/instrument.ts';
import { isLinear } from '../assets/instrument.ts';
import { cashOf, groupOf, isOpen, loanSharesOf, modeOf, ownerOf as ownerOfRow } from '../ledger/accountStore.ts';
import { balanceCount, balanceOf } from '../ledger/balances.ts';
import { ammReserveOf, fundOf, holdingsOf, lendingPoolOf } from '../ledger/ledger.ts';
import { FUND_KINDS } from '../ledger/legs.ts';
import type { LendingPool } from '../ledger/lendingPool.ts';
import { lotsOf as lotsOfRow, positionCount } from '../ledger/positions.ts';
import { isPositive, max, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import {
  type AccountId,
  type Amount,
  type AssetId,
  amount,
  type FeedId,
  type GroupId,
  type InstrumentId,
  type Lots,
  type OwnerId,
  type Shares,
  shares,
  ZERO_AMOUNT,
} from '../numeric/brand.ts';
import type { SourceRegistration } from '../oracle/feed.ts';
import type { AccountMode } from './events.ts';
import type { EngineState, InstrumentState } from './state.ts';

/** Reading the state by id. Rows and records that must exist are asserted: commands check first. */
export function accountCount(state: EngineState): number {
  return state.ledger.accounts.rowCount;
}

export function isOpenAccount(state: EngineState, account: AccountId): boolean {
  return isOpen(state.ledger.accounts, account);
}

export function ownerOf(state: EngineState, account: AccountId): OwnerId {
  return ownerOfRow(state.ledger.accounts, account);
}

export function groupIdOf(state: EngineState, account: AccountId): GroupId {
  return groupOf(state.ledger.accounts, account);
}

export function accountModeOf(state: EngineState, account: AccountId): AccountMode {
  return modeOf(state.ledger.accounts, account);
}

export function settlementAssetOfGroup(state: EngineState, group: GroupId): AssetId {
  const terms = state.terms.groups[group];
  assert(terms !== undefined, 'A group that an account is in is listed.');
  return terms.settlementAsset;
}

export function settlementAssetOf(state: EngineState, account: AccountId): AssetId {
  return settlementAssetOfGroup(state, groupIdOf(state, account));
}

export function isSettlementAsset(state: EngineState, account: AccountId, asset: AssetId): boolean {
  return settlementAssetOf(state, account) === asset;
}

export function assetTermsOf(state: EngineState, asset: AssetId): AssetTerms {
  const terms = state.terms.assets[asset];
  assert(terms !== undefined, 'An asset that is read is listed.');
  return terms;
}

export function instrumentTermsOf(state: EngineState, instrument: InstrumentId): InstrumentTerms {
  const terms = state.terms.instruments[instrument];
  assert(terms !== undefined, 'An instrument that is read is listed.');
  return terms;
}

export function instrumentStateOf(state: EngineState, instrument: InstrumentId): InstrumentState {
  const found = state.instruments[instrument];
  assert(found !== undefined, 'An instrument that is read is listed.');
  return found;
}

export function lotsOf(state: EngineState, account: AccountId, instrument: InstrumentId): Lots {
  return lotsOfRow(state.ledger.accounts, account, instrument);
}

export function collateralOf(state: EngineState, account: AccountId, asset: AssetId): Amount {
  return amount(balanceOf(state.ledger.accounts, account, asset, 'collateral'));
}

export function supplySharesOf(state: EngineState, account: AccountId, asset: AssetId): Shares {
  return shares(balanceOf(state.ledger.accounts, account, asset, 'supply'));
}

export function debtSharesOf(state: EngineState, account: AccountId, asset: AssetId): Shares {
  return shares(balanceOf(state.ledger.accounts, account, asset, 'debt'));
}

export function poolOf(state: EngineState, asset: AssetId): LendingPool {
  return lendingPoolOf(state.ledger, asset);
}

/** What the account holds freely: its cash in the settlement asset (signed), a collateral balance otherwise. */
export function holdingOf(state: EngineState, account: AccountId, asset: AssetId): Amount {
  if (isSettlementAsset(state, account, asset)) return cashOf(state.ledger.accounts, account);
  return collateralOf(state, account, asset);
}

/** True when nothing but cash of zero or more, and idle collateral, is left: no position, debt, supply or loan. */
export function isBare(state: EngineState, account: AccountId): boolean {
  const store = state.ledger.accounts;
  return positionCount(store, account) === 0 && balanceCount(store, account) === 0 && loanSharesOf(store, account) === 0n;
}

/** True when the account owes nothing: it may always take its own idle balances out. */
export function isFreeOfRisk(state: EngineState, account: AccountId): boolean {
  const store = state.ledger.accounts;
  if (positionCount(store, account) > 0 || loanSharesOf(store, account) !== 0n) return false;
  if (cashOf(store, account) < ZERO_AMOUNT) return false;
  for (const terms of state.terms.assets) if (debtSharesOf(state, account, terms.id) !== 0n) return false;
  return true;
}

/** Holdings that no pool, fund or AMM has a claim on. */
export function idleHoldingsOf(state: EngineState, asset: AssetId): Amount {
  let idle = sub(holdingsOf(state.ledger, asset), poolOf(state, asset).cash);
  for (const group of state.terms.groups) {
    if (group.settlementAsset !== asset) continue;
    for (const kind of FUND_KINDS) idle = sub(idle, max(fundOf(state.ledger, group.id, kind), ZERO_AMOUNT));
  }
  for (const pool of state.terms.ammPools) {
    if (pool.base === asset || settlementAssetOfGroup(state, pool.group) === asset)
      idle = sub(idle, ammReserveOf(state.ledger, pool.id, asset));
  }
  return isPositive(idle) ? idle : ZERO_AMOUNT;
}

/** True for instruments whose unrealised result counts as settled cash. */
export function isLinearInstrument(state: EngineState, instrument: InstrumentId): boolean {
  return isLinear(instrumentTermsOf(state, instrument).form);
}

/** The sources that may report a feed, in the order of their registration. */
export function sourcesOf(state: EngineState, feed: FeedId): readonly SourceRegistration[] {
  return state.sources.filter(({ feeds }) => feeds.includes(feed)).map(({ registration }) => registration);
}
