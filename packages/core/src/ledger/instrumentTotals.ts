/**
 * What the ledger knows per instrument: its group, its place in the order of positions, and the lots held long and short.
 * Rows are instrument ids, which are dense: they are given out in order of listing.
 */

import { assert } from '../numeric/assert.ts';
import type { GroupId, InstrumentId, TimeMs, UnderlyingId } from '../numeric/brand.ts';
import { doubledLength, float64At, grownFloat64, grownInt32, int32At } from './columns.ts';

const FIRST_LENGTH: number = 64;
const UNLISTED: number = -1;

/** Identifiers of assets, groups, instruments and pools are dense and below this. */
export const LISTED_MAX: number = 2 ** 20;
/** Most lots long (and most short) over all accounts: gross lots, and every partial sum of them, are safe integers. */
export const OPEN_INTEREST_MAX: number = 2 ** 51;

export interface InstrumentTotals {
  /** One above the largest id registered. */
  length: number;
  /** Settlement group, −1 for an id that was not registered. */
  group: Int32Array;
  underlying: Int32Array;
  /** Expiry in milliseconds, 0 for none: expiring instruments follow the others of their underlying. */
  expiryMs: Float64Array;
  /** Lots held long, and lots held short as a positive number, over all accounts. */
  longLots: Float64Array;
  shortLots: Float64Array;
}

export function createInstrumentTotals(): InstrumentTotals {
  return {
    length: 0,
    group: new Int32Array(FIRST_LENGTH).fill(UNLISTED),
    underlying: new Int32Array(FIRST_LENGTH),
    expiryMs: new Float64Array(FIRST_LENGTH),
    longLots: new Float64Array(FIRST_LENGTH),
    shortLots: new Float64Array(FIRST_LENGTH),
  };
}

/** Makes an instrument known; asserts that it was not. Its place among positions never changes by later listings. */
export function addInstrument(
  totals: InstrumentTotals,
  instrument: {
    readonly id: InstrumentId;
    readonly group: GroupId;
    readonly underlying: UnderlyingId;
    /** 0 for none. */
    readonly expiryMs: TimeMs;
  },
): void {
  const { id } = instrument;
  assert(id < LISTED_MAX, 'Identifiers of what is listed are dense, below 2^20.');
  if (id >= totals.group.length) grow(totals, id + 1);
  assert(int32At(totals.group, id) === UNLISTED, 'An instrument is registered once.');
  totals.group[id] = instrument.group;
  totals.underlying[id] = instrument.underlying;
  totals.expiryMs[id] = instrument.expiryMs;
  totals.length = Math.max(totals.length, id + 1);
}

/** The settlement group of an instrument, −1 when it was not registered. */
export function instrumentGroup(totals: InstrumentTotals, instrument: number): number {
  return instrument < totals.group.length ? int32At(totals.group, instrument) : UNLISTED;
}

/** Lots held long over all accounts. */
export function openInterest(totals: InstrumentTotals, instrument: InstrumentId): number {
  return float64At(totals.longLots, instrument);
}

/** Σ |lots| over all accounts: what a loss per lot is spread over. */
export function grossLots(totals: InstrumentTotals, instrument: InstrumentId): number {
  return float64At(totals.longLots, instrument) + float64At(totals.shortLots, instrument);
}

/** True when positions in `first` stand before positions in `second`: by underlying, expiry, id. */
export function standsBefore(totals: InstrumentTotals, first: number, second: number): boolean {
  const underlying = int32At(totals.underlying, first) - int32At(totals.underlying, second);
  if (underlying !== 0) return underlying < 0;
  const expiry = float64At(totals.expiryMs, first) - float64At(totals.expiryMs, second);
  return expiry !== 0 ? expiry < 0 : first < second;
}

/** Moves the running totals from one position to another of the same account. */
export function moveInstrumentTotals(
  totals: InstrumentTotals,
  change: { readonly instrument: number; readonly lotsBefore: number; readonly lotsAfter: number },
): void {
  const { instrument, lotsBefore, lotsAfter } = change;
  const long = Math.max(lotsAfter, 0) - Math.max(lotsBefore, 0);
  const short = Math.max(-lotsAfter, 0) - Math.max(-lotsBefore, 0);
  totals.longLots[instrument] = float64At(totals.longLots, instrument) + long;
  totals.shortLots[instrument] = float64At(totals.shortLots, instrument) + short;
}

/** Bytes held by the table. */
export function instrumentTotalsBytes(totals: InstrumentTotals): number {
  return totals.group.byteLength * 2 + totals.expiryMs.byteLength * 3;
}

function grow(totals: InstrumentTotals, needed: number): void {
  const length = doubledLength(totals.group.length, needed);
  totals.group = grownInt32(totals.group, length, UNLISTED);
  totals.underlying = grownInt32(totals.underlying, length, 0);
  totals.expiryMs = grownFloat64(totals.expiryMs, length);
  totals.longLots = grownFloat64(totals.longLots, length);
  totals.shortLots = grownFloat64(totals.shortLots, length);
}
