import { classifyTail, lastNonZero } from './classifyTail.ts';
import type { FileSystem } from './fileSystem.ts';
import {
  decodeRecord,
  decodeSegmentHeader,
  heightOfSegmentName,
  type JournalRecord,
  SEGMENT_HEADER_BYTES,
  segmentName,
} from './format.ts';
import { type DamagePlace, journalErrorOf } from './journalError.ts';
import { type DataPaths, segmentPath } from './paths.ts';
import { readTip, type Tip } from './tip.ts';

/** Where the journal ends: the next record goes to `end` of the segment. */
export interface JournalEnd {
  readonly segment: number;
  readonly segmentBytes: number;
  readonly end: number;
  readonly height: number;
  readonly hash: Uint8Array;
  /** Bytes up to here are not zero: the rest of a write that never finished. Equal to `end` when there is none. */
  readonly nonZeroEnd: number;
  /** What was durable for certain; above it records are whole but may be in memory only. */
  readonly tip: Tip;
}

export interface Damage {
  readonly place: DamagePlace;
  readonly reason: string;
  /** The last whole record before it. */
  readonly lastHeight: number;
}

export type JournalScan =
  | { readonly ok: true; readonly end: JournalEnd; readonly bytes: number; readonly segments: number }
  | { readonly ok: false; readonly damage: Damage };

/** First heights of the segments of a folder, sorted. */
export function listSegments(fileSystem: FileSystem, paths: DataPaths): readonly number[] {
  return fileSystem.list(paths.journal).flatMap((name) => {
    const height = heightOfSegmentName(name);
    return height === null ? [] : [height];
  });
}

/**
 * Reads the journal from the segment that holds block `from` on, checks every record, and gives each to `visit`. Ends at the first byte
 * that is not what was written; an unfinished last write is not damage. With `until` it ends after that block and looks at nothing behind it,
 * where somebody may be writing. Cost: one pass over the bytes, one segment in memory.
 */
export function scanJournal(
  fileSystem: FileSystem,
  paths: DataPaths,
  options: { readonly from: number; readonly deploymentHash: Uint8Array; readonly until?: number },
  visit: (record: JournalRecord, segment: number) => void,
): JournalScan {
  // The tip first: a service that goes on writing is then ahead of it, never behind.
  const tip = fileSystem.exists(paths.tip) ? readTip(readFile(fileSystem, paths.tip)) : null;
  const segments = listSegments(fileSystem, paths);
  const damage = (file: string, offset: number, height: number | null, reason: string, lastHeight: number): JournalScan => ({
    ok: false,
    damage: { place: { file, offset, height }, reason, lastHeight },
  });
  if (segments[0] !== 1) return damage(`journal/${segmentName(1)}`, 0, 1, 'the first segment is missing', 0);
  if (tip === null) return damage('journal/tip', 0, null, 'the file is missing or damaged in both its halves', 0);

  let first = segments.length - 1;
  while (first > 0 && (segments[first] ?? 0) > options.from) first -= 1;
  let previous: Uint8Array | null = first === 0 ? options.deploymentHash : null;
  let height = (segments[first] ?? 1) - 1;
  let bytes = 0;
  for (let index = first; index < segments.length; index += 1) {
    const firstHeight = segments[index] ?? 0;
    const name = `journal/${segmentName(firstHeight)}`;
    const segment = readFile(fileSystem, segmentPath(paths, firstHeight));
    bytes += segment.length;
    const header = decodeSegmentHeader(segment);
    if (typeof header === 'string') return damage(name, 0, firstHeight, header, height);
    if (header.firstHeight !== firstHeight)
      return damage(
        name,
        0,
        firstHeight,
        `the segment begins with block ${header.firstHeight}, not with what its name says`,
        height,
      );
    if (firstHeight !== height + 1)
      return damage(name, 0, height + 1, `block ${height + 1} is missing: the segment begins with block ${firstHeight}`, height);
    if (previous !== null && Buffer.compare(header.previous, previous) !== 0)
      return damage(name, 0, firstHeight, 'the segment is not chained to what stands before it', height);
    previous = header.previous;

    let at = SEGMENT_HEADER_BYTES;
    let wrong: string | null = null;
    while (wrong === null && at + 4 <= segment.length && segment.readUInt32LE(at) !== 0) {
      const record = decodeRecord(segment, at, { height: height + 1, previous });
      if (typeof record === 'string') {
        wrong = record;
        break;
      }
      height = record.height;
      previous = record.hash;
      at += record.length;
      if (height === tip.height && Buffer.compare(record.hash, tip.hash) !== 0)
        return damage(name, record.offset, height, 'the record is not the one that was acknowledged', height - 1);
      visit(record, firstHeight);
      if (height === options.until)
        return {
          ok: true,
          bytes,
          segments: segments.length,
          end: { segment: firstHeight, segmentBytes: segment.length, end: at, height, hash: previous, nonZeroEnd: at, tip },
        };
    }
    const isLast = index === segments.length - 1;
    if (!isLast) {
      if (wrong !== null || lastNonZero(segment, at) !== at)
        return damage(name, at, height + 1, wrong ?? 'bytes follow the last record that no write put there', height);
      continue;
    }
    if (height < tip.height)
      return damage(name, at, height + 1, wrong ?? `the block is missing: blocks up to ${tip.height} were acknowledged`, height);
    const tail = classifyTail(segment, at, height + 1);
    if (tail.kind === 'damaged')
      return damage(name, tail.offset, height + 1, wrong === null ? tail.reason : `${wrong}; ${tail.reason}`, height);
    const nonZeroEnd = tail.kind === 'torn' ? tail.nonZeroEnd : at;
    return {
      ok: true,
      bytes,
      segments: segments.length,
      end: { segment: firstHeight, segmentBytes: segment.length, end: at, height, hash: previous, nonZeroEnd, tip },
    };
  }
  return damage('journal', 0, height + 1, 'there is no segment', height);
}

function readFile(fileSystem: FileSystem, path: string): Buffer {
  try {
    const bytes = fileSystem.read(path);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    throw journalErrorOf(cause, 'reading the journal', path);
  }
}
