import type { Event } from '@plimsoll/core/engine';
import { type Height, height, type OwnerId, ownerId } from '@plimsoll/core/numeric';
import type { CommandId, Entry, Outcome } from '../contracts/submission.ts';
import { contentOf, type JournaledOutcome, type JournaledOutcomes, NOBODY } from '../journal/blockRecord.ts';
import { createCommandIndex } from './commandIndex.ts';

/**
 * Outcomes by actor and command id, of the newest entries; the oldest blocks are forgotten first. Every entry has a serial number from its
 * acceptance on, one more than the entry before it; blocks take entries in that order. What is kept are the columns that were journaled, so that
 * an entry costs no objects of its own for as long as it is remembered.
 */
export interface OutcomeWindow {
  /** The serial number of an entry that is under way or remembered; −1 for one that is not. */
  find(actor: number, id: CommandId): number;
  /** The same, but an entry that is not known begins and takes the next serial number: then −1 too. */
  findOrBegin(actor: number, id: CommandId, entry: Entry): number;
  /** Whether an entry that is under way or remembered asked for what this one asks for. */
  isSame(serial: number, entry: Entry): boolean;
  /** Forgets the newest entries that began: they were not accepted after all. */
  takeBack(count: number): void;
  /** What became of an entry; null while it is under way. */
  outcome(serial: number): Outcome | null;
  /** Actors and ids of the oldest entries that are under way: those of the block that is made of them. */
  oldest(count: number): { readonly actors: Int32Array; readonly ids: readonly CommandId[] };
  /** Forgets all entries that are under way: they will not be executed, and are new when they come again. */
  abandon(): void;
  /** Keeps a durable block of the oldest entries that are under way, or one that was recovered; forgets what exceeds the bounds. */
  keep(block: KeptBlock): void;
  size(): number;
  /** Serial number of the oldest entry that is under way, or of the next one that will be. */
  firstUnderWay(): number;
  /** What is needed to restore it: blocks, the oldest first. */
  toPlain(): readonly PlainOutcomes[];
}

export interface PlainOutcomes {
  readonly height: number;
  readonly actors: Int32Array;
  readonly ids: readonly CommandId[];
  readonly outcomes: readonly JournaledOutcome[];
  /** `contentOf` each entry. */
  readonly contents: Int32Array;
}

export interface KeptBlock extends PlainOutcomes {
  /** What each entry caused; null: not kept, as of blocks that were recovered. */
  readonly events: readonly (readonly Event[])[] | null;
}

interface RememberedBlock extends PlainOutcomes {
  readonly firstSerial: number;
  readonly hashes: Int32Array;
  events: KeptBlock['events'];
}

/** `entriesMax`: outcomes kept; `eventsMax`: newest of them that keep their events. */
export function createOutcomeWindow(limits: { readonly entriesMax: number; readonly eventsMax: number }): OutcomeWindow {
  const index = createCommandIndex();
  /** Durable blocks, the oldest first; `firstKept` and `firstWithEvents` count from the start of the array. */
  let blocks: RememberedBlock[] = [];
  let firstKept = 0;
  let firstWithEvents = 0;
  let kept = 0;
  let withEvents = 0;
  /** Entries under way: `waitingIds[firstWaiting]` has the serial number `firstSerial`. */
  let waitingIds: CommandId[] = [];
  let waitingActors: number[] = [];
  let waitingHashes: number[] = [];
  /** What they ask for; null of those that recovery read. */
  let waitingEntries: (Entry | null)[] = [];
  let firstWaiting = 0;
  let firstSerial = 0;

  const blockOf = (serial: number): RememberedBlock | undefined => {
    let low = firstKept;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((blocks[middle]?.firstSerial ?? Number.POSITIVE_INFINITY) <= serial) low = middle;
      else high = middle - 1;
    }
    return blocks[low];
  };
  // What is looked for, so that looking needs no function of its own each time.
  let wantedActor = NOBODY;
  let wantedId: CommandId = '';
  const isWanted = (serial: number): boolean => {
    if (serial >= firstSerial) {
      const at = firstWaiting + serial - firstSerial;
      return waitingIds[at] === wantedId && waitingActors[at] === wantedActor;
    }
    const block = blockOf(serial);
    if (block === undefined) return false;
    const place = serial - block.firstSerial;
    return block.ids[place] === wantedId && block.actors[place] === wantedActor;
  };
  const find = (hash: number, actor: number, id: CommandId): number => {
    wantedActor = actor;
    wantedId = id;
    return index.find(hash, isWanted);
  };
  const begin = (hash: number, actor: number, id: CommandId, entry: Entry | null): void => {
    index.add(hash, firstSerial + waitingIds.length - firstWaiting);
    waitingEntries.push(entry);
    waitingIds.push(id);
    waitingActors.push(actor);
    waitingHashes.push(hash);
  };
  /** The hashes of the entries of a block, which are under way no more. Recovered ones never were. */
  const finish = ({ actors, ids }: KeptBlock): Int32Array => {
    const count = ids.length;
    if (firstWaiting === waitingIds.length) {
      ids.forEach((id, place) => {
        const actor = actors[place] ?? NOBODY;
        const hash = index.hashOf(actor, id);
        // An id whose older outcome had been forgotten when it was used again: the newer one is meant.
        const older = find(hash, actor, id);
        if (older >= 0) index.remove(hash, older);
        begin(hash, actor, id, null);
      });
    }
    const hashes = Int32Array.from(waitingHashes.slice(firstWaiting, firstWaiting + count));
    // What was asked for is told by its content from here on.
    waitingEntries.fill(null, firstWaiting, firstWaiting + count);
    firstWaiting += count;
    firstSerial += count;
    if (firstWaiting === waitingIds.length || firstWaiting > WAITING_DROPPED_MAX) {
      waitingIds = waitingIds.slice(firstWaiting);
      waitingActors = waitingActors.slice(firstWaiting);
      waitingHashes = waitingHashes.slice(firstWaiting);
      waitingEntries = waitingEntries.slice(firstWaiting);
      firstWaiting = 0;
    }
    return hashes;
  };
  const forgetOldest = (): void => {
    const old = blocks[firstKept];
    if (old === undefined) return;
    old.hashes.forEach((hash, place) => {
      index.remove(hash, old.firstSerial + place);
    });
    kept -= old.ids.length;
    firstKept += 1;
  };
  return {
    find: (actor, id) => find(index.hashOf(actor, id), actor, id),
    findOrBegin(actor, id, entry) {
      const hash = index.hashOf(actor, id);
      const known = find(hash, actor, id);
      if (known < 0) begin(hash, actor, id, entry);
      return known;
    },
    isSame(serial, entry) {
      if (serial >= firstSerial) {
        const waiting = waitingEntries[firstWaiting + serial - firstSerial] ?? null;
        return waiting === null || contentOf(waiting) === contentOf(entry);
      }
      const block = blockOf(serial);
      const content = block?.contents[serial - block.firstSerial];
      return content === undefined || content === contentOf(entry);
    },
    takeBack(count) {
      for (let left = count; left > 0; left -= 1) {
        const at = waitingIds.length - 1;
        index.remove(waitingHashes[at] ?? 0, firstSerial + at - firstWaiting);
        waitingIds.pop();
        waitingActors.pop();
        waitingHashes.pop();
        waitingEntries.pop();
      }
    },
    outcome(serial) {
      if (serial >= firstSerial) return null;
      const block = blockOf(serial);
      if (block === undefined) return null;
      const place = serial - block.firstSerial;
      return outcomeOf(block.outcomes[place] ?? null, {
        height: block.height,
        index: place,
        events: block.events?.[place] ?? [],
      });
    },
    oldest: (count) => ({
      actors: Int32Array.from(waitingActors.slice(firstWaiting, firstWaiting + count)),
      ids: waitingIds.slice(firstWaiting, firstWaiting + count),
    }),
    abandon() {
      for (let at = firstWaiting; at < waitingHashes.length; at += 1)
        index.remove(waitingHashes[at] ?? 0, firstSerial + at - firstWaiting);
      waitingIds = [];
      waitingActors = [];
      waitingHashes = [];
      waitingEntries = [];
      firstWaiting = 0;
    },
    keep(block) {
      const count = block.ids.length;
      if (count === 0) return;
      const { height: at, actors, ids, outcomes, contents, events } = block;
      blocks.push({ firstSerial, height: at, actors, ids, outcomes, contents, events, hashes: finish(block) });
      kept += count;
      withEvents += count;
      while (withEvents > limits.eventsMax && firstWithEvents < blocks.length) {
        const old = blocks[firstWithEvents];
        if (old !== undefined) {
          old.events = null;
          withEvents -= old.ids.length;
        }
        firstWithEvents += 1;
      }
      while (kept > limits.entriesMax && firstKept < firstWithEvents) forgetOldest();
      if (firstKept > BLOCKS_DROPPED_MAX && firstKept * 2 > blocks.length) {
        blocks = blocks.slice(firstKept);
        firstWithEvents -= firstKept;
        firstKept = 0;
      }
    },
    size: () => kept,
    firstUnderWay: () => firstSerial,
    toPlain: () =>
      blocks
        .slice(firstKept)
        .map(({ height: at, actors, ids, outcomes, contents }) => ({ height: at, actors, ids, outcomes, contents })),
  };
}

/** Places of entries and blocks that are gone are given back when so many have gathered. */
const WAITING_DROPPED_MAX = 65_536;
const BLOCKS_DROPPED_MAX = 1_024;

/** A block that recovery read. Events are not kept with it. */
export function restoredSlots(blockHeight: number, { actors, ids, outcomes, contents }: JournaledOutcomes): KeptBlock {
  return { height: blockHeight, actors, ids, outcomes, contents, events: null };
}

export function outcomeOf(
  journaled: JournaledOutcome,
  place: { readonly height: number; readonly index: number; readonly events: readonly Event[] },
): Outcome {
  return outcomeAt(height(place.height), place.index, journaled, place.events);
}

/** The same for whoever makes thousands. */
export function outcomeAt(blockHeight: Height, index: number, journaled: JournaledOutcome, events: readonly Event[]): Outcome {
  if (journaled !== null && typeof journaled === 'object') {
    const { code, account, figures } = journaled;
    return { status: 'rejected', height: blockHeight, index, code, account, figures };
  }
  const owner: OwnerId | null = journaled === null ? null : ownerId(journaled);
  return { status: 'accepted', height: blockHeight, index, events, owner };
}
