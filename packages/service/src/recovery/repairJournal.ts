import { basename, join } from 'node:path';
import { lastNonZero } from '../journal/classifyTail.ts';
import { decodeRecord, decodeSegmentHeader, readRecordHeader, SEGMENT_HEADER_BYTES, segmentName } from '../journal/format.ts';
import { createFirstSegment, writeTipFile } from '../journal/journal.ts';
import { JournalError, journalErrorOf } from '../journal/journalError.ts';
import { segmentPath } from '../journal/paths.ts';
import { listSegments, scanJournal } from '../journal/scanJournal.ts';
import { listSnapshots, snapshotName } from '../journal/snapshotFile.ts';
import { readTip, type Tip } from '../journal/tip.ts';
import { type DataFolder, type JournalToolOptions, openForReading, whileLocked } from './openForReading.ts';
import type { VerifyFault } from './verifyJournal.ts';

/** Where a record has the hash of the one before it. */
const PREVIOUS_AT = 16;

export interface RepairReport {
  /** What was wrong; null when nothing was, and then nothing was done. */
  readonly fault: VerifyFault | null;
  /** The journal ends with this block now. */
  readonly height: number;
  /** Blocks that were acknowledged and are lost: from one height to another. Null: none is known to be. */
  readonly lost: { readonly fromHeight: number; readonly toHeight: number } | null;
  /** Whole records beyond the damage, which do not follow from what stands before it; they are in the copies. */
  readonly recordsBeyond: number;
  /** Copies of everything that was changed or removed, inside the data folder. */
  readonly copies: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Cuts a damaged journal after its last whole record, so that the service starts again. Copies aside whatever it changes or removes;
 * what follows the cut is lost to the deployment. To be called with the consent of whoever answers for that. Throws JournalError
 * (IN_USE, or what the disk says).
 */
export function repairJournal(options: JournalToolOptions & { readonly stamp: string }): RepairReport {
  const data = openForReading(options);
  return whileLocked(data, () => {
    try {
      return repair(data, options.stamp);
    } catch (cause) {
      throw journalErrorOf(cause, 'repairing the journal', data.paths.journal);
    }
  });
}

/** What a repair would do, and lose; reads only. `copies` names what would be copied. Throws JournalError. */
export function planRepair(options: JournalToolOptions): RepairReport {
  const data = openForReading(options);
  try {
    return planOf(data).report;
  } catch (cause) {
    throw journalErrorOf(cause, 'reading the journal', data.paths.journal);
  }
}

interface RepairPlan {
  /** As if it were done. */
  readonly report: RepairReport;
  /** What the journal is cut to; null when it is whole. */
  readonly whole: Tip | null;
}

function planOf(data: DataFolder): RepairPlan {
  const { fileSystem, paths, deploymentHash } = data;
  const scan = scanJournal(fileSystem, paths, { from: 0, deploymentHash }, () => {});
  if (scan.ok) {
    const report = { fault: null, height: scan.end.height, lost: null, recordsBeyond: 0, copies: [], removed: [] };
    return { report, whole: null };
  }
  const whole = wholeRecords(data);
  const tip = fileSystem.exists(paths.tip) ? readTip(fileSystem.read(paths.tip)) : null;
  let recordsBeyond = 0;
  let newestBeyond = 0;
  const segments = listSegments(fileSystem, paths).filter((first) => first >= whole.segment);
  for (const first of segments) {
    const beyond = recordsFrom(fileSystem.read(segmentPath(paths, first)), first === whole.segment ? whole.end : 0);
    recordsBeyond += beyond.count;
    newestBeyond = Math.max(newestBeyond, beyond.newest);
  }
  const snapshots = listSnapshots(fileSystem, paths).filter((height) => height > whole.height);
  // Snapshots are of durable blocks alone.
  const lostTo = Math.max(tip?.height ?? 0, newestBeyond, ...snapshots);
  const report: RepairReport = {
    fault: { ...scan.damage.place, reason: scan.damage.reason },
    height: whole.height,
    lost: lostTo > whole.height ? { fromHeight: whole.height + 1, toHeight: lostTo } : null,
    recordsBeyond,
    copies: [
      ...segments.map((first) => `journal/${segmentName(first)}`),
      ...(fileSystem.exists(paths.tip) ? ['journal/tip'] : []),
      ...snapshots.map((height) => `snapshots/${snapshotName(height)}`),
    ],
    removed: [
      ...segments.filter((first) => first > whole.segment).map((first) => `journal/${segmentName(first)}`),
      ...snapshots.map((height) => `snapshots/${snapshotName(height)}`),
    ],
  };
  return { report, whole };
}

function repair(data: DataFolder, stamp: string): RepairReport {
  const { fileSystem, paths } = data;
  const { report, whole } = planOf(data);
  if (whole === null) return report;
  const aside = join(paths.folder, `damaged-${stamp}`);
  if (fileSystem.exists(aside)) throw new JournalError('IO', `${aside} exists already.`, { path: aside });
  fileSystem.makeFolder(aside);
  for (const name of report.copies) fileSystem.writeWhole(join(aside, basename(name)), fileSystem.read(join(paths.folder, name)));
  for (const name of report.removed) fileSystem.remove(join(paths.folder, name));
  cut(data, whole);
  return { ...report, copies: report.copies.map((name) => `damaged-${stamp}/${basename(name)}`) };
}

/** Zeros after the last whole record, and a tip that names it. */
function cut({ fileSystem, paths, deploymentHash }: DataFolder, whole: Tip): void {
  const path = segmentPath(paths, whole.segment);
  if (whole.end < SEGMENT_HEADER_BYTES) {
    // Not even the header of the first segment is whole.
    const segmentBytes = fileSystem.exists(path) ? fileSystem.read(path).length : 0;
    createFirstSegment(fileSystem, paths, { segmentBytes: Math.max(segmentBytes, 1 << 16), deploymentHash });
    return;
  }
  const size = fileSystem.read(path).length;
  const file = fileSystem.open(path);
  try {
    file.write(new Uint8Array(size - whole.end), whole.end);
    file.sync();
  } finally {
    file.close();
  }
  writeTipFile(fileSystem, paths, whole);
}

/** The longest beginning of the journal that is whole, whatever the tip says. An `end` of 0: not even the first header is. */
function wholeRecords({ fileSystem, paths, deploymentHash }: DataFolder): Tip {
  let found: Tip = { height: 0, segment: 1, end: 0, hash: deploymentHash };
  for (const first of listSegments(fileSystem, paths)) {
    if (first !== found.height + 1) return found;
    const bytes = fileSystem.read(segmentPath(paths, first));
    const segment = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = decodeSegmentHeader(segment);
    if (typeof header === 'string' || header.firstHeight !== first || Buffer.compare(header.previous, found.hash) !== 0)
      return found;
    let at = SEGMENT_HEADER_BYTES;
    found = { ...found, segment: first, end: at };
    while (at + 4 <= segment.length && segment.readUInt32LE(at) !== 0) {
      const record = decodeRecord(segment, at, { height: found.height + 1, previous: found.hash });
      if (typeof record === 'string') return found;
      at += record.length;
      found = { height: record.height, segment: first, end: at, hash: record.hash };
    }
    if (lastNonZero(segment, at) !== at) return found;
  }
  return found;
}

/** Records that are whole by themselves, wherever they lie. */
function recordsFrom(bytes: Uint8Array, from: number): { readonly count: number; readonly newest: number } {
  const segment = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  let newest = 0;
  for (let at = Math.ceil(from / 8) * 8; at + SEGMENT_HEADER_BYTES <= segment.length; at += 8) {
    const header = readRecordHeader(segment, at);
    if (header === null) continue;
    newest = Math.max(newest, header.height);
    const previous = segment.subarray(at + PREVIOUS_AT, at + PREVIOUS_AT + 32);
    if (typeof decodeRecord(segment, at, { height: header.height, previous }) !== 'string') count += 1;
  }
  return { count, newest };
}
