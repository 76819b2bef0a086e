/** A sequencer without a journal: a block per turn of the event loop, in memory. A test double that keeps the contract, nothing durable. */

import { createHash } from 'node:crypto';
import { applyBlock, type Command, createEngine, type Engine, nextHeight } from '@plimsoll/core/engine';
import { type OwnerId, timeMs } from '@plimsoll/core/numeric';
import { createEventCodec } from '@plimsoll/core/wire';
import type { Clock } from '../contracts/clock.ts';
import type { Deployment } from '../contracts/deployment.ts';
import type { DirectoryState } from '../contracts/directory.ts';
import type { Head } from '../contracts/head.ts';
import type { PublishedBlock, Sequencer, SequencerLoad } from '../contracts/sequencer.ts';
import type { CommandId, Entry, Outcome } from '../contracts/submission.ts';

export interface MemorySequencerOptions {
  readonly deployment: Deployment;
  readonly directory: DirectoryState;
  readonly clock: Clock;
  /** Most entries that wait. */
  readonly waitingMax?: number;
}

export interface MemorySequencer extends Sequencer {
  readonly engine: Engine;
  /** Applies a block now: for setting a scene. */
  applyNow(commands: readonly Command[], atMs?: number): PublishedBlock;
  /** While held, entries wait: for tests of time-outs and overload. */
  hold(): void;
  release(): void;
}

interface Waiting {
  readonly entries: readonly Entry[];
  readonly resolve: (outcomes: readonly Outcome[]) => void;
}

export function createMemorySequencer(options: MemorySequencerOptions): MemorySequencer {
  const { directory, clock } = options;
  const engine = createEngine(options.deployment.genesis, createEventCodec(sha256));
  const waitingMax = options.waitingMax ?? 10_000;
  const listeners = new Set<(block: PublishedBlock) => void>();
  const known = new Map<string, Outcome>();
  const pending = new Set<string>();
  const waiting: Waiting[] = [];
  let head: Head = { height: engine.state.height, timeMs: engine.state.timeMs, hash: engine.state.previousHash };
  let isHeld = false;
  let isScheduled = false;
  let isStopping = false;
  let lastBlockEntries = 0;

  const keyOf = (actor: OwnerId | null, id: CommandId): string => `${actor ?? 'new'}/${id}`;
  const actorOf = (entry: Entry): OwnerId | null => (entry.kind === 'command' ? entry.command.actor : entry.actor);

  function schedule(): void {
    if (isHeld || isScheduled || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      if (!isHeld) for (const one of waiting.splice(0)) settle(one);
    });
  }

  function settle({ entries, resolve }: Waiting): void {
    const fresh = entries.filter((entry) => !known.has(keyOf(actorOf(entry), entry.commandId)));
    const unique = [...new Map(fresh.map((entry) => [keyOf(actorOf(entry), entry.commandId), entry])).values()];
    apply(unique, clock.now());
    resolve(entries.map((entry) => outcomeOf(keyOf(actorOf(entry), entry.commandId))));
  }

  function outcomeOf(key: string): Outcome {
    const outcome = known.get(key);
    if (outcome === undefined) throw new Error('An entry that was applied has an outcome.');
    return outcome;
  }

  function apply(entries: readonly Entry[], atMs: number): PublishedBlock {
    const now = timeMs(Math.max(atMs, engine.state.timeMs));
    const commands = entries.flatMap((entry) => (entry.kind === 'command' ? [entry.command] : []));
    const result = applyBlock(engine, { height: nextHeight(engine.state), timeMs: now, commands });
    let taken = 0;
    const outcomes = entries.map((entry, index): Outcome => {
      const at = { height: result.height, index };
      if (entry.kind === 'identity') {
        const decided = directory.apply(entry.change, now);
        if (decided.ok) return { status: 'accepted', ...at, events: [], owner: decided.owner };
        return { status: 'rejected', ...at, code: decided.code, account: null, figures: {} };
      }
      const found = result.results[taken];
      taken += 1;
      if (found?.kind === 'accepted') return { status: 'accepted', ...at, events: found.events, owner: null };
      const { code, account, figures } = found?.rejection ?? { code: 'blockFull', account: null, figures: {} };
      return { status: 'rejected', ...at, code, account, figures };
    });
    head = { height: result.height, timeMs: now, hash: result.hash };
    lastBlockEntries = entries.length;
    entries.forEach((entry, index) => {
      const key = keyOf(actorOf(entry), entry.commandId);
      const outcome = outcomes[index];
      pending.delete(key);
      if (outcome !== undefined) known.set(key, outcome);
    });
    const block: PublishedBlock = { head, entries, outcomes, result };
    for (const listener of listeners) listener(block);
    return block;
  }

  const waitingEntries = (): number => waiting.reduce((sum, { entries }) => sum + entries.length, 0);
  return {
    engine,
    applyNow: (commands, atMs) =>
      apply(
        commands.map((command, index) => ({ kind: 'command', commandId: `scene-${engine.state.height}-${index}`, command })),
        atMs ?? clock.now(),
      ),
    hold: () => {
      isHeld = true;
    },
    release: () => {
      isHeld = false;
      schedule();
    },
    submit(entries) {
      if (isStopping) return { kind: 'overload', reason: 'stopping', retryAfterMs: 1_000 };
      if (waitingEntries() + entries.length > waitingMax) return { kind: 'overload', reason: 'queueFull', retryAfterMs: 50 };
      for (const entry of entries) pending.add(keyOf(actorOf(entry), entry.commandId));
      return new Promise((resolve) => {
        waiting.push({ entries, resolve });
        schedule();
      });
    },
    lookup(actor, commandId) {
      const key = keyOf(actor, commandId);
      const outcome = known.get(key);
      if (outcome !== undefined) return { status: 'known', outcome };
      return { status: pending.has(key) ? 'pending' : 'unknown' };
    },
    read: async (query) => query(engine, directory, head),
    head: () => head,
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: (): SequencerLoad => ({
      waitingEntries: waitingEntries(),
      waitingMax,
      blocks: engine.state.height,
      journalBytes: 0,
      lastBlockEntries,
      lastApplyMs: 0,
      lastWriteMs: 0,
      lastSyncMs: 0,
      isStopping,
      isDiskFull: false,
    }),
    async close() {
      isStopping = true;
      isHeld = false;
      for (const one of waiting.splice(0)) settle(one);
    },
  };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
