import type { FileSystem, OpenFile } from './fileSystem.ts';
import { encodeRecord, encodeSegmentHeader, type JournalRecord, recordLength, SEGMENT_HEADER_BYTES } from './format.ts';
import { JournalError, journalErrorOf } from './journalError.ts';
import { type DataPaths, segmentPath } from './paths.ts';
import type { JournalEnd } from './scanJournal.ts';
import { createSyncPace } from './syncPace.ts';
import { newTipFile, type Tip, writeTip } from './tip.ts';

/** A journal open for writing. The first write or sync that fails ends it: nothing is tried again. */
export interface Journal {
  /** Writes one record after the last; it is not durable before `sync`. Throws JournalError. */
  append(record: Pick<JournalRecord, 'height' | 'head' | 'headHash' | 'body'>): void;
  /** Makes what was appended durable. Rejects with SYNC_FAILED, after which the journal is dead. */
  sync(): Promise<void> | undefined;
  /** Notes that what is durable was, so that its loss can be told; to be called before anybody is told. */
  markDurable(): void;
  /** Bytes of records that can be taken without asking the disk for room. */
  room(): number;
  /** Begins to prepare the next segment unless it stands; resolves when that is over. A failure is remembered in `roomError`. */
  prepareNext(): Promise<void>;
  roomError(): JournalError | null;
  /** Hash of the last record. */
  hash(): Uint8Array;
  bytesWritten(): number;
  /** Syncs the tip and closes the files. */
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly segmentBytes: number;
  /** A disk that lately synced in less than this is waited for on the thread itself: handing the sync over costs more. */
  readonly syncInlineMs: number;
  /** Milliseconds of a clock that never runs back. */
  readonly stopwatch: () => number;
}

export const DEFAULT_SEGMENT_BYTES: number = 16 * 1024 * 1024;

/** The first segment and the tip of a new folder. */
export function createFirstSegment(
  fileSystem: FileSystem,
  paths: DataPaths,
  options: { readonly segmentBytes: number; readonly deploymentHash: Uint8Array },
): void {
  try {
    fileSystem.makeFolder(paths.journal);
    beginSegment(fileSystem, paths, {
      firstHeight: 1,
      previous: options.deploymentHash,
      segmentBytes: options.segmentBytes,
      isPrepared: false,
    });
    const tip: Tip = { height: 0, segment: 1, end: SEGMENT_HEADER_BYTES, hash: options.deploymentHash };
    writeTipFile(fileSystem, paths, tip);
  } catch (cause) {
    throw journalErrorOf(cause, 'creating the journal', paths.journal);
  }
}

/** A tip file made anew. */
export function writeTipFile(fileSystem: FileSystem, paths: DataPaths, tip: Tip): void {
  const temporary = `${paths.tip}.tmp`;
  fileSystem.writeWhole(temporary, newTipFile(tip));
  fileSystem.rename(temporary, paths.tip);
  fileSystem.syncFolder(paths.journal);
}

/**
 * Opens the journal where a scan found its end. Cuts the unfinished last write, writes again what stands above the tip (after a failed
 * sync it may be in memory only) and syncs, so that all that recovery read is durable.
 */
export function openJournal(fileSystem: FileSystem, paths: DataPaths, end: JournalEnd, options: JournalOptions): Journal {
  try {
    const path = segmentPath(paths, end.segment);
    const file = fileSystem.open(path);
    if (end.nonZeroEnd > end.end) file.write(new Uint8Array(end.nonZeroEnd - end.end), end.end);
    const durable = end.tip.segment === end.segment ? end.tip.end : SEGMENT_HEADER_BYTES;
    if (durable < end.end) file.write(fileSystem.read(path).slice(durable, end.end), durable);
    if (end.nonZeroEnd > end.end || durable < end.end) file.sync();
    const tipFile = fileSystem.open(paths.tip);
    fileSystem.remove(paths.nextSegment);
    const journal = createJournal({ fileSystem, paths, options, file, tipFile, end });
    journal.markDurable();
    return journal;
  } catch (cause) {
    throw journalErrorOf(cause, 'opening the journal', paths.journal);
  }
}

interface Opened {
  readonly fileSystem: FileSystem;
  readonly paths: DataPaths;
  readonly options: JournalOptions;
  readonly file: OpenFile;
  readonly tipFile: OpenFile;
  readonly end: JournalEnd;
}

function createJournal({ fileSystem, paths, options, file: firstFile, tipFile, end }: Opened): Journal {
  let file = firstFile;
  let { segment, segmentBytes, height, hash } = end;
  let at = end.end;
  let written = 0;
  let buffer = Buffer.alloc(256 * 1024);
  let failure: JournalError | null = null;
  let next: 'none' | 'preparing' | 'ready' = 'none';
  let preparing: Promise<void> = Promise.resolve();
  let noRoom: JournalError | null = null;
  const pace = createSyncPace(options.syncInlineMs);
  let isClosed = false;

  const check = (): void => {
    if (failure !== null) throw failure;
    if (isClosed) throw new JournalError('CLOSED', 'The journal was closed.', { path: paths.journal });
  };
  const fail = (cause: unknown, doing: string, code: 'SYNC_FAILED' | null): JournalError => {
    const known = journalErrorOf(cause, doing, segmentPath(paths, segment));
    failure =
      code === null
        ? known
        : new JournalError(
            code,
            `The disk did not confirm a write to ${known.path}: ${known.message}. The service stops; what it had not acknowledged may or may not be in the journal.`,
            { path: known.path, cause },
          );
    return failure;
  };

  const roll = (length: number): void => {
    const isPrepared = next === 'ready' && SEGMENT_HEADER_BYTES + length <= options.segmentBytes;
    const bytes = Math.max(options.segmentBytes, SEGMENT_HEADER_BYTES + length);
    beginSegment(fileSystem, paths, { firstHeight: height + 1, previous: hash, segmentBytes: bytes, isPrepared });
    if (isPrepared) next = 'none';
    file.close();
    segment = height + 1;
    segmentBytes = bytes;
    file = fileSystem.open(segmentPath(paths, segment));
    at = SEGMENT_HEADER_BYTES;
  };

  const synced = (startedMs: number): void => {
    pace.took(options.stopwatch() - startedMs);
  };

  const journal: Journal = {
    append(record) {
      check();
      const length = recordLength(record.head.length, record.body.length);
      try {
        if (at + length > segmentBytes) roll(length);
        if (buffer.length < length) buffer = Buffer.alloc(length * 2);
        const encoded = encodeRecord(buffer, { ...record, previous: hash });
        file.write(buffer.subarray(0, encoded.length), at);
        at += encoded.length;
        written += encoded.length;
        ({ hash } = encoded);
        ({ height } = record);
      } catch (cause) {
        throw fail(cause, `writing block ${record.height}`, null);
      }
    },
    sync() {
      check();
      const startedMs = options.stopwatch();
      if (pace.isInline()) {
        try {
          file.sync();
        } catch (cause) {
          throw fail(cause, 'fdatasync', 'SYNC_FAILED');
        }
        synced(startedMs);
        return undefined;
      }
      return file.syncLater().then(
        () => synced(startedMs),
        (cause: unknown) => {
          throw fail(cause, 'fdatasync', 'SYNC_FAILED');
        },
      );
    },
    markDurable() {
      check();
      try {
        writeTip(tipFile, { height, segment, end: at, hash });
      } catch (cause) {
        throw fail(cause, 'writing the tip', null);
      }
    },
    // A record never spans two segments, so it is one or the other.
    room: () => Math.max(segmentBytes - at, next === 'ready' ? options.segmentBytes - SEGMENT_HEADER_BYTES : 0),
    prepareNext() {
      if (next !== 'none' || isClosed || failure !== null) return preparing;
      next = 'preparing';
      preparing = fileSystem.allocateLater(paths.nextSegment, options.segmentBytes).then(
        () => {
          next = 'ready';
          noRoom = null;
        },
        (cause: unknown) => {
          next = 'none';
          noRoom = journalErrorOf(cause, 'preparing the next segment', paths.journal);
          // Half a segment would take what is left of a full disk from whoever else needs it.
          removeUnfinished(fileSystem, paths.nextSegment);
        },
      );
      return preparing;
    },
    roomError: () => noRoom,
    hash: () => hash,
    bytesWritten: () => written,
    async close() {
      if (isClosed) return;
      isClosed = true;
      await preparing;
      try {
        if (failure === null) tipFile.sync();
        file.close();
        tipFile.close();
        fileSystem.remove(paths.nextSegment);
      } catch (cause) {
        throw journalErrorOf(cause, 'closing the journal', paths.journal);
      }
    },
  };
  return journal;
}

function removeUnfinished(fileSystem: FileSystem, path: string): void {
  try {
    fileSystem.remove(path);
  } catch {
    // It counts for nothing, and is made anew or removed later.
  }
}

/** Puts the header on a file of zeros and gives it its name. It stands under its name only when it is whole. */
function beginSegment(
  fileSystem: FileSystem,
  paths: DataPaths,
  segment: {
    readonly firstHeight: number;
    readonly previous: Uint8Array;
    readonly segmentBytes: number;
    readonly isPrepared: boolean;
  },
): void {
  const temporary = segment.isPrepared ? paths.nextSegment : `${paths.nextSegment}.now`;
  if (!segment.isPrepared) {
    try {
      fileSystem.allocate(temporary, segment.segmentBytes);
    } catch (error) {
      removeUnfinished(fileSystem, temporary);
      throw error;
    }
  }
  const file = fileSystem.open(temporary);
  try {
    file.write(encodeSegmentHeader(segment), 0);
    file.sync();
  } finally {
    file.close();
  }
  fileSystem.rename(temporary, segmentPath(paths, segment.firstHeight));
  fileSystem.syncFolder(paths.journal);
}
