// The fee on a slice that is liquidated, derived again: the average fee on what is sold, cut to what leaves the account no worse than before.

import type { Auction } from '@plimsoll/core/engine';
import { agree } from './auditFailure.ts';
import { accountOf, type Books } from './books.ts';
import { feeCap, positionsSold, type SliceSold } from './checkSlice.ts';
import { ceilDiv, least, MILLION, most, truncDiv } from './exact.ts';
import { handedOver } from './handOver.ts';
import type { AuditedMarket } from './market.ts';
import { type AuditedMargin, maintenanceHealth, marginOf, marginWith } from './requirement.ts';

/** The fee of a slice against the books before it. Throws `AuditFailure`. */
export function checkFee(books: Books, event: SliceSold, market: AuditedMarket): void {
  const auction = books.auctions.get(event.account);
  if (auction === undefined) return;
  const account = accountOf(books, event.account);
  const paid = most(event.price, 0n);
  const fractionPpm = BigInt(event.fractionPpm);
  const { seller, sellerOwned } = handedOver(books, market, {
    sold: account,
    taker: accountOf(books, event.taker),
    fractionPpm,
    paid,
  });
  const figures = { before: marginOf(books, market, account), after: marginWith(books, market, seller, sellerOwned) };
  const at = { height: books.height, account: event.account, figure: 'fee of the slice' };
  agree(at, feeOf(books, market, { auction, fractionPpm, ...figures }), event.fee);
}

/**
 * min(⌈notional · fee⌉, H' − H, E' − the least that keeps E'/R' ≥ E/R), at least zero; primes are after the slice without the fee. What an
 * owner offered in advance and what a tranche works off pay none, nor does who is insolvent.
 */
export function feeOf(
  books: Books,
  market: AuditedMarket,
  slice: {
    readonly auction: Auction;
    readonly fractionPpm: bigint;
    readonly before: AuditedMargin;
    readonly after: AuditedMargin;
  },
): bigint {
  const { auction, fractionPpm, before, after } = slice;
  if (auction.stage === 'voluntary' || auction.wiped || before.equity < 0n) return 0n;
  const account = accountOf(books, auction.account);
  const part = (whole: bigint): bigint => truncDiv(whole * fractionPpm, MILLION);
  const full = feeCap(books, market, { account, positions: positionsSold(books, account, part), part });
  const healthRoom = maintenanceHealth(after) - maintenanceHealth(before);
  return most(0n, least(full, least(healthRoom, after.equity - leastEquity(before, after))));
}

/** The least E' with E'·R ≥ E·R'. Without a requirement before, none may have appeared. */
function leastEquity(before: AuditedMargin, after: AuditedMargin): bigint {
  if (before.maintenance > 0n) return ceilDiv(before.equity * after.maintenance, before.maintenance);
  return before.equity > 0n && after.maintenance > 0n ? after.equity + 1n : 0n;
}
