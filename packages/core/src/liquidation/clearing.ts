/**
 * All bids of one auction in one block clear at once, at one price. Think of every bid as unit bids of one millionth of
 * the portfolio each. The best units are filled up to the target; the price is the highest unit that was not filled, or the
 * reserve if that is higher or nobody was left out. So more bids never lower the price, the order of arrival means nothing, and
 * a bidder who is filled pays at most his own limit. Units below the reserve do not count.
 */

import { compareBigint, compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type AccountId, PPM_ONE, type Ppm, ppm, type Ticks } from '../numeric/brand.ts';
import { mulDivDownNumber, mulDivUp } from '../numeric/rounding.ts';

export interface ClearingBid {
  /** Number of the bid in its auction, distinct: it orders bids of one bidder at one limit. */
  readonly bid: number;
  readonly bidder: AccountId;
  /** Escrowed size, in ppm of the portfolio on sale; more than nothing, at most the whole. */
  readonly sizePpm: Ppm;
  /** Most that the bidder pays for the whole portfolio; negative when he asks to be paid. */
  readonly limit: Ticks;
  /** Orders the last millionths among equal limits: drawn from the previous block's hash and the bidder's account. Read where there are some to draw for. */
  readonly tieHash: bigint;
}

export interface ClearingFill {
  readonly bid: number;
  readonly bidder: AccountId;
  readonly fractionPpm: Ppm;
  /** ⌈price · fraction⌉: never more than ⌈limit · fraction⌉; negative when the taker is paid. */
  readonly pay: Ticks;
}

export interface Clearing {
  /** Price of the whole portfolio for every fill. */
  readonly price: Ticks;
  /** Sum of the fills, at most the target. */
  readonly filledPpm: Ppm;
  /** By bidder, then bid. */
  readonly fills: readonly ClearingFill[];
}

/** Clears the bids at price = max(reserve, highest rejected limit). Fills nothing when no bid meets the reserve. */
export function clearBids(auction: {
  readonly reserve: Ticks;
  readonly targetPpm: Ppm;
  readonly bids: readonly ClearingBid[];
}): Clearing {
  assert(auction.targetPpm >= 0 && auction.targetPpm <= PPM_ONE, 'The target of a clearing is at most the whole.');
  const levels = levelsOf(auction.bids.filter((bid) => bid.limit >= auction.reserve));
  let price = auction.reserve;
  let left: number = auction.targetPpm;
  const sized: SizedBid[] = [];
  for (const level of levels) {
    const size = sizeOf(level.bids);
    const filled = Math.min(left, size);
    if (filled > 0) sized.push(...fillLevel(level, filled));
    left -= filled;
    if (filled < size) {
      price = level.limit; // at least the reserve, like every limit in the levels
      break;
    }
  }
  return {
    price,
    filledPpm: ppm(auction.targetPpm - left),
    fills: sized
      .sort((a, b) => compareNumber(a.bid.bidder, b.bid.bidder) || compareNumber(a.bid.bid, b.bid.bid))
      .map(({ bid, fractionPpm }) => ({
        bid: bid.bid,
        bidder: bid.bidder,
        fractionPpm: ppm(fractionPpm),
        pay: paymentFor(price, ppm(fractionPpm)),
      })),
  };
}

/**
 * Clears when the target depends on the price: a better price needs a smaller part to be sold. Starts at the target of the reserve
 * and clears again with the target of the price reached until the target no longer falls. Prices only rise on the way and each is the
 * reserve or a limit, so it ends after at most one clearing per bid; what is sold is at most the target of its own price.
 */
export function clearToTarget(auction: {
  readonly reserve: Ticks;
  /** Fraction to be sold at a price for the whole; must not rise with the price. */
  readonly targetAt: (price: Ticks) => Ppm;
  readonly bids: readonly ClearingBid[];
}): Clearing {
  const { reserve, targetAt, bids } = auction;
  let targetPpm = targetAt(reserve);
  let clearing = clearBids({ reserve, targetPpm, bids });
  for (let next = targetAt(clearing.price); next < targetPpm; next = targetAt(clearing.price)) {
    targetPpm = next;
    clearing = clearBids({ reserve, targetPpm, bids });
  }
  return clearing;
}

/** What a fraction of the whole costs at a price for the whole: rounded up, so a taker pays the dust. */
export function paymentFor(price: Ticks, fractionPpm: Ppm): Ticks {
  return mulDivUp(price, BigInt(fractionPpm), BigInt(PPM_ONE));
}

interface Level {
  readonly limit: Ticks;
  /** By bidder, then bid. */
  readonly bids: ClearingBid[];
}

/** Bids grouped by limit, best first. */
function levelsOf(bids: readonly ClearingBid[]): readonly Level[] {
  const ranked = [...bids].sort(
    (a, b) => compareBigint(b.limit, a.limit) || compareNumber(a.bidder, b.bidder) || compareNumber(a.bid, b.bid),
  );
  const levels: Level[] = [];
  for (const bid of ranked) {
    assert(bid.sizePpm > 0 && bid.sizePpm <= PPM_ONE, 'A bid is for more than nothing and at most the whole.');
    const level = levels.at(-1);
    if (level !== undefined && level.limit === bid.limit) level.bids.push(bid);
    else levels.push({ limit: bid.limit, bids: [bid] });
  }
  return levels;
}

/** What one bidder asks for at one limit. */
interface BidderShare {
  readonly bidder: AccountId;
  readonly bids: ClearingBid[];
  size: number;
  filled: number;
}

interface SizedBid {
  readonly bid: ClearingBid;
  readonly fractionPpm: number;
}

/**
 * Shares `filled` millionths among the bids of one limit by escrowed size: floors, then one each in order of tie hash. Bids of
 * one bidder count together, so cutting a bid in two changes nothing.
 */
function fillLevel(level: Level, filled: number): readonly SizedBid[] {
  const total = sizeOf(level.bids);
  const bidders = biddersOf(level.bids);
  for (const share of bidders) share.filled = mulDivDownNumber(share.size, filled, total);
  let rest = filled - bidders.reduce((sum, share) => sum + share.filled, 0);
  for (const share of rest === 0 ? [] : drawnInOrder(bidders)) {
    if (rest === 0) break;
    if (share.filled === share.size) continue;
    share.filled += 1;
    rest -= 1;
  }
  return bidders.flatMap(fillBids);
}

function drawnInOrder(bidders: readonly BidderShare[]): readonly BidderShare[] {
  if (bidders.length === 1) return bidders;
  const drawn = bidders.map((share) => ({ share, tieHash: share.bids[0]?.tieHash ?? 0n }));
  drawn.sort((a, b) => compareBigint(a.tieHash, b.tieHash) || compareNumber(a.share.bidder, b.share.bidder));
  return drawn.map(({ share }) => share);
}

function biddersOf(bids: readonly ClearingBid[]): readonly BidderShare[] {
  const shares: BidderShare[] = [];
  for (const bid of bids) {
    const share = shares.at(-1);
    if (share !== undefined && share.bidder === bid.bidder) {
      share.bids.push(bid);
      share.size += bid.sizePpm;
    } else {
      shares.push({ bidder: bid.bidder, bids: [bid], size: bid.sizePpm, filled: 0 });
    }
  }
  return shares;
}

function fillBids(share: BidderShare): readonly SizedBid[] {
  let left = share.filled;
  return share.bids.flatMap((bid) => {
    const fractionPpm = Math.min(left, bid.sizePpm);
    left -= fractionPpm;
    return fractionPpm > 0 ? [{ bid, fractionPpm }] : [];
  });
}

function sizeOf(bids: readonly ClearingBid[]): number {
  return bids.reduce((size, bid) => size + bid.sizePpm, 0);
}
