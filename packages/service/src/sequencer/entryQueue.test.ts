import type { Command } from '@plimsoll/core/engine';
import { accountId, ownerId, sourceId } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../contracts/submission.ts';
import { createEntryQueue, type Portion, weightOf } from './entryQueue.ts';

const close = (nonce: number): Command => ({ kind: 'closeAccount', actor: ownerId(1), nonce, account: accountId(1) });
const report = (nonce: number): Command => ({ kind: 'reportPrices', actor: ownerId(2), nonce, source: sourceId(0), prices: [] });

function entriesOf(kinds: readonly boolean[], from: number): readonly Entry[] {
  return kinds.map((isReport, at) => ({
    kind: 'command',
    commandId: `e${from + at}`,
    command: isReport ? report(from + at) : close(from + at),
  }));
}

function idsOf(portions: readonly Portion[]): readonly string[] {
  return portions.flatMap(({ submission, from, to }) => submission.entries.slice(from, to).map(({ commandId }) => commandId));
}

const nobody = { outcomes: [], missing: 0, resolve: () => {}, reject: () => {} };

describe('the queue of entries', () => {
  it('gives entries back in their order, in blocks that keep every bound, as one by one', () => {
    const submissions = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), { maxLength: 20 });
    const limits = fc.record({
      entriesMax: fc.integer({ min: 1, max: 12 }),
      bytesMax: fc.integer({ min: 1, max: 3_000 }),
      commandsMax: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(submissions, limits, (made, bounds) => {
        const queue = createEntryQueue();
        const all: Entry[] = [];
        for (const kinds of made) {
          const entries = entriesOf(kinds, all.length);
          all.push(...entries);
          queue.push({ entries, places: null, weight: weightOf(entries), sender: 1, waiter: nobody });
        }
        const weight = weightOf(all);
        expect([queue.entries(), queue.bytes()]).toEqual([all.length, weight.bytes]);
        let at = 0;
        while (queue.entries() > 0) {
          const expected = expectedBlock(all.slice(at), bounds);
          expect(idsOf(queue.takeBlock(bounds))).toEqual(expected.map(({ commandId }) => commandId));
          at += expected.length;
          expect(queue.bytes()).toBe(weightOf(all.slice(at)).bytes);
        }
        expect(at).toBe(all.length);
        expect(queue.takeBlock(bounds)).toEqual([]);
      }),
      { seed: 31, numRuns: 200 },
    );
  });

  it('is cleared of what was not taken, from the middle of a submission on', () => {
    const queue = createEntryQueue();
    for (const from of [0, 3]) {
      const entries = entriesOf([true, true, true], from);
      queue.push({ entries, places: null, weight: weightOf(entries), sender: 1, waiter: nobody });
    }
    queue.takeBlock({ entriesMax: 2, bytesMax: 10_000, commandsMax: 10 });
    expect(idsOf(queue.clear())).toEqual(['e2', 'e3', 'e4', 'e5']);
    expect([queue.entries(), queue.bytes()]).toEqual([0, 0]);
  });
});

/** What fits, looked at entry by entry; the first always does. */
function expectedBlock(
  entries: readonly Entry[],
  bounds: { readonly entriesMax: number; readonly bytesMax: number; readonly commandsMax: number },
): readonly Entry[] {
  const block: Entry[] = [];
  for (const entry of entries) {
    const weight = weightOf([...block, entry]);
    const isFull = block.length === bounds.entriesMax || weight.bytes > bounds.bytesMax || weight.commands > bounds.commandsMax;
    if (block.length > 0 && isFull) break;
    block.push(entry);
  }
  return block;
}
