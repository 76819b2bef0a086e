// What a constant-product pool gives and takes, derived again from its reserves before the trade: the product of the reserves never falls,
// the fee stays in the pool, and every rounding favours the pool.

import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import type { Books } from './books.ts';
import { sidesOf } from './checkEvent.ts';
import { ceilDiv, floorDiv, MILLION, rootDown } from './exact.ts';

/** Shares of the first deposit that stay with the pool for ever. */
export const LOCKED_SHARES = 1_000n;

/** The figures of a swap, a purchase of collateral, or a change of liquidity, against the reserves before it. Throws `AuditFailure`. */
export function checkPoolTrade(books: Books, event: Event): void {
  switch (event.kind) {
    case 'swapped': {
      const { base, quote } = sidesOf(books, event.pool);
      const [given, taken] = event.give === 'base' ? [base, quote] : [quote, base];
      const due = outputOf(books, { pool: event.pool, given, taken, paid: event.paid });
      return agree(named(books, event, 'output of a swap'), due, event.received);
    }
    case 'poolBought': {
      const { base, quote } = sidesOf(books, event.pool);
      const due = outputOf(books, { pool: event.pool, given: base, taken: quote, paid: event.base });
      return agree(named(books, event, 'price of collateral bought'), due, event.quote);
    }
    case 'liquidityAdded':
      return checkAdded(books, event);
    case 'liquidityRemoved': {
      const { base, quote, share } = sidesOf(books, event.pool);
      const circulating = circulationOf(books, share);
      const part = (asset: number): bigint => floorDiv(reserveOf(books, event.pool, asset) * event.shares, circulating);
      insist(event.shares > 0n && event.shares <= circulating - LOCKED_SHARES, named(books, event, 'shares burned'), {
        expected: `1 to ${circulating - LOCKED_SHARES}`,
        found: String(event.shares),
      });
      agree(named(books, event, 'base of liquidity removed'), part(base), event.base);
      return agree(named(books, event, 'quote of liquidity removed'), part(quote), event.quote);
    }
    default:
      return;
  }
}

type PoolEvent = Extract<Event, { kind: 'swapped' | 'poolBought' | 'liquidityAdded' | 'liquidityRemoved' }>;

/** out = ⌊Y · g / (X · 1e6 + g)⌋ with g = paid · (1e6 − fee): what is left keeps (X + paid·(1 − fee)) · (Y − out) ≥ X · Y. */
export function outputOf(
  books: Books,
  trade: { readonly pool: number; readonly given: number; readonly taken: number; readonly paid: bigint },
): bigint {
  const feePpm = BigInt(books.ammPools[trade.pool]?.feePpm ?? 0);
  const counted = trade.paid * (MILLION - feePpm);
  const held = reserveOf(books, trade.pool, trade.given) * MILLION;
  return held + counted <= 0n ? 0n : floorDiv(reserveOf(books, trade.pool, trade.taken) * counted, held + counted);
}

/** The first deposit makes ⌊√(base · quote)⌋ shares, less those locked; later ones pay ⌈reserve · shares / circulation⌉ of both. */
function checkAdded(books: Books, event: Extract<Event, { kind: 'liquidityAdded' }>): void {
  const { base, quote, share } = sidesOf(books, event.pool);
  const circulating = circulationOf(books, share);
  if (circulating === 0n) {
    const made = rootDown(event.base * event.quote) - LOCKED_SHARES;
    return agree(named(books, event, 'shares of the first liquidity'), made, event.shares);
  }
  const part = (asset: number): bigint => ceilDiv(reserveOf(books, event.pool, asset) * event.shares, circulating);
  agree(named(books, event, 'base of liquidity added'), part(base), event.base);
  agree(named(books, event, 'quote of liquidity added'), part(quote), event.quote);
}

function named(
  books: Books,
  event: PoolEvent,
  figure: string,
): { readonly height: number; readonly account: number; readonly figure: string } {
  return { height: books.height, account: event.account, figure: `${figure}, AMM pool ${event.pool}` };
}

function reserveOf(books: Books, pool: number, asset: number): bigint {
  return books.reserves.get(pool)?.get(asset) ?? 0n;
}

/** Shares of a pool that exist, those locked in it included. */
export function circulationOf(books: Books, share: number): bigint {
  return -(books.issued.get(share) ?? 0n);
}
