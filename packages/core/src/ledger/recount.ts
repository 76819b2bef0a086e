/**
 * Exact totals from the rows, and the laws of conservation checked against them.
 *
 * Columns of 64-bit integers are read as two 32-bit words into double accumulators (numeric/exactSum.ts has the argument),
 * flushed at least every 2^20 rows, so a recount makes no bigint per row and is cheap enough to run after every block of a replay.
 */

import { assetId } from '../numeric/brand.ts';
import { BALANCE_KINDS } from './balances.ts';
import { entryAt, float64At } from './columns.ts';
import type { Ledger } from './ledger.ts';
import { poolResidual } from './lendingPool.ts';

const FLUSH_ROWS: number = 2 ** 20;
const TWO_32: bigint = 2n ** 32n;

/** Totals over all rows. Lists are indexed by id, zero for ids that are not registered. */
export interface LedgerTotals {
  readonly cashByGroup: readonly bigint[];
  readonly loanSharesByGroup: readonly bigint[];
  readonly loanPrincipalByGroup: readonly bigint[];
  readonly collateralByAsset: readonly bigint[];
  readonly supplySharesByAsset: readonly bigint[];
  readonly debtSharesByAsset: readonly bigint[];
  readonly longByInstrument: Float64Array;
  readonly shortByInstrument: Float64Array;
}

/** Recounts everything. Cost: a few nanoseconds per row, position and balance. */
export function recount(ledger: Ledger): LedgerTotals {
  const { accounts } = ledger;
  const rows = accounts.rowCount;
  const groups = ledger.groups.length;
  const { balanceKey, balanceSpace, balanceValue } = accounts;
  const byKey = sumByIndex(balanceValue, balanceKey, balanceSpace.used, ledger.assets.length * 4);
  const { longByInstrument, shortByInstrument } = sumPositions(ledger);
  return {
    cashByGroup: sumByIndex(accounts.cash, accounts.group, rows, groups),
    loanSharesByGroup: sumByIndex(accounts.loanShares, accounts.group, rows, groups),
    loanPrincipalByGroup: sumByIndex(accounts.loanPrincipal, accounts.group, rows, groups),
    collateralByAsset: ledger.assets.map((_, asset) => entryAt(byKey, asset * 4 + BALANCE_KINDS.indexOf('collateral'))),
    supplySharesByAsset: ledger.assets.map((_, asset) => entryAt(byKey, asset * 4 + BALANCE_KINDS.indexOf('supply'))),
    debtSharesByAsset: ledger.assets.map((_, asset) => entryAt(byKey, asset * 4 + BALANCE_KINDS.indexOf('debt'))),
    longByInstrument,
    shortByInstrument,
  };
}

/** A law of conservation that does not hold. */
export interface Violation {
  readonly law: 'claimsEqualHoldings' | 'longEqualsShort' | 'runningEqualsRecount' | 'poolIsWhole' | 'sharesAreEqual';
  /** What it concerns: an asset, group or instrument by id. */
  readonly subject: string;
  readonly expected: bigint;
  readonly found: bigint;
}

/**
 * The laws that do not hold, none when the books are right: Σ claims = Σ holdings per asset, Σ long = Σ short per
 * instrument, running totals equal the recount, share totals equal their pools', and every pool owes no more than it has and is owed.
 */
export function checkConservation(ledger: Ledger): readonly Violation[] {
  const totals = recount(ledger);
  const violations: Violation[] = [];
  const expect = (law: Violation['law'], subject: string, expected: bigint, found: bigint): void => {
    if (expected !== found) violations.push({ law, subject, expected, found });
  };
  for (const [id, figures] of ledger.assets.entries()) {
    if (figures === null) continue;
    expect('claimsEqualHoldings', `asset ${id}`, -figures.outside, claimsOf(ledger, totals, id));
    expect('runningEqualsRecount', `collateral in asset ${id}`, figures.collateral, entryAt(totals.collateralByAsset, id));
  }
  for (const [id, figures] of ledger.groups.entries()) {
    if (figures === null) continue;
    expect('runningEqualsRecount', `cash of group ${id}`, figures.cash, entryAt(totals.cashByGroup, id));
  }
  checkInstruments(ledger, totals, expect);
  checkPools(ledger, totals, expect);
  return violations;
}

type Expect = (law: Violation['law'], subject: string, expected: bigint, found: bigint) => void;

/** What the holdings of an asset are owed to, tokens that the protocol issued itself counted off. */
function claimsOf(ledger: Ledger, totals: LedgerTotals, asset: number): bigint {
  const id = assetId(asset);
  let claims = entryAt(totals.collateralByAsset, asset) + (ledger.assets[asset]?.issued ?? 0n);
  claims += ledger.pools[asset]?.cash ?? 0n;
  for (const group of ledger.groups) {
    if (group === null || group.settlementAsset !== id) continue;
    claims += entryAt(totals.cashByGroup, group.id);
    for (const fund of group.funds) claims += fund;
  }
  for (const amm of ledger.amms) {
    const at = amm?.assets.indexOf(id) ?? -1;
    if (amm !== null && at >= 0) claims += entryAt(amm.reserves, at);
  }
  return claims;
}

function checkInstruments(ledger: Ledger, totals: LedgerTotals, expect: Expect): void {
  const { instruments } = ledger.accounts;
  for (let id = 0; id < instruments.length; id += 1) {
    const long = float64At(totals.longByInstrument, id);
    const short = float64At(totals.shortByInstrument, id);
    const longRunning = float64At(instruments.longLots, id);
    const shortRunning = float64At(instruments.shortLots, id);
    if (long !== short) expect('longEqualsShort', `instrument ${id}`, BigInt(long), BigInt(short));
    if (long !== longRunning || short !== shortRunning) {
      const subject = `lots of instrument ${id}`;
      expect('runningEqualsRecount', `${subject}, long`, BigInt(longRunning), BigInt(long));
      expect('runningEqualsRecount', `${subject}, short`, BigInt(shortRunning), BigInt(short));
    }
  }
}

function checkPools(ledger: Ledger, totals: LedgerTotals, expect: Expect): void {
  for (const [asset, pool] of ledger.pools.entries()) {
    const supply = entryAt(totals.supplySharesByAsset, asset);
    const debt = entryAt(totals.debtSharesByAsset, asset);
    expect('sharesAreEqual', `supply of pool ${asset}`, pool?.supplyShares ?? 0n, supply);
    expect('sharesAreEqual', `debt of pool ${asset}`, pool?.debtShares ?? 0n, debt);
    if (pool === null) continue;
    let loanShares = 0n;
    let loanPrincipal = 0n;
    for (const group of ledger.groups) {
      if (group?.settlementAsset !== pool.asset) continue;
      loanShares += entryAt(totals.loanSharesByGroup, group.id);
      loanPrincipal += entryAt(totals.loanPrincipalByGroup, group.id);
    }
    expect('sharesAreEqual', `cash loans of pool ${asset}`, pool.loanShares, loanShares);
    expect('sharesAreEqual', `principal of cash loans of pool ${asset}`, pool.loanPrincipal, loanPrincipal);
    const residual = poolResidual(pool);
    if (residual < 0n) expect('poolIsWhole', `pool ${asset}`, 0n, residual);
  }
}

/**
 * Exact Σ of a 64-bit column per index in `indexes`, over rows 0 … count − 1. Rows of one index that follow each other are
 * summed in registers, which is all of them where there is one group; each run is added to its index's double accumulators, which
 * hold at most FLUSH_ROWS rows between them before they become bigints.
 */
function sumByIndex(column: BigInt64Array, indexes: Int32Array, count: number, size: number): bigint[] {
  const sums: bigint[] = new Array<bigint>(size).fill(0n);
  const highs = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
  const lows = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  const highSums = new Float64Array(size);
  const lowSums = new Float64Array(size);
  let row = 0;
  while (row < count) {
    const end = Math.min(count, row + FLUSH_ROWS);
    while (row < end) {
      // Rows below `count` exist in both columns, and their indexes are below `size`.
      const index = indexes[row] as number;
      let high = 0;
      let low = 0;
      while (row < end && indexes[row] === index) {
        low += lows[2 * row] as number;
        high += highs[2 * row + 1] as number;
        row += 1;
      }
      highSums[index] = (highSums[index] as number) + high;
      lowSums[index] = (lowSums[index] as number) + low;
    }
    for (let index = 0; index < size; index += 1) {
      const high = highSums[index] as number;
      const low = lowSums[index] as number;
      if (low !== 0 || high !== 0) sums[index] = entryAt(sums, index) + BigInt(high) * TWO_32 + BigInt(low);
    }
    highSums.fill(0);
    lowSums.fill(0);
  }
  return sums;
}

/**
 * Lots long and short per instrument, over all position slots; free slots hold none. Integer-valued doubles add exactly
 * while gross lots are a safe integer, which `post` keeps them (OPEN_INTEREST_MAX); long and short follow from gross and net.
 */
function sumPositions(ledger: Ledger): Pick<LedgerTotals, 'longByInstrument' | 'shortByInstrument'> {
  const { positionInstrument, positionLots, positionSpace, instruments } = ledger.accounts;
  const gross = new Float64Array(instruments.group.length);
  const net = new Float64Array(instruments.group.length);
  const end = positionSpace.used;
  // Slots below `used` exist in both columns, and hold ids that are registered (0 when free).
  for (let slot = 0; slot < end; slot += 1) {
    const index = positionInstrument[slot] as number;
    const held = positionLots[slot] as number;
    gross[index] = (gross[index] as number) + Math.abs(held);
    net[index] = (net[index] as number) + held;
  }
  return {
    longByInstrument: gross.map((lots, index) => (lots + float64At(net, index)) / 2),
    shortByInstrument: gross.map((lots, index) => (lots - float64At(net, index)) / 2),
  };
}
