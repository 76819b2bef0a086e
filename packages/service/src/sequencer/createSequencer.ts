import { applyBlock, type BlockResult, type Command, type Event, nextHeight } from '@plimsoll/core/engine';
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
  type JournaledOutcomes,
  NOBODY,
  outcomeActorOf,
  outcomeIdOf,
  outcomeOfResult,
} from '../journal/blockRecord.ts';
import { type FileSystem, nodeFileSystem } from '../journal/fileSystem.ts';
import { type FolderLock, lockFolder } from '../journal/folderLock.ts';
import { type Journal, openJournal } from '../journal/journal.ts';
import { JournalError } from '../journal/journalError.ts';
import { type DataPaths, dataPaths } from '../journal/paths.ts';
import { type DirectoryFactory, type Recovered, recover } from '../recovery/recover.ts';
import { serviceRoot } from '../recovery/serviceRoot.ts';
import { SNAPSHOT_WORKER } from '../recovery/snapshotThread.ts';
import { createEntryQueue, type EntryWeight, type Portion, type Waiter, weightOf } from './entryQueue.ts';
import { DEFAULT_SEQUENCER_LIMITS, entryBytesIn, roomOf, type SequencerLimits } from './limits.ts';
import type { SequencerObserver } from './observer.ts';
import { openFolder } from './openFolder.ts';
import { outcomeAt } from './outcomeWindow.ts';
import { decided, entriesOf, tell } from './portions.ts';
import { SHED_IN_PART, ShedError } from './shedError.ts';
import { createSnapshotTaker, type SnapshotTaker } from './snapshotTaker.ts';
import { createStandingWarnings } from './standingWarnings.ts';

export interface SequencerOptions {
  readonly deployment: Deployment;
  readonly folder: string;
  readonly clock: Clock;
  readonly directory: DirectoryFactory;
  readonly limits?: Partial<SequencerLimits>;
  readonly observer?: SequencerObserver;
  /** The `.mjs` that a thread for snapshots starts with; a bundle names its own. */
  readonly snapshotWorker?: URL;
  /** Another file system: for tests. Threads know only the real one: snapshots are then encoded on the spot. */
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
    const worker = options.fileSystem === undefined ? (options.snapshotWorker ?? SNAPSHOT_WORKER) : null;
    const snapshots = createSnapshotTaker({ fileSystem, paths, limits, observer, recovered, journal, stopwatch, worker });
    return run({ clock: options.clock, paths, limits, observer, lock, recovered, journal, snapshots, stopwatch });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Running {
  readonly clock: Clock;
  readonly paths: DataPaths;
  readonly limits: SequencerLimits;
  readonly observer: SequencerObserver;
  readonly lock: FolderLock;
  readonly recovered: Recovered;
  readonly journal: Journal;
  readonly snapshots: SnapshotTaker;
  readonly stopwatch: () => number;
}

/** A checkpoint may take this share of the time. */
const CHECKPOINT_SHARE = 20;
const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 5_000;
/** How often room is asked for again on a full disk. */
const ROOM_RETRY_MS = 1_000;
/** What an ordinary entry is estimated at, at most: there is room for commands when there is for one of these. */
const ORDINARY_BYTES = 512;

function run({ clock, paths, limits, observer, lock, recovered, journal, snapshots, stopwatch }: Running): Sequencer {
  const { engine, codec, directory, checkpointer, window } = recovered;
  const { state } = engine;
  const queue = createEntryQueue();
  const encoder = createBodyEncoder();
  const listeners = new Set<(block: PublishedBlock) => void>();
  const warnings = createStandingWarnings(observer, paths.folder);
  const startBytes = recovered.end.end;

  let head: Head = { height: state.height, timeMs: state.timeMs, hash: state.previousHash };
  let underWay: readonly Portion[] = [];
  let underWayEntries = 0;
  /** Who else waits for an entry that is under way, by its serial number: whoever sent it again. */
  const joined = new Map<number, { readonly waiter: Waiter; readonly place: number }[]>();
  let isBusy = false;
  let isScheduled = false;
  let isStopping = false;
  let failure: Error | null = null;
  let reads: { readonly run: () => void; readonly fail: (error: Error) => void }[] = [];
  let whenIdle: (() => void)[] = [];
  let idleTimer: NodeJS.Timeout | undefined;
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
    for (const { submission } of [...underWay, ...queue.clear()]) submission.waiter.reject(error);
    for (const others of joined.values()) for (const { waiter } of others) waiter.reject(error);
    joined.clear();
    underWay = [];
    underWayEntries = 0;
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
    withRoom().then(makeBlockOrShed).catch(die);
  };

  /** Waits for the next segment rather than make it on the spot; on a full disk there is what is left. */
  const withRoom = async (): Promise<void> => {
    const share = Math.min(limits.blockEntriesMax / Math.max(queue.entries(), 1), 1);
    const bytes = Math.min(queue.bytes() * share, limits.blockBytesMax);
    if (journal.room() < Math.max(limits.reserveBytes, roomOf(bytes, limits))) await journal.prepareNext();
  };

  const makeBlockOrShed = (): Promise<void> | undefined => {
    if (journal.roomError() === null || queue.nextBytes() <= entryBytesIn(journal.room(), limits)) return makeBlock();
    shedWaiting();
    next();
    return undefined;
  };

  /** The disk got full behind what had been accepted: what there is no room for was never begun, and whoever waits is told so. */
  const shedWaiting = (): void => {
    warnings.disk(journal.roomError());
    const shed = new ShedError(overload('diskFull'));
    const inPart = new JournalError('DISK_FULL', SHED_IN_PART, { path: paths.folder });
    const turnAway = (waiter: Waiter): void => waiter.reject(waiter.missing === waiter.outcomes.length ? shed : inPart);
    for (const { submission } of queue.clear()) turnAway(submission.waiter);
    for (const others of joined.values()) for (const { waiter } of others) turnAway(waiter);
    joined.clear();
    window.abandon();
  };

  const armIdle = (): void => {
    clearTimeout(idleTimer);
    if (isStopping || failure !== null) return;
    idleTimer = setTimeout(() => {
      if (isBusy || failure !== null) return;
      if (isDiskFull(0)) return armIdle();
      isBusy = true;
      withRoom().then(makeBlockOrShed).catch(die);
    }, limits.idleBlockMs);
    idleTimer.unref();
  };

  /** Whether the disk gave no more room, and what it gave is not enough for all that waits, these bytes, and the reserve. */
  const lacksRoom = (bytes: number): boolean =>
    journal.roomError() !== null && journal.room() < limits.reserveBytes + roomOf(queue.bytes() + bytes, limits);

  /** The same, told to whoever runs the service; room is asked for again. */
  const isDiskFull = (bytes: number): boolean => {
    if (journal.roomError() === null) {
      warnings.disk(null);
      return false;
    }
    if (!lacksRoom(bytes)) return false;
    if (stopwatch() - roomAskedMs > ROOM_RETRY_MS) {
      roomAskedMs = stopwatch();
      void journal.prepareNext();
    }
    warnings.disk(journal.roomError());
    return true;
  };

  const makeBlock = (): Promise<void> | undefined => {
    const startedMs = stopwatch();
    const { commandsMax } = state.parameters.global.budget;
    const bytesMax = Math.min(limits.blockBytesMax, entryBytesIn(journal.room(), limits));
    underWay = queue.takeBlock({ entriesMax: limits.blockEntriesMax, bytesMax, commandsMax });
    observer.phase?.('apply');
    const entries = entriesOf(underWay);
    underWayEntries = entries.length;
    const { actors, ids } = window.oldest(entries.length);
    const { result, outcomes } = applyEntries(entries);
    const appliedMs = stopwatch();
    const root = rootWhenDue(appliedMs);
    observer.phase?.('write');
    const { bytes: body, contents } = encoder.encode({ entries, actors, ids, outcomes, root });
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
      publish(entries, { actors, ids, outcomes, contents }, result);
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
    warnings.clock(now, state.timeMs);
    const commands: Command[] = [];
    const outcomes = new Array<JournaledOutcome>(entries.length).fill(null);
    let index = 0;
    for (const entry of entries) {
      if (entry.kind === 'command') commands.push(entry.command);
      else {
        const answer = directory.apply(entry.change, timeMs);
        outcomes[index] = answer.ok ? answer.owner : { code: answer.code, account: null, figures: {} };
      }
      index += 1;
    }
    const result = applyBlock(engine, { height: nextHeight(state), timeMs, commands });
    let place = 0;
    index = 0;
    for (const entry of entries) {
      if (entry.kind === 'command') {
        const answer = result.results[place];
        place += 1;
        if (answer === undefined) throw new Error('every command of a block has a result');
        outcomes[index] = outcomeOfResult(answer);
      }
      index += 1;
    }
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

  const publish = (entries: readonly Entry[], journaled: JournaledOutcomes, result: BlockResult): void => {
    head = { height: result.height, timeMs: result.timeMs, hash: result.hash };
    blocks += 1;
    const events = eventsOf(entries, result);
    const outcomes: Outcome[] = [];
    for (let index = 0; index < entries.length; index += 1)
      outcomes.push(outcomeAt(result.height, index, journaled.outcomes[index] ?? null, events[index] ?? []));
    const firstSerial = window.firstUnderWay();
    window.keep({ ...journaled, height: result.height, events });
    const portions = underWay;
    underWay = [];
    underWayEntries = 0;
    const block: PublishedBlock = { head, entries, outcomes, result };
    for (const listener of listeners) listener(block);
    let from = 0;
    for (const portion of portions) {
      tell(portion, outcomes, from);
      from += portion.to - portion.from;
    }
    if (joined.size === 0) return;
    outcomes.forEach((outcome, place) => {
      tellJoined(firstSerial + place, outcome);
    });
  };

  const tellJoined = (serial: number, outcome: Outcome): void => {
    for (const { waiter, place } of joined.get(serial) ?? []) {
      waiter.outcomes[place] = outcome;
      waiter.missing -= 1;
      if (waiter.missing === 0) waiter.resolve(decided(waiter));
    }
    joined.delete(serial);
  };

  const next = (): void => {
    isBusy = false;
    if (reads.length > 0) {
      const ready = reads;
      reads = [];
      for (const read of ready) read.run();
    }
    if (journal.room() < limits.segmentBytes / 2 && journal.roomError() === null) void journal.prepareNext();
    snapshots.takeWhenDue();
    observer.phase?.('idle');
    armIdle();
    if (queue.entries() > 0) return schedule();
    const waiting = whenIdle;
    whenIdle = [];
    for (const done of waiting) done();
  };

  /** For entries that are under way, and given again, somebody more waits. */
  const join = (known: readonly number[], waiter: Waiter): void => {
    known.forEach((serial, place) => {
      if (serial < 0 || waiter.outcomes[place] !== null) return;
      const others = joined.get(serial) ?? [];
      others.push({ waiter, place });
      joined.set(serial, others);
    });
  };

  const overload = (reason: Overload['reason']): Overload => {
    const waitMs = reason === 'queueFull' ? Math.ceil(queue.entries() / Math.max(entriesPerMs, 0.001)) : ROOM_RETRY_MS;
    return { kind: 'overload', reason, retryAfterMs: Math.min(Math.max(waitMs, RETRY_MIN_MS), RETRY_MAX_MS) };
  };

  const refusal = (entries: readonly Entry[], { bytes, commands }: EntryWeight): Overload | null => {
    if (isStopping) return overload('stopping');
    const { waitingEntriesMax, waitingBytesMax, waitingSenders, waitingReports } = limits;
    const waiting = queue.entries() + underWayEntries;
    const entriesMax = commands === 0 ? waitingEntriesMax : waitingEntriesMax * (1 - 1 / waitingReports);
    if (waiting > 0 && waiting + entries.length > entriesMax) return overload('queueFull');
    if (entries.length > waitingEntriesMax) return overload('queueFull');
    if (queue.entries() > 0 && queue.bytes() + bytes > waitingBytesMax) return overload('queueFull');
    const own = queue.of(senderOf(entries));
    const isOwnFull =
      own.entries + entries.length > waitingEntriesMax / waitingSenders || own.bytes + bytes > waitingBytesMax / waitingSenders;
    if (own.entries > 0 && isOwnFull) return overload('queueFull');
    return isDiskFull(bytes) ? overload('diskFull') : null;
  };

  armIdle();
  observer.phase?.('idle');
  return {
    submit(entries) {
      const known: number[] = [];
      const outcomes: (Outcome | null)[] = [];
      let missing = 0;
      let begun = 0;
      const reused: number[] = [];
      for (const entry of entries) {
        const serial = window.findOrBegin(outcomeActorOf(entry), outcomeIdOf(entry), entry);
        if (serial < 0) begun += 1;
        else if (!window.isSame(serial, entry)) reused.push(known.length);
        const outcome = serial < 0 ? null : window.outcome(serial);
        known.push(serial);
        outcomes.push(outcome);
        if (outcome === null) missing += 1;
      }
      if (reused.length > 0) {
        window.takeBack(begun);
        return { kind: 'reused', places: reused };
      }
      // What was accepted before is told or waited for, however full or late it is: only what is new can be turned away.
      const fresh = begun === entries.length ? entries : entries.filter((_, place) => (known[place] ?? -1) < 0);
      const weight = weightOf(fresh);
      const refused = begun === 0 ? null : refusal(fresh, weight);
      if (refused !== null) {
        window.takeBack(begun);
        return refused;
      }
      if (failure !== null && missing > 0) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        const waiter: Waiter = { outcomes, missing, resolve, reject };
        if (missing === 0) return resolve(decided(waiter));
        const places = begun === entries.length ? null : placesOf(known);
        if (begun > 0) queue.push({ entries: fresh, places, weight, sender: senderOf(fresh), waiter });
        if (places !== null) join(known, waiter);
        schedule();
      });
    },
    lookup(actor: OwnerId, commandId): Lookup {
      const serial = window.find(actor, commandId);
      if (serial < 0) return { status: 'unknown' };
      const outcome = window.outcome(serial);
      return outcome === null ? { status: 'pending' } : { status: 'known', outcome };
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
      waitingEntries: queue.entries() + underWayEntries,
      waitingMax: limits.waitingEntriesMax,
      blocks,
      journalBytes: startBytes + journal.bytesWritten(),
      lastBlockEntries: last.entries,
      lastApplyMs: last.applyMs,
      lastWriteMs: last.writeMs,
      lastSyncMs: last.syncMs,
      isStopping,
      isDiskFull: lacksRoom(ORDINARY_BYTES),
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
      await snapshots.finish({ isFailed: failure !== null });
      await journal.close();
      lock.release();
    },
  };
}

/** Where the entries stand that were not known before. */
function placesOf(known: readonly number[]): readonly number[] {
  return known.flatMap((serial, place) => (serial < 0 ? [place] : []));
}

/** What is submitted together comes from one sender; those who are nobody yet share one place. */
function senderOf([first]: readonly Entry[]): number {
  return first === undefined ? NOBODY : outcomeActorOf(first);
}

/** What each entry itself caused. */
function eventsOf(entries: readonly Entry[], { results }: BlockResult): readonly (readonly Event[])[] {
  let place = 0;
  const events: (readonly Event[])[] = [];
  for (const entry of entries) {
    const answer = entry.kind === 'command' ? results[place] : undefined;
    if (entry.kind === 'command') place += 1;
    events.push(answer?.kind === 'accepted' ? answer.events : NO_EVENTS);
  }
  return events;
}

const NO_EVENTS: readonly Event[] = [];
