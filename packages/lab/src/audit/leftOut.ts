// The order of the waterfall, derived again: before a tranche takes, AMM pools and the tranches before it were asked; before insurance, the
// other side, holders or suppliers bear a loss, all of them were. Whoever would have taken then must have.

import type { Auction, Event } from '@plimsoll/core/engine';
import { insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books } from './books.ts';
import type { AuditedMarket } from './market.ts';
import { poolLeftOut } from './poolTake.ts';
import type { AuditedMargin } from './requirement.ts';
import { backstopPrice, offerOf } from './reserve.ts';
import { takenByTranche } from './trancheTake.ts';

/** How far the visit of an auction has come in its block. */
export interface Visit {
  hasPoolBought: boolean;
  /** The first tranche that was not asked yet. */
  nextTranche: number;
  /** True once a loss of the account was borne: nobody is asked after that. */
  isAbsorbed: boolean;
}

interface LayersInput {
  /** Visits of this block by account. */
  readonly visits: Map<number, Visit>;
  readonly marketOf: (group: number) => AuditedMarket;
  readonly trancheMargin: (account: AccountBook) => AuditedMargin;
}

/** Nobody was passed over by the event at `index`, against the books before it. Throws `AuditFailure`. */
export function checkLayers(books: Books, events: readonly Event[], index: number, input: LayersInput): void {
  const event = events[index];
  if (event?.kind === 'poolBought') {
    visitOf(input, event.account).hasPoolBought = true;
    return;
  }
  if (event?.kind === 'sliceSold' && event.layer === 'backstop') {
    const visit = visitOf(input, event.account);
    const taking = books.trancheAccounts.indexOf(event.taker);
    checkAbove(books, event.account, { visit, before: taking, input });
    visit.nextTranche = taking + 1;
    return;
  }
  const absorbed = absorbedBy(events, index);
  if (absorbed === null) return;
  const visit = visitOf(input, absorbed);
  if (!visit.isAbsorbed) checkAbove(books, absorbed, { visit, before: books.trancheAccounts.length, input });
  visit.isAbsorbed = true;
}

/** The account whose loss an event makes others bear, null when it does not; an index or a pool moves right before the event that names it. */
function absorbedBy(events: readonly Event[], index: number): number | null {
  const [event, next] = [events[index], events[index + 1]];
  if (event?.kind === 'deleveraged') return event.account;
  if (event?.kind === 'lossWritten') return event.layer === 'recovery' ? null : event.account;
  const moves =
    event?.kind === 'poolUpdated' ? event.cause === 'loss' : event?.kind === 'instrumentUpdated' && event.cause === 'socialised';
  return moves && next?.kind === 'lossWritten' ? next.account : null;
}

function checkAbove(
  books: Books,
  id: number,
  at: { readonly visit: Visit; readonly before: number; readonly input: LayersInput },
): void {
  const { visit, before, input } = at;
  const auction = books.auctions.get(id);
  const account = accountOf(books, id);
  // With nothing left to sell, nobody is asked.
  const isEmptied = account.positions.size + account.collateral.size + account.supply.size + account.debt.size === 0;
  if (auction === undefined || isEmptied || !hasLayers(books, auction)) return;
  const of = { market: input.marketOf(auction.group), trancheMargin: input.trancheMargin };
  const named = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: id,
    figure,
  });
  if (!visit.hasPoolBought && visit.nextTranche === 0) {
    const pool = poolLeftOut(books, auction, of);
    insist(pool === null, named(`layers above: AMM pool ${pool}`), { expected: 'buys', found: 'nothing bought' });
  }
  const offer = offerOf(books, auction, of);
  const price = backstopPrice(books, auction, { value: offer.value, market: of.market });
  for (let tranche = visit.nextTranche; tranche < before; tranche += 1) {
    const taker = books.trancheAccounts[tranche] ?? -1;
    if (!hasRoom(accountOf(books, taker), account)) continue;
    const fraction = takenByTranche(books, auction, { ...of, taker, offer, price });
    insist(fraction === 0n, named(`layers above: tranche ${tranche}`), {
      expected: `takes ${fraction} ppm`,
      found: 'nothing taken',
    });
  }
}

function hasLayers(books: Books, { group }: Auction): boolean {
  return books.trancheTerms.some((terms) => terms.group === group) || books.ammPools.some((pool) => pool.group === group);
}

/** Slots that an account has for positions, and for balances. */
const SLOTS = 128;

/** Whether a taker surely has slots for all that the account holds. Where slots are short, that he took nothing is taken as told. */
function hasRoom(taker: AccountBook, sold: AccountBook): boolean {
  const balances = ({ collateral, supply, debt }: AccountBook): number => collateral.size + supply.size + debt.size;
  return taker.positions.size + sold.positions.size <= SLOTS && balances(taker) + balances(sold) <= SLOTS;
}

function visitOf({ visits }: LayersInput, account: number): Visit {
  const known = visits.get(account);
  if (known !== undefined) return known;
  const visit = { hasPoolBought: false, nextTranche: 0, isAbsorbed: false };
  visits.set(account, visit);
  return visit;
}
