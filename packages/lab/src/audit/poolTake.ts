// How much of an auction an AMM pool takes, derived again: of an account that holds one collateral asset against debt in the settlement
// asset alone, as much as needs to be sold, at an average price no worse than the reserve of the auction.

import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, settlementAssetOf } from './books.ts';
import { sidesOf } from './checkEvent.ts';
import { ceilDiv, floorDiv, least, MILLION } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import type { AuditedMargin } from './requirement.ts';
import { fractionAt, offerOf } from './reserve.ts';

/** The collateral that a pool bought against the books before it. Throws `AuditFailure`. */
export function checkPoolTake(
  books: Books,
  event: Extract<Event, { kind: 'poolBought' }>,
  of: { readonly market: AuditedMarket; readonly trancheMargin: (account: AccountBook) => AuditedMargin },
): void {
  const at = { height: books.height, account: event.account, figure: `collateral bought by AMM pool ${event.pool}` };
  const auction = books.auctions.get(event.account);
  const account = accountOf(books, event.account);
  const { base, quote } = sidesOf(books, event.pool);
  const held = account.collateral.get(base) ?? 0n;
  const isSingle =
    account.positions.size === 0 &&
    account.supply.size === 0 &&
    account.collateral.size === 1 &&
    [...account.debt.keys()].every((asset) => asset === settlementAssetOf(books, account.group));
  insist(auction?.stage === 'liquidation' && !auction.wiped && isSingle && held > 0n, at, {
    expected: 'none: only the one collateral of a solvent account in liquidation is for sale to pools',
    found: String(event.base),
  });
  if (auction === undefined) return;
  const offer = offerOf(books, auction, of);
  const { n, d } = of.market.units[base]?.ticks.high ?? { n: 0n, d: 1n };
  // The reserve is for the whole portfolio: what the collateral must bring at least is that much below its mark.
  const leastPaid = floorDiv(held * n, d) - (offer.value - offer.reserve);
  insist(offer.value > 0n && leastPaid > 0n, at, { expected: 'none: nothing of it is for sale', found: String(event.base) });
  const fraction = fractionAt(books, auction, { market: of.market, value: offer.value, price: offer.reserve });
  const wanted = ceilDiv(held * fraction, MILLION);
  // out / in = g·Y / (X·1e6 + g·in) ≥ leastPaid / held with g = 1e6 − fee, at its largest `in`.
  const kept = MILLION - BigInt(books.ammPools[event.pool]?.feePpm ?? 0);
  const [x, y] = [base, quote].map((asset) => books.reserves.get(event.pool)?.get(asset) ?? 0n) as [bigint, bigint];
  const most = floorDiv(kept * y * held - MILLION * x * leastPaid, kept * leastPaid);
  agree(at, least(wanted, most), event.base);
}
