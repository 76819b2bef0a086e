/**
 * Space for short runs of slots inside shared columns. A run holds 2^c slots, c being its size class; a run that outgrows
 * its class moves to the next one, and the old place waits in the free list of its class for the next run of that size.
 *
 * The place of a run is history, never meaning: nothing canonical may depend on it.
 */

import { assert } from '../numeric/assert.ts';
import { entryAt } from './columns.ts';

/** Runs up to 2^7 slots: an account has at most 128 positions and 128 balances. */
export const SIZE_CLASSES: number = 8;

export interface RunSpace {
  /** Slots handed out so far, from zero; free runs lie below it. */
  used: number;
  /** Slots that lie in free runs. */
  freeSlots: number;
  /** Starts of free runs by size class, last freed first out. */
  readonly free: readonly number[][];
}

/** A space with no runs. */
export function createRunSpace(): RunSpace {
  return { used: 0, freeSlots: 0, free: Array.from({ length: SIZE_CLASSES }, () => []) };
}

/** The start of a run of `capacity` slots (a power of two up to 128): a freed one, else new at the end. */
export function takeRun(space: RunSpace, capacity: number): number {
  const reused = entryAt(space.free, classOf(capacity)).pop();
  if (reused !== undefined) {
    space.freeSlots -= capacity;
    return reused;
  }
  const start = space.used;
  space.used += capacity;
  return start;
}

/** Returns a run to the free list of its class. The caller has cleared its slots. */
export function releaseRun(space: RunSpace, start: number, capacity: number): void {
  entryAt(space.free, classOf(capacity)).push(start);
  space.freeSlots += capacity;
}

/** A column with one entry per slot. Free slots hold zero. */
export type SlotColumn = Int32Array | Float64Array | BigInt64Array;

/** Where a full run of `count` slots goes on: twice the room, one slot for the first. */
export function takeLargerRun(space: RunSpace, count: number): { readonly start: number; readonly capacity: number } {
  const capacity = Math.max(1, count * 2);
  return { start: takeRun(space, capacity), capacity };
}

/** Moves the `count` slots of a full run to where it goes on, and returns the run they were in. */
export function moveRun(
  space: RunSpace,
  columns: readonly SlotColumn[],
  move: { readonly from: number; readonly to: number; readonly count: number },
): void {
  const { from, to, count } = move;
  if (count === 0) return;
  for (const column of columns) {
    column.copyWithin(to, from, from + count);
    clearSlots(column, from, from + count);
  }
  releaseRun(space, from, count);
}

/** Closes the gap that a removed slot leaves in a run that ends with slot `last`. */
export function removeSlot(columns: readonly SlotColumn[], removed: number, last: number): void {
  for (const column of columns) {
    column.copyWithin(removed, removed + 1, last + 1);
    clearSlots(column, last, last + 1);
  }
}

function clearSlots(column: SlotColumn, from: number, to: number): void {
  if (column instanceof BigInt64Array) column.fill(0n, from, to);
  else column.fill(0, from, to);
}

function classOf(capacity: number): number {
  const sizeClass = 31 - Math.clz32(capacity);
  assert(
    sizeClass >= 0 && sizeClass < SIZE_CLASSES && 1 << sizeClass === capacity,
    'A run holds a power of two of slots, at most 128.',
  );
  return sizeClass;
}
