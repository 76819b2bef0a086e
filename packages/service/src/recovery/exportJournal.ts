import { type JsonValue, toJsonValue } from '@plimsoll/core/wire';
import {
  decodeCommands,
  decodeEvents,
  decodeFacts,
  decodeHead,
  decodeOutcomes,
  entriesOf,
  splitBody,
} from '../journal/blockRecord.ts';
import { type JournalRecord, segmentName } from '../journal/format.ts';
import { damaged } from '../journal/journalError.ts';
import { scanJournal } from '../journal/scanJournal.ts';
import { type JournalToolOptions, openForReading } from './openForReading.ts';

/** Gives every block to `line`, the oldest first, as one JSON value: integers beyond 2^53 are text ending in n, bytes hexadecimal. */
export function exportJournal(options: JournalToolOptions, line: (block: JsonValue) => void): { readonly blocks: number } {
  const { fileSystem, paths, deploymentHash } = openForReading(options);
  let blocks = 0;
  const scan = scanJournal(fileSystem, paths, { from: 0, deploymentHash }, (record, segment) => {
    const block = blockOf(record);
    if (typeof block === 'string') {
      const place = { file: `journal/${segmentName(segment)}`, offset: record.offset, height: record.height };
      throw damaged(paths.journal, place, block);
    }
    line(block);
    blocks += 1;
  });
  if (!scan.ok) throw damaged(paths.journal, scan.damage.place, scan.damage.reason);
  return { blocks };
}

function blockOf(record: JournalRecord): JsonValue {
  const head = decodeHead(record.head);
  const events = decodeEvents(record.head);
  const parts = splitBody(record.body);
  if (typeof head === 'string') return head;
  if (typeof events === 'string') return events;
  if (typeof parts === 'string') return parts;
  const facts = decodeFacts(parts);
  const outcomes = decodeOutcomes(parts.outcomes);
  const commands = decodeCommands(parts);
  if (typeof facts === 'string') return facts;
  if (typeof outcomes === 'string') return outcomes;
  if (typeof commands === 'string') return commands;
  const answers = outcomes.outcomes.map((outcome) => {
    if (outcome === null) return { status: 'accepted' };
    return typeof outcome === 'number' ? { status: 'accepted', owner: outcome } : { status: 'rejected', ...outcome };
  });
  return toJsonValue({
    height: head.height,
    timeMs: head.timeMs,
    blockHash: record.headHash,
    recordHash: record.hash,
    stateRoot: facts.root,
    entries: entriesOf(facts, outcomes.ids, commands).map((entry, index) => ({ ...entry, outcome: answers[index] })),
    events,
  });
}
