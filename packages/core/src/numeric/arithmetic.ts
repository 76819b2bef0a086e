/**
 * Arithmetic that refuses to mix brands: `add(amount, ticks)` does not compile. The type comes from the first argument
 * alone. Sums are not range-checked here; the range is checked where a value is constructed or written to a column.
 * The number versions check that the result is a safe integer, so they are exact or they stop.
 */

import { assert } from './assert.ts';

/** `a + b`, exact. */
export function add<T extends bigint>(a: T, b: NoInfer<T>): T {
  return ((a as bigint) + (b as bigint)) as T;
}

/** `a − b`, exact. */
export function sub<T extends bigint>(a: T, b: NoInfer<T>): T {
  return ((a as bigint) - (b as bigint)) as T;
}

/** `−a`. */
export function neg<T extends bigint>(a: T): T {
  return -(a as bigint) as T;
}

/** `|a|`. */
export function abs<T extends bigint>(a: T): T {
  return a < 0n ? (-(a as bigint) as T) : a;
}

/** The smaller of two. */
export function min<T extends bigint>(a: T, b: NoInfer<T>): T {
  return a < b ? a : b;
}

/** The larger of two. */
export function max<T extends bigint>(a: T, b: NoInfer<T>): T {
  return a > b ? a : b;
}

/** `value` moved into `[low, high]`; asserts that the interval is not empty. */
export function clampTo<T extends bigint>(value: T, low: NoInfer<T>, high: NoInfer<T>): T {
  assert(low <= high, 'The low end of a clamp is not above its high end.');
  return value < low ? low : value > high ? high : value;
}

/** `a < 0`. */
export function isNegative(a: bigint): boolean {
  return a < 0n;
}

/** `a > 0`. */
export function isPositive(a: bigint): boolean {
  return a > 0n;
}

/** `a = 0`. */
export function isZero(a: bigint): boolean {
  return a === 0n;
}

/** Order of two integers, for `sort`. */
export function compareBigint<T extends bigint>(a: T, b: NoInfer<T>): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sum of all values, `zero` for none; exact, so the order does not matter. The type is that of `zero`. */
export function sum<T extends bigint>(values: Iterable<NoInfer<T>>, zero: T): T {
  let total: bigint = zero;
  for (const value of values) total += value;
  return total as T;
}

/** `a + b`; asserts that the result is a safe integer. */
export function addNumber<T extends number>(a: T, b: NoInfer<T>): T {
  return safe(a + b) as T;
}

/** `a − b`; asserts that the result is a safe integer. */
export function subNumber<T extends number>(a: T, b: NoInfer<T>): T {
  return safe(a - b) as T;
}

/** `−a`, never a negative zero. */
export function negNumber<T extends number>(a: T): T {
  return (0 - a) as T;
}

/** `|a|`. */
export function absNumber<T extends number>(a: T): T {
  return Math.abs(a) as T;
}

/** The smaller of two. */
export function minNumber<T extends number>(a: T, b: NoInfer<T>): T {
  return a < b ? a : b;
}

/** The larger of two. */
export function maxNumber<T extends number>(a: T, b: NoInfer<T>): T {
  return a > b ? a : b;
}

/** `value` moved into `[low, high]`; asserts that the interval is not empty. */
export function clampNumber<T extends number>(value: T, low: NoInfer<T>, high: NoInfer<T>): T {
  assert(low <= high, 'The low end of a clamp is not above its high end.');
  return value < low ? low : value > high ? high : value;
}

/** Order of two numbers, for `sort`; numbers that are not a number are refused. */
export function compareNumber<T extends number>(a: T, b: NoInfer<T>): -1 | 0 | 1 {
  if (a < b) return -1;
  if (a > b) return 1;
  assert(a === b, 'Only numbers have an order.');
  return 0;
}

/** Sum of safe integers, `zero` for none; asserts that every partial sum is a safe integer. */
export function sumNumber<T extends number>(values: Iterable<NoInfer<T>>, zero: T): T {
  let total: number = zero;
  for (const value of values) total = safe(total + value);
  return total as T;
}

function safe(value: number): number {
  assert(Number.isSafeInteger(value), 'A sum of integer-valued numbers is a safe integer.');
  return value + 0;
}
