import type { BlockResult, Engine } from '@plimsoll/core/engine';
import type { OwnerId } from '@plimsoll/core/numeric';
import type { Directory } from './directory.ts';
import type { Head } from './head.ts';
import type { CommandId, Entry, Lookup, Outcome, Overload, ReusedIds } from './submission.ts';

/** A block as it is published, once it is durable. */
export interface PublishedBlock {
  readonly head: Head;
  readonly entries: readonly Entry[];
  /** One per entry, in order. */
  readonly outcomes: readonly Outcome[];
  readonly result: BlockResult;
}

/**
 * The single writer. It orders entries, stamps and applies blocks, journals each with one fdatasync, and only then tells anybody.
 */
export interface Sequencer {
  /**
   * Takes verified entries, all or none, in order. Resolves to their outcomes once their block is durable; an entry whose command id
   * its actor used before, for the same, gets the outcome of then and is not executed again; for something else it is refused, and all with it.
   * Returns an overload or a refusal at once, and nothing is executed.
   * Rejects when the service dies before it is known what became of them (the caller answers: unknown, ask by id), and with a ShedError when
   * the disk got full behind what was accepted: then none of them was executed, and none will be.
   */
  submit(entries: readonly Entry[]): Promise<readonly Outcome[]> | Overload | ReusedIds;
  lookup(actor: OwnerId, commandId: CommandId): Lookup;
  /** Runs `query` on durable state only; it must be synchronous, must not write, and must not keep the engine. */
  read<T>(query: (engine: Engine, directory: Directory, head: Head) => T): Promise<T>;
  head(): Head;
  /** Called in order, for every durable block; returns how to stop. A listener must not throw. */
  onBlock(listener: (block: PublishedBlock) => void): () => void;
  /** What is waiting and how full things are, for metrics and readiness. */
  load(): SequencerLoad;
  /** Takes nothing more, finishes what was accepted, writes a snapshot, closes the files. */
  close(): Promise<void>;
}

export interface SequencerLoad {
  readonly waitingEntries: number;
  readonly waitingMax: number;
  readonly blocks: number;
  readonly journalBytes: number;
  readonly lastBlockEntries: number;
  /** Milliseconds: apply, write, and fdatasync of the last block. */
  readonly lastApplyMs: number;
  readonly lastWriteMs: number;
  readonly lastSyncMs: number;
  readonly isStopping: boolean;
  /** Whether the disk gave no more room, and a command would be refused for it; not asked anew. */
  readonly isDiskFull: boolean;
}
