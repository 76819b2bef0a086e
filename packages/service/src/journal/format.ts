/**
 * The bytes of the journal; docs/journal.md describes them one by one. Integers are little-endian; checksums are the CRC-32 of zlib;
 * hashes are SHA-256.
 *
 * Segment: a header of 64 bytes, records without gaps, then zeros to the end of the file.
 * Record: a header of 56 bytes, the payload in two parts, zeros up to a multiple of 8, the record's hash, and an end mark.
 */

import { createHash, hash as hashOnce } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assert } from '@plimsoll/core/numeric';

/** Raised by every change of these formats; a folder of another version is refused. */
export const JOURNAL_VERSION = 2;

export const SEGMENT_HEADER_BYTES = 64;
export const RECORD_HEADER_BYTES = 56;
/** The record's hash and the end mark. */
export const RECORD_TRAILER_BYTES = 40;
/** Largest payload: more is not one block. */
export const PAYLOAD_MAX = 1 << 29;
export const ALIGNMENT = 8;

const SEGMENT_MAGIC = Buffer.from('PLIMSEG1', 'latin1');
/** 'PLR1'. */
export const RECORD_MAGIC = 0x31524c50;
const TWO_32 = 4_294_967_296;

/** What a record says, and its hash, to which the next record is chained. */
export interface JournalRecord {
  readonly height: number;
  /** Bytes in the segment, from the first of the header to the last of the end mark. */
  readonly offset: number;
  readonly length: number;
  /** What the block hash is made of: previous block hash, version, height, time, events. */
  readonly head: Uint8Array;
  /** SHA-256 of `head`, which is the block hash. */
  readonly headHash: Uint8Array;
  /** The rest of the record. */
  readonly body: Uint8Array;
  readonly hash: Uint8Array;
}

export interface SegmentHeader {
  readonly firstHeight: number;
  /** Hash of the last record before this segment; of the deployment for the first segment. */
  readonly previous: Uint8Array;
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  const digest = only !== undefined && parts.length === 1 ? hashOnce('sha256', only, 'buffer') : digestOf(parts);
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length);
}

function digestOf(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function checksum(bytes: Uint8Array): number {
  return crc32(bytes);
}

export function encodeSegmentHeader({ firstHeight, previous }: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(JOURNAL_VERSION, 8);
  writeInteger(bytes, firstHeight, 16);
  bytes.set(previous, 24);
  bytes.writeUInt32LE(checksum(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** The header of a segment, or what is wrong with it. */
export function decodeSegmentHeader(segment: Buffer): SegmentHeader | string {
  if (segment.length < SEGMENT_HEADER_BYTES) return 'the file is shorter than the header of a segment';
  const bytes = segment.subarray(0, SEGMENT_HEADER_BYTES);
  if (!bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) return 'this does not begin as a segment does';
  if (bytes.readUInt32LE(60) !== checksum(bytes.subarray(0, 60))) return 'the header of the segment fails its checksum';
  const version = bytes.readUInt32LE(8);
  if (version !== JOURNAL_VERSION) return `the segment has format ${version}, this program reads ${JOURNAL_VERSION}`;
  return { firstHeight: readInteger(bytes, 16), previous: new Uint8Array(bytes.subarray(24, 56)) };
}

/** Length of a record whose parts have these lengths. */
export function recordLength(headBytes: number, bodyBytes: number): number {
  return RECORD_HEADER_BYTES + padded(8 + headBytes + bodyBytes) + RECORD_TRAILER_BYTES;
}

/** Writes a record into `target` from its start; returns its length and its hash. */
export function encodeRecord(
  target: Buffer,
  record: Pick<JournalRecord, 'height' | 'head' | 'headHash' | 'body'> & { readonly previous: Uint8Array },
): { readonly length: number; readonly hash: Uint8Array } {
  const { head, body } = record;
  const payload = 8 + head.length + body.length;
  assert(payload <= PAYLOAD_MAX, 'A block fits into one record.');
  const end = RECORD_HEADER_BYTES + padded(payload);
  target.writeUInt32LE(head.length, RECORD_HEADER_BYTES);
  target.writeUInt32LE(body.length, RECORD_HEADER_BYTES + 4);
  target.set(head, RECORD_HEADER_BYTES + 8);
  target.set(body, RECORD_HEADER_BYTES + 8 + head.length);
  target.fill(0, RECORD_HEADER_BYTES + payload, end);
  target.writeUInt32LE(RECORD_MAGIC, 0);
  target.writeUInt32LE(payload, 4);
  writeInteger(target, record.height, 8);
  target.set(record.previous, 16);
  target.writeUInt32LE(checksum(target.subarray(RECORD_HEADER_BYTES, end)), 48);
  target.writeUInt32LE(checksum(target.subarray(0, 52)), 52);
  const hash = sha256(target.subarray(0, RECORD_HEADER_BYTES), record.headHash, body);
  target.set(hash, end);
  target.fill(0xff, end + 32, end + RECORD_TRAILER_BYTES);
  return { length: end + RECORD_TRAILER_BYTES, hash };
}

/** Whether a record's header begins here: what is needed to know how far the record reaches. */
export function readRecordHeader(
  segment: Buffer,
  offset: number,
): { readonly height: number; readonly payload: number; readonly length: number } | null {
  if (offset + RECORD_HEADER_BYTES > segment.length || segment.readUInt32LE(offset) !== RECORD_MAGIC) return null;
  if (segment.readUInt32LE(offset + 52) !== checksum(segment.subarray(offset, offset + 52))) return null;
  const payload = segment.readUInt32LE(offset + 4);
  return {
    height: readInteger(segment, offset + 8),
    payload,
    length: RECORD_HEADER_BYTES + padded(payload) + RECORD_TRAILER_BYTES,
  };
}

/** The record at `offset`, checked in full against the one before; or what is wrong with it. */
export function decodeRecord(
  segment: Buffer,
  offset: number,
  expected: { readonly height: number; readonly previous: Uint8Array },
): JournalRecord | string {
  const header = readRecordHeader(segment, offset);
  if (header === null) return 'the header of the record fails its checksum';
  const { height, payload, length } = header;
  if (height !== expected.height) return `the record is of block ${height}, expected ${expected.height}`;
  if (payload < 8 || payload > PAYLOAD_MAX || offset + length > segment.length)
    return `the record's length of ${payload} bytes does not fit the segment`;
  if (Buffer.compare(segment.subarray(offset + 16, offset + 48), expected.previous) !== 0)
    return 'the record is not chained to the one before it';
  const start = offset + RECORD_HEADER_BYTES;
  const end = offset + length - RECORD_TRAILER_BYTES;
  const headBytes = segment.readUInt32LE(start);
  const bodyBytes = segment.readUInt32LE(start + 4);
  if (8 + headBytes + bodyBytes !== payload) return 'the parts of the record do not fill it';
  const head = bytesOf(segment, start + 8, headBytes);
  const body = bytesOf(segment, start + 8 + headBytes, bodyBytes);
  const headHash = sha256(head);
  const hash = sha256(segment.subarray(offset, start), headHash, body);
  // The hash covers the header and both parts; the padding is zero. The checksum of the payload could say no more than they do.
  if (Buffer.compare(segment.subarray(end, end + 32), hash) !== 0) {
    const isWhole = segment.readUInt32LE(offset + 48) === checksum(segment.subarray(start, end));
    return isWhole ? 'the hash of the record does not match' : 'the record fails its checksum';
  }
  for (let at = start + payload; at < end; at += 1) if (segment[at] !== 0) return 'the padding of the record is not zero';
  for (let at = end + 32; at < end + RECORD_TRAILER_BYTES; at += 1)
    if (segment[at] !== 0xff) return 'the end mark of the record is not whole';
  return { height, offset, length, head, headHash, body, hash };
}

/** Segments are named by the height of their first record, so that they sort. */
export function segmentName(firstHeight: number): string {
  return `${String(firstHeight).padStart(16, '0')}.segment`;
}

export function heightOfSegmentName(name: string): number | null {
  return /^\d{16}\.segment$/.test(name) ? Number(name.slice(0, 16)) : null;
}

export function writeInteger(bytes: Buffer, value: number, offset: number): void {
  const high = Math.floor(value / TWO_32);
  bytes.writeUInt32LE(value - high * TWO_32, offset);
  bytes.writeUInt32LE(high, offset + 4);
}

export function readInteger(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset + 4) * TWO_32 + bytes.readUInt32LE(offset);
}

/** A view that is no Buffer: `slice` of a Buffer shares its bytes, and would keep a whole segment in memory for a hash. */
export function bytesOf(buffer: Buffer, start: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, length);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
