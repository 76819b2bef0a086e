// How much of an auction an AMM pool takes, derived again: of an account that holds one collateral asset against debt in the settlement
// asset alone, as much as needs to be sold, at an average price no worse than the reserve of the auction; and nothing of it is left out.

import type { Auction, Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, poolOf, settlementAssetOf } from './books.ts';
import { ceilDiv, floorDiv, least, MILLION, most, RAY } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import { outputOf } from './poolTrades.ts';
import { type AuditedMargin, marginOf, marginWith } from './requirement.ts';
import { fractionAt, offerOf } from './reserve.ts';
import { isBetter } from './takenBy.ts';

interface PoolInput {
  readonly market: AuditedMarket;
  readonly trancheMargin: (account: AccountBook) => AuditedMargin;
}

/** The collateral that a pool bought against the books before it. Throws `AuditFailure`. */
export function checkPoolTake(books: Books, event: Extract<Event, { kind: 'poolBought' }>, of: PoolInput): void {
  const at = { height: books.height, account: event.account, figure: `collateral bought by AMM pool ${event.pool}` };
  const auction = books.auctions.get(event.account);
  const offered = auction === undefined ? null : offeredToPools(books, auction, of);
  if (offered === null) {
    const expected = 'none: only the one collateral of a solvent account in liquidation is for sale to pools';
    return insist(false, at, { expected, found: String(event.base) });
  }
  agree(at, offered.buyers.find(({ pool }) => pool === event.pool)?.base ?? 0n, event.base);
  agree({ ...at, figure: 'AMM pool that buys' }, offered.buyers[0]?.pool ?? null, event.pool);
}

/** The pool that should have bought of an auction as the books stand; null where none has reason to. */
export function poolLeftOut(books: Books, auction: Auction, of: PoolInput): number | null {
  const offered = offeredToPools(books, auction, of);
  const [first] = offered?.buyers ?? [];
  if (offered === null || first === undefined) return null;
  // Only the first that would buy is asked, and only where the account is better off by it.
  const account = accountOf(books, auction.account);
  const quote = settlementAssetOf(books, account.group);
  const received = outputOf(books, { pool: first.pool, given: offered.asset, taken: quote, paid: first.base });
  if (received === 0n) return null;
  const owed = account.debt.get(quote) ?? 0n;
  const { debtIndex } = poolOf(books, quote);
  const debt = ceilDiv(owed * debtIndex, RAY);
  const repaid = least(debt, most(0n, account.cash + received));
  const left = repaid === debt ? 0n : owed - floorDiv(repaid * RAY, debtIndex);
  const after: AccountBook = {
    ...account,
    cash: account.cash + received - repaid,
    collateral: new Map(first.base === offered.held ? [] : [[offered.asset, offered.held - first.base]]),
    debt: new Map(left === 0n ? [] : [[quote, left]]),
  };
  const owned = books.ownerGross.get(account.owner) ?? new Map<number, bigint>();
  return isBetter(marginOf(books, of.market, account), marginWith(books, of.market, after, owned)) ? first.pool : null;
}

interface OfferedCollateral {
  readonly asset: number;
  readonly held: bigint;
  /** Pools that would buy some of it, and how much, in their order. */
  readonly buyers: readonly { readonly pool: number; readonly base: bigint }[];
}

/** The one collateral of an account without positions that owes nothing but the settlement asset; null where it is not for sale to pools. */
function offeredToPools(books: Books, auction: Auction, of: PoolInput): OfferedCollateral | null {
  if (auction.stage !== 'liquidation' || auction.wiped) return null;
  const account = accountOf(books, auction.account);
  const [single] = account.collateral;
  const isSingle =
    account.positions.size === 0 &&
    account.supply.size === 0 &&
    account.collateral.size === 1 &&
    [...account.debt.keys()].every((asset) => asset === settlementAssetOf(books, account.group));
  if (!isSingle || single === undefined) return null;
  const [asset, held] = single;
  const offer = offerOf(books, auction, of);
  const { n, d } = of.market.units[asset]?.ticks.high ?? { n: 0n, d: 1n };
  // The reserve is for the whole portfolio: what the collateral must bring at least is that much below its mark.
  const leastPaid = floorDiv(held * n, d) - (offer.value - offer.reserve);
  if (offer.value <= 0n || leastPaid <= 0n) return null;
  const fraction = fractionAt(books, auction, { market: of.market, value: offer.value, price: offer.reserve });
  const wanted = ceilDiv(held * fraction, MILLION);
  const quote = settlementAssetOf(books, account.group);
  const buyers = books.ammPools.flatMap(({ id, base, group, feePpm }) => {
    if (base !== asset || group !== auction.group) return [];
    // out / in = g·Y / (X·1e6 + g·in) ≥ leastPaid / held with g = 1e6 − fee, at its largest `in`.
    const kept = MILLION - BigInt(feePpm);
    const reserves = books.reserves.get(id);
    const [x, y] = [reserves?.get(base) ?? 0n, reserves?.get(quote) ?? 0n];
    const bought = least(wanted, floorDiv(kept * y * held - MILLION * x * leastPaid, kept * leastPaid));
    return bought > 0n ? [{ pool: id, base: bought }] : [];
  });
  return { asset, held, buyers };
}
