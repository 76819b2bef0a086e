// How much of an auction a tranche of the backstop takes, derived again: not before the falling reserve has reached its bid, or the clock of
// an insolvent portfolio has run out; the part that the account needs sold, within what the tranche may still lose and has free.

import type { Auction } from '@plimsoll/core/engine';
import { lossRoom } from './backstop.ts';
import { type AccountBook, accountOf, type Books, fundOf } from './books.ts';
import { floorDiv, least, MILLION, most } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import type { AuditedMargin } from './requirement.ts';
import { type AuditedOffer, fractionAt } from './reserve.ts';
import { takenBy } from './takenBy.ts';

interface TrancheSale {
  /** The tranche's account. */
  readonly taker: number;
  readonly offer: AuditedOffer;
  /** What the backstop pays for the whole. */
  readonly price: bigint;
  readonly market: AuditedMarket;
  readonly trancheMargin: (account: AccountBook) => AuditedMargin;
}

/** The fraction that changes hands, in millionths of what is left; zero for none. */
export function takenByTranche(books: Books, auction: Auction, sale: TrancheSale): bigint {
  const { taker, offer, price, market } = sale;
  const tranche = books.trancheAccounts.indexOf(taker);
  if (books.trancheTerms[tranche]?.group !== auction.group || taker === auction.account) return 0n;
  if (offer.value > 0n && offer.reserve > price) return 0n;
  const clockMs = books.parameters.groups[auction.group]?.auction.insolventMs ?? Number.POSITIVE_INFINITY;
  const isPricedByClock = offer.value < 0n || (offer.value === 0n && !auction.wiped);
  if (isPricedByClock && books.timeMs - auction.stageAtMs < clockMs) return 0n;
  const { equity, haircutEquityInitial, initial } = sale.trancheMargin(accountOf(books, taker));
  const [room, free] = [lossRoom(books, tranche, equity), haircutEquityInitial - initial];
  if (room <= 0n || free <= 0n) return 0n;
  // What is owed beyond what insurance pays, and what is paid above the mark, is lost at once.
  const insurance = offer.value < 0n ? fundOf(books, auction.group, 'insurance') : 0n;
  const loss = most(0n, -offer.value - insurance) + most(0n, price - most(offer.value, 0n));
  const capacity = least(within(room, loss), within(free, loss));
  const wanted = fractionAt(books, auction, { market, value: offer.value, price });
  return takenBy(books, market, { auction, taker, first: least(wanted, capacity), most: capacity, price });
}

function within(room: bigint, need: bigint): bigint {
  return need <= room ? MILLION : floorDiv(room * MILLION, need);
}
