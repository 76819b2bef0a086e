/**
 * Two lists that every block reads, kept from event to event instead of made anew of all auctions and of all accounts below
 * maintenance: they follow from canonical state, and whoever has lost them (a restored node) makes them once.
 */

import { compareNumber } from '../numeric/arithmetic.ts';
import type { AccountId } from '../numeric/brand.ts';
import type { Event } from './events.ts';
import type { EngineState } from './state.ts';

export interface AccountLists {
  /** Accounts with an open auction of any stage, ascending; null until asked for. */
  auctions: AccountId[] | null;
  /** Accounts below maintenance that are not for sale yet: without an auction, or with a voluntary one. Null until asked for. */
  waiting: Set<AccountId> | null;
}

export function createAccountLists(): AccountLists {
  return { auctions: null, waiting: null };
}

/** Called when blocks were replayed instead of decided. */
export function forgetLists(lists: AccountLists): void {
  lists.auctions = null;
  lists.waiting = null;
}

/** Accounts with an open auction, ascending. Valid until the next event. */
export function auctionedAccounts(lists: AccountLists, state: EngineState): readonly AccountId[] {
  lists.auctions ??= [...state.auctions.keys()].sort(compareNumber);
  return lists.auctions;
}

/** Accounts below maintenance that are not for sale yet, in no order. Valid until the next event. */
export function waitingAccounts(lists: AccountLists, state: EngineState): ReadonlySet<AccountId> {
  lists.waiting ??= new Set([...state.below].filter((account) => isWaiting(state, account)));
  return lists.waiting;
}

function isWaiting(state: EngineState, account: AccountId): boolean {
  return state.below.has(account) && (state.auctions.get(account)?.stage ?? 'voluntary') === 'voluntary';
}

/** Follows an event that `evolve` has just applied. */
export function followEvent(lists: AccountLists, state: EngineState, event: Event): void {
  switch (event.kind) {
    case 'auctionOpened':
    case 'auctionStaged':
      if (lists.auctions !== null) insert(lists.auctions, event.auction.account);
      return settleWaiting(lists, state, event.auction.account);
    case 'auctionClosed':
      if (lists.auctions !== null) remove(lists.auctions, event.account);
      return settleWaiting(lists, state, event.account);
    case 'accountClosed':
      return settleWaiting(lists, state, event.account);
    case 'scanned':
      for (const account of event.fell) settleWaiting(lists, state, account);
      for (const account of event.rose) settleWaiting(lists, state, account);
      return;
    default:
      return;
  }
}

function settleWaiting({ waiting }: AccountLists, state: EngineState, account: AccountId): void {
  if (waiting === null) return;
  if (isWaiting(state, account)) waiting.add(account);
  else waiting.delete(account);
}

function insert(ascending: AccountId[], account: AccountId): void {
  const place = placeOf(ascending, account);
  if (ascending[place] !== account) ascending.splice(place, 0, account);
}

function remove(ascending: AccountId[], account: AccountId): void {
  const place = placeOf(ascending, account);
  if (ascending[place] === account) ascending.splice(place, 1);
}

/** Of the first entry that is not below `account`; the length where there is none. */
function placeOf(ascending: readonly AccountId[], account: AccountId): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? account) < account) low = middle + 1;
    else high = middle;
  }
  return low;
}
