import { add, max, maxNumber, sub } from '../numeric/arithmetic.ts';
import { type Ppm, type Price, ppm, price } from '../numeric/brand.ts';
import { applyPpmDown, applyPpmUp } from '../numeric/ratio.ts';
import { type Aggregate, type Band, FEED_PRICE_MAX, type FeedState } from './feed.ts';

/**
 * The prices at which the feed's legs are valued in equity: longs at `high`, shorts at `low`, both in the account's favour.
 * A valid price is a point. Any other quality answers with the band of the last price that a quorum agreed on (the
 * present one when the quality is uncertain). Null until there has been one.
 */
export function bandOf(state: FeedState): Band | null {
  if (state.aggregate === null || state.band === null) return null;
  if (state.quality !== 'valid') return state.band;
  return { low: state.aggregate.price, high: state.aggregate.price };
}

/** The last price that a quorum agreed on, for requirements and risk arrays; null until there has been one. */
export function lastPrice(state: FeedState): Price | null {
  return state.aggregate === null ? null : state.aggregate.price;
}

/** The band that `aggregate` leaves behind: price ± multiple · confidence, rounded outward. */
export function bandAround(aggregate: Aggregate, multiple: number): Band {
  return widen(aggregate.price, ppm(aggregate.confidencePpm * multiple));
}

function widen(around: Price, byPpm: Ppm): Band {
  const kept = maxNumber<number>(0, 1_000_000 - byPpm);
  const low = max<bigint>(1n, applyPpmDown<bigint>(around, ppm(kept)));
  const high = add<bigint>(around, applyPpmUp<bigint>(around, byPpm));
  return { low: price(low), high: price(high > FEED_PRICE_MAX ? FEED_PRICE_MAX : high) };
}

/** How far the slow price stands against a long (price above slow) and against a short; not negative. */
export interface AdverseGap {
  readonly long: bigint;
  readonly short: bigint;
}

/**
 * The part of the price that the slow price does not confirm: initial margin charges |net delta| · gap of its side, so
 * that a long bought on a spike and a short sold into a dip stand on the slow price.
 */
export function adverseGap(current: Price, slow: Price): AdverseGap {
  const gap: bigint = sub(current, slow);
  return { long: max<bigint>(0n, gap), short: max<bigint>(0n, sub<bigint>(0n, gap)) };
}
