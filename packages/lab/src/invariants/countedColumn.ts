/**
 * A 64-bit column of the account store as it was after the block before, with its sums by key (group, asset and kind, instrument). A
 * block changes few places of it: all bytes are compared, which costs next to nothing, and the sums move by the places that differ. So
 * they are what a recount of every row gives, without counting again what has not moved.
 */

/** Values that are counted: bigints, or lots as integer-valued doubles. */
export type Values = BigInt64Array | Float64Array;

export interface CountedColumn {
  readonly name: string;
  /** Copies of what was there, their bytes, and the live columns that they were last compared with. */
  keys: Int32Array;
  values: Values;
  bytes: ColumnBytes;
  live: { readonly keys: Int32Array; readonly values: Values; readonly bytes: ColumnBytes };
  /** Σ values by key, and Σ of those above zero. */
  readonly sums: bigint[];
  readonly positive: bigint[];
}

interface ColumnBytes {
  readonly keys: Buffer;
  readonly values: Buffer;
}

/** Counts the first `count` places of a column. */
export function countColumn(name: string, keys: Int32Array, values: Values, count: number): CountedColumn {
  const none = { keys: keys.slice(0, 0), values: values.slice(0, 0) };
  const column: CountedColumn = {
    name,
    ...none,
    bytes: bytesOf(none.keys, none.values, 0),
    live: { keys, values, bytes: bytesOf(keys, values, 0) },
    sums: [],
    positive: [],
  };
  advanceColumn(column, { keys, values, count });
  return column;
}

const NONE: readonly number[] = [];

/** Moves the copies and the sums to the column as it is now; returns the places that differ. A place beyond the end holds zeros. */
export function advanceColumn(
  column: CountedColumn,
  now: { readonly keys: Int32Array; readonly values: Values; readonly count: number },
): readonly number[] {
  const { keys, values, count } = now;
  const isResized = column.keys.length !== count;
  if (column.live.keys !== keys || column.live.values !== values || isResized)
    column.live = { keys, values, bytes: bytesOf(keys, values, count) };
  const { live, bytes } = column;
  if (!isResized && bytes.keys.equals(live.bytes.keys) && bytes.values.equals(live.bytes.values)) return NONE;
  const changed = new Set<number>();
  noteChanged(changed, wordsOf(column.keys, column.keys.length), wordsOf(keys, count), 1);
  noteChanged(changed, wordsOf(column.values, column.values.length), wordsOf(values, count), 2);
  for (const place of changed) {
    add(column, column.keys[place] ?? 0, entryAt(column.values, place), -1n);
    if (place < count) add(column, keys[place] ?? 0, entryAt(values, place), 1n);
  }
  if (isResized) {
    column.keys = keys.slice(0, count);
    column.values = values.slice(0, count);
    column.bytes = bytesOf(column.keys, column.values, count);
  } else {
    bytes.keys.set(live.bytes.keys);
    bytes.values.set(live.bytes.values);
  }
  return [...changed];
}

/** Σ values under a key. */
export function sumAt(column: CountedColumn, key: number): bigint {
  return column.sums[key] ?? 0n;
}

function add({ sums, positive }: CountedColumn, key: number, value: bigint, sign: bigint): void {
  sums[key] = (sums[key] ?? 0n) + sign * value;
  if (value > 0n) positive[key] = (positive[key] ?? 0n) + sign * value;
}

/** A fraction of a lot has no place in a sum: it throws, as the ledger would. */
function entryAt(values: Values, place: number): bigint {
  return BigInt(values[place] ?? 0);
}

function bytesOf(keys: Int32Array, values: Values, count: number): ColumnBytes {
  return {
    keys: Buffer.from(keys.buffer, keys.byteOffset, count * 4),
    values: Buffer.from(values.buffer, values.byteOffset, count * 8),
  };
}

/** The first `count` entries as 32-bit words. */
function wordsOf(column: Int32Array | Values, count: number): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, (count * column.BYTES_PER_ELEMENT) / 4);
}

/** Words compared at once: most of a column is as it was, and comparing memory is cheap. */
const CHUNK_WORDS = 512;

/** Notes the places whose words differ, and those beyond the shorter side's end that hold anything but zeros. */
function noteChanged(changed: Set<number>, before: Int32Array, now: Int32Array, wordsPerPlace: number): void {
  const shared = Math.min(before.length, now.length);
  for (let from = 0; from < shared; from += CHUNK_WORDS) {
    const to = Math.min(shared, from + CHUNK_WORDS);
    if (chunkOf(before, from, to).equals(chunkOf(now, from, to))) continue;
    for (let word = from; word < to; word += 1) if (before[word] !== now[word]) changed.add(Math.floor(word / wordsPerPlace));
  }
  for (const longer of [before, now]) {
    for (let word = shared; word < longer.length; word += 1)
      if (longer[word] !== 0) changed.add(Math.floor(word / wordsPerPlace));
  }
}

function chunkOf(words: Int32Array, from: number, to: number): Buffer {
  return Buffer.from(words.buffer, words.byteOffset + from * 4, (to - from) * 4);
}
