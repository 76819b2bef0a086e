import type { Event } from '@plimsoll/core/engine';
import { height, type OwnerId, ownerId } from '@plimsoll/core/numeric';
import type { CommandId, Entry, Outcome } from '../contracts/submission.ts';
import { type JournaledOutcome, type JournaledOutcomes, NOBODY, outcomeActorOf, outcomeIdOf } from '../journal/blockRecord.ts';

/** One entry from its acceptance on: who waits for it, and what became of it. */
export interface Slot {
  readonly actor: number;
  readonly id: CommandId;
  /** Null while it is under way. */
  outcome: Outcome | null;
  waiters: ((slot: Slot) => void)[] | null;
}

/** Outcomes by actor and command id, of the newest entries; the oldest blocks are forgotten first. */
export interface OutcomeWindow {
  find(actor: number, id: CommandId): Slot | undefined;
  /** A slot for an entry that is under way. */
  begin(entry: Entry): Slot;
  /** Forgets an entry that came to nothing. */
  abandon(slot: Slot): void;
  /** Keeps the slots of a durable block, and forgets what exceeds the bounds. */
  keep(slots: readonly Slot[]): void;
  size(): number;
  /** What is needed to restore it: blocks, the oldest first. */
  toPlain(): readonly PlainOutcomes[];
}

export interface PlainOutcomes {
  readonly height: number;
  readonly actors: Int32Array;
  readonly ids: readonly CommandId[];
  readonly outcomes: readonly JournaledOutcome[];
}

/** `entriesMax`: outcomes kept; `eventsMax`: newest of them that keep their events. */
export function createOutcomeWindow(limits: { readonly entriesMax: number; readonly eventsMax: number }): OutcomeWindow {
  const actors = new Map<number, Map<CommandId, Slot>>();
  /** Durable blocks, the oldest first; `firstKept` and `firstWithEvents` count from the start of the array. */
  let blocks: (readonly Slot[])[] = [];
  let firstKept = 0;
  let firstWithEvents = 0;
  let kept = 0;
  let withEvents = 0;

  const forget = (slot: Slot): void => {
    const known = actors.get(slot.actor);
    if (known?.get(slot.id) !== slot) return;
    known.delete(slot.id);
    if (known.size === 0) actors.delete(slot.actor);
  };
  const put = (slot: Slot): void => {
    let known = actors.get(slot.actor);
    if (known === undefined) {
      known = new Map();
      actors.set(slot.actor, known);
    }
    known.set(slot.id, slot);
  };
  return {
    find: (actor, id) => actors.get(actor)?.get(id),
    begin(entry) {
      const slot: Slot = { actor: outcomeActorOf(entry), id: outcomeIdOf(entry), outcome: null, waiters: null };
      put(slot);
      return slot;
    },
    abandon: forget,
    keep(slots) {
      if (slots.length === 0) return;
      for (const slot of slots) {
        // Restored slots are not in the map yet.
        if (actors.get(slot.actor)?.get(slot.id) !== slot) put(slot);
      }
      blocks.push(slots);
      kept += slots.length;
      withEvents += slots.length;
      while (withEvents > limits.eventsMax && firstWithEvents < blocks.length) {
        const old = blocks[firstWithEvents] ?? [];
        for (const slot of old) dropEvents(slot);
        withEvents -= old.length;
        firstWithEvents += 1;
      }
      while (kept > limits.entriesMax && firstKept < firstWithEvents) {
        const old = blocks[firstKept] ?? [];
        for (const slot of old) forget(slot);
        kept -= old.length;
        firstKept += 1;
      }
      if (firstKept > 1024 && firstKept * 2 > blocks.length) {
        blocks = blocks.slice(firstKept);
        firstWithEvents -= firstKept;
        firstKept = 0;
      }
    },
    size: () => kept,
    toPlain: () => blocks.slice(firstKept).map(plainBlock),
  };
}

/** The slots of a block that recovery read. Events are not kept with them. */
export function restoredSlots(blockHeight: number, { actors, ids, outcomes }: JournaledOutcomes): readonly Slot[] {
  return ids.map((id, index) => ({
    actor: actors[index] ?? NOBODY,
    id,
    outcome: outcomeOf(outcomes[index] ?? null, { height: blockHeight, index, events: [] }),
    waiters: null,
  }));
}

export function outcomeOf(
  journaled: JournaledOutcome,
  place: { readonly height: number; readonly index: number; readonly events: readonly Event[] },
): Outcome {
  const at = { height: height(place.height), index: place.index };
  if (journaled !== null && typeof journaled === 'object') return { status: 'rejected', ...at, ...journaled };
  return { status: 'accepted', ...at, events: place.events, owner: journaled === null ? null : ownerId(journaled) };
}

function plainBlock(slots: readonly Slot[]): PlainOutcomes {
  return {
    height: slots[0]?.outcome?.height ?? 0,
    actors: Int32Array.from(slots, ({ actor }) => actor),
    ids: slots.map(({ id }) => id),
    outcomes: slots.map(({ outcome }) => journaledOf(outcome)),
  };
}

function journaledOf(outcome: Outcome | null): JournaledOutcome {
  if (outcome === null) return null;
  if (outcome.status === 'accepted') return outcome.owner satisfies OwnerId | null;
  return { code: outcome.code, account: outcome.account, figures: outcome.figures };
}

const NO_EVENTS: readonly Event[] = [];

function dropEvents(slot: Slot): void {
  const { outcome } = slot;
  if (outcome?.status === 'accepted' && outcome.events.length > 0) slot.outcome = { ...outcome, events: NO_EVENTS };
}
