import { createEngine, type Engine, replayBlock, resumeEngine } from '@plimsoll/core/engine';
import { type Checkpointer, createCheckpointer, markDirty } from '@plimsoll/core/wire';
import type { Deployment } from '../contracts/deployment.ts';
import type { DirectoryState } from '../contracts/directory.ts';
import {
  decodeEvents,
  decodeFacts,
  decodeHead,
  decodeOutcomes,
  type JournaledFacts,
  type JournaledHead,
  splitBody,
} from '../journal/blockRecord.ts';
import type { FileSystem } from '../journal/fileSystem.ts';
import { type JournalRecord, segmentName, sha256 } from '../journal/format.ts';
import { damaged } from '../journal/journalError.ts';
import type { DataPaths } from '../journal/paths.ts';
import { type JournalEnd, scanJournal } from '../journal/scanJournal.ts';
import { listSnapshots, readSnapshotFile, snapshotName } from '../journal/snapshotFile.ts';
import { createJournalingCodec, type JournalingCodec } from '../sequencer/journalingCodec.ts';
import { createOutcomeWindow, type OutcomeWindow, restoredSlots } from '../sequencer/outcomeWindow.ts';
import { serviceRoot } from './serviceRoot.ts';
import { decodeSnapshotContent, type SnapshotContent } from './snapshotContent.ts';

/** Makes directories of identities: `identity/` has the real one. */
export interface DirectoryFactory {
  create(deployment: Deployment): DirectoryState;
  /** From what `toPlain` gave. */
  restore(deployment: Deployment, plain: unknown): DirectoryState;
}

export interface RecoveryOptions {
  readonly fileSystem: FileSystem;
  readonly paths: DataPaths;
  readonly deployment: Deployment;
  readonly deploymentHash: Uint8Array;
  readonly directory: DirectoryFactory;
  readonly window: { readonly entriesMax: number; readonly eventsMax: number };
  /** Goes no further than this block, which is durable: the state after it, while somebody else goes on writing. Without it: to the end. */
  readonly until?: number;
}

/** Everything as it was after the last whole record, and how it was found. */
export interface Recovered {
  readonly engine: Engine;
  readonly codec: JournalingCodec;
  readonly directory: DirectoryState;
  readonly checkpointer: Checkpointer;
  readonly window: OutcomeWindow;
  readonly end: JournalEnd;
  /** Height of the snapshot it began with; 0 without one. */
  readonly snapshotHeight: number;
  readonly blocks: number;
  readonly entries: number;
  /** Bytes of the records that were replayed. */
  readonly tailBytes: number;
  /** State roots that were computed again and were the journaled ones. */
  readonly roots: number;
  readonly warnings: readonly string[];
}

/**
 * Newest valid snapshot, then the events of the records after it. Decides nothing again; compares every journaled hash and state root.
 * Throws JournalError (DAMAGED) with segment, offset and height when the journal is not what was written. Writes nothing.
 */
export function recover(options: RecoveryOptions): Recovered {
  const { fileSystem, paths, until = Number.POSITIVE_INFINITY } = options;
  const warnings: string[] = [];
  for (const snapshotHeight of listSnapshots(fileSystem, paths)) {
    if (snapshotHeight > until) continue;
    const name = `snapshots/${snapshotName(snapshotHeight)}`;
    const file = readSnapshotFile(fileSystem, paths, snapshotHeight);
    const content = typeof file === 'string' ? file : checkedRoot(decodeSnapshotContent(file));
    const recovered = typeof content === 'string' ? content : replayFrom(options, snapshotHeight, content, warnings);
    if (typeof recovered !== 'string') return recovered;
    warnings.push(`${name} is not used: ${recovered}. Recovery takes longer, nothing is lost.`);
  }
  const recovered = replayFrom(options, 0, null, warnings);
  if (typeof recovered === 'string') throw damaged(paths.journal, { file: 'journal', offset: 0, height: 1 }, recovered);
  return recovered;
}

/** The content of a snapshot whose state has the root that was written with it. Cost: what a journaled root costs, not the tree anew. */
function checkedRoot(content: SnapshotContent | string): SnapshotContent | string {
  if (typeof content === 'string') return content;
  const { checkpointer, state, directory, root } = content;
  const found = serviceRoot(checkpointer, state, { toPlain: () => directory });
  return Buffer.compare(found, root) === 0 ? content : 'its state has another root than was written with it';
}

interface Replay {
  readonly engine: Engine;
  readonly codec: JournalingCodec;
  readonly directory: DirectoryState;
  readonly checkpointer: Checkpointer;
  /** Outcomes of the newest blocks, not yet decoded: most of a long tail falls out of the window anyway. */
  readonly recent: { readonly height: number; readonly count: number; readonly bytes: Uint8Array }[];
  recentEntries: number;
  firstRecent: number;
  entries: number;
  tailBytes: number;
  roots: number;
}

/** Recovers from one snapshot, or from genesis; a text when the snapshot does not belong to this journal. */
function replayFrom(
  options: RecoveryOptions,
  from: number,
  snapshot: SnapshotContent | null,
  warnings: readonly string[],
): Recovered | string {
  const { paths } = options;
  const replay = beginReplay(options, snapshot);
  let mismatch: string | null = null;
  const { deploymentHash, until } = options;
  const range = until === undefined ? { from, deploymentHash } : { from, deploymentHash, until };
  const scan = scanJournal(options.fileSystem, paths, range, (record, segment) => {
    if (mismatch !== null) return;
    if (record.height > from) return applyRecord(options, replay, record, segment);
    if (record.height === from && snapshot !== null && Buffer.compare(record.hash, snapshot.recordHash) !== 0)
      mismatch = `the journal has another block ${from}`;
  });
  if (mismatch !== null) return mismatch;
  if (!scan.ok) throw damaged(paths.journal, scan.damage.place, scan.damage.reason);
  const { end } = scan;
  if (end.height < from) {
    const place = { file: `journal/${segmentName(end.segment)}`, offset: end.end, height: end.height + 1 };
    throw damaged(paths.journal, place, `the journal ends before block ${from}, of which there is a snapshot`);
  }
  const window = createOutcomeWindow(options.window);
  for (const block of snapshot?.window ?? []) window.keep(restoredSlots(block.height, block));
  for (const { height, bytes } of replay.recent.slice(replay.firstRecent)) {
    const outcomes = decodeOutcomes(bytes);
    if (typeof outcomes === 'string')
      throw damaged(paths.journal, { file: 'journal', offset: 0, height }, `its outcomes cannot be read: ${outcomes}`);
    window.keep(restoredSlots(height, outcomes));
  }
  const { engine, codec, directory, checkpointer, entries, tailBytes, roots } = replay;
  return {
    engine,
    codec,
    directory,
    checkpointer,
    window,
    end,
    snapshotHeight: from,
    blocks: end.height - from,
    entries,
    tailBytes,
    roots,
    warnings,
  };
}

function beginReplay({ deployment, directory }: RecoveryOptions, snapshot: SnapshotContent | null): Replay {
  const codec = createJournalingCodec();
  const engine = snapshot === null ? createEngine(deployment.genesis, codec) : resumeEngine(snapshot.state, codec);
  return {
    engine,
    codec,
    directory: snapshot === null ? directory.create(deployment) : directory.restore(deployment, snapshot.directory),
    checkpointer: snapshot?.checkpointer ?? createCheckpointer((bytes) => sha256(bytes), engine.state),
    recent: [],
    recentEntries: 0,
    firstRecent: 0,
    entries: 0,
    tailBytes: 0,
    roots: 0,
  };
}

function applyRecord(options: RecoveryOptions, replay: Replay, record: JournalRecord, segment: number): void {
  const refuse = (reason: string): never => {
    const place = { file: `journal/${segmentName(segment)}`, offset: record.offset, height: record.height };
    throw damaged(options.paths.journal, place, `the record is whole, but ${reason}`);
  };
  const { engine, codec, directory, checkpointer } = replay;
  const head = decodeHead(record.head);
  if (typeof head === 'string') return refuse(head);
  checkHead(engine, record, head, refuse);
  const events = decodeEvents(record.head);
  if (typeof events === 'string') return refuse(events);
  const parts = splitBody(record.body);
  if (typeof parts === 'string') return refuse(parts);
  const facts = decodeFacts(parts);
  if (typeof facts === 'string') return refuse(facts);
  try {
    for (const { change } of facts.changes) directory.apply(change, head.timeMs);
    codec.expectHash(record.headHash);
    replayBlock(engine, { height: head.height, timeMs: head.timeMs, events, hash: record.headHash });
  } catch (error) {
    return refuse(`its events do not apply: ${error instanceof Error ? error.message : String(error)}`);
  }
  markDirty(checkpointer, events);
  if (facts.root !== null) {
    const root = serviceRoot(checkpointer, engine.state, directory);
    if (Buffer.compare(root, facts.root) !== 0) return refuse('the state after it has another root than was journaled');
    replay.roots += 1;
  }
  replay.entries += facts.count;
  replay.tailBytes += record.length;
  remember(options, replay, facts, { height: record.height, bytes: parts.outcomes });
}

function checkHead(engine: Engine, record: JournalRecord, head: JournaledHead, refuse: (reason: string) => never): void {
  if (head.height !== record.height) refuse(`its events are of block ${head.height}`);
  if (Buffer.compare(head.previousHash, engine.state.previousHash) !== 0) refuse('its events do not follow the block before it');
  if (head.timeMs < engine.state.timeMs) refuse('its time is before that of the block before it');
}

function remember(
  { window }: RecoveryOptions,
  replay: Replay,
  { count }: JournaledFacts,
  block: { readonly height: number; readonly bytes: Uint8Array },
): void {
  if (count === 0) return;
  // A copy: the segment's buffer is large, and few of its bytes are these.
  replay.recent.push({ height: block.height, count, bytes: block.bytes.slice() });
  replay.recentEntries += count;
  for (;;) {
    const oldest = replay.recent[replay.firstRecent];
    if (oldest === undefined || replay.recentEntries - oldest.count < window.entriesMax) return;
    replay.recentEntries -= oldest.count;
    replay.firstRecent += 1;
    if (replay.firstRecent > 4096) {
      replay.recent.splice(0, replay.firstRecent);
      replay.firstRecent = 0;
    }
  }
}
