/**
 * Reading and growing typed columns. A row outside its column is our own bug and stops the node; hot loops whose bound
 * proves the index read the arrays directly.
 */

import { InvariantViolation } from '../numeric/assert.ts';

/** `column[index]`; asserts that the row exists. */
export function int32At(column: Int32Array, index: number): number {
  const value = column[index];
  if (value === undefined) outside(index, column.length);
  return value;
}

/** `column[index]`; asserts that the row exists. */
export function uint16At(column: Uint16Array, index: number): number {
  const value = column[index];
  if (value === undefined) outside(index, column.length);
  return value;
}

/** `column[index]`; asserts that the row exists. */
export function uint8At(column: Uint8Array, index: number): number {
  const value = column[index];
  if (value === undefined) outside(index, column.length);
  return value;
}

/** `column[index]`; asserts that the row exists. */
export function float64At(column: Float64Array, index: number): number {
  const value = column[index];
  if (value === undefined) outside(index, column.length);
  return value;
}

/** `column[index]`; asserts that the row exists. */
export function bigint64At(column: BigInt64Array, index: number): bigint {
  const value = column[index];
  if (value === undefined) outside(index, column.length);
  return value;
}

/** `list[index]`; asserts that the entry exists. */
export function entryAt<T extends {}>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) outside(index, list.length);
  return value;
}

/** A column of `length` rows that begins with the old content; new rows are `fill`. */
export function grownInt32(column: Int32Array, length: number, fill: number): Int32Array {
  const next = new Int32Array(length);
  next.set(column);
  if (fill !== 0) next.fill(fill, column.length);
  return next;
}

/** A column of `length` rows that begins with the old content; new rows are zero. */
export function grownUint16(column: Uint16Array, length: number): Uint16Array {
  const next = new Uint16Array(length);
  next.set(column);
  return next;
}

/** A column of `length` rows that begins with the old content; new rows are zero. */
export function grownUint8(column: Uint8Array, length: number): Uint8Array {
  const next = new Uint8Array(length);
  next.set(column);
  return next;
}

/** A column of `length` rows that begins with the old content; new rows are zero. */
export function grownFloat64(column: Float64Array, length: number): Float64Array {
  const next = new Float64Array(length);
  next.set(column);
  return next;
}

/** A column of `length` rows that begins with the old content; new rows are zero. */
export function grownBigint64(column: BigInt64Array, length: number): BigInt64Array {
  const next = new BigInt64Array(length);
  next.set(column);
  return next;
}

/** The length to grow to so that `needed` rows fit: the present length doubled as often as it takes. */
export function doubledLength(present: number, needed: number): number {
  let length = Math.max(present, 1);
  while (length < needed) length *= 2;
  return length;
}

function outside(index: number, length: number): never {
  throw new InvariantViolation(`Row ${index} lies outside a column of ${length} rows.`);
}
