import { assert } from '../numeric/assert.ts';
import {
  type ConstantBytes,
  constantBytes,
  createRecordShapes,
  findShape,
  keepShape,
  type RecordShape,
  type RecordShapes,
  shapesLike,
  tagOf,
} from './recordShapes.ts';

/**
 * Canonical bytes: one value, one encoding. Keys are sorted by UTF-16 code unit, integers have one form, floats that
 * are not integers are their IEEE bits, absent optional fields do not exist (undefined is refused). Hashes, the
 * journal and snapshots are made of these bytes, so the format is a compatibility promise (see version.ts).
 *
 * Tags: 0 null · 1 false · 2 true · 3 integer number · 4 other number · 5 bigint within 64 bits · 6 larger bigint ·
 * 7 text · 8 bytes · 9 array · 10 object · 11 Float64Array · 12 Int32Array · 13 BigInt64Array.
 */
export type CanonicalValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue };

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const TWO_32 = 4294967296;

/** A growing byte buffer; one instance encodes many values without allocating anew. */
export interface CanonicalWriter {
  bytes: Uint8Array;
  view: DataView;
  length: number;
  /** Shapes of records met before, for writers that live long; null for one value. */
  readonly shapes: RecordShapes | null;
  /** Values of the records being written, one inside the other, and how many are in use. */
  readonly values: unknown[];
  used: number;
}

export function createCanonicalWriter(capacity = 1024): CanonicalWriter {
  return writerOf(capacity, null);
}

/** A writer that remembers the shapes of records: pays when it writes many of few kinds, as the events of blocks are. */
export function createLongLivedWriter(capacity: number): CanonicalWriter {
  return writerOf(capacity, createRecordShapes());
}

function writerOf(capacity: number, shapes: RecordShapes | null): CanonicalWriter {
  const bytes = new Uint8Array(capacity);
  return { bytes, view: new DataView(bytes.buffer), length: 0, shapes, values: [], used: 0 };
}

/** Appends bytes that are canonical already. */
export function appendCanonical(writer: CanonicalWriter, bytes: Uint8Array): void {
  writeRaw(writer, bytes);
}

/** Encodes one value. Cost: linear in its size. */
export function encodeCanonical(value: unknown): Uint8Array {
  const writer = createCanonicalWriter();
  writeCanonical(writer, value);
  return writer.bytes.slice(0, writer.length);
}

/** Appends one value to a writer. Refuses functions, undefined, NaN and infinities: they have no meaning on the wire. */
export function writeCanonical(writer: CanonicalWriter, value: unknown): void {
  switch (typeof value) {
    case 'number':
      return writeNumber(writer, value);
    case 'bigint':
      return writeBigint(writer, value);
    case 'string':
      writeByte(writer, 7);
      return writeText(writer, value);
    case 'boolean':
      return writeByte(writer, value ? 2 : 1);
    case 'object':
      return writeObject(writer, value);
    default:
      assert(false, `A ${typeof value} has no canonical form.`);
  }
}

function writeObject(writer: CanonicalWriter, value: object | null): void {
  if (value === null) return writeByte(writer, 0);
  if (Array.isArray(value)) {
    writeByte(writer, 9);
    writeLength(writer, value.length);
    for (const item of value) writeCanonical(writer, item);
    return;
  }
  if (ArrayBuffer.isView(value)) return writeTypedArray(writer, value);
  const record = value as Readonly<Record<string, unknown>>;
  if (writer.shapes !== null && writeKnown(writer, writer.shapes, record)) return;
  const keys = Object.keys(value);
  if (writer.shapes !== null && keys.length > 0) keepShapeOf(writer.shapes, record, keys);
  sortKeys(keys);
  writeByte(writer, 10);
  writeLength(writer, keys.length);
  for (const key of keys) {
    writeText(writer, key);
    writeCanonical(writer, record[key]);
  }
}

/** Keys by UTF-16 code unit. Records have few keys, and these come nearly sorted or not at all: an insertion sort is fastest. */
function sortKeys(keys: string[]): void {
  for (let i = 1; i < keys.length; i += 1) {
    const key = keys[i] as string;
    let at = i;
    while (at > 0 && (keys[at - 1] as string) > key) {
      keys[at] = keys[at - 1] as string;
      at -= 1;
    }
    keys[at] = key;
  }
}

/** Writes a record whose shape was met before; false, with nothing written, where it was not. */
function writeKnown(writer: CanonicalWriter, shapes: RecordShapes, record: Readonly<Record<string, unknown>>): boolean {
  const known = shapesLike(shapes, record);
  if (known === null) return false;
  for (let i = 0; i < known.length; i += 1) {
    // i < known.length
    const shape = known[i] as RecordShape;
    const { values, used } = writer;
    if (!readValues(record, shape.keys, values, used)) continue;
    // Values of records inside this one go above its own.
    writer.used = used + shape.keys.length;
    writeShaped(writer, shape, used);
    writer.used = used;
    return true;
  }
  return false;
}

/**
 * Reads the values of a record that has exactly these keys in this order to `into[at …]`; false for any other record. A loop over keys is
 * what engines make fast: the properties are read by their place in the record, where reading them by name costs a search each.
 */
function readValues(record: Readonly<Record<string, unknown>>, keys: readonly string[], into: unknown[], at: number): boolean {
  let read = 0;
  for (const key in /* determinism-ok: only the order of the shape is taken, which writes sorted */ record) {
    if (keys[read] !== key) return false;
    into[at + read] = record[key];
    read += 1;
  }
  return read === keys.length;
}

/** Keeps the shape of a record that was met for the first time. */
function keepShapeOf(shapes: RecordShapes, record: Readonly<Record<string, unknown>>, keys: readonly string[]): void {
  const known = shapesLike(shapes, record);
  if (known !== null && findShape(known, keys) === undefined) keepShape(shapes, known, createShape(record, keys));
}

function createShape(record: Readonly<Record<string, unknown>>, keys: readonly string[]): RecordShape {
  const tag = tagOf(record);
  const sorted = [...keys];
  sortKeys(sorted);
  const constants: ConstantBytes[] = [];
  const writer = createCanonicalWriter(64);
  writeByte(writer, 10);
  writeLength(writer, keys.length);
  for (const key of sorted) {
    writeText(writer, key);
    if (key === tag) {
      writeCanonical(writer, record[key]);
      continue;
    }
    constants.push(constantBytes(writer.bytes.slice(0, writer.length)));
    writer.length = 0;
  }
  constants.push(constantBytes(writer.bytes.slice(0, writer.length)));
  const places = sorted.filter((key) => key !== tag).map((key) => keys.indexOf(key));
  return { keys: [...keys], places: Int32Array.from(places), constants };
}

/** A record whose keys stand encoded and sorted already: only its values are left to write. */
function writeShaped(writer: CanonicalWriter, shape: RecordShape, at: number): void {
  const { places, constants } = shape;
  const { values } = writer;
  for (let i = 0; i < places.length; i += 1) {
    // There is one constant per value and one more; `values` holds all of the record's from `at` on.
    writeConstant(writer, constants[i] as ConstantBytes);
    const value = values[at + (places[i] as number)];
    // Ids and sizes: most values of most records.
    if (typeof value === 'number' && (value | 0) === value && value >= 0) writeIndex(writer, value);
    else writeCanonical(writer, value);
  }
  writeConstant(writer, constants[places.length] as ConstantBytes);
}

function writeConstant(writer: CanonicalWriter, { words, length }: ConstantBytes): void {
  reserve(writer, words.length * 4);
  const { view, length: at } = writer;
  // Whole words: what the last one writes too much is written over next, or lies beyond the length.
  for (let i = 0; i < words.length; i += 1) view.setInt32(at + i * 4, words[i] as number, true);
  writer.length = at + length;
}

function writeTypedArray(writer: CanonicalWriter, value: ArrayBufferView): void {
  if (value instanceof Uint8Array) {
    writeByte(writer, 8);
    writeLength(writer, value.length);
    return writeRaw(writer, value);
  }
  if (value instanceof Float64Array) {
    writeByte(writer, 11);
    writeLength(writer, value.length);
    reserve(writer, value.length * 8);
    let doubt = 0;
    for (const item of value) {
      doubt += item - item; // stays zero while all are finite
      writer.view.setFloat64(writer.length, item === 0 ? 0 : item, true);
      writer.length += 8;
    }
    assert(doubt === 0, 'A column with a float that is not finite has no canonical form.');
    return;
  }
  const isShort = value instanceof Int32Array;
  assert(
    isShort || value instanceof BigInt64Array,
    'Only Uint8Array, Float64Array, Int32Array and BigInt64Array have a canonical form.',
  );
  writeByte(writer, isShort ? 12 : 13);
  writeLength(writer, value.length);
  writeRaw(writer, bytesOfColumn(value));
}

/** A column as it stands in memory, which is how it stands on the wire. */
export function bytesOfColumn(column: Float64Array | Int32Array | BigInt64Array): Uint8Array {
  const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  assert(isLittleEndian, 'Columns are copied as they stand in memory, which is right on little-endian machines.');
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function writeNumber(writer: CanonicalWriter, value: number): void {
  if (Number.isSafeInteger(value)) {
    reserve(writer, 9);
    const magnitude = value < 0 ? -value : value;
    const high = Math.floor(magnitude / TWO_32);
    writer.bytes[writer.length] = 3;
    writer.view.setUint32(writer.length + 1, magnitude - high * TWO_32, true);
    writer.view.setInt32(writer.length + 5, value < 0 ? -high - 1 : high, true);
    writer.length += 9;
    return;
  }
  assert(Number.isFinite(value), `${value} has no canonical form.`);
  reserve(writer, 9);
  writer.bytes[writer.length] = 4;
  writer.view.setFloat64(writer.length + 1, value, true);
  writer.length += 9;
}

/** `writeNumber` of an integer from 0 to 2^31 − 1. */
function writeIndex(writer: CanonicalWriter, value: number): void {
  reserve(writer, 9);
  const { view, length } = writer;
  view.setUint8(length, 3);
  view.setInt32(length + 1, value, true);
  view.setInt32(length + 5, 0, true);
  writer.length = length + 9;
}

function writeBigint(writer: CanonicalWriter, value: bigint): void {
  if (value >= INT64_MIN && value <= INT64_MAX) {
    reserve(writer, 9);
    writer.bytes[writer.length] = 5;
    writer.view.setBigInt64(writer.length + 1, value, true);
    writer.length += 9;
    return;
  }
  writeByte(writer, 6);
  writeText(writer, value.toString(16));
}

/** Text is UTF-8; lone surrogates are refused because they do not survive a round trip. */
function writeText(writer: CanonicalWriter, text: string): void {
  const length = text.length;
  reserve(writer, 4 + length);
  let at = writer.length + 4;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return writeWideText(writer, text);
    writer.bytes[at] = code;
    at += 1;
  }
  writer.view.setUint32(writer.length, length, true);
  writer.length = at;
}

function writeWideText(writer: CanonicalWriter, text: string): void {
  const bytes: number[] = [];
  for (const symbol of text) {
    const code = symbol.codePointAt(0) ?? 0;
    assert(code < 0xd800 || code > 0xdfff, 'Text with a lone surrogate has no canonical form.');
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  writeLength(writer, bytes.length);
  writeRaw(writer, Uint8Array.from(bytes));
}

function writeByte(writer: CanonicalWriter, byte: number): void {
  reserve(writer, 1);
  writer.bytes[writer.length] = byte;
  writer.length += 1;
}

function writeLength(writer: CanonicalWriter, length: number): void {
  reserve(writer, 4);
  writer.view.setUint32(writer.length, length, true);
  writer.length += 4;
}

function writeRaw(writer: CanonicalWriter, bytes: Uint8Array): void {
  reserve(writer, bytes.length);
  writer.bytes.set(bytes, writer.length);
  writer.length += bytes.length;
}

function reserve(writer: CanonicalWriter, extra: number): void {
  const needed = writer.length + extra;
  if (needed <= writer.bytes.length) return;
  let capacity = writer.bytes.length * 2;
  while (capacity < needed) capacity *= 2;
  const grown = new Uint8Array(capacity);
  grown.set(writer.bytes.subarray(0, writer.length));
  writer.bytes = grown;
  writer.view = new DataView(grown.buffer);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
