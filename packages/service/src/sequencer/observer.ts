import type { JournalError } from '../journal/journalError.ts';

/** What the single writer is doing: `apply`, `write` (before fsync), `sync`, `publish` (after fsync), `snapshot`, `idle`. */
export type Phase = 'idle' | 'apply' | 'write' | 'sync' | 'publish' | 'snapshot';

/** Told what happens; every method is optional and must not throw. */
export interface SequencerObserver {
  readonly phase?: (phase: Phase) => void;
  /** Something to be said to whoever runs the service, which goes on. */
  readonly warning?: (message: string) => void;
  /** The service cannot go on: nothing more is taken, what is waiting is rejected. Called once. */
  readonly fatal?: (error: JournalError | Error) => void;
  readonly recovered?: (facts: {
    readonly height: number;
    readonly snapshotHeight: number;
    readonly blocks: number;
    readonly entries: number;
    readonly roots: number;
    readonly ms: number;
  }) => void;
  /** A snapshot stands; `heldMs` is how long it held up the thread. */
  readonly snapshot?: (facts: { readonly height: number; readonly bytes: number; readonly heldMs: number }) => void;
}
