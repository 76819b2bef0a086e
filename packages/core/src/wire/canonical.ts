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
  return { bytes, view: new DataView(bytes.buffer), length: 0, shapes };
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
  const keys = Object.keys(value);
  if (writer.shapes !== null && keys.length > 0) return writeShaped(writer, record, shapeOf(writer.shapes, record, keys));
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

/** The shape of a record, made when it is met for the first time. */
function shapeOf(shapes: RecordShapes, record: Readonly<Record<string, unknown>>, keys: readonly string[]): RecordShape {
  const known = shapesLike(shapes, record, keys);
  const found = findShape(known, keys);
  if (found !== undefined) return found;
  const shape = createShape(record, keys);
  keepShape(shapes, known, shape);
  return shape;
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
  return { keys: [...keys], valued: sorted.filter((key) => key !== tag), constants };
}

/** A record whose keys stand encoded and sorted already: only its values are left to write. */
function writeShaped(writer: CanonicalWriter, record: Readonly<Record<string, unknown>>, shape: RecordShape): void {
  const { valued, constants } = shape;
  for (let i = 0; i < valued.length; i += 1) {
    // There is one constant per value and one more.
    writeConstant(writer, constants[i] as ConstantBytes);
    const value = record[valued[i] as string];
    // Ids and sizes: most values of most records.
    if (typeof value === 'number' && (value | 0) === value && value >= 0) writeIndex(writer, value);
    else writeCanonical(writer, value);
  }
  writeConstant(writer, constants[valued.length] as ConstantBytes);
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
    for (const item of value) {
      writer.view.setFloat64(writer.length, item === 0 ? 0 : item, true);
      writer.length += 8;
    }
    return;
  }
  if (value instanceof Int32Array) {
    writeByte(writer, 12);
    writeLength(writer, value.length);
    reserve(writer, value.length * 4);
    for (const item of value) {
      writer.view.setInt32(writer.length, item, true);
      writer.length += 4;
    }
    return;
  }
  assert(value instanceof BigInt64Array, 'Only Uint8Array, Float64Array, Int32Array and BigInt64Array have a canonical form.');
  writeByte(writer, 13);
  writeLength(writer, value.length);
  reserve(writer, value.length * 8);
  for (const item of value) {
    writer.view.setBigInt64(writer.length, item, true);
    writer.length += 8;
  }
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

/** What was wrong with bytes that are not canonical, and where. */
export interface CanonicalError {
  readonly offset: number;
  readonly reason: string;
}

export type Decoded =
  | { readonly ok: true; readonly value: CanonicalValue }
  | { readonly ok: false; readonly error: CanonicalError };

/** Decodes bytes that hold exactly one canonical value; anything else, also a second form of the same value, is refused. */
export function decodeCanonical(bytes: Uint8Array): Decoded {
  const reader: Reader = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
    error: null,
    texts: new Map(),
  };
  const value = readValue(reader, 0);
  if (reader.error !== null) return { ok: false, error: reader.error };
  if (reader.at !== bytes.length) return { ok: false, error: { offset: reader.at, reason: 'bytes left over after the value' } };
  return { ok: true, value };
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  error: CanonicalError | null;
  /** Short texts that were read before, by a mix of their bytes. */
  readonly texts: Map<number, string>;
}

const SHORT_TEXT_MAX = 24;
const TEXTS_MAX = 1_024;

const DEPTH_MAX = 64;

function readValue(reader: Reader, depth: number): CanonicalValue {
  if (depth > DEPTH_MAX) return fail(reader, `nested deeper than ${DEPTH_MAX}`);
  if (!has(reader, 1)) return null;
  const tag = reader.bytes[reader.at];
  reader.at += 1;
  switch (tag) {
    case 0:
      return null;
    case 1:
      return false;
    case 2:
      return true;
    case 3:
      return readInteger(reader);
    case 4:
      return readFloat(reader);
    case 5: {
      if (!has(reader, 8)) return null;
      const value = reader.view.getBigInt64(reader.at, true);
      reader.at += 8;
      return value;
    }
    case 6:
      return readLargeBigint(reader);
    case 7:
      return readText(reader);
    case 8: {
      const length = readLength(reader, 1);
      const value = reader.bytes.slice(reader.at, reader.at + length);
      reader.at += length;
      return value;
    }
    case 9: {
      const length = readLength(reader, 1);
      const items: CanonicalValue[] = [];
      for (let i = 0; i < length && reader.error === null; i += 1) items.push(readValue(reader, depth + 1));
      return items;
    }
    case 10:
      return readRecord(reader, depth);
    case 11:
    case 12:
    case 13:
      return readColumn(reader, tag);
    default:
      reader.at -= 1;
      return fail(reader, `unknown tag ${tag}`);
  }
}

function readRecord(reader: Reader, depth: number): CanonicalValue {
  const length = readLength(reader, 5);
  const record: Record<string, CanonicalValue> = {};
  let previous: string | null = null;
  for (let i = 0; i < length && reader.error === null; i += 1) {
    const key = readText(reader);
    if (previous !== null && compareText(previous, key) >= 0) return fail(reader, `key "${key}" is out of order or repeated`);
    previous = key;
    const value = readValue(reader, depth + 1);
    // Assigning this one key would set the prototype instead; defining every key would cost ten times as much.
    if (key === '__proto__') Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
    else record[key] = value;
  }
  return record;
}

function readColumn(reader: Reader, tag: number): CanonicalValue {
  const width = tag === 12 ? 4 : 8;
  const length = readLength(reader, width);
  const start = reader.at;
  reader.at += length * width;
  if (tag === 11) {
    const column = new Float64Array(length);
    for (let i = 0; i < length; i += 1) column[i] = reader.view.getFloat64(start + i * 8, true);
    return column;
  }
  if (tag === 12) {
    const column = new Int32Array(length);
    for (let i = 0; i < length; i += 1) column[i] = reader.view.getInt32(start + i * 4, true);
    return column;
  }
  const column = new BigInt64Array(length);
  for (let i = 0; i < length; i += 1) column[i] = reader.view.getBigInt64(start + i * 8, true);
  return column;
}

function readInteger(reader: Reader): CanonicalValue {
  if (!has(reader, 8)) return null;
  const low = reader.view.getUint32(reader.at, true);
  const high = reader.view.getInt32(reader.at + 4, true);
  reader.at += 8;
  const value = high < 0 ? -((-high - 1) * TWO_32 + low) : high * TWO_32 + low;
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return fail(reader, 'an integer outside ±2^53 or a negative zero');
  return value;
}

function readFloat(reader: Reader): CanonicalValue {
  if (!has(reader, 8)) return null;
  const value = reader.view.getFloat64(reader.at, true);
  reader.at += 8;
  if (!Number.isFinite(value) || Number.isSafeInteger(value)) return fail(reader, 'a float that is not finite or is an integer');
  return value;
}

function readLargeBigint(reader: Reader): CanonicalValue {
  const text = readText(reader);
  if (reader.error !== null) return null;
  if (!/^-?[1-9a-f][0-9a-f]*$/.test(text)) return fail(reader, `"${text}" is not a canonical large integer`);
  const value = text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  if (value >= INT64_MIN && value <= INT64_MAX) return fail(reader, 'a small integer in the form of a large one');
  return value;
}

function readText(reader: Reader): string {
  const length = readLength(reader, 1);
  const end = reader.at + length;
  if (length <= SHORT_TEXT_MAX) {
    const short = readShortText(reader, end);
    if (short !== null) return short;
  }
  let text = '';
  while (reader.at < end && reader.error === null) text += readSymbol(reader, end);
  return text;
}

/** Keys and kinds come again and again: short ASCII texts are made once per decoding. Null: not ASCII, and nothing was read. */
function readShortText(reader: Reader, end: number): string | null {
  const { bytes, at, texts } = reader;
  let mixed = end - at;
  for (let i = at; i < end; i += 1) {
    // Below `end`, which lies within the bytes.
    const byte = bytes[i] as number;
    if (byte > 127) return null;
    mixed = (Math.imul(mixed, 31) + byte) | 0;
  }
  const known = texts.get(mixed);
  if (known !== undefined && isText(known, reader, end)) {
    reader.at = end;
    return known;
  }
  let text = '';
  for (let i = at; i < end; i += 1) text += String.fromCharCode(bytes[i] as number);
  reader.at = end;
  if (known === undefined && texts.size < TEXTS_MAX) texts.set(mixed, text);
  return text;
}

function isText(text: string, { bytes, at }: Reader, end: number): boolean {
  if (text.length !== end - at) return false;
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

function readSymbol(reader: Reader, end: number): string {
  const first = reader.bytes[reader.at] as number;
  const extra =
    first < 0x80
      ? 0
      : first >= 0xc2 && first < 0xe0
        ? 1
        : first >= 0xe0 && first < 0xf0
          ? 2
          : first >= 0xf0 && first < 0xf5
            ? 3
            : -1;
  if (extra < 0 || reader.at + extra >= end) {
    fail(reader, 'text is not UTF-8');
    return '';
  }
  let code = extra === 0 ? first : first & (0x3f >> extra);
  for (let i = 1; i <= extra; i += 1) {
    const next = reader.bytes[reader.at + i] as number;
    if ((next & 0xc0) !== 0x80) {
      fail(reader, 'text is not UTF-8');
      return '';
    }
    code = (code << 6) | (next & 63);
  }
  const least = [0, 0x80, 0x800, 0x10000][extra] as number;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    fail(reader, 'text is not UTF-8');
    return '';
  }
  reader.at += extra + 1;
  return String.fromCodePoint(code);
}

function readLength(reader: Reader, width: number): number {
  if (!has(reader, 4)) return 0;
  const length = reader.view.getUint32(reader.at, true);
  reader.at += 4;
  return has(reader, length * width) ? length : 0;
}

function has(reader: Reader, count: number): boolean {
  if (reader.error !== null) return false;
  if (reader.at + count <= reader.bytes.length) return true;
  fail(reader, `the bytes end: ${count} more were expected`);
  return false;
}

function fail(reader: Reader, reason: string): null {
  reader.error ??= { offset: reader.at, reason };
  return null;
}
