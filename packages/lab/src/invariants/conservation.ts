/**
 * Conservation from state, over every row after every block: Σ claims = Σ holdings per asset, Σ long = Σ short, shares of accounts
 * = shares of pools, no pool owes more than it has and is owed, and no layer is below zero. The sums are those of `countedColumn.ts`.
 */

import type { EngineState } from '@plimsoll/core/engine';
import { FUND_KINDS, poolResidual } from '@plimsoll/core/ledger';
import { type CountedColumn, sumAt } from './countedColumn.ts';
import type { Note } from './violation.ts';

/** The columns that value sits in, counted. */
export interface CountedRows {
  /** By group. */
  readonly cash: CountedColumn;
  readonly loanShares: CountedColumn;
  readonly loanPrincipal: CountedColumn;
  /** By asset · 4 + kind; free slots hold key 0 and value 0. */
  readonly balances: CountedColumn;
  /** By instrument. */
  readonly lots: CountedColumn;
}

/** Compares the counted rows with what the ledger says of pools, funds, holdings and open interest. */
export function checkConservation(state: EngineState, rows: CountedRows, note: Note): void {
  checkAssets(state, rows, note);
  checkPools(state, rows, note);
  checkLots(state, rows.lots, note);
  checkLayers(state, note);
}

function checkAssets(state: EngineState, rows: CountedRows, note: Note): void {
  const { ledger } = state;
  for (const figures of ledger.assets) {
    if (figures === null) continue;
    const { id } = figures;
    let claims = sumAt(rows.balances, id * 4) + figures.issued + (ledger.pools[id]?.cash ?? 0n);
    for (const group of ledger.groups) {
      if (group === null || group.settlementAsset !== id) continue;
      claims += sumAt(rows.cash, group.id);
      for (const held of group.funds) claims += held;
    }
    for (const amm of ledger.amms) {
      const at = amm?.assets.indexOf(id) ?? -1;
      if (at >= 0) claims += amm?.reserves[at] ?? 0n;
    }
    if (claims !== -figures.outside) note('claimsEqualHoldings', `asset ${id}`, -figures.outside, claims);
  }
}

function checkPools(state: EngineState, rows: CountedRows, note: Note): void {
  const { ledger } = state;
  for (const pool of ledger.pools) {
    if (pool === null) continue;
    const { asset } = pool;
    let loanShares = 0n;
    let loanPrincipal = 0n;
    for (const group of ledger.groups) {
      if (group?.settlementAsset !== asset) continue;
      loanShares += sumAt(rows.loanShares, group.id);
      loanPrincipal += sumAt(rows.loanPrincipal, group.id);
    }
    const expect = (what: string, expected: bigint, found: bigint): void => {
      if (expected !== found) note('sharesEqualPools', `${what} of pool ${asset}`, expected, found);
    };
    expect('supply shares', pool.supplyShares, sumAt(rows.balances, asset * 4 + 1));
    expect('debt shares', pool.debtShares, sumAt(rows.balances, asset * 4 + 2));
    expect('shares of cash loans', pool.loanShares, loanShares);
    expect('principal of cash loans', pool.loanPrincipal, loanPrincipal);
    if (pool.cash < 0n) note('layerBelowZero', `cash of pool ${asset}`, 'zero or more', pool.cash);
    if (poolResidual(pool) < 0n) note('layerBelowZero', `residual of pool ${asset}`, 'zero or more', poolResidual(pool));
  }
}

function checkLots(state: EngineState, lots: CountedColumn, note: Note): void {
  const { instruments } = state.ledger.accounts;
  for (let id = 0; id < instruments.length; id += 1) {
    const net = sumAt(lots, id);
    const long = lots.positive[id] ?? 0n;
    if (net !== 0n) note('longEqualsShort', `instrument ${id}`, 'as many lots long as short', `${net} more long`);
    if (long !== BigInt(instruments.longLots[id] ?? 0))
      note('longEqualsShort', `open interest of instrument ${id}`, long, instruments.longLots[id]);
  }
}

/** Funds and reserves: never below zero, the deficit never above; `socialised` is a clearing account and may be either. */
function checkLayers(state: EngineState, note: Note): void {
  for (const group of state.ledger.groups) {
    if (group === null) continue;
    for (const [index, fund] of FUND_KINDS.entries()) {
      const held = group.funds[index] ?? 0n;
      if (fund === 'socialised') continue;
      if (fund === 'deficit' ? held > 0n : held < 0n)
        note('layerBelowZero', `fund ${fund} of group ${group.id}`, fund === 'deficit' ? 'zero or less' : 'zero or more', held);
    }
  }
  for (const amm of state.ledger.amms) {
    for (const reserve of amm?.reserves ?? [])
      if (reserve < 0n) note('layerBelowZero', `reserve of AMM pool ${amm?.id ?? ''}`, 'zero or more', reserve);
  }
}
