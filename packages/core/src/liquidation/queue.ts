/**
 * Who is dealt with in this block. Three quarters of the budget go to the largest shortfalls, so that what threatens
 * the protocol most comes first; a quarter goes round by account id, so that a flood of large accounts cannot keep a small one
 * waiting for ever.
 */

import { compareBigint, compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import type { AccountId, Ticks } from '../numeric/brand.ts';

export interface QueuedAccount {
  readonly account: AccountId;
  /** −health at maintenance in USD ticks, not negative. */
  readonly shortfall: Ticks;
}

export interface QueueSelection {
  /** By shortfall, then the round-robin picks by id. */
  readonly selected: readonly AccountId[];
  /** Hand this to the next block: the last account picked by the round robin, or the cursor as it was. */
  readonly cursor: number;
}

/**
 * Picks at most `budget` of the waiting accounts. Of the budget ⌊budget/4⌋ is the round robin's, at least one when the
 * budget is two or more; it starts after `cursor` and wraps around. Deterministic whatever the order of `waiting`.
 * Cost: one sort.
 */
export function selectForLiquidation(
  waiting: readonly QueuedAccount[],
  round: { readonly budget: number; readonly cursor: number },
): QueueSelection {
  assert(Number.isSafeInteger(round.budget) && round.budget >= 0, 'A budget is an integer and not negative.');
  const turns = round.budget >= 2 ? Math.max(1, Math.floor(round.budget / 4)) : 0;
  const ranked = [...waiting].sort((a, b) => compareBigint(b.shortfall, a.shortfall) || compareNumber(a.account, b.account));
  const selected = ranked.slice(0, round.budget - turns).map((entry) => entry.account);
  const rest = ranked
    .slice(round.budget - turns)
    .map((entry) => entry.account)
    .sort(compareNumber);
  const after = rest.findIndex((account) => account > round.cursor);
  const rotated = after < 0 ? rest : [...rest.slice(after), ...rest.slice(0, after)];
  const picked = rotated.slice(0, turns);
  return { selected: [...selected, ...picked], cursor: picked.at(-1) ?? round.cursor };
}

/**
 * The next `count` ids in turn, of a list that ascends: those above `cursor`, then from the smallest again; each once. Cost: a search
 * for the cursor.
 */
export function nextInTurn(
  ascending: readonly AccountId[],
  turn: { readonly cursor: number; readonly count: number },
): readonly AccountId[] {
  let first = 0;
  let past = ascending.length;
  while (first < past) {
    const middle = (first + past) >> 1;
    // middle < past ≤ length
    if ((ascending[middle] ?? 0) > turn.cursor) past = middle;
    else first = middle + 1;
  }
  const after = ascending.slice(first, first + turn.count);
  return [...after, ...ascending.slice(0, Math.min(first, turn.count - after.length))];
}
