/**
 * The legs of a slice: the same fraction of everything the account holds and owes, so that hedges stay whole. Each leg is
 * rounded toward zero, so a slice never reaches past what is there; the whole is exact. Whether a slice may be executed
 * is decided on recomputed figures.
 */

import type { BalanceKind } from '../ledger/legs.ts';
import { sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Amount, type AssetId, type InstrumentId, type Lots, PPM_ONE, type Ppm, ppm, type Ticks } from '../numeric/brand.ts';
import { mulDivTowardZero, mulDivTowardZeroNumber } from '../numeric/rounding.ts';

export interface SlicePosition {
  readonly instrument: InstrumentId;
  readonly lots: Lots;
}

export interface SliceBalance {
  readonly asset: AssetId;
  readonly kind: BalanceKind;
  /** Ledger units (or shares, if the caller counts in shares), not negative for every kind: a debt is what is owed. */
  readonly amount: Amount;
}

export interface SliceSource {
  /** Signed cash of the account, the reserved part included. One ledger unit of a settlement asset is one tick. */
  readonly cash: Amount;
  /** Proceeds of earlier clearings, not negative, not for sale. */
  readonly reservedCash: Amount;
  readonly positions: readonly SlicePosition[];
  readonly balances: readonly SliceBalance[];
}

/** What changes hands from the account to the taker; debts are taken over. Legs of zero are left out. */
export interface Slice {
  readonly fractionPpm: Ppm;
  /** Signed: negative cash is a loan that the taker takes over. */
  readonly cash: Amount;
  readonly positions: readonly SlicePosition[];
  readonly balances: readonly SliceBalance[];
}

/** The fraction of the source, every leg toward zero; 1,000,000 ppm is exactly everything but the reserved cash. */
export function sliceOf(source: SliceSource, fractionPpm: Ppm): Slice {
  assert(fractionPpm > 0 && fractionPpm <= PPM_ONE, 'A slice is more than nothing and at most the whole.');
  assert(source.reservedCash >= 0n, 'Reserved cash is not negative.');
  const part = <T extends bigint>(amount: T): T => mulDivTowardZero(amount, BigInt(fractionPpm), BigInt(PPM_ONE));
  return {
    fractionPpm,
    cash: part(sub(source.cash, source.reservedCash)),
    positions: source.positions
      .map(({ instrument, lots }) => ({ instrument, lots: mulDivTowardZeroNumber(lots, fractionPpm, PPM_ONE) }))
      .filter((position) => position.lots !== 0),
    balances: source.balances
      .map(({ asset, kind, amount }) => ({ asset, kind, amount: part(amount) }))
      .filter((balance) => balance.amount !== 0n),
  };
}

/** True when the slice moves nothing: its fraction is too small for every leg. */
export function isEmptySlice(slice: Slice): boolean {
  return slice.cash === 0n && slice.positions.length === 0 && slice.balances.length === 0;
}

/** Figures at maintenance of one account at one set of prices. */
export interface SliceFigures {
  /** Equity at mark before haircuts. */
  readonly equity: Ticks;
  readonly requirement: Ticks;
  /** Haircut equity less requirement. */
  readonly health: Ticks;
}

/** True when H' ≥ H and, while the account was solvent, E'/R' ≥ E/R (as E'·R ≥ E·R', so a requirement of zero is allowed). */
export function isSliceAcceptable(before: SliceFigures, after: SliceFigures): boolean {
  if (after.health < before.health) return false;
  if (before.equity < 0n) return true;
  const equityAfter: bigint = after.equity;
  const equityBefore: bigint = before.equity;
  return equityAfter * before.requirement >= equityBefore * after.requirement;
}

/** The fraction to try when a slice is not acceptable: twice as much, finally the whole; null after the whole. */
export function nextLargerFraction(fractionPpm: Ppm): Ppm | null {
  assert(fractionPpm > 0, 'A fraction to be enlarged is positive.');
  return fractionPpm >= PPM_ONE ? null : ppm(Math.min(2 * fractionPpm, PPM_ONE));
}
