/**
 * Working memory of `post`: the net change per place, per asset and per instrument of one posting. It lives with the
 * ledger and is used again by every posting, so that a trade allocates nothing but its new figures.
 *
 * Places are found through an open-addressed table whose slots carry the number of the posting that wrote them; starting a posting
 * is one increment. Assets and instruments of one posting are few and are found by a scan.
 */

import { assert } from '../numeric/assert.ts';
import { entryAt, float64At, int32At } from './columns.ts';
import type { LendingPool } from './lendingPool.ts';

/** Codes of places. */
export const PLACE_CASH: number = 0;
export const PLACE_BALANCE: number = 1;
export const PLACE_POOL: number = 2;
export const PLACE_FUND: number = 3;
export const PLACE_AMM: number = 4;
export const PLACE_OUTSIDE: number = 5;
export const PLACE_ISSUED: number = 6;
export const PLACE_POSITION: number = 7;
/** Interest paid on the cash loan of an account, and its new principal. */
export const PLACE_CASH_LOAN: number = 8;
/** How many slots a posting opens less those it closes, per account. */
export const PLACE_POSITION_SLOTS: number = 9;
export const PLACE_BALANCE_SLOTS: number = 10;

const FIRST_ENTRIES: number = 64;

export type PlannedPool = { -readonly [K in keyof LendingPool]: LendingPool[K] };

export interface PostingScratch {
  /** Number of the present posting. */
  generation: number;
  /** Hash slots: the entry, and the posting that put it there. Four per entry. */
  slotEntry: Int32Array;
  slotGeneration: Int32Array;
  /** Net changes, one entry per place. `first` and `second` are what the place code says (account and instrument, for example). */
  entryCount: number;
  entryPlace: Int32Array;
  entryFirst: Int32Array;
  entrySecond: Int32Array;
  entryAmount: bigint[];
  entryLots: Float64Array;
  /** 1 when the entry empties a slot of its account, which is written before others open one. */
  entryCloses: Uint8Array;
  /** True when some entry does. */
  closing: boolean;
  /** The loan of an account after the posting, by cash entry; the principal that a leg asks for, by cash-loan entry. */
  entryLoanShares: bigint[];
  entryLoanPrincipal: bigint[];
  /** True when a leg sizes a cash loan; otherwise the loans of all accounts stay as they are. */
  sizesLoans: boolean;
  /** Sum of the value legs per asset. Lists keep their length; the counts say how much of them is in use. */
  assetCount: number;
  readonly assets: number[];
  readonly assetSums: bigint[];
  /** Per instrument: sum of the position legs, and change of the lots long. */
  instrumentCount: number;
  readonly instruments: number[];
  readonly instrumentSums: number[];
  readonly longChanges: number[];
  /** Pools as they will be. */
  readonly pools: PlannedPool[];
}

export function createPostingScratch(): PostingScratch {
  return {
    generation: 0,
    slotEntry: new Int32Array(FIRST_ENTRIES * 4),
    slotGeneration: new Int32Array(FIRST_ENTRIES * 4),
    entryCount: 0,
    entryPlace: new Int32Array(FIRST_ENTRIES),
    entryFirst: new Int32Array(FIRST_ENTRIES),
    entrySecond: new Int32Array(FIRST_ENTRIES),
    entryAmount: [],
    entryLots: new Float64Array(FIRST_ENTRIES),
    entryCloses: new Uint8Array(FIRST_ENTRIES),
    closing: false,
    entryLoanShares: [],
    entryLoanPrincipal: [],
    sizesLoans: false,
    assetCount: 0,
    assets: [],
    assetSums: [],
    instrumentCount: 0,
    instruments: [],
    instrumentSums: [],
    longChanges: [],
    pools: [],
  };
}

/** Forgets the last posting. */
export function startPosting(scratch: PostingScratch): void {
  if (scratch.generation === 2 ** 31 - 1) {
    scratch.slotGeneration.fill(0);
    scratch.generation = 0;
  }
  scratch.generation += 1;
  scratch.entryCount = 0;
  scratch.closing = false;
  scratch.sizesLoans = false;
  scratch.assetCount = 0;
  scratch.instrumentCount = 0;
  if (scratch.pools.length > 0) scratch.pools.length = 0;
}

/** The entry of a place, made with no change when it is new. */
export function entryOf(scratch: PostingScratch, place: number, first: number, second: number): number {
  const slot = slotOf(scratch, place, first, second);
  if (int32At(scratch.slotGeneration, slot) === scratch.generation) return int32At(scratch.slotEntry, slot);
  if (scratch.entryCount === scratch.entryPlace.length) {
    growEntries(scratch);
    return entryOf(scratch, place, first, second);
  }
  const entry = scratch.entryCount;
  scratch.entryCount = entry + 1;
  scratch.slotEntry[slot] = entry;
  scratch.slotGeneration[slot] = scratch.generation;
  scratch.entryPlace[entry] = place;
  scratch.entryFirst[entry] = first;
  scratch.entrySecond[entry] = second;
  scratch.entryAmount[entry] = 0n;
  scratch.entryLots[entry] = 0;
  scratch.entryCloses[entry] = 0;
  return entry;
}

/** The entry of a place, −1 when the posting does not touch it. */
export function findEntry(scratch: PostingScratch, place: number, first: number, second: number): number {
  const slot = slotOf(scratch, place, first, second);
  return int32At(scratch.slotGeneration, slot) === scratch.generation ? int32At(scratch.slotEntry, slot) : -1;
}

/** Adds to the net amount of a place. */
export function addToEntry(scratch: PostingScratch, entry: number, change: bigint): void {
  scratch.entryAmount[entry] = entryAt(scratch.entryAmount, entry) + change;
}

/** Adds to the net lots (or slots) of a place; asserts a safe integer. */
export function addLotsToEntry(scratch: PostingScratch, entry: number, change: number): void {
  const after = float64At(scratch.entryLots, entry) + change;
  assert(Number.isSafeInteger(after), 'The lots of one place in a posting are a safe integer.');
  scratch.entryLots[entry] = after;
}

/** Adds a value leg to the sum of its asset. */
export function addToAsset(scratch: PostingScratch, asset: number, change: bigint): void {
  const count = scratch.assetCount;
  for (let at = 0; at < count; at += 1) {
    if (scratch.assets[at] === asset) {
      scratch.assetSums[at] = entryAt(scratch.assetSums, at) + change;
      return;
    }
  }
  scratch.assets[count] = asset;
  scratch.assetSums[count] = change;
  scratch.assetCount = count + 1;
}

/** Adds a position leg to the sum of its instrument; asserts a safe integer. */
export function addToInstrument(scratch: PostingScratch, instrument: number, change: number): void {
  const at = instrumentIndex(scratch, instrument);
  const after = entryAt(scratch.instrumentSums, at) + change;
  assert(Number.isSafeInteger(after), 'The lots of one instrument in a posting are a safe integer.');
  scratch.instrumentSums[at] = after;
}

/** Notes by how much the lots long in an instrument change; those short change as much. */
export function addLongChange(scratch: PostingScratch, instrument: number, lotsBefore: number, lotsAfter: number): void {
  const at = instrumentIndex(scratch, instrument);
  const long = Math.max(lotsAfter, 0) - Math.max(lotsBefore, 0);
  scratch.longChanges[at] = entryAt(scratch.longChanges, at) + long;
}

/** The planned figures of the pool, copied from `present` at the first touch. */
export function plannedPool(scratch: PostingScratch, present: LendingPool): PlannedPool {
  for (const pool of scratch.pools) if (pool.asset === present.asset) return pool;
  const planned = { ...present };
  scratch.pools.push(planned);
  return planned;
}

function instrumentIndex(scratch: PostingScratch, instrument: number): number {
  const count = scratch.instrumentCount;
  for (let at = 0; at < count; at += 1) if (scratch.instruments[at] === instrument) return at;
  scratch.instruments[count] = instrument;
  scratch.instrumentSums[count] = 0;
  scratch.longChanges[count] = 0;
  scratch.instrumentCount = count + 1;
  return count;
}

// At most a quarter of the slots are taken, so every probe ends.
function slotOf(scratch: PostingScratch, place: number, first: number, second: number): number {
  const mask = scratch.slotEntry.length - 1;
  let hash = Math.imul(first, 0x85ebca6b) ^ Math.imul(second + (place << 24), 0x9e3779b1);
  hash ^= hash >>> 15;
  let slot = hash & mask;
  while (int32At(scratch.slotGeneration, slot) === scratch.generation) {
    const entry = int32At(scratch.slotEntry, slot);
    if (
      int32At(scratch.entryFirst, entry) === first &&
      int32At(scratch.entrySecond, entry) === second &&
      int32At(scratch.entryPlace, entry) === place
    ) {
      return slot;
    }
    slot = (slot + 1) & mask;
  }
  return slot;
}

function growEntries(scratch: PostingScratch): void {
  const length = scratch.entryPlace.length * 2;
  const { entryPlace, entryFirst, entrySecond, entryLots, entryCloses } = scratch;
  scratch.entryPlace = new Int32Array(length);
  scratch.entryPlace.set(entryPlace);
  scratch.entryFirst = new Int32Array(length);
  scratch.entryFirst.set(entryFirst);
  scratch.entrySecond = new Int32Array(length);
  scratch.entrySecond.set(entrySecond);
  scratch.entryLots = new Float64Array(length);
  scratch.entryLots.set(entryLots);
  scratch.entryCloses = new Uint8Array(length);
  scratch.entryCloses.set(entryCloses);
  scratch.slotEntry = new Int32Array(length * 4);
  scratch.slotGeneration = new Int32Array(length * 4);
  for (let entry = 0; entry < scratch.entryCount; entry += 1) {
    const slot = slotOf(
      scratch,
      int32At(scratch.entryPlace, entry),
      int32At(scratch.entryFirst, entry),
      int32At(scratch.entrySecond, entry),
    );
    scratch.slotEntry[slot] = entry;
    scratch.slotGeneration[slot] = scratch.generation;
  }
}
