import type { Command } from '@plimsoll/core/engine';
import { encodeCanonical } from '@plimsoll/core/wire';
import type { Entry, Outcome } from '../contracts/submission.ts';

/** Who waits for the outcomes of a submission, in the order of its entries. */
export interface Waiter {
  readonly outcomes: (Outcome | null)[];
  /** Outcomes that are still to come. */
  missing: number;
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: Error) => void;
}

/** Entries that were submitted together and wait. */
export interface Submission {
  readonly entries: readonly Entry[];
  /** Where among the waiter's outcomes each entry stands; null: where it stands among the entries. */
  readonly places: readonly number[] | null;
  readonly weight: EntryWeight;
  /** Who sent them, as `outcomeActorOf` says of the first. */
  readonly sender: number;
  readonly waiter: Waiter;
}

/** What entries take of the bounds of a block. */
export interface EntryWeight {
  readonly bytes: number;
  /** Commands that count against the budget of a block: all but reports. */
  readonly commands: number;
}

/** Entries of one submission that are in one block: those from `from` to before `to`. */
export interface Portion {
  readonly submission: Submission;
  readonly from: number;
  readonly to: number;
}

export interface Waiting {
  readonly entries: number;
  readonly bytes: number;
}

/** First in, first out, with what it holds counted, in all and by sender. */
export interface EntryQueue {
  push(submission: Submission): void;
  /** Takes what fits into one block, at least one entry. `commandsMax` counts commands that are not reports. */
  takeBlock(limits: { readonly entriesMax: number; readonly bytesMax: number; readonly commandsMax: number }): readonly Portion[];
  clear(): readonly Portion[];
  entries(): number;
  bytes(): number;
  /** What waits of one sender. */
  of(sender: number): Waiting;
  /** Bytes of the entry that is next; 0 when there is none. */
  nextBytes(): number;
}

export function createEntryQueue(): EntryQueue {
  let items: Submission[] = [];
  let first = 0;
  /** Entries of the first submission that were taken before. */
  let taken = 0;
  let entries = 0;
  let bytes = 0;
  const bySender = new Map<number, { entries: number; bytes: number }>();

  const drop = (portion: Portion, size: number): void => {
    const count = portion.to - portion.from;
    entries -= count;
    bytes -= size;
    const { sender } = portion.submission;
    const own = bySender.get(sender);
    if (own !== undefined) {
      own.entries -= count;
      own.bytes -= size;
      if (own.entries === 0) bySender.delete(sender);
    }
    if (portion.to < portion.submission.entries.length) {
      taken = portion.to;
      return;
    }
    taken = 0;
    first += 1;
    if (first === items.length || first > ITEMS_DROPPED_MAX) {
      items = items.slice(first);
      first = 0;
    }
  };
  return {
    push(submission) {
      items.push(submission);
      const count = submission.entries.length;
      entries += count;
      bytes += submission.weight.bytes;
      const own = bySender.get(submission.sender) ?? { entries: 0, bytes: 0 };
      own.entries += count;
      own.bytes += submission.weight.bytes;
      bySender.set(submission.sender, own);
    },
    takeBlock({ entriesMax, bytesMax, commandsMax }) {
      const portions: Portion[] = [];
      const room = { entries: entriesMax, bytes: bytesMax, commands: commandsMax, isUntouched: true };
      for (let next = items[first]; next !== undefined && room.entries > 0; next = items[first]) {
        const size = fill(room, next, taken);
        const portion = { submission: next, from: taken, to: size.to };
        if (portion.to === portion.from) break;
        portions.push(portion);
        drop(portion, size.bytes);
        if (portion.to < next.entries.length) break;
      }
      return portions;
    },
    clear() {
      const portions = items
        .slice(first)
        .map((submission, at) => ({ submission, from: at === 0 ? taken : 0, to: submission.entries.length }));
      items = [];
      first = 0;
      taken = 0;
      entries = 0;
      bytes = 0;
      bySender.clear();
      return portions;
    },
    entries: () => entries,
    bytes: () => bytes,
    of: (sender) => bySender.get(sender) ?? NOTHING,
    nextBytes() {
      const next = items[first]?.entries[taken];
      return next === undefined ? 0 : entryBytes(next);
    },
  };
}

const ITEMS_DROPPED_MAX = 4_096;
const NOTHING: Waiting = { entries: 0, bytes: 0 };

interface Room {
  entries: number;
  bytes: number;
  commands: number;
  /** The first entry of a block fits whatever it weighs. */
  isUntouched: boolean;
}

/** How far a submission fits, from `from` on, and what that takes of the room. */
function fill(room: Room, { entries, weight }: Submission, from: number): { readonly to: number; readonly bytes: number } {
  if (from === 0 && entries.length <= room.entries && weight.bytes <= room.bytes && weight.commands <= room.commands) {
    room.entries -= entries.length;
    room.bytes -= weight.bytes;
    room.commands -= weight.commands;
    room.isUntouched = false;
    return { to: entries.length, bytes: weight.bytes };
  }
  let to = from;
  let bytes = 0;
  while (to < entries.length && room.entries > 0) {
    const entry = entries[to];
    if (entry === undefined) break;
    const size = entryBytes(entry);
    const commands = isBudgeted(entry) ? 1 : 0;
    if (!room.isUntouched && (size > room.bytes || commands > room.commands)) break;
    room.entries -= 1;
    room.bytes -= size;
    room.commands -= commands;
    room.isUntouched = false;
    bytes += size;
    to += 1;
  }
  return { to, bytes };
}

export function weightOf(entries: readonly Entry[]): EntryWeight {
  let bytes = 0;
  let commands = 0;
  for (const entry of entries) {
    bytes += entryBytes(entry);
    if (isBudgeted(entry)) commands += 1;
  }
  return { bytes, commands };
}

/** Reports of prices and premiums are outside the budget of commands in a block. */
function isBudgeted(entry: Entry): boolean {
  return entry.kind === 'command' && entry.command.kind !== 'reportPrices' && entry.command.kind !== 'reportPremiums';
}

/** Bytes that an entry takes in memory and in the journal, roughly: exact only for commands that can be large. */
export function entryBytes(entry: Entry): number {
  return entry.kind === 'command' ? commandBytes(entry.command) : 512;
}

const SMALL_BYTES = 256;
const REPORT_BYTES = 160;

function commandBytes(command: Command): number {
  switch (command.kind) {
    case 'reportPrices':
      return SMALL_BYTES + command.prices.length * REPORT_BYTES;
    case 'reportPremiums':
      return SMALL_BYTES + command.premiums.length * REPORT_BYTES;
    case 'openAccount':
    case 'closeAccount':
    case 'deposit':
    case 'withdraw':
    case 'transfer':
    case 'supply':
    case 'unsupply':
    case 'borrow':
    case 'repay':
    case 'trade':
    case 'bid':
      return SMALL_BYTES;
    default:
      // Listings, bundles, surfaces and the like: few, and as large as their content.
      return SMALL_BYTES + encodeCanonical(command).length;
  }
}
