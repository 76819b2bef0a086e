// What an auction asks for, derived again: the value on sale, the reserve that falls with time and never below the backstop's standing bid,
// and the part that is sold at a price. Reserves go up, standing bids down, fractions up.

import type { Auction } from '@plimsoll/core/engine';
import { hasCapacity } from './backstop.ts';
import { type AccountBook, accountOf, type Books, fundOf } from './books.ts';
import { balancesOnSale, feeCap, positionsOnSale } from './checkSlice.ts';
import { ceilDiv, clamp, floorDiv, MILLION, most } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import { type AuditedMargin, marginOf, saleEquityOf } from './requirement.ts';

type AuctionParameters = Books['parameters']['groups'][number]['auction'];

const NANO = 1_000_000_000n;

/** What is on sale, in ticks of the settlement asset for the whole of it. */
export interface AuditedOffer {
  readonly value: bigint;
  readonly reserve: bigint;
}

/** `trancheMargin`: margin of a tranche's account as the books stand. */
export function offerOf(
  books: Books,
  auction: Auction,
  of: { readonly market: AuditedMarket; readonly trancheMargin: (account: AccountBook) => AuditedMargin },
): AuditedOffer {
  const account = accountOf(books, auction.account);
  const value = saleEquityOf(books, of.market, onSale(books, account)) - auction.reservedCash;
  const { auction: parameters } = groupOf(books, auction);
  const elapsed = BigInt(books.timeMs - auction.stageAtMs);
  if (auction.stage === 'voluntary') {
    const protection = books.protections.get(account.id)?.protection;
    const discount = Math.floor(parameters.backstopDiscountPpm / 2);
    const limitPpm = protection?.kind === 'slice' ? BigInt(protection.limitPpm) : MILLION - BigInt(discount);
    return { value, reserve: ceilDiv(most(0n, value) * limitPpm, MILLION) };
  }
  const isBacked = value > 0n && hasCapacity(books, auction.group, of.trancheMargin);
  if (auction.wiped && value >= 0n)
    return { value, reserve: isBacked ? writtenOffBid(books, auction, { value, market: of.market }) : 0n };
  // A taker is paid by insurance, so never more than it holds.
  const payable = -most(0n, fundOf(books, auction.group, 'insurance'));
  return { value, reserve: most(payable, clockPrice(parameters, { value, elapsed, isBacked })) };
}

/** What the backstop pays for the whole: its standing bid, or what insurance gives once the clock of an insolvent portfolio has run out. */
export function backstopPrice(
  books: Books,
  auction: Auction,
  at: { readonly value: bigint; readonly market: AuditedMarket },
): bigint {
  const { value } = at;
  if (auction.wiped && value >= 0n) return writtenOffBid(books, auction, at);
  if (value > 0n) return standingBid(groupOf(books, auction).auction, value);
  return most(value, -most(0n, fundOf(books, auction.group, 'insurance')));
}

/** The part of what is on sale that lifts the account to its buffer when the whole fetches `price`, within the bounds of one clearing. */
export function fractionAt(
  books: Books,
  auction: Auction,
  at: { readonly market: AuditedMarket; readonly value: bigint; readonly price: bigint },
): bigint {
  if (auction.wiped || at.value <= 0n) return MILLION;
  const account = accountOf(books, auction.account);
  const { haircutEquityMaintenance, maintenance } = marginOf(books, at.market, account);
  const inUnit = (value: bigint): bigint =>
    account.mode === 'overcollateralized' ? floorDiv(value * at.market.stable, NANO) : value;
  const fee = feeCap(books, at.market, { account, positions: positionsOnSale(books, account), part: (whole) => whole });
  const { bufferPpm, minFractionPpm, maxFractionPpm } = groupOf(books, auction).auction;
  const missing = maintenance * (MILLION + BigInt(bufferPpm)) - haircutEquityMaintenance * MILLION;
  const gained = (inUnit(auction.reservedCash) + inUnit(at.price) - inUnit(fee)) * MILLION;
  const target = missing <= 0n ? 0n : gained <= 0n ? MILLION : ceilDiv(missing * MILLION, missing + gained);
  return clamp(target, BigInt(minFractionPpm), BigInt(maxFractionPpm));
}

/** The standing bid less the incentive that the write-off left in the portfolio for whoever takes it. */
function writtenOffBid(books: Books, auction: Auction, { value, market }: { value: bigint; market: AuditedMarket }): bigint {
  if (value <= 0n) return 0n;
  const { auction: parameters, writeOffIncentivePpm } = groupOf(books, auction);
  let collateral = 0n;
  for (const [asset, amount] of accountOf(books, auction.account).collateral) {
    const { n, d } = market.units[asset]?.ticks.high ?? { n: 0n, d: 1n };
    collateral += floorDiv(amount * n, d);
  }
  return most(0n, standingBid(parameters, value) - ceilDiv(collateral * BigInt(writeOffIncentivePpm), MILLION));
}

function standingBid({ backstopDiscountPpm }: AuctionParameters, value: bigint): bigint {
  return floorDiv(value * (MILLION - BigInt(backstopDiscountPpm)), MILLION);
}

/** Worth something: from start to cutoff fast, from there to nothing slowly. Worth less: what the taker is paid grows to all of it. */
function clockPrice(
  parameters: AuctionParameters,
  { value, elapsed, isBacked }: { readonly value: bigint; readonly elapsed: bigint; readonly isBacked: boolean },
): bigint {
  if (value <= 0n) return ramp(0n, value, elapsed, BigInt(parameters.insolventMs));
  const [start, cutoff] = [BigInt(parameters.startPpm), BigInt(parameters.cutoffPpm)];
  const fast = BigInt(parameters.fastMs);
  const share = elapsed < fast ? ramp(start, cutoff, elapsed, fast) : ramp(cutoff, 0n, elapsed - fast, BigInt(parameters.slowMs));
  const falling = ceilDiv(value * share, MILLION);
  return isBacked ? most(falling, standingBid(parameters, value)) : falling;
}

/** From one figure to another in so long a time, up; there for good. */
function ramp(from: bigint, to: bigint, elapsed: bigint, length: bigint): bigint {
  return elapsed >= length ? to : from + ceilDiv((to - from) * elapsed, length);
}

/** The account without the balances that are kept back. */
function onSale(books: Books, account: AccountBook): AccountBook {
  const sold = balancesOnSale(books, account);
  const of = (kind: 'collateral' | 'supply' | 'debt'): Map<number, bigint> =>
    new Map(sold.filter((balance) => balance.kind === kind).map(({ asset, amount }) => [asset, amount]));
  return { ...account, collateral: of('collateral'), supply: of('supply'), debt: of('debt') };
}

function groupOf({ parameters }: Books, { group }: Auction): Books['parameters']['groups'][number] {
  const found = parameters.groups[group];
  if (found === undefined) throw new Error(`The auditor knows no group ${group}.`);
  return found;
}
