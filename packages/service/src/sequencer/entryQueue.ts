import type { Command } from '@plimsoll/core/engine';
import { encodeCanonical } from '@plimsoll/core/wire';
import type { Entry } from '../contracts/submission.ts';
import type { Slot } from './outcomeWindow.ts';

/** An entry that waits, with the slot of its outcome. */
export interface Waiting {
  readonly entry: Entry;
  readonly slot: Slot;
  readonly bytes: number;
}

/** First in, first out, with what it holds counted. */
export interface EntryQueue {
  push(waiting: Waiting): void;
  /** Takes what fits into one block, at least one entry. `commandsMax` counts commands that are not reports of prices or premiums. */
  takeBlock(limits: { readonly entriesMax: number; readonly bytesMax: number; readonly commandsMax: number }): readonly Waiting[];
  clear(): readonly Waiting[];
  entries(): number;
  bytes(): number;
}

export function createEntryQueue(): EntryQueue {
  let items: Waiting[] = [];
  let first = 0;
  let bytes = 0;
  const drop = (count: number): readonly Waiting[] => {
    const taken = items.slice(first, first + count);
    first += count;
    for (const waiting of taken) bytes -= waiting.bytes;
    if (first === items.length) {
      items = [];
      first = 0;
    } else if (first > 65_536) {
      items = items.slice(first);
      first = 0;
    }
    return taken;
  };
  return {
    push(waiting) {
      items.push(waiting);
      bytes += waiting.bytes;
    },
    takeBlock({ entriesMax, bytesMax, commandsMax }) {
      let count = 0;
      let commands = 0;
      let size = 0;
      while (count < entriesMax && first + count < items.length) {
        const next = items[first + count];
        if (next === undefined) break;
        const isCounted = isBudgeted(next.entry);
        size += next.bytes;
        if (count > 0 && ((isCounted && commands === commandsMax) || size > bytesMax)) break;
        if (isCounted) commands += 1;
        count += 1;
      }
      return drop(count);
    },
    clear: () => drop(items.length - first),
    entries: () => items.length - first,
    bytes: () => bytes,
  };
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
