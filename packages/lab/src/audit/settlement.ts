// Settlement by an average, derived again. Specification: an expiry, and an instrument that is wound down, settles at the time average of
// the index over its last half hour. Time without a valid index does not count, and is made up for after the expiry. Until then the average
// is known in part: a dated future or option is worth
//
//     F = fixed + price · remaining / window        fixed: Σ price · ms so far / window, to the nearest 1e-9 USD
//
// and what the market does to the price moves the second summand alone.

import type { InstrumentTerms } from '@plimsoll/core/assets';
import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import type { Books, InstrumentBook } from './books.ts';
import { MILLION, nearestDiv } from './exact.ts';
import type { FeedBook } from './feeds.ts';

/** Half an hour. */
const WINDOW_MS = 1_800_000;
const TRILLION: bigint = MILLION * MILLION;

export interface SettlementBook {
  readonly expiryMs: number;
  readonly windowMs: number;
  readonly updatedMs: number;
  readonly coveredMs: number;
  readonly priceSum: bigint;
}

/** What of a settlement price is known: 1e-9 USD, and parts of time. */
export interface KnownPart {
  readonly fixed: bigint;
  readonly remaining: bigint;
  readonly window: bigint;
}

/** An average of which nothing is taken yet. */
export function openedSettlement(expiryMs: number, nowMs: number): SettlementBook {
  return { expiryMs, windowMs: WINDOW_MS, updatedMs: nowMs, coveredMs: 0, priceSum: 0n };
}

/** The average of a listed instrument: what expires has one from the start. */
export function listedSettlement(terms: InstrumentTerms, nowMs: number): SettlementBook | null {
  const { form } = terms;
  return form.kind === 'future' || form.kind === 'option' ? openedSettlement(form.expiryMs, nowMs) : null;
}

/** The instruments of which a block at this time must advance the average: those whose window has opened and that have not settled. */
export function settlementsDue(books: Books): Set<number> {
  const due = new Set<number>();
  for (const [id, { status, settlement }] of books.instrumentStates.entries())
    if (status !== 'settled' && settlement !== null && books.timeMs >= settlement.expiryMs - settlement.windowMs) due.add(id);
  return due;
}

/** The average after time has passed in which this feed was in force. */
function advanced(settlement: SettlementBook, feed: FeedBook | undefined, nowMs: number): SettlementBook {
  const openedMs = Math.max(settlement.updatedMs, settlement.expiryMs - settlement.windowMs);
  const elapsedMs = Math.max(0, nowMs - openedMs);
  const countedMs = Math.min(elapsedMs, settlement.windowMs - settlement.coveredMs);
  if (feed === undefined || feed.quality !== 'valid' || feed.aggregate === null) return { ...settlement, updatedMs: nowMs };
  return {
    ...settlement,
    updatedMs: nowMs,
    coveredMs: settlement.coveredMs + countedMs,
    priceSum: settlement.priceSum + feed.aggregate.price * BigInt(countedMs),
  };
}

/** The average and the status that an update of an instrument must carry. */
export function checkSettlement(
  books: Books,
  event: Extract<Event, { kind: 'instrumentUpdated' }>,
  at: { readonly own: InstrumentBook; readonly heldFeed: FeedBook | undefined },
): void {
  const { instrument, state, cause } = event;
  const { own } = at;
  let { settlement, status } = own;
  if (cause === 'expiry' && settlement !== null) {
    settlement = advanced(settlement, at.heldFeed, books.timeMs);
    if (settlement.coveredMs === settlement.windowMs) status = 'settled';
    else if (books.timeMs >= settlement.expiryMs) status = 'reduceOnly';
  } else if (cause === 'windDown') {
    const dueMs = books.timeMs + books.parameters.global.windDownMs;
    const expiryMs = settlement === null ? dueMs : Math.min(settlement.expiryMs, dueMs);
    // An average that is being taken for this very moment goes on.
    const goesOn = settlement !== null && settlement.expiryMs === expiryMs && settlement.coveredMs > 0;
    settlement = goesOn ? settlement : openedSettlement(expiryMs, books.timeMs);
    status = 'reduceOnly';
  }
  const named = (figure: string): { readonly height: number; readonly figure: string } => ({
    height: books.height,
    figure: `${figure} of instrument ${instrument}`,
  });
  agree(named('status'), status, state.status);
  const found = state.settlement;
  if (settlement === null || found === null)
    return insist(settlement === found, named('settlement average'), {
      expected: settlement === null ? 'none' : 'one',
      found: found === null ? 'none' : 'one',
    });
  agree(named('moment of settlement'), settlement.expiryMs, state.settlesAtMs);
  agree(named('moment of the settlement average'), settlement.expiryMs, found.expiryMs);
  agree(named('settlement window'), settlement.windowMs, found.windowMs);
  agree(named('time of the settlement average'), settlement.updatedMs, found.updatedMs);
  agree(named('covered part of the settlement window'), settlement.coveredMs, found.coveredMs);
  agree(named('sum of the settlement average'), settlement.priceSum, found.priceSum);
}

/** What is known of the price at which a dated future or option settles; null before any of its window is covered. */
export function knownPart(books: Books, terms: InstrumentTerms): KnownPart | null {
  if (terms.form.kind !== 'future' && terms.form.kind !== 'option') return null;
  const settlement = books.instrumentStates[terms.id]?.settlement ?? null;
  if (settlement === null || settlement.coveredMs === 0) return null;
  return {
    fixed: nearestDiv(settlement.priceSum, BigInt(settlement.windowMs)),
    remaining: BigInt(settlement.windowMs - settlement.coveredMs),
    window: BigInt(settlement.windowMs),
  };
}

/** Ticks of one linear lot at a price, to the nearest, with what is known of its settlement. */
export function settlingTicks(terms: InstrumentTerms, price: bigint, known: KnownPart | null): bigint {
  const { fixed, remaining, window } = known ?? { fixed: 0n, remaining: 1n, window: 1n };
  return nearestDiv((fixed * window + price * remaining) * terms.lotUnits, TRILLION * window);
}
