import { applyBlock, type BlockResult, type Command, nextHeight } from '@plimsoll/core/engine';
import type { OwnerId } from '@plimsoll/core/numeric';
import { markDirty } from '@plimsoll/core/wire';
import type { Clock } from '../contracts/clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { Head } from '../contracts/head.ts';
import type { PublishedBlock, Sequencer } from '../contracts/sequencer.ts';
import type { Entry, Lookup, Outcome, Overload } from '../contracts/submission.ts';
import {
  createBodyEncoder,
  type JournaledOutcome,
  outcomeActorOf,
  outcomeIdOf,
  outcomeOfResult,
} from '../journal/blockRecord.ts';
import { type FileSystem, nodeFileSystem } from '../journal/fileSystem.ts';
import { type FolderLock, lockFolder } from '../journal/folderLock.ts';
import { type Journal, openJournal } from '../journal/journal.ts';
import { JournalError } from '../journal/journalError.ts';
import { type DataPaths, dataPaths } from '../journal/paths.ts';
import { writeSnapshotFile } from '../journal/snapshotFile.ts';
import { type DirectoryFactory, type Recovered, recover } from '../recovery/recover.ts';
import { serviceRoot } from '../recovery/serviceRoot.ts';
import { encodeSnapshotContent } from '../recovery/snapshotContent.ts';
import { createEntryQueue, entryBytes, type Waiting } from './entryQueue.ts';
import { DEFAULT_SEQUENCER_LIMITS, type SequencerLimits } from './limits.ts';
import type { SequencerObserver } from './observer.ts';
import { openFolder } from './openFolder.ts';
import { outcomeOf, type Slot } from './outcomeWindow.ts';

export interface SequencerOptions {
  readonly deployment: Deployment;
  readonly folder: string;
  readonly clock: Clock;
  readonly directory: DirectoryFactory;
  readonly limits?: Partial<SequencerLimits>;
  readonly observer?: SequencerObserver;
  /** Another file system: for tests. */
  readonly fileSystem?: FileSystem;
}

/**
 * Takes the folder, recovers what is in it, and begins. Rejects with JournalError when the folder is in use, damaged, of another
 * deployment, or cannot be written; nothing is changed then.
 */
export async function createSequencer(options: SequencerOptions): Promise<Sequencer> {
  const fileSystem = options.fileSystem ?? nodeFileSystem;
  const paths = dataPaths(options.folder);
  const limits = { ...DEFAULT_SEQUENCER_LIMITS, ...options.limits };
  const observer = options.observer ?? {};
  const lock = lockFolder(fileSystem, paths);
  if (lock.tookOverFrom !== null)
    observer.warning?.(`Took ${paths.folder} over from process ${lock.tookOverFrom.pid}, which is no more.`);
  try {
    const { deployment, directory } = options;
    const deploymentHash = openFolder(fileSystem, paths, { deployment, segmentBytes: limits.segmentBytes });
    const startedMs = performance.now();
    const window = { entriesMax: limits.windowEntriesMax, eventsMax: limits.windowEventsMax };
    const recovered = recover({ fileSystem, paths, deployment, deploymentHash, directory, window });
    const { end, snapshotHeight, blocks, entries, roots, warnings } = recovered;
    for (const warning of warnings) observer.warning?.(warning);
    if (end.nonZeroEnd > end.end)
      observer.warning?.(
        `Cut ${end.nonZeroEnd - end.end} bytes of a write that never finished, after block ${end.height}: nothing in it was acknowledged.`,
      );
    const stopwatch = (): number => performance.now();
    const { segmentBytes, syncInlineMs } = limits;
    const journal = openJournal(fileSystem, paths, end, { segmentBytes, syncInlineMs, stopwatch });
    observer.recovered?.({ height: end.height, snapshotHeight, blocks, entries, roots, ms: performance.now() - startedMs });
    return run({ clock: options.clock, fileSystem, paths, limits, observer, lock, recovered, journal, stopwatch });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Running {
  readonly clock: Clock;
  readonly fileSystem: FileSystem;
  readonly paths: DataPaths;
  readonly limits: SequencerLimits;
  readonly observer: SequencerObserver;
  readonly lock: FolderLock;
  readonly recovered: Recovered;
  readonly journal: Journal;
  readonly stopwatch: () => number;
}

/** A checkpoint may take this share of the time. */
const CHECKPOINT_SHARE = 20;
const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 5_000;
/** How often room is asked for again on a full disk. */
const ROOM_RETRY_MS = 1_000;

function run({ clock, fileSystem, paths, limits, observer, lock, recovered, journal, stopwatch }: Running): Sequencer {
  const { engine, codec, directory, checkpointer, window } = recovered;
  const { state } = engine;
  const queue = createEntryQueue();
  const encoder = createBodyEncoder();
  const listeners = new Set<(block: PublishedBlock) => void>();
  const startBytes = recovered.end.end;

  let head: Head = { height: state.height, timeMs: state.timeMs, hash: state.previousHash };
  let underWay: readonly Waiting[] = [];
  let isBusy = false;
  let isScheduled = false;
  let isStopping = false;
  let failure: Error | null = null;
  let reads: { readonly run: () => void; readonly fail: (error: Error) => void }[] = [];
  let whenIdle: (() => void)[] = [];
  let idleTimer: NodeJS.Timeout | undefined;
  let snapshotWrite: Promise<void> | null = null;
  let snapshotRestMs = Number.NEGATIVE_INFINITY;
  let snapshotAtBytes = -recovered.tailBytes;
  let snapshotAtHeight: number = recovered.snapshotHeight;
  let checkpointDueMs = stopwatch() + limits.checkpointMs;
  let roomAskedMs = Number.NEGATIVE_INFINITY;
  let entriesPerMs = 1;
  let blocks = 0;
  const last = { entries: 0, applyMs: 0, writeMs: 0, syncMs: 0 };

  const die = (cause: unknown): void => {
    if (failure !== null) return;
    failure = cause instanceof Error ? cause : new Error(String(cause));
    isStopping = true;
    clearTimeout(idleTimer);
    const error = failure;
    for (const { slot } of [...underWay, ...queue.clear()]) {
      const waiters = slot.waiters ?? [];
      slot.waiters = null;
      for (const waiter of waiters) waiter(slot);
    }
    underWay = [];
    for (const read of reads) read.fail(error);
    reads = [];
    for (const done of whenIdle) done();
    whenIdle = [];
    observer.fatal?.(error);
  };

  const schedule = (): void => {
    if (isBusy || isScheduled || failure !== null) return;
    isScheduled = true;
    if (limits.lingerMs > 0 && queue.entries() < limits.blockEntriesMax && !isStopping) setTimeout(begin, limits.lingerMs);
    else setImmediate(begin);
  };

  const begin = (): void => {
    isScheduled = false;
    if (isBusy || failure !== null || queue.entries() === 0) return;
    isBusy = true;
    withRoom().then(makeBlock).catch(die);
  };

  /** Waits for the next segment rather than make it on the spot; a full disk leaves what is reserved. */
  const withRoom = async (): Promise<void> => {
    if (!journal.hasRoom(limits.reserveBytes)) await journal.prepareNext();
  };

  const armIdle = (): void => {
    clearTimeout(idleTimer);
    if (isStopping || failure !== null) return;
    idleTimer = setTimeout(() => {
      if (isBusy || failure !== null) return;
      if (isDiskFull()) return armIdle();
      isBusy = true;
      withRoom().then(makeBlock).catch(die);
    }, limits.idleBlockMs);
    idleTimer.unref();
  };

  const isDiskFull = (): boolean => {
    if (journal.hasRoom(limits.reserveBytes)) return false;
    if (journal.roomError() === null) return false;
    if (stopwatch() - roomAskedMs > ROOM_RETRY_MS) {
      roomAskedMs = stopwatch();
      void journal.prepareNext();
    }
    return true;
  };

  const makeBlock = (): Promise<void> | undefined => {
    const startedMs = stopwatch();
    const { commandsMax } = state.parameters.global.budget;
    underWay = queue.takeBlock({ entriesMax: limits.blockEntriesMax, bytesMax: limits.blockBytesMax, commandsMax });
    observer.phase?.('apply');
    const entries = underWay.map(({ entry }) => entry);
    const { result, outcomes } = applyEntries(entries);
    const appliedMs = stopwatch();
    const root = rootWhenDue(appliedMs);
    observer.phase?.('write');
    const body = encoder.encode({ entries, outcomes, root });
    // The bytes that were hashed; nothing has used the codec since.
    journal.append({ height: result.height, head: codec.blockBytes(), headHash: result.hash, body });
    const writtenMs = stopwatch();
    last.applyMs = appliedMs - startedMs;
    last.writeMs = writtenMs - appliedMs;
    last.entries = entries.length;
    observer.phase?.('sync');
    const finish = (): void => {
      last.syncMs = stopwatch() - writtenMs;
      observer.phase?.('publish');
      journal.markDurable();
      publish(entries, outcomes, result);
      const tookMs = Math.max(stopwatch() - startedMs, 0.01);
      if (entries.length > 0) entriesPerMs += (entries.length / tookMs - entriesPerMs) / 8;
      next();
    };
    const syncing = journal.sync();
    if (syncing === undefined) {
      finish();
      return undefined;
    }
    return syncing.then(finish);
  };

  /** Changes of identity come first, in order; commands were authorised against the directory of the last block. */
  const applyEntries = (
    entries: readonly Entry[],
  ): { readonly result: BlockResult; readonly outcomes: readonly JournaledOutcome[] } => {
    const now = clock.now();
    const timeMs = now > state.timeMs ? now : state.timeMs;
    const commands: Command[] = [];
    const outcomes = new Array<JournaledOutcome>(entries.length).fill(null);
    entries.forEach((entry, index) => {
      if (entry.kind === 'command') commands.push(entry.command);
      else {
        const answer = directory.apply(entry.change, timeMs);
        outcomes[index] = answer.ok ? answer.owner : { code: answer.code, account: null, figures: {} };
      }
    });
    const result = applyBlock(engine, { height: nextHeight(state), timeMs, commands });
    let place = 0;
    entries.forEach((entry, index) => {
      if (entry.kind !== 'command') return;
      const answer = result.results[place];
      place += 1;
      if (answer === undefined) throw new Error('every command of a block has a result');
      outcomes[index] = outcomeOfResult(answer);
    });
    markDirty(checkpointer, result.events);
    return { result, outcomes };
  };

  const rootWhenDue = (nowMs: number): Uint8Array | null => {
    if (limits.checkpointMs > 0 && nowMs < checkpointDueMs) return null;
    const root = serviceRoot(checkpointer, state, directory);
    const doneMs = stopwatch();
    const restMs = limits.checkpointMs === 0 ? 0 : Math.max(limits.checkpointMs, (doneMs - nowMs) * CHECKPOINT_SHARE);
    checkpointDueMs = doneMs + restMs;
    return root;
  };

  const publish = (entries: readonly Entry[], journaled: readonly JournaledOutcome[], result: BlockResult): void => {
    head = { height: result.height, timeMs: result.timeMs, hash: result.hash };
    blocks += 1;
    let place = 0;
    const slots: Slot[] = [];
    const outcomes = underWay.map(({ slot, entry }, index): Outcome => {
      const answer = entry.kind === 'command' ? result.results[place] : undefined;
      if (entry.kind === 'command') place += 1;
      const events = answer?.kind === 'accepted' ? answer.events : [];
      const outcome = outcomeOf(journaled[index] ?? null, { height: result.height, index, events });
      slot.outcome = outcome;
      slots.push(slot);
      return outcome;
    });
    window.keep(slots);
    underWay = [];
    const block: PublishedBlock = { head, entries, outcomes, result };
    for (const listener of listeners) listener(block);
    for (const slot of slots) {
      const { waiters } = slot;
      slot.waiters = null;
      for (const waiter of waiters ?? []) waiter(slot);
    }
  };

  const next = (): void => {
    isBusy = false;
    if (reads.length > 0) {
      const ready = reads;
      reads = [];
      for (const read of ready) read.run();
    }
    if (!journal.hasRoom(limits.segmentBytes / 2) && journal.roomError() === null) void journal.prepareNext();
    snapshotWhenDue();
    observer.phase?.('idle');
    armIdle();
    if (queue.entries() > 0) return schedule();
    const waiting = whenIdle;
    whenIdle = [];
    for (const done of waiting) done();
  };

  const snapshotWhenDue = (): void => {
    if (snapshotWrite !== null || isStopping || stopwatch() < snapshotRestMs) return;
    const isDue =
      journal.bytesWritten() - snapshotAtBytes >= limits.snapshotBytes || head.height - snapshotAtHeight >= limits.snapshotBlocks;
    if (isDue) void takeSnapshot();
  };

  /** The state is encoded at once, and written while the service goes on. A failure is a longer recovery, nothing else. */
  const takeSnapshot = (): Promise<void> => {
    observer.phase?.('snapshot');
    const startedMs = stopwatch();
    snapshotAtBytes = journal.bytesWritten();
    snapshotAtHeight = head.height;
    const file = encodeSnapshotContent({ state, directory, checkpointer, recordHash: journal.hash(), window: window.toPlain() });
    const heldMs = stopwatch() - startedMs;
    snapshotRestMs = startedMs + heldMs * limits.snapshotTimeShare;
    snapshotWrite = writeSnapshotFile(fileSystem, paths, file)
      .then(
        () => {
          const bytes = file.parts.reduce((sum, part) => sum + part.length, 0);
          observer.snapshot?.({ height: file.height, bytes, heldMs });
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          observer.warning?.(
            `The snapshot of block ${file.height} was not written (${reason}). The journal is whole; recovery takes longer.`,
          );
        },
      )
      .finally(() => {
        snapshotWrite = null;
      });
    return snapshotWrite;
  };

  const overload = (reason: Overload['reason']): Overload => {
    const waitMs = reason === 'queueFull' ? Math.ceil(queue.entries() / Math.max(entriesPerMs, 0.001)) : ROOM_RETRY_MS;
    return { kind: 'overload', reason, retryAfterMs: Math.min(Math.max(waitMs, RETRY_MIN_MS), RETRY_MAX_MS) };
  };

  const refusal = (entries: readonly Entry[], bytes: number): Overload | null => {
    if (isStopping) return overload('stopping');
    const waiting = queue.entries() + underWay.length;
    if (waiting > 0 && waiting + entries.length > limits.waitingEntriesMax) return overload('queueFull');
    if (entries.length > limits.waitingEntriesMax) return overload('queueFull');
    if (queue.entries() > 0 && queue.bytes() + bytes > limits.waitingBytesMax) return overload('queueFull');
    return isDiskFull() ? overload('diskFull') : null;
  };

  armIdle();
  observer.phase?.('idle');
  return {
    submit(entries) {
      const sizes = entries.map(entryBytes);
      const refused = refusal(
        entries,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      if (refused !== null) return refused;
      const slots: Slot[] = [];
      let missing = 0;
      let settle: (slot: Slot) => void = () => {};
      const waiter = (slot: Slot): void => settle(slot);
      entries.forEach((entry, index) => {
        const known = window.find(outcomeActorOf(entry), outcomeIdOf(entry));
        const slot = known ?? window.begin(entry);
        slots.push(slot);
        if (slot.outcome !== null) return;
        missing += 1;
        slot.waiters ??= [];
        slot.waiters.push(waiter);
        if (known === undefined) queue.push({ entry, slot, bytes: sizes[index] ?? 0 });
      });
      if (missing === 0) return Promise.resolve(slots.map(outcomeOfSlot));
      schedule();
      return new Promise((resolve, reject) => {
        settle = (slot) => {
          missing -= 1;
          if (slot.outcome === null)
            reject(failure ?? new Error('the service stopped before it was known what became of a command'));
          else if (missing === 0) resolve(slots.map(outcomeOfSlot));
        };
      });
    },
    lookup(actor: OwnerId, commandId): Lookup {
      const slot = window.find(actor, commandId);
      if (slot === undefined) return { status: 'unknown' };
      return slot.outcome === null ? { status: 'pending' } : { status: 'known', outcome: slot.outcome };
    },
    read(query) {
      if (failure !== null) return Promise.reject(failure);
      const answer = () => query(engine, directory, head);
      if (!isBusy) {
        try {
          return Promise.resolve(answer());
        } catch (error) {
          return Promise.reject(error);
        }
      }
      return new Promise((resolve, reject) => {
        const run = (): void => {
          try {
            resolve(answer());
          } catch (error) {
            reject(error);
          }
        };
        reads.push({ run, fail: reject });
      });
    },
    head: () => head,
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: () => ({
      waitingEntries: queue.entries() + underWay.length,
      waitingMax: limits.waitingEntriesMax,
      blocks,
      journalBytes: startBytes + journal.bytesWritten(),
      lastBlockEntries: last.entries,
      lastApplyMs: last.applyMs,
      lastWriteMs: last.writeMs,
      lastSyncMs: last.syncMs,
      isStopping,
    }),
    async close() {
      if (isStopping && failure === null)
        throw new JournalError('CLOSED', 'The sequencer was closed before.', { path: paths.folder });
      isStopping = true;
      clearTimeout(idleTimer);
      if (failure === null && (isBusy || queue.entries() > 0)) {
        await new Promise<void>((resolve) => {
          whenIdle.push(resolve);
        });
      }
      if (snapshotWrite !== null) await snapshotWrite;
      if (failure === null && head.height > snapshotAtHeight) await takeSnapshot();
      await journal.close();
      lock.release();
    },
  };
}

function outcomeOfSlot({ outcome }: Slot): Outcome {
  if (outcome === null) throw new Error('a slot that is settled has an outcome');
  return outcome;
}
