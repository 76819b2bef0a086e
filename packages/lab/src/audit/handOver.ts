// What an account and a taker would be after a slice changed hands: books of both, made and thrown away. Legs go toward zero.

import type { AccountBook, Books } from './books.ts';
import { balancesOnSale, keptValue, positionsOnSale } from './checkSlice.ts';
import { abs, MILLION, truncDiv } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import type { Owned } from './requirement.ts';

/** Both sides after a slice, and what their owners would hold. */
export interface HandedOver {
  readonly seller: AccountBook;
  readonly sellerOwned: Owned;
  readonly taker: AccountBook;
  readonly takerOwned: Owned;
  /** True when the fraction is too small for any leg. */
  readonly isEmpty: boolean;
}

/** The fraction of `sold` goes to `taker`, who pays it so much cash (or is paid, where that is below zero). */
export function handedOver(
  books: Books,
  market: AuditedMarket,
  slice: { readonly sold: AccountBook; readonly taker: AccountBook; readonly fractionPpm: bigint; readonly paid: bigint },
): HandedOver {
  const { sold, fractionPpm, paid } = slice;
  const part = (whole: bigint): bigint => truncDiv(whole * fractionPpm, MILLION);
  const reserved = books.auctions.get(sold.id)?.reservedCash ?? 0n;
  const cash = part(sold.cash + keptValue(books, sold, market) - reserved);
  const seller = copied(sold, paid - cash);
  const taker = copied(slice.taker, cash - paid);
  const sellerOwned = new Map(books.ownerGross.get(sold.owner));
  const takerOwned = sold.owner === taker.owner ? sellerOwned : new Map(books.ownerGross.get(taker.owner));
  let isEmpty = cash === 0n;
  for (const { instrument, lots: held } of positionsOnSale(books, sold)) {
    const lots = part(held);
    if (lots === 0n) continue;
    isEmpty = false;
    const index = BigInt(books.instrumentStates[instrument]?.socialIndex ?? 0);
    const before = taker.positions.get(instrument) ?? 0n;
    const given = abs(held - lots) - abs(held);
    const taken = abs(before + lots) - abs(before);
    // What |lots| carry of the social index stays worth what it was on both sides.
    seller.cash += (given + abs(lots)) * index;
    taker.cash += (taken - abs(lots)) * index;
    put(seller.positions, instrument, -lots);
    put(taker.positions, instrument, lots);
    put(sellerOwned, instrument, given);
    put(takerOwned, instrument, taken);
  }
  for (const { kind, asset, amount } of balancesOnSale(books, sold)) {
    const moved = part(amount);
    if (moved === 0n) continue;
    isEmpty = false;
    put(seller[kind], asset, -moved);
    put(taker[kind], asset, moved);
  }
  return { seller, sellerOwned, taker, takerOwned, isEmpty };
}

function copied(account: AccountBook, change: bigint): AccountBook {
  return {
    ...account,
    cash: account.cash + change,
    positions: new Map(account.positions),
    collateral: new Map(account.collateral),
    supply: new Map(account.supply),
    debt: new Map(account.debt),
  };
}

function put<K>(map: Map<K, bigint>, key: K, change: bigint): void {
  const next = (map.get(key) ?? 0n) + change;
  if (next === 0n) map.delete(key);
  else map.set(key, next);
}
