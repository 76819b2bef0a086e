import { collateralOf, type EngineState, figuresOf, isOpenAccount, lotsOf, saleValueOf, trancheNav } from '@plimsoll/core/engine';
import {
  balanceCount,
  balanceOf,
  FUND_KINDS,
  fundOf,
  holdingsOf,
  positionCount,
  recount,
  supplyValue,
} from '@plimsoll/core/ledger';
import { healthClass } from '@plimsoll/core/liquidation';
import { type AccountId, type AssetId, assetId, shares } from '@plimsoll/core/numeric';
import { MAIN_GROUP, SETTLEMENT } from '../../worlds/createWorld.ts';
import type { BalanceSheetRow, HealthSample, PartyResult } from '../outcome.ts';
import { LOT_NANO } from './assumptions.ts';
import { NANO_SQUARED_PER_MICRO } from './observeSales.ts';
import type { Scene } from './scene.ts';

/**
 * Counts users' accounts by health class. `isOpened` leaves out vaults that do not exist yet. A vault's borrowing limit is its
 * liquidation threshold, so it is healthy unless the engine lists it below maintenance: only those are computed.
 */
export function sampleHealth(scene: Scene, timeMs: number, isOpened: (vaultPlace: number) => boolean): HealthSample {
  const { view, state } = scene.world.engine;
  const store = state.ledger.accounts;
  const counts = { healthy: 0, restricted: 0, liquidatable: 0, insolvent: 0, closed: 0 };
  const look = (account: AccountId): void => {
    if (positionCount(store, account) === 0 && balanceCount(store, account) === 0 && (store.cash[account] ?? 0n) >= 0n)
      counts.closed += 1;
    else counts[healthClass(figuresOf(view, account, view.scanned))] += 1;
  };
  scene.vaults.forEach((account, place) => {
    if (!isOpened(place)) return;
    if (state.below.has(account) || balanceCount(store, account) === 0) look(account);
    else counts.healthy += 1;
  });
  for (const account of scene.traders) look(account);
  return { timeMs, ...counts };
}

/** Equity of an account at the market: at the oracle, moved by all its ether times the gap between the two. */
export function equityAtMarket(scene: Scene, account: AccountId, marketNano: bigint): bigint {
  const { view, state } = scene.world.engine;
  if (!isOpenAccount(state, account)) return 0n;
  return saleValueOf(view, account) + (etherOf(scene, account) * (marketNano - oracleNano(state))) / NANO_SQUARED_PER_MICRO;
}

function etherOf({ world, asset, instrument }: Scene, account: AccountId): bigint {
  const { state } = world.engine;
  return collateralOf(state, account, asset) + BigInt(lotsOf(state, account, instrument)) * LOT_NANO;
}

function oracleNano(state: EngineState): bigint {
  return state.feeds[1]?.aggregate?.price ?? 1n;
}

export interface Standing {
  readonly owners: bigint;
  readonly traders: bigint;
  readonly marketMaker: bigint;
  readonly suppliers: bigint;
  readonly backstop: bigint;
  readonly funds: bigint;
  /** Σ max(0, −equity) over vaults, traders and market maker. */
  readonly deficit: bigint;
}

/** Where everybody stands at a market price; positive equities only, what is below zero is in `deficit`. */
export function standingAt(scene: Scene, marketNano: bigint): Standing {
  const { state, view } = scene.world.engine;
  let deficit = 0n;
  const positive = (accounts: readonly AccountId[]): bigint =>
    accounts.reduce((sum, account) => {
      const equity = equityAtMarket(scene, account, marketNano);
      if (equity < 0n) deficit -= equity;
      return equity > 0n ? sum + equity : sum;
    }, 0n);
  const pool = state.ledger.pools[SETTLEMENT] ?? null;
  const held = shares(balanceOf(state.ledger.accounts, scene.lender, SETTLEMENT, 'supply'));
  const [tranche] = state.tranches;
  const gap =
    tranche === undefined ? 0n : (etherOf(scene, tranche.account) * (marketNano - oracleNano(state))) / NANO_SQUARED_PER_MICRO;
  const funds = FUND_KINDS.filter((kind) => kind === 'insurance' || kind === 'protocol' || kind === 'recovery');
  return {
    owners: positive(scene.vaults),
    traders: positive(scene.traders),
    marketMaker: positive([scene.marketMaker]),
    suppliers: pool === null ? 0n : supplyValue(pool, held),
    backstop: tranche === undefined ? 0n : trancheNav(view, tranche) + gap,
    funds: funds.reduce((sum, kind) => sum + fundOf(state.ledger, MAIN_GROUP, kind), pool?.reserve ?? 0n),
    deficit,
  };
}

/** Start and end of every party that was there at the start. */
export function partiesOf(start: Standing, end: Standing): readonly PartyResult[] {
  return [
    { party: 'vault owners', startMicro: start.owners, endMicro: end.owners },
    { party: 'perpetual traders', startMicro: start.traders, endMicro: end.traders },
    { party: 'market maker', startMicro: start.marketMaker, endMicro: end.marketMaker },
    { party: 'suppliers of DAI', startMicro: start.suppliers, endMicro: end.suppliers },
    { party: 'backstop', startMicro: start.backstop, endMicro: end.backstop },
    { party: 'insurance, protocol and reserve', startMicro: start.funds, endMicro: end.funds },
  ];
}

/** Claims and holdings of every asset from a recount of all rows: Σ claims = Σ holdings, to the unit. */
export function balanceSheetOf(scene: Scene): readonly BalanceSheetRow[] {
  const { state } = scene.world.engine;
  const totals = recount(state.ledger);
  return state.terms.assets.map((terms) => rowOf(state, terms.id, totals.collateralByAsset[terms.id] ?? 0n, totals.cashByGroup));
}

function rowOf(state: EngineState, asset: AssetId, collateral: bigint, cashByGroup: readonly bigint[]): BalanceSheetRow {
  const terms = state.terms.assets[asset];
  const parts: { name: string; units: bigint }[] = [
    { name: 'collateral of accounts', units: collateral },
    { name: 'lending pool', units: state.ledger.pools[asset]?.cash ?? 0n },
  ];
  for (const group of state.terms.groups) {
    if (group.settlementAsset !== asset) continue;
    parts.push({ name: 'cash of accounts', units: cashByGroup[group.id] ?? 0n });
    for (const kind of FUND_KINDS) parts.push({ name: kind, units: fundOf(state.ledger, group.id, kind) });
  }
  return {
    asset: terms?.symbol ?? String(asset),
    ledgerDecimals: terms?.ledgerDecimals ?? 0,
    claims: parts.reduce((sum, part) => sum + part.units, 0n),
    holdings: holdingsOf(state.ledger, assetId(asset)),
    parts,
  };
}
