import { ALIGNMENT, RECORD_HEADER_BYTES, RECORD_MAGIC, readRecordHeader } from './format.ts';

/**
 * What follows the last whole record of the last segment. `torn`: a write that never finished, and nothing after it; it may be cut.
 * `damaged`: anything else.
 */
export type Tail =
  | { readonly kind: 'clean' }
  | { readonly kind: 'torn'; readonly nonZeroEnd: number }
  | { readonly kind: 'damaged'; readonly offset: number; readonly reason: string };

/** Disks write sectors whole: of an unfinished write each is there or is not. */
const SECTOR = 512;

/**
 * Tells an unfinished last write from damage. Segments are zeros before they are written, so what was not written is zero: the end of the
 * record (a killed process), or whole sectors of it (a power failure). A record without such a hole was written whole and has changed since.
 */
export function classifyTail(segment: Buffer, end: number, height: number): Tail {
  const nonZeroEnd = lastNonZero(segment, end);
  if (nonZeroEnd === end) return { kind: 'clean' };
  const damaged = (reason: string, offset = end): Tail => ({ kind: 'damaged', offset, reason });
  const later = findRecord(segment, end + ALIGNMENT, nonZeroEnd);
  if (later !== null) return damaged(`the record is damaged, and a whole one follows at byte ${later}`);
  const header = readRecordHeader(segment, end);
  if (header !== null) {
    if (header.height !== height) return damaged(`a record of block ${header.height} lies here, expected ${height}`);
    const extent = end + header.length;
    if (nonZeroEnd > extent) return damaged('bytes follow the last record that no write put there', extent);
    // The last byte of a whole record is never zero.
    const hasHole = segment[extent - 1] === 0 || hasZeroSector(segment, end, extent);
    return hasHole ? { kind: 'torn', nonZeroEnd } : damaged('the last record was written whole and has changed since');
  }
  const headerEnd = Math.min(end + RECORD_HEADER_BYTES, segment.length);
  if (nonZeroEnd <= headerEnd) return { kind: 'torn', nonZeroEnd };
  const boundary = Math.min(Math.ceil((end + 1) / SECTOR) * SECTOR, headerEnd);
  const isHole = isZero(segment, end, boundary) || (boundary < headerEnd && isZero(segment, boundary, headerEnd));
  return isHole ? { kind: 'torn', nonZeroEnd } : damaged('the header of the last record was written whole and has changed since');
}

/** The byte after the last one that is not zero, and `from` when all are. */
export function lastNonZero(bytes: Buffer, from: number): number {
  let end = bytes.length;
  while (end - from >= ZEROS.length && bytes.subarray(end - ZEROS.length, end).equals(ZEROS)) end -= ZEROS.length;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end;
}

const ZEROS = Buffer.alloc(64 * 1024);

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

function hasZeroSector(bytes: Buffer, from: number, to: number): boolean {
  for (let at = Math.ceil(from / SECTOR) * SECTOR; at + SECTOR <= to; at += SECTOR)
    if (isZero(bytes, at, at + SECTOR)) return true;
  return false;
}

/** The first place from `from` on where a record's header stands, valid by its own checksum. */
function findRecord(segment: Buffer, from: number, to: number): number | null {
  for (let at = from; at + RECORD_HEADER_BYTES <= segment.length && at < to; at += ALIGNMENT)
    if (segment.readUInt32LE(at) === RECORD_MAGIC && readRecordHeader(segment, at) !== null) return at;
  return null;
}
