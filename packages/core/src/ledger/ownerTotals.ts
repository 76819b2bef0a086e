/**
 * What the ledger knows per owner: how many accounts, which ones, and the gross lots per instrument over all of them,
 * because size charges count an owner's accounts together.
 *
 * An owner with one account needs no entry for the gross: it is that account's own position. Entries exist only for
 * owners who ever opened a second account, which keeps a million single-account owners at 25 MB or less. Both tables are open-addressed
 * hash tables in typed arrays; a look-up costs about one cache miss. Everything here is derived from the account rows.
 */

import { assert } from '../numeric/assert.ts';
import { float64At, int32At } from './columns.ts';

const EMPTY: number = -1;
const FIRST_LENGTH: number = 1024;

export interface OwnerTotals {
  /** Owner ids by hash slot, −1 for none. */
  ownerId: Int32Array;
  /** Accounts open now, by the same slot. */
  ownerOpen: Int32Array;
  /** The newest account row, the head of a list that runs through the store's `previousOfOwner`. */
  ownerNewest: Int32Array;
  ownerCount: number;
  /** Gross lots by hash slot of (owner, instrument), for owners with two or more rows. */
  grossOwner: Int32Array;
  grossInstrument: Int32Array;
  grossLots: Float64Array;
  /** Slots taken, entries that fell back to zero included; those are dropped when the table is rebuilt. */
  grossCount: number;
}

export function createOwnerTotals(): OwnerTotals {
  return {
    ownerId: new Int32Array(FIRST_LENGTH).fill(EMPTY),
    ownerOpen: new Int32Array(FIRST_LENGTH),
    ownerNewest: new Int32Array(FIRST_LENGTH).fill(EMPTY),
    ownerCount: 0,
    grossOwner: new Int32Array(FIRST_LENGTH).fill(EMPTY),
    grossInstrument: new Int32Array(FIRST_LENGTH),
    grossLots: new Float64Array(FIRST_LENGTH),
    grossCount: 0,
  };
}

/** Bytes held by the tables. */
export function ownerTotalsBytes(totals: OwnerTotals): number {
  return totals.ownerId.byteLength * 3 + totals.grossOwner.byteLength * 2 + totals.grossLots.byteLength;
}

/** Notes a new account row of the owner. Returns the owner's row before it, or −1. */
export function addOwnerRow(totals: OwnerTotals, owner: number, row: number): number {
  if ((totals.ownerCount + 1) * 4 > totals.ownerId.length * 3) growOwners(totals);
  const slot = ownerSlot(totals.ownerId, owner);
  if (int32At(totals.ownerId, slot) === EMPTY) {
    totals.ownerId[slot] = owner;
    totals.ownerCount += 1;
  }
  const previous = int32At(totals.ownerNewest, slot);
  totals.ownerNewest[slot] = row;
  totals.ownerOpen[slot] = int32At(totals.ownerOpen, slot) + 1;
  return previous;
}

/** Notes that one of the owner's accounts closed. */
export function closeOwnerRow(totals: OwnerTotals, owner: number): void {
  const slot = ownerSlot(totals.ownerId, owner);
  const open = int32At(totals.ownerOpen, slot);
  assert(int32At(totals.ownerId, slot) === owner && open > 0, 'An account that closes was counted for its owner.');
  totals.ownerOpen[slot] = open - 1;
}

/** Accounts of the owner that are open. */
export function openAccountsOfOwner(totals: OwnerTotals, owner: number): number {
  return int32At(totals.ownerOpen, ownerSlot(totals.ownerId, owner));
}

/** The owner's newest account row, or −1. */
export function newestRowOfOwner(totals: OwnerTotals, owner: number): number {
  return int32At(totals.ownerNewest, ownerSlot(totals.ownerId, owner));
}

/** Gross lots noted for (owner, instrument), zero for none. Complete only for owners with two or more rows. */
export function notedGrossLots(totals: OwnerTotals, owner: number, instrument: number): number {
  const slot = grossSlot(totals.grossOwner, totals.grossInstrument, owner, instrument);
  return float64At(totals.grossLots, slot);
}

/** Adds to the gross lots of (owner, instrument). */
export function addGrossLots(totals: OwnerTotals, owner: number, instrument: number, change: number): void {
  if ((totals.grossCount + 1) * 4 > totals.grossOwner.length * 3) rebuildGross(totals);
  const slot = grossSlot(totals.grossOwner, totals.grossInstrument, owner, instrument);
  if (int32At(totals.grossOwner, slot) === EMPTY) {
    totals.grossOwner[slot] = owner;
    totals.grossInstrument[slot] = instrument;
    totals.grossCount += 1;
  }
  const after = float64At(totals.grossLots, slot) + change;
  assert(after >= 0 && after <= Number.MAX_SAFE_INTEGER, 'The gross lots of an owner are a safe integer, not negative.');
  totals.grossLots[slot] = after;
}

// Tables have a power of two of slots and at least a quarter of them empty, so every probe below ends.

function ownerSlot(ids: Int32Array, owner: number): number {
  const mask = ids.length - 1;
  let slot = mixed(owner) & mask;
  for (;;) {
    const id = int32At(ids, slot);
    if (id === owner || id === EMPTY) return slot;
    slot = (slot + 1) & mask;
  }
}

function grossSlot(owners: Int32Array, instruments: Int32Array, owner: number, instrument: number): number {
  const mask = owners.length - 1;
  let slot = mixed(mixed(owner) ^ Math.imul(instrument, 0x9e3779b1)) & mask;
  for (;;) {
    const id = int32At(owners, slot);
    if (id === EMPTY || (id === owner && int32At(instruments, slot) === instrument)) return slot;
    slot = (slot + 1) & mask;
  }
}

function mixed(key: number): number {
  let hash = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function growOwners(totals: OwnerTotals): void {
  const { ownerId, ownerOpen, ownerNewest } = totals;
  const length = ownerId.length * 2;
  totals.ownerId = new Int32Array(length).fill(EMPTY);
  totals.ownerOpen = new Int32Array(length);
  totals.ownerNewest = new Int32Array(length).fill(EMPTY);
  for (let from = 0; from < ownerId.length; from += 1) {
    const owner = int32At(ownerId, from);
    if (owner === EMPTY) continue;
    const slot = ownerSlot(totals.ownerId, owner);
    totals.ownerId[slot] = owner;
    totals.ownerOpen[slot] = int32At(ownerOpen, from);
    totals.ownerNewest[slot] = int32At(ownerNewest, from);
  }
}

function rebuildGross(totals: OwnerTotals): void {
  const { grossOwner, grossInstrument, grossLots } = totals;
  let live = 0;
  for (let from = 0; from < grossLots.length; from += 1) if (float64At(grossLots, from) !== 0) live += 1;
  // Twice the room only when entries in use need it: half of the present table is enough for fewer.
  const length = live * 2 > grossOwner.length ? grossOwner.length * 2 : grossOwner.length;
  totals.grossOwner = new Int32Array(length).fill(EMPTY);
  totals.grossInstrument = new Int32Array(length);
  totals.grossLots = new Float64Array(length);
  totals.grossCount = live;
  for (let from = 0; from < grossLots.length; from += 1) {
    const lots = float64At(grossLots, from);
    if (lots === 0) continue;
    const owner = int32At(grossOwner, from);
    const instrument = int32At(grossInstrument, from);
    const slot = grossSlot(totals.grossOwner, totals.grossInstrument, owner, instrument);
    totals.grossOwner[slot] = owner;
    totals.grossInstrument[slot] = instrument;
    totals.grossLots[slot] = lots;
  }
}
