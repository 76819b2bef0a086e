import type { Event } from '@plimsoll/core/engine';
import { accountId, ownerId } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../contracts/submission.ts';
import type { JournaledOutcome } from '../journal/blockRecord.ts';
import { createOutcomeWindow, type OutcomeWindow, restoredSlots } from './outcomeWindow.ts';

const asked: Entry = {
  kind: 'command',
  commandId: 'a',
  command: { kind: 'closeAccount', actor: ownerId(7), nonce: 1, account: accountId(4) },
};
const CLOSED: readonly Event[] = [{ kind: 'accountClosed', account: accountId(4) }];
const REJECTED: JournaledOutcome = { code: 'unknownAuction', account: null, figures: { account: 2 } };

/** Makes a durable block of the oldest entries that are under way. */
function makeBlock(window: OutcomeWindow, height: number, outcomes: readonly JournaledOutcome[]): void {
  const contents = new Int32Array(outcomes.length);
  window.keep({ height, ...window.oldest(outcomes.length), outcomes, contents, events: outcomes.map(() => CLOSED) });
}

describe('the window of outcomes', () => {
  it('takes back entries that were not accepted after all, as if they had never begun', () => {
    const window = createOutcomeWindow({ entriesMax: 10, eventsMax: 10 });
    window.findOrBegin(7, 'kept', asked);
    window.findOrBegin(7, 'gone', asked);
    window.findOrBegin(8, 'gone', asked);
    window.takeBack(2);
    expect([window.find(7, 'gone'), window.find(8, 'gone')]).toEqual([-1, -1]);
    expect(window.find(7, 'kept')).toBe(0);
    window.findOrBegin(7, 'next', asked);
    expect(window.oldest(2)).toEqual({ actors: Int32Array.of(7, 7), ids: ['kept', 'next'] });
  });

  it('knows an entry from its beginning on, and its outcome from its block on', () => {
    const window = createOutcomeWindow({ entriesMax: 10, eventsMax: 10 });
    expect(window.findOrBegin(7, 'a', asked)).toBe(-1);
    expect(window.findOrBegin(7, 'b', asked)).toBe(-1);
    expect(window.findOrBegin(8, 'a', asked)).toBe(-1);
    const serial = window.find(7, 'b');
    expect(window.findOrBegin(7, 'b', asked)).toBe(serial);
    expect(window.outcome(serial)).toBe(null);
    expect(window.oldest(2)).toEqual({ actors: Int32Array.of(7, 7), ids: ['a', 'b'] });
    makeBlock(window, 3, [null, REJECTED]);
    expect(window.outcome(serial)).toEqual({
      status: 'rejected',
      height: 3,
      index: 1,
      code: 'unknownAuction',
      account: null,
      figures: { account: 2 },
    });
    expect(window.outcome(window.find(7, 'a'))).toEqual({
      status: 'accepted',
      height: 3,
      index: 0,
      events: CLOSED,
      owner: null,
    });
    expect(window.outcome(window.find(8, 'a'))).toBe(null);
    expect(window.find(9, 'a')).toBe(-1);
    makeBlock(window, 4, [ownerId(1_000)]);
    expect(window.outcome(window.find(8, 'a'))).toMatchObject({ status: 'accepted', height: 4, index: 0, owner: 1_000 });
  });

  it('forgets events before outcomes, and the oldest blocks first', () => {
    const window = createOutcomeWindow({ entriesMax: 6, eventsMax: 3 });
    for (let block = 1; block <= 5; block += 1) {
      window.findOrBegin(1, `a${block}`, asked);
      window.findOrBegin(1, `b${block}`, asked);
      makeBlock(window, block, [null, null]);
    }
    expect(window.size()).toBe(6);
    expect(window.find(1, 'a2')).toBe(-1);
    const eventsOf = (id: string): number | null => {
      const outcome = window.outcome(window.find(1, id));
      return outcome?.status === 'accepted' ? outcome.events.length : null;
    };
    expect(['a3', 'b3', 'a4', 'b4', 'a5', 'b5'].map(eventsOf)).toEqual([0, 0, 0, 0, 1, 1]);
    expect(window.toPlain().map(({ height, ids }) => [height, ids])).toEqual([
      [3, ['a3', 'b3']],
      [4, ['a4', 'b4']],
      [5, ['a5', 'b5']],
    ]);
  });

  it('takes an id that was forgotten as new, and the newer outcome of two that were recovered', () => {
    const window = createOutcomeWindow({ entriesMax: 2, eventsMax: 0 });
    for (let block = 1; block <= 3; block += 1) {
      expect(window.findOrBegin(5, block === 2 ? 'other' : 'again', asked)).toBe(-1);
      makeBlock(window, block, [null]);
      if (block === 2) {
        window.findOrBegin(5, 'more', asked);
        makeBlock(window, 2.5, [null]);
      }
    }
    expect(window.outcome(window.find(5, 'again'))).toMatchObject({ height: 3 });
    const restored = createOutcomeWindow({ entriesMax: 10, eventsMax: 10 });
    const one = { actors: Int32Array.of(5), contents: Int32Array.of(0), ids: ['again'] };
    restored.keep(restoredSlots(1, { ...one, outcomes: [null] }));
    restored.keep(restoredSlots(9, { ...one, outcomes: [REJECTED] }));
    expect(restored.outcome(restored.find(5, 'again'))).toMatchObject({ status: 'rejected', height: 9 });
  });

  it('is the same after any traffic whether it lived through it or was restored, and as a plain map says', () => {
    const id = fc.integer({ min: 0, max: 60 }).map((number) => `id-${number}`);
    const block = fc.array(fc.record({ actor: fc.integer({ min: -1, max: 2 }), id, isRejected: fc.boolean() }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), (traffic) => {
        const limits = { entriesMax: 40, eventsMax: 10 };
        const window = createOutcomeWindow(limits);
        let remembered: { readonly key: string; readonly at: number; readonly index: number }[][] = [];
        let height = 0;
        for (const entries of traffic) {
          const outcomes: JournaledOutcome[] = [];
          const block: (typeof remembered)[number] = [];
          for (const entry of entries) {
            const key = `${entry.actor}/${entry.id}`;
            const isKnown = [...remembered, block].flat().some((one) => one.key === key);
            expect(window.findOrBegin(entry.actor, entry.id, asked) >= 0).toBe(isKnown);
            if (isKnown) continue;
            block.push({ key, at: height + 1, index: outcomes.length });
            outcomes.push(entry.isRejected ? REJECTED : null);
          }
          height += 1;
          makeBlock(window, height, outcomes);
          if (block.length > 0) remembered.push(block);
          while (remembered.flat().length > limits.entriesMax) remembered = remembered.slice(1);
        }
        const restored = createOutcomeWindow(limits);
        for (const plain of window.toPlain()) restored.keep(restoredSlots(plain.height, plain));
        expect(restored.toPlain()).toEqual(window.toPlain());
        for (const { key, at, index } of remembered.flat()) {
          const [actor = '', name = ''] = key.split('/');
          for (const one of [window, restored])
            expect(one.outcome(one.find(Number(actor), name))).toMatchObject({ height: at, index });
        }
        expect(window.size()).toBe(remembered.flat().length);
      }),
      { seed: 21, numRuns: 80 },
    );
  });
});
