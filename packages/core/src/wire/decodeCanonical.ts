import { bytesOfColumn, type CanonicalValue, compareText } from './canonical.ts';
import { createKnownKeys, findKnown, firstKeys, type KnownKeys, type KnownText, learnKey, learnText } from './knownTexts.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const TWO_32 = 4294967296;

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
  return decodeWith(createLongLivedReader(), bytes);
}

/** What a decoder remembers: texts and keys that it read before. It never changes what is decoded, only how fast. */
export interface CanonicalReader {
  /** Short texts by a mix of their bytes. */
  readonly texts: Map<number, string>;
  readonly keys: KnownKeys;
}

/** A reader that remembers keys and texts: pays when it reads many values of few kinds, as the events of blocks are. */
export function createLongLivedReader(): CanonicalReader {
  return { texts: new Map(), keys: createKnownKeys() };
}

/** `decodeCanonical` with the memory of a reader. */
export function decodeWith({ texts, keys }: CanonicalReader, bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader: Reader = { bytes, view, at: 0, error: null, texts, keys };
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
  readonly texts: Map<number, string>;
  readonly keys: KnownKeys;
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
  // Too deep for values of any kind: the slow way refuses them, whatever the reader knows.
  let known = depth < DEPTH_MAX ? firstKeys(reader.keys, length) : null;
  let previous: string | null = null;
  for (let i = 0; i < length && reader.error === null; i += 1) {
    const found: KnownText | null = known === null ? null : findKnown(known, reader.view, reader.at, reader.bytes.length);
    if (found !== null) {
      // It followed the same keys when it was learned, so it is in order.
      reader.at += found.bytes;
      previous = found.text;
      record[found.text] = readField(reader, found, depth);
      known = found.next;
      continue;
    }
    const start = reader.at;
    const key = readText(reader);
    if (previous !== null && compareText(previous, key) >= 0) return fail(reader, `key "${key}" is out of order or repeated`);
    previous = key;
    const isKept = known !== null && reader.error === null && key !== '__proto__';
    known = isKept && known !== null ? learnKey(reader.keys, known, key, reader.bytes.subarray(start, reader.at)) : null;
    const value = readValue(reader, depth + 1);
    // Assigning this one key would set the prototype instead; defining every key would cost ten times as much.
    if (key === '__proto__') Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
    else record[key] = value;
  }
  return record;
}

/** The value of a key that is known: integers and texts without the detour, which is most of most records. */
function readField(reader: Reader, { texts }: KnownText, depth: number): CanonicalValue {
  const { bytes, view, at } = reader;
  const tag = bytes[at];
  if (tag === 3 && at + 9 <= bytes.length && view.getInt32(at + 5, true) === 0) {
    reader.at = at + 9;
    return view.getUint32(at + 1, true);
  }
  if (tag !== 7) return readValue(reader, depth + 1);
  const found = findKnown(texts, view, at + 1, bytes.length);
  if (found !== null) {
    reader.at = at + 1 + found.bytes;
    return found.text;
  }
  const text = readValue(reader, depth + 1);
  if (typeof text === 'string' && reader.error === null) learnText(reader.keys, texts, text, bytes.subarray(at + 1, reader.at));
  return text;
}

function readColumn(reader: Reader, tag: number): CanonicalValue {
  const width = tag === 12 ? 4 : 8;
  const length = readLength(reader, width);
  const start = reader.at;
  reader.at += length * width;
  const column = tag === 11 ? new Float64Array(length) : tag === 12 ? new Int32Array(length) : new BigInt64Array(length);
  bytesOfColumn(column).set(reader.bytes.subarray(start, reader.at));
  if (column instanceof Float64Array && !areOfOneForm(column))
    return fail(reader, 'a column with a float that is not finite or is a negative zero');
  return column;
}

/** Doubles that one pattern of bits stands for: zero has two and NaN has many. A plain loop, for there may be millions. */
function areOfOneForm(column: Float64Array): boolean {
  for (let i = 0; i < column.length; i += 1) {
    const value = column[i] as number; // i < column.length
    // What is not finite differs from itself by NaN; the reciprocal tells the zeros apart.
    if (value - value !== 0 || (value === 0 && 1 / value < 0)) return false;
  }
  return true;
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
