import type { Entry, Outcome } from '../contracts/submission.ts';
import type { Portion, Waiter } from './entryQueue.ts';

/** The entries of a block, in order. */
export function entriesOf(portions: readonly Portion[]): readonly Entry[] {
  const [only] = portions;
  if (only !== undefined && portions.length === 1 && only.from === 0 && only.to === only.submission.entries.length)
    return only.submission.entries;
  const entries: Entry[] = [];
  for (const { submission, from, to } of portions) {
    for (let at = from; at < to; at += 1) {
      const entry = submission.entries[at];
      if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}

/** Gives a waiter the outcomes of its entries in a block: those from `first` on. */
export function tell({ submission, from, to }: Portion, outcomes: readonly Outcome[], first: number): void {
  const { places, waiter } = submission;
  for (let at = from; at < to; at += 1) waiter.outcomes[places?.[at] ?? at] = outcomes[first + at - from] ?? null;
  waiter.missing -= to - from;
  if (waiter.missing === 0) waiter.resolve(decided(waiter));
}

/** The outcomes of a submission that is settled. */
export function decided({ outcomes }: Waiter): readonly Outcome[] {
  if (!isDecided(outcomes)) throw new Error('every entry of a submission that is settled has an outcome');
  return outcomes;
}

function isDecided(outcomes: readonly (Outcome | null)[]): outcomes is readonly Outcome[] {
  return !outcomes.includes(null);
}
