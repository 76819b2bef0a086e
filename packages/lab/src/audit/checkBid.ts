// What a bid escrows: the initial health that taking its slice at its limit would cost the bidder, at least nothing; all bids of a block
// together stay within the initial health the bidder has. Legs of the slice go toward zero, its price up.

import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books } from './books.ts';
import { balancesOnSale, keptValue, positionsOnSale } from './checkSlice.ts';
import { abs, ceilDiv, MILLION, most, truncDiv } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import { marginOf } from './requirement.ts';

type BidRecorded = Extract<Event, { kind: 'bidRecorded' }>;

/** Compares an escrow with the auditor's own, and adds it to those of the block. Throws `AuditFailure`. */
export function checkBid(books: Books, event: BidRecorded, market: AuditedMarket, escrows: Map<number, bigint>): void {
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: event.account,
    figure,
  });
  const bidder = accountOf(books, event.account);
  const free = initialHealth(books, market, bidder);
  const after = afterTaking(books, market, event);
  const need = most(0n, free - initialHealth(after.books, market, after.bidder));
  agree(at('escrow of a bid'), need, event.escrow);
  const total = (escrows.get(event.account) ?? 0n) + need;
  insist(total <= free, at('escrows of a block'), { expected: `at most ${free}`, found: String(total) });
  escrows.set(event.account, total);
}

function initialHealth(books: Books, market: AuditedMarket, account: AccountBook): bigint {
  const { haircutEquityInitial, initial } = marginOf(books, market, account);
  return haircutEquityInitial - initial;
}

/** The bidder with the slice at his limit, and books in which his owner holds what he would hold. */
function afterTaking(
  books: Books,
  market: AuditedMarket,
  event: BidRecorded,
): { readonly books: Books; readonly bidder: AccountBook } {
  const sold = accountOf(books, event.liquidated);
  const bidder = accountOf(books, event.account);
  const part = (whole: bigint): bigint => truncDiv(whole * BigInt(event.sizePpm), MILLION);
  const price = ceilDiv(event.limit * BigInt(event.sizePpm), MILLION);
  const reserved = books.auctions.get(sold.id)?.reservedCash ?? 0n;
  const taken = {
    ...bidder,
    cash: bidder.cash + part(sold.cash + keptValue(books, sold, market) - reserved) - price,
    positions: new Map(bidder.positions),
    collateral: new Map(bidder.collateral),
    supply: new Map(bidder.supply),
    debt: new Map(bidder.debt),
  };
  const ownerGross = new Map(books.ownerGross);
  for (const { instrument, lots: held } of positionsOnSale(books, sold)) {
    const lots = part(held);
    const before = bidder.positions.get(instrument) ?? 0n;
    const index = BigInt(books.instrumentStates[instrument]?.socialIndex ?? 0);
    taken.cash += (abs(before + lots) - abs(before) - abs(lots)) * index;
    put(taken.positions, instrument, lots);
    const given = sold.owner === bidder.owner ? abs(held - lots) - abs(held) : 0n;
    put(ownerGross, `${bidder.owner}/${instrument}`, abs(before + lots) - abs(before) + given);
  }
  for (const { kind, asset, amount } of balancesOnSale(books, sold)) put(taken[kind], asset, part(amount));
  return { books: { ...books, ownerGross }, bidder: taken };
}

function put<K>(map: Map<K, bigint>, key: K, change: bigint): void {
  const next = (map.get(key) ?? 0n) + change;
  if (next === 0n) map.delete(key);
  else map.set(key, next);
}
