// What a bid escrows: the initial health that taking its slice at its limit would cost the bidder, at least nothing; all bids of a block
// together stay within the initial health the bidder has. Legs of the slice go toward zero, its price up.

import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { accountOf, type Books } from './books.ts';
import { ceilDiv, MILLION, most } from './exact.ts';
import { handedOver } from './handOver.ts';
import type { AuditedMarket } from './market.ts';
import { type AuditedMargin, marginOf, marginWith } from './requirement.ts';

type BidRecorded = Extract<Event, { kind: 'bidRecorded' }>;

/** Compares an escrow with the auditor's own, and adds it to those of the block. Throws `AuditFailure`. */
export function checkBid(books: Books, event: BidRecorded, market: AuditedMarket, escrows: Map<number, bigint>): void {
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: event.account,
    figure,
  });
  const bidder = accountOf(books, event.account);
  const free = initialHealth(marginOf(books, market, bidder));
  const { taker, takerOwned } = handedOver(books, market, {
    sold: accountOf(books, event.liquidated),
    taker: bidder,
    fractionPpm: BigInt(event.sizePpm),
    paid: ceilDiv(event.limit * BigInt(event.sizePpm), MILLION),
  });
  const need = most(0n, free - initialHealth(marginWith(books, market, taker, takerOwned)));
  agree(at('escrow of a bid'), need, event.escrow);
  const total = (escrows.get(event.account) ?? 0n) + need;
  insist(total <= free, at('escrows of a block'), { expected: `at most ${free}`, found: String(total) });
  escrows.set(event.account, total);
}

function initialHealth({ haircutEquityInitial, initial }: AuditedMargin): bigint {
  return haircutEquityInitial - initial;
}
