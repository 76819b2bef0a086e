/**
 * Conservation from state, recounted over every row after every block: Σ claims = Σ holdings per asset, Σ long = Σ short, shares
 * of accounts = shares of pools, no pool owes more than it has and is owed, and no layer is below zero. A 64-bit column is summed as
 * two columns of 32-bit words in doubles: up to 2^21 rows that is exact, and it makes no bigint per row.
 */

import type { EngineState } from '@plimsoll/core/engine';
import { FUND_KINDS, poolResidual } from '@plimsoll/core/ledger';
import type { Note } from './violation.ts';

/** Sums of a 64-bit column by a key: low words and high words apart. */
class WordSums {
  private readonly lows: Float64Array;
  private readonly highs: Float64Array;

  constructor(size: number) {
    this.lows = new Float64Array(size);
    this.highs = new Float64Array(size);
  }

  add(keys: Int32Array, column: BigInt64Array, count: number): this {
    const { lows, highs } = this;
    const low = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
    const high = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
    // Rows of one key that follow each other are summed in registers: all of them where there is one group.
    let row = 0;
    while (row < count) {
      const key = keys[row] ?? 0;
      let sumLow = 0;
      let sumHigh = 0;
      for (; row < count && keys[row] === key; row += 1) {
        sumLow += low[2 * row] ?? 0;
        sumHigh += high[2 * row + 1] ?? 0;
      }
      lows[key] = (lows[key] ?? 0) + sumLow;
      highs[key] = (highs[key] ?? 0) + sumHigh;
    }
    return this;
  }

  at(key: number): bigint {
    return BigInt(this.highs[key] ?? 0) * 4_294_967_296n + BigInt(this.lows[key] ?? 0);
  }
}

/** Recounts everything. About ten nanoseconds a row and a slot. */
export function checkConservation(state: EngineState, note: Note): void {
  const { ledger } = state;
  const { accounts } = ledger;
  const groups = ledger.groups.length;
  const rows = accounts.rowCount;
  const cash = new WordSums(groups).add(accounts.group, accounts.cash, rows);
  const loanShares = new WordSums(groups).add(accounts.group, accounts.loanShares, rows);
  const loanPrincipal = new WordSums(groups).add(accounts.group, accounts.loanPrincipal, rows);
  // Free slots hold key 0 and value 0.
  const balances = new WordSums(ledger.assets.length * 4).add(
    accounts.balanceKey,
    accounts.balanceValue,
    accounts.balanceSpace.used,
  );
  checkAssets(state, note, { cash, balances });
  checkPools(state, note, { balances, loanShares, loanPrincipal });
  checkLots(state, note);
  checkLayers(state, note);
}

function checkAssets(state: EngineState, note: Note, sums: { readonly cash: WordSums; readonly balances: WordSums }): void {
  const { ledger } = state;
  for (const figures of ledger.assets) {
    if (figures === null) continue;
    const { id } = figures;
    let claims = sums.balances.at(id * 4) + figures.issued + (ledger.pools[id]?.cash ?? 0n);
    for (const group of ledger.groups) {
      if (group === null || group.settlementAsset !== id) continue;
      claims += sums.cash.at(group.id);
      for (const held of group.funds) claims += held;
    }
    for (const amm of ledger.amms) {
      const at = amm?.assets.indexOf(id) ?? -1;
      if (at >= 0) claims += amm?.reserves[at] ?? 0n;
    }
    if (claims !== -figures.outside) note('claimsEqualHoldings', `asset ${id}`, -figures.outside, claims);
  }
}

function checkPools(
  state: EngineState,
  note: Note,
  sums: { readonly balances: WordSums; readonly loanShares: WordSums; readonly loanPrincipal: WordSums },
): void {
  const { ledger } = state;
  for (const pool of ledger.pools) {
    if (pool === null) continue;
    const { asset } = pool;
    let loanShares = 0n;
    let loanPrincipal = 0n;
    for (const group of ledger.groups) {
      if (group?.settlementAsset !== asset) continue;
      loanShares += sums.loanShares.at(group.id);
      loanPrincipal += sums.loanPrincipal.at(group.id);
    }
    const expect = (what: string, expected: bigint, found: bigint): void => {
      if (expected !== found) note('sharesEqualPools', `${what} of pool ${asset}`, expected, found);
    };
    expect('supply shares', pool.supplyShares, sums.balances.at(asset * 4 + 1));
    expect('debt shares', pool.debtShares, sums.balances.at(asset * 4 + 2));
    expect('shares of cash loans', pool.loanShares, loanShares);
    expect('principal of cash loans', pool.loanPrincipal, loanPrincipal);
    if (pool.cash < 0n) note('layerBelowZero', `cash of pool ${asset}`, 'zero or more', pool.cash);
    if (poolResidual(pool) < 0n) note('layerBelowZero', `residual of pool ${asset}`, 'zero or more', poolResidual(pool));
  }
}

/** Lots are integer-valued doubles whose gross sum is a safe integer, so they add exactly. */
function checkLots(state: EngineState, note: Note): void {
  const { accounts } = state.ledger;
  const { positionInstrument, positionLots, instruments } = accounts;
  const net = new Float64Array(Math.max(1, instruments.length));
  const long = new Float64Array(Math.max(1, instruments.length));
  for (let slot = 0; slot < accounts.positionSpace.used; slot += 1) {
    const id = positionInstrument[slot] ?? 0;
    const held = positionLots[slot] ?? 0;
    net[id] = (net[id] ?? 0) + held;
    if (held > 0) long[id] = (long[id] ?? 0) + held;
  }
  for (let id = 0; id < instruments.length; id += 1) {
    if (net[id] !== 0) note('longEqualsShort', `instrument ${id}`, 'as many lots long as short', `${net[id]} more long`);
    if (long[id] !== instruments.longLots[id])
      note('longEqualsShort', `open interest of instrument ${id}`, long[id], instruments.longLots[id]);
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
