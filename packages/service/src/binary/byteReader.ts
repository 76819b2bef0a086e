import { FrameFault } from './frameFault.ts';

/** Reads a frame from front to back. Every read asks for room first, and throws a `FrameFault` that names the offset. */
export interface ByteReader {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where in `bytes` the frame starts: offsets in messages count from here. */
  readonly start: number;
  readonly end: number;
  at: number;
}

const TWO_32 = 4_294_967_296;
/** High words of the largest safe integer and beyond. */
const SAFE_HIGH_MAX = 0x1f_ffff;

export function createByteReader(bytes: Buffer, start = 0, end: number = bytes.length): ByteReader {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start, end, at: start };
}

/** Throws when fewer than `count` bytes are left. */
export function need(reader: ByteReader, count: number): void {
  if (reader.at + count > reader.end) malformed(reader, `${count} more bytes were expected`);
}

export function malformed(reader: ByteReader, reason: string): never {
  throw new FrameFault('malformedFrame', `${reason}, at byte ${reader.at - reader.start} of the frame`);
}

export function readByte(reader: ByteReader): number {
  need(reader, 1);
  const value = reader.view.getUint8(reader.at);
  reader.at += 1;
  return value;
}

export function readUint16(reader: ByteReader): number {
  need(reader, 2);
  const value = reader.view.getUint16(reader.at, true);
  reader.at += 2;
  return value;
}

export function readUint32(reader: ByteReader): number {
  need(reader, 4);
  const value = reader.view.getUint32(reader.at, true);
  reader.at += 4;
  return value;
}

/** An unsigned 64-bit integer of at most 2^53 − 1. */
export function readUnsigned(reader: ByteReader): number {
  need(reader, 8);
  const low = reader.view.getUint32(reader.at, true);
  const high = reader.view.getUint32(reader.at + 4, true);
  if (high > SAFE_HIGH_MAX) malformed(reader, 'an integer is above 2^53 − 1');
  reader.at += 8;
  return high * TWO_32 + low;
}

/** A signed 64-bit integer, two's complement, of magnitude at most 2^53 − 1. */
export function readSigned(reader: ByteReader): number {
  need(reader, 8);
  const low = reader.view.getUint32(reader.at, true);
  const high = reader.view.getInt32(reader.at + 4, true);
  const value = high * TWO_32 + low;
  if (!Number.isSafeInteger(value)) malformed(reader, 'an integer is beyond ±(2^53 − 1)');
  reader.at += 8;
  return value;
}

/** A view of the next `count` bytes: valid as long as the buffer is. */
export function readBytes(reader: ByteReader, count: number): Buffer {
  need(reader, count);
  const value = reader.bytes.subarray(reader.at, reader.at + count);
  reader.at += count;
  return value;
}

/** A byte for the length, then so many bytes of printable ASCII. */
export function readShortText(reader: ByteReader): string {
  const length = readByte(reader);
  need(reader, length);
  const { bytes, at } = reader;
  for (let i = 0; i < length; i += 1) {
    const code = bytes[at + i] ?? 0;
    if (code < 0x20 || code > 0x7e) malformed(reader, 'a text is not printable ASCII');
  }
  reader.at += length;
  return bytes.toString('latin1', at, at + length);
}

/** So many letters, digits, hyphens and underscores; `rule` says what it takes when one is something else. */
export function readLetters(reader: ByteReader, length: number, rule: string): string {
  need(reader, length);
  const { bytes, at } = reader;
  for (let i = 0; i < length; i += 1) if (IS_LETTER[bytes[at + i] ?? 0] !== 1) malformed(reader, rule);
  reader.at += length;
  return bytes.toString('latin1', at, at + length);
}

/** 1 at the codes of what a command id may be made of. */
const IS_LETTER: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  /^[A-Za-z0-9_-]$/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Throws when bytes are left over. */
export function expectEnd(reader: ByteReader): void {
  if (reader.at !== reader.end) malformed(reader, `${reader.end - reader.at} bytes are left over`);
}
