// How the bids of a block clear, derived again (design, section 7.2). Specification: bids at or above the reserve are filled from the
// best limit down until the target is sold; one price for all, the highest limit of which something was left, the reserve where nothing was;
// a better price needs a smaller target, so it is cleared again while the target falls. Equal limits share pro rata to their bidder's size,
// floors first, the last millionths in the order of a hash of the previous block's hash and the bidder. Then one taker after the other, by
// account and bid: a slice too small to leave the account better grows, doubling, up to the bid; one that the taker could not carry
// shrinks by bisection. What was sold already is not sold again: fractions and prices are those of what is left.

import { createHash } from 'node:crypto';
import type { Auction } from '@plimsoll/core/engine';
import { agree } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books } from './books.ts';
import type { SliceSold } from './checkSlice.ts';
import { ceilDiv, floorDiv, least, MILLION } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import type { AuditedMargin } from './requirement.ts';
import { backstopPrice, fractionAt, offerOf } from './reserve.ts';
import { takenBy } from './takenBy.ts';
import { takenByTranche } from './trancheTake.ts';

/** A bid of the block at hand, in the order in which they were accepted. */
export interface BidBook {
  readonly account: number;
  readonly liquidated: number;
  readonly sizePpm: bigint;
  readonly limit: bigint;
}

interface Fill {
  readonly bidder: number;
  readonly fraction: bigint;
  /** The most that may be sold to him if the fraction is too small. */
  readonly most: bigint;
}

/** One auction's clearing in the block, while its fills are seen. */
export interface Clearing {
  readonly price: bigint;
  readonly value: bigint;
  readonly fills: readonly Fill[];
  /** Millionths of the whole after which nothing more is sold. */
  readonly target: bigint;
  /** Fills dealt with, and millionths of the whole sold. */
  next: number;
  sold: bigint;
}

/** What a clearing stands on besides the books. */
export interface ClearingInput {
  readonly market: AuditedMarket;
  readonly trancheMargin: (account: AccountBook) => AuditedMargin;
  readonly bids: readonly BidBook[];
  readonly clearings: Map<number, Clearing>;
}

/** Share of a tranche's inventory that one clearing offers. */
const INVENTORY_PPM = 200_000n;

/** Price, taker and fraction of a slice against the bids of the block and the books before it. Throws `AuditFailure`. */
export function checkClearing(books: Books, event: SliceSold, input: ClearingInput): void {
  const auction = books.auctions.get(event.account);
  if (auction === undefined) return;
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: event.account,
    figure,
  });
  const fraction = BigInt(event.fractionPpm);
  if (event.layer === 'backstop') {
    const offer = offerOf(books, auction, input);
    const { value } = offer;
    const price = backstopPrice(books, auction, { value, market: input.market });
    agree(
      at('fraction that the backstop takes'),
      takenByTranche(books, auction, { ...input, taker: event.taker, offer, price }),
      fraction,
    );
    agree(at('price that the backstop pays'), ceilDiv(price * fraction, MILLION), event.price);
    return agree(at('mark value of the slice'), floorDiv(value * fraction, MILLION), event.markValue);
  }
  const clearing = input.clearings.get(event.account) ?? planClearing(books, auction, input);
  input.clearings.set(event.account, clearing);
  const left = MILLION - clearing.sold;
  const price = ceilDiv(clearing.price * left, MILLION);
  const ofLeft = (part: bigint): bigint => least(MILLION, floorDiv(part * MILLION, left));
  let due: { readonly taker: number; readonly fraction: bigint } | null = null;
  while (due === null && left > 0n && clearing.sold < clearing.target && clearing.next < clearing.fills.length) {
    const fill = clearing.fills[clearing.next];
    clearing.next += 1;
    if (fill === undefined) break;
    const taken = takenBy(books, input.market, {
      auction,
      taker: fill.bidder,
      first: ofLeft(fill.fraction),
      most: ofLeft(fill.most),
      price,
    });
    if (taken > 0n) due = { taker: fill.bidder, fraction: taken };
  }
  agree(at('taker of a slice'), due?.taker ?? null, event.taker);
  agree(at('fraction of the slice that clears'), due?.fraction ?? null, fraction);
  agree(at('price of the slice'), ceilDiv(price * fraction, MILLION), event.price);
  const value = ceilDiv(clearing.value * left, MILLION);
  agree(at('mark value of the slice'), floorDiv(value * fraction, MILLION), event.markValue);
  clearing.sold += floorDiv(fraction * left, MILLION);
}

function planClearing(books: Books, auction: Auction, input: ClearingInput): Clearing {
  const offer = offerOf(books, auction, input);
  const isInventory = books.trancheAccounts.includes(auction.account);
  const protection = books.protections.get(auction.account)?.protection;
  const fixed = protection?.kind === 'slice' && !isInventory ? BigInt(protection.sizePpm) : INVENTORY_PPM;
  const targetAt = (price: bigint): bigint =>
    auction.stage === 'voluntary' ? fixed : fractionAt(books, auction, { market: input.market, value: offer.value, price });
  const bids = input.bids.filter(
    ({ liquidated, account, limit }) =>
      liquidated === auction.account && accountOf(books, account).isOpen && limit >= offer.reserve,
  );
  let target = targetAt(offer.reserve);
  let cleared = clearedFor(books, bids, { reserve: offer.reserve, target });
  for (let next = targetAt(cleared.price); next < target; next = targetAt(cleared.price)) {
    target = next;
    cleared = clearedFor(books, bids, { reserve: offer.reserve, target });
  }
  // An owner's slice is never more than asked for; a tranche's may grow where it is too small to be sold.
  const isVoluntary = auction.stage === 'voluntary';
  const isFixed = isVoluntary && !isInventory;
  const fills = isFixed ? cleared.fills.map((fill) => ({ ...fill, most: fill.fraction })) : cleared.fills;
  return { price: cleared.price, value: offer.value, fills, target: isVoluntary ? target : MILLION, next: 0, sold: 0n };
}

/** Clears bids at or above the reserve for one target. */
function clearedFor(
  books: Books,
  bids: readonly BidBook[],
  { reserve, target }: { readonly reserve: bigint; readonly target: bigint },
): { readonly price: bigint; readonly fills: readonly Fill[] } {
  const limits = [...new Set(bids.map(({ limit }) => limit))].sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  const filled = new Map<BidBook, bigint>();
  let price = reserve;
  let left = target;
  for (const limit of limits) {
    const level = bids.filter((bid) => bid.limit === limit);
    const size = level.reduce((sum, bid) => sum + bid.sizePpm, 0n);
    const given = least(left, size);
    shareOut(books, level, given, filled);
    left -= given;
    if (given === size) continue;
    price = limit;
    break;
  }
  const fills = bids
    .map((bid, index) => ({ bid, index }))
    .sort((a, b) => a.bid.account - b.bid.account || a.index - b.index)
    .flatMap(({ bid }) => {
      const fraction = filled.get(bid) ?? 0n;
      return fraction > 0n ? [{ bidder: bid.account, fraction, most: bid.sizePpm }] : [];
    });
  return { price, fills };
}

/** So many millionths among the bids of one limit: by bidder, then bid by bid. */
function shareOut(books: Books, level: readonly BidBook[], given: bigint, filled: Map<BidBook, bigint>): void {
  const total = level.reduce((sum, bid) => sum + bid.sizePpm, 0n);
  const sizes = new Map<number, bigint>();
  for (const bid of level) sizes.set(bid.account, (sizes.get(bid.account) ?? 0n) + bid.sizePpm);
  const shares = new Map([...sizes].map(([bidder, size]) => [bidder, floorDiv(size * given, total)]));
  let rest = given - [...shares.values()].reduce((sum, share) => sum + share, 0n);
  if (rest > 0n) {
    const drawn = [...sizes.keys()]
      .map((bidder) => ({ bidder, draw: drawOf(books, bidder) }))
      .sort((a, b) => (a.draw < b.draw ? -1 : a.draw > b.draw ? 1 : a.bidder - b.bidder));
    for (const { bidder } of drawn) {
      const share = shares.get(bidder) ?? 0n;
      if (rest === 0n || share === sizes.get(bidder)) continue;
      shares.set(bidder, share + 1n);
      rest -= 1n;
    }
  }
  for (const bid of level) {
    const share = shares.get(bid.account) ?? 0n;
    const fraction = least(share, bid.sizePpm);
    filled.set(bid, fraction);
    shares.set(bid.account, share - fraction);
  }
}

/** The first eight bytes of SHA-256 over the canonical bytes of [previous hash, bidder]: a list of 32 bytes and an integer. */
function drawOf({ previousHash }: Books, bidder: number): bigint {
  const bytes = Buffer.alloc(5 + 5 + previousHash.length + 9);
  bytes.writeUInt8(9, 0);
  bytes.writeUInt32LE(2, 1);
  bytes.writeUInt8(8, 5);
  bytes.writeUInt32LE(previousHash.length, 6);
  bytes.set(previousHash, 10);
  bytes.writeUInt8(3, 10 + previousHash.length);
  bytes.writeBigUInt64LE(BigInt(bidder), 11 + previousHash.length);
  return createHash('sha256').update(bytes).digest().readBigUInt64BE(0);
}
