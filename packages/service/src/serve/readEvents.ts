import type { Event } from '@plimsoll/core/engine';
import { decodeEvents, decodeHead } from '../journal/blockRecord.ts';
import { segmentName } from '../journal/format.ts';
import { damaged } from '../journal/journalError.ts';
import { scanJournal } from '../journal/scanJournal.ts';
import { openForReading } from '../recovery/openForReading.ts';

/**
 * Gives what happened in every block of a data folder up to `upTo`, the oldest first; a service may be running on the folder, and what lies
 * behind that block is not looked at. Throws JournalError when it is none or is damaged. Cost: one pass over the journal up to there.
 */
export function readEvents(
  folder: string,
  upTo: number,
  visit: (block: { readonly height: number; readonly timeMs: number; readonly events: readonly Event[] }) => void,
): void {
  const { fileSystem, paths, deploymentHash } = openForReading({ folder });
  if (upTo < 1) return;
  const scan = scanJournal(fileSystem, paths, { from: 0, deploymentHash, until: upTo }, (record, segment) => {
    const head = decodeHead(record.head);
    const events = decodeEvents(record.head);
    const fault = typeof head === 'string' ? head : typeof events === 'string' ? events : null;
    if (fault !== null) {
      const place = { file: `journal/${segmentName(segment)}`, offset: record.offset, height: record.height };
      throw damaged(paths.journal, place, fault);
    }
    if (typeof head === 'string' || typeof events === 'string') return;
    visit({ height: record.height, timeMs: head.timeMs, events });
  });
  if (!scan.ok) throw damaged(paths.journal, scan.damage.place, scan.damage.reason);
}
