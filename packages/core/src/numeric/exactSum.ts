/**
 * Exact sums of whole columns without a bigint per row.
 *
 * A 64-bit integer is `high · 2^32 + low` with signed high and unsigned low 32-bit words. Over a chunk of 2^20 rows the highs add
 * up to at most 2^51 in magnitude and the lows to less than 2^52, so two double accumulators hold them exactly, in any order.
 * The word views assume little-endian memory, which `assertLittleEndian` checks at start-up.
 */

import { assert } from './assert.ts';

const CHUNK_ROWS: number = 1_048_576;
const FLOAT_CHUNK_ROWS: number = 1024;
const TWO_53: number = 9_007_199_254_740_992;
const TWO_32: number = 4_294_967_296;

/** Exact sum of `column[from … to−1]`; about two additions a row. */
export function sumBigInt64(column: BigInt64Array, from: number, to: number): bigint {
  assertRange(column.length, from, to);
  const highs = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
  const lows = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  let total = 0n;
  for (let start = from; start < to; start += CHUNK_ROWS) {
    const end = Math.min(start + CHUNK_ROWS, to);
    let high = 0;
    let low = 0;
    // Both views hold two words per row of the column and `end` is at most its length.
    for (let word = 2 * start; word < 2 * end; word += 2) {
      low += lows[word] as number;
      high += highs[word + 1] as number;
    }
    total += BigInt(high) * 4294967296n + BigInt(low);
  }
  return total;
}

/**
 * The 64-bit integer in row `index` as the nearest double: relative error at most 2^-53, exact up to 2^53. `view` is
 * the column seen as 32-bit words (`new Int32Array(column.buffer, column.byteOffset, 2 * column.length)`), so scans read no bigint.
 */
export function approximateAt(view: Int32Array, index: number): number {
  // The caller scans rows of the column, each of which has two words in the view; outside it the result is NaN.
  const low = view[2 * index] as number;
  const high = view[2 * index + 1] as number;
  return high * TWO_32 + (low >>> 0);
}

/** Exact sum of the integer-valued doubles `column[from … to−1]`; asserts that each is an integer. */
export function sumFloat64Exact(column: Float64Array, from: number, to: number): bigint {
  assertRange(column.length, from, to);
  let total = 0n;
  for (let start = from; start < to; start += FLOAT_CHUNK_ROWS) {
    const end = Math.min(start + FLOAT_CHUNK_ROWS, to);
    total += sumFloatChunk(column, start, end);
  }
  return total;
}

/** Asserts that the words of a 64-bit integer lie low first in memory. Called once when an engine starts. */
export function assertLittleEndian(): void {
  const words = new Uint32Array(new BigUint64Array([1n]).buffer);
  assert(words[0] === 1, 'The machine stores the low word of a 64-bit integer first.');
}

function sumFloatChunk(column: Float64Array, start: number, end: number): bigint {
  let sum = 0;
  let magnitudes = 0;
  let integers = true;
  for (let row = start; row < end; row += 1) {
    const value = column[row] as number; // row < end ≤ column.length
    sum += value;
    magnitudes += Math.abs(value);
    integers = integers && Number.isInteger(value);
  }
  assert(integers, 'A column that is summed exactly holds integers.');
  // While the magnitudes stay within 2^53 every partial sum was exact (limits.ts), and the check itself is monotone.
  if (magnitudes < TWO_53) return BigInt(sum);
  let total = 0n;
  for (let row = start; row < end; row += 1) total += BigInt(column[row] as number);
  return total;
}

function assertRange(length: number, from: number, to: number): void {
  assert(
    Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= length,
    'A range of rows lies inside its column.',
  );
}
