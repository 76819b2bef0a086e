// How much of what is on sale changes hands: a slice too small to leave the account better grows, doubling, up to the most that its taker
// may have; one that the taker could not carry shrinks by bisection.

import type { Auction } from '@plimsoll/core/engine';
import { accountOf, type Books, fundOf } from './books.ts';
import { feeParts } from './checkSlice.ts';
import { ceilDiv, floorDiv, least, MILLION, most } from './exact.ts';
import { type HandedOver, handedOver } from './handOver.ts';
import type { AuditedMarket } from './market.ts';
import { type AuditedMargin, maintenanceHealth, marginOf, marginWith } from './requirement.ts';
import { feeOf } from './sliceFee.ts';

/** One taker of a slice, before it is known how much he takes. */
export interface Sale {
  readonly auction: Auction;
  readonly taker: number;
  /** Of what is left: what the taker is offered, and the most that he may take. */
  readonly first: bigint;
  readonly most: bigint;
  /** Of the whole of what is left. */
  readonly price: bigint;
}

/** A slice that leaves the account no worse. */
interface Planned extends HandedOver {
  /** What the account is margined at after it; null where its loss was written off, which asks nothing of it and costs no fee. */
  readonly sellerMargin: AuditedMargin | null;
}

/** The fraction that changes hands, zero for none. */
export function takenBy(books: Books, market: AuditedMarket, sale: Sale): bigint {
  const account = accountOf(books, sale.auction.account);
  const taker = accountOf(books, sale.taker);
  const before = marginOf(books, market, account);
  const planned = (fraction: bigint): Planned | null => {
    const price = ceilDiv(sale.price * fraction, MILLION);
    const after = handedOver(books, market, { sold: account, taker, fractionPpm: fraction, paid: most(price, 0n) });
    if (after.isEmpty) return null;
    if (sale.auction.wiped) return { ...after, sellerMargin: null };
    const sellerMargin = marginWith(books, market, after.seller, after.sellerOwned);
    return isBetter(before, sellerMargin) ? { ...after, sellerMargin } : null;
  };
  // A tranche that takes also has its part of the fee.
  const feeShareOf = ({ sellerMargin }: Planned, fractionPpm: bigint): bigint => {
    if (sellerMargin === null || !books.trancheAccounts.includes(taker.id)) return 0n;
    const fee = feeOf(books, market, { auction: sale.auction, fractionPpm, before, after: sellerMargin });
    const parts = feeParts(books, market, { group: account.group, fee });
    return parts.tranche === taker.id ? parts.backstop : 0n;
  };
  const passes = (after: Planned, fraction: bigint): boolean => {
    const paid = least(most(-ceilDiv(sale.price * fraction, MILLION), 0n), fundOf(books, account.group, 'insurance'));
    const carrying = { ...after.taker, cash: after.taker.cash + paid + feeShareOf(after, fraction) };
    const margin = marginWith(books, market, carrying, after.takerOwned);
    return margin.haircutEquityInitial >= margin.initial;
  };
  for (let fraction = sale.first; fraction <= sale.most; fraction = least(fraction * 2n, sale.most)) {
    const after = planned(fraction);
    if (after !== null) return passes(after, fraction) ? fraction : shrunk(fraction, planned, passes);
    if (fraction >= sale.most) return 0n;
  }
  return 0n;
}

function shrunk(
  failed: bigint,
  planned: (fraction: bigint) => Planned | null,
  passes: (after: Planned, fraction: bigint) => boolean,
): bigint {
  let [low, high, best] = [0n, failed, 0n];
  while (high - low > 1n) {
    const middle = floorDiv(low + high, 2n);
    const after = planned(middle);
    if (after !== null && passes(after, middle)) {
      best = middle;
      low = middle;
    } else if (after === null && best === 0n) low = middle;
    else high = middle;
  }
  return best;
}

/** Health no lower, and while the account is solvent equity over requirement no lower. */
export function isBetter(before: AuditedMargin, after: AuditedMargin): boolean {
  if (maintenanceHealth(after) < maintenanceHealth(before)) return false;
  return before.equity < 0n || after.equity * before.maintenance >= before.equity * after.maintenance;
}
