import type { FileSystem } from '../journal/fileSystem.ts';
import type { Journal } from '../journal/journal.ts';
import type { DataPaths } from '../journal/paths.ts';
import { writeSnapshotFile } from '../journal/snapshotFile.ts';
import type { Recovered } from '../recovery/recover.ts';
import { encodeSnapshotContent } from '../recovery/snapshotContent.ts';
import { type SnapshotThread, writeSnapshotInThread } from '../recovery/snapshotThread.ts';
import type { SequencerLimits } from './limits.ts';
import type { SequencerObserver } from './observer.ts';

/** Takes snapshots beside the making of blocks. A failure is a warning and a longer recovery, nothing else. */
export interface SnapshotTaker {
  /** Begins a snapshot when one is due. To be called between blocks, when the state is durable. */
  takeWhenDue(): void;
  /** Ends what is under way and, unless the sequencer failed, leaves a snapshot of the last block. */
  finish(last: { readonly isFailed: boolean }): Promise<void>;
}

interface Surroundings {
  readonly fileSystem: FileSystem;
  readonly paths: DataPaths;
  readonly limits: SequencerLimits;
  readonly observer: SequencerObserver;
  readonly recovered: Recovered;
  readonly journal: Journal;
  readonly stopwatch: () => number;
  /** What a thread for a snapshot starts with; null: snapshots are encoded on the spot. */
  readonly worker: URL | null;
}

/** A tail of so many times `snapshotBytes` is more than a thread catches up with, or threads fail: the snapshot is taken on the spot. */
const FAR_BEHIND = 8;

/**
 * A small state is encoded on the spot, which takes milliseconds. A larger one is made by another thread out of the last snapshot and the
 * journal: nothing is copied, the blocks go on, and what is written is exactly the state after its block.
 */
export function createSnapshotTaker(surroundings: Surroundings): SnapshotTaker {
  const { fileSystem, paths, limits, observer, recovered, journal, stopwatch, worker } = surroundings;
  const { directory, checkpointer, window } = recovered;
  const { state } = recovered.engine;
  /** Where the last snapshot was begun, and where the last one that stands was. */
  let begun = { bytes: -recovered.tailBytes, height: recovered.snapshotHeight };
  let standing = begun;
  let writing: Promise<void> | null = null;
  let thread: SnapshotThread | null = null;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let isFinishing = false;

  /** Accounts, actors and outcomes: what a snapshot is made of. */
  const size = (): number => state.ledger.accounts.rowCount + state.nonces.size + window.size();

  const encodeHere = async (): Promise<number> => {
    const file = encodeSnapshotContent({ state, directory, checkpointer, recordHash: journal.hash(), window: window.toPlain() });
    await writeSnapshotFile(fileSystem, paths, file);
    return file.parts.reduce((sum, part) => sum + part.length, 0);
  };

  const askThread = async (entry: URL): Promise<number> => {
    const outcomes = { entriesMax: limits.windowEntriesMax, eventsMax: limits.windowEventsMax };
    thread = writeSnapshotInThread(entry, { folder: paths.folder, height: state.height, window: outcomes });
    return thread.written;
  };

  const take = (entry: URL | null): Promise<void> => {
    observer.phase?.('snapshot');
    const startedMs = stopwatch();
    const place = { bytes: journal.bytesWritten(), height: state.height };
    begun = place;
    // Both hold the thread until they first wait: for encoding and hashing the one, for starting a thread the other.
    const bytesLater = entry === null ? encodeHere() : askThread(entry);
    const heldMs = stopwatch() - startedMs;
    restUntilMs = startedMs + heldMs * limits.snapshotTimeShare;
    writing = bytesLater
      .then(
        (bytes) => {
          standing = place;
          observer.snapshot?.({ height: place.height, bytes, heldMs });
        },
        (error: unknown) => {
          if (isFinishing && entry !== null) return;
          const reason = error instanceof Error ? error.message : String(error);
          observer.warning?.(
            `The snapshot of block ${place.height} was not written (${reason}). The journal is whole; recovery takes longer.`,
          );
        },
      )
      .finally(() => {
        writing = null;
        thread = null;
        // A thread works for at most half of the time: the other half is for whoever shares its core.
        if (entry !== null && limits.snapshotTimeShare > 0) restUntilMs = Math.max(restUntilMs, 2 * stopwatch() - startedMs);
      });
    return writing;
  };

  return {
    takeWhenDue() {
      if (writing !== null || isFinishing || stopwatch() < restUntilMs) return;
      const isDue =
        journal.bytesWritten() - begun.bytes >= limits.snapshotBytes || state.height - begun.height >= limits.snapshotBlocks;
      if (!isDue) return;
      const isFarBehind = journal.bytesWritten() - standing.bytes >= limits.snapshotBytes * FAR_BEHIND;
      void take(isFarBehind || size() <= limits.snapshotInlineMax ? null : worker);
    },
    async finish({ isFailed }) {
      isFinishing = true;
      await thread?.stop();
      await writing;
      if (!isFailed && state.height > standing.height) await take(null);
    },
  };
}
