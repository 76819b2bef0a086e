// Prices as margin sees them, from the feed states that events carried. Specification: a valid feed is a point, any other is its
// band; marks are index · (1 + slow premium); staked assets, LP shares and baskets are worth at most what they can be turned into.

import type { AssetTerms, InstrumentTerms } from '@plimsoll/core/assets';
import { type Books, minuteOf } from './books.ts';
import { clamp, floorDiv, least, MILLION, most, nearestDiv, rootDown, YEAR } from './exact.ts';

/** What one feed, mark or asset says: last price, band, and confidence in ppm. All prices in 1e-9 USD. */
export interface PriceFigures {
  readonly price: bigint;
  readonly low: bigint;
  readonly high: bigint;
  readonly confidence: bigint;
}

/** A feed that never had a price: next to nothing, and the ladder lets nothing new start on it. */
const NEVER: PriceFigures = { price: 1n, low: 1n, high: 1n, confidence: 0n };
const NANO = 1_000_000_000n;
/** Largest price: below 2^62. */
const PRICE_LIMIT = 2n ** 62n - 1n;

export function feedFigures(books: Books, feed: number): PriceFigures {
  const state = books.feeds[feed];
  if (state === undefined || state.aggregate === null || state.band === null) return NEVER;
  const { price, confidencePpm } = state.aggregate;
  const confidence = BigInt(confidencePpm);
  if (state.quality === 'valid') return { price, low: price, high: price, confidence };
  return { price, low: state.band.low, high: state.band.high, confidence };
}

/** The index of an underlying. */
export function indexFigures(books: Books, underlying: number): PriceFigures {
  const terms = books.underlyings[underlying];
  return terms === undefined ? NEVER : feedFigures(books, terms.feed);
}

/** The slow price of an underlying's feed, to the nearest 1e-9 USD; null while there is none. */
export function slowPrice(books: Books, underlying: number): bigint | null {
  const slow = books.feeds[books.underlyings[underlying]?.feed ?? -1]?.slow ?? null;
  return slow === null ? null : most(1n, nearestDiv(slow.value, NANO));
}

/** The mark of an instrument: for a perpetual index · (1 + premium), premium = the slow average clamped to ± the instrument's clamp. */
export function markFigures(books: Books, terms: InstrumentTerms): PriceFigures {
  const index = indexFigures(books, terms.underlying);
  if (terms.form.kind !== 'perpetual') return index;
  const clampPpm = BigInt(books.parameters.instruments[terms.id]?.markClampPpm ?? 0);
  const average = books.instrumentStates[terms.id]?.mark.average ?? 0n;
  const premium = clamp(nearestDiv(average, MILLION), -clampPpm, clampPpm);
  const marked = (price: bigint): bigint => most(1n, nearestDiv(price * (MILLION + premium), MILLION));
  return { price: marked(index.price), low: marked(index.low), high: marked(index.high), confidence: index.confidence };
}

/** Ticks of one lot at a price, to the nearest. */
export function lotTicks(terms: InstrumentTerms, price: bigint): bigint {
  return nearestDiv(price * terms.lotUnits, 1_000_000_000_000n);
}

/** The price of an asset; a final price stands for good. */
export function assetFigures(books: Books, id: number): PriceFigures {
  const terms = books.assets[id];
  if (terms === undefined) return NEVER;
  const final = books.assetStates[id]?.finalPrice ?? null;
  if (final !== null) return { price: final, low: final, high: final, confidence: 0n };
  switch (terms.form.kind) {
    case 'cash':
    case 'volatile':
      return feedFigures(books, terms.feed ?? -1);
    case 'staked':
      return stakedFigures(books, terms);
    case 'lpShare':
      return shareFigures(books, terms);
    case 'basket':
      return basketFigures(books, terms);
  }
}

/** min(market, base · ratio), the ratio at most what it could have grown to since listing at the report's own time, its age in minutes. */
function stakedFigures(books: Books, terms: AssetTerms): PriceFigures {
  const { form } = terms;
  if (form.kind !== 'staked') return NEVER;
  const report = books.feeds[form.ratioFeed]?.aggregate ?? null;
  const base = assetFigures(books, form.base);
  let ratio: bigint = form.ratioAtListing;
  if (report !== null && report.publishTimeMs >= form.listedAtMs && report.publishTimeMs <= books.timeMs) {
    const isFresh = minuteOf(books) - report.publishTimeMs <= form.ratioMaxAgeMs;
    const grown = floorDiv(
      form.ratioAtListing * BigInt(form.growthCapPpmPerYear) * BigInt(report.publishTimeMs - form.listedAtMs),
      MILLION * YEAR,
    );
    // A report grown old still tells of a loss, and no longer of a gain.
    ratio = least(report.price, isFresh ? form.ratioAtListing + grown : form.ratioAtListing);
  }
  const turned = (price: bigint): bigint => most(1n, floorDiv(price * ratio, NANO));
  const through = { price: turned(base.price), low: turned(base.low), high: turned(base.high), confidence: base.confidence };
  return terms.feed === null ? through : lower(feedFigures(books, terms.feed), through);
}

/** Fair reserves: 2 · √(V_base · V_quote) / issued. */
function shareFigures(books: Books, terms: AssetTerms): PriceFigures {
  const pool = terms.form.kind === 'lpShare' ? books.ammPools[terms.form.pool] : undefined;
  const quote = books.assets[books.groups[pool?.group ?? -1]?.settlementAsset ?? -1];
  const base = books.assets[pool?.base ?? -1];
  if (pool === undefined || quote === undefined || base === undefined) return NEVER;
  const issued = -(books.issued.get(pool.share) ?? 0n);
  const reserves = books.reserves.get(pool.id);
  const of = { base: assetFigures(books, base.id), quote: assetFigures(books, quote.id) };
  const fair = (pick: (figures: PriceFigures) => bigint): bigint => {
    if (issued <= 0n) return 1n;
    const valueBase = (reserves?.get(base.id) ?? 0n) * pick(of.base);
    const valueQuote = (reserves?.get(quote.id) ?? 0n) * pick(of.quote);
    const squared = floorDiv(
      4n * valueBase * valueQuote * terms.feedUnit ** 2n,
      base.feedUnit * quote.feedUnit * issued * issued,
    );
    return asPrice(rootDown(squared));
  };
  return {
    price: fair((figures) => figures.price),
    low: fair((figures) => figures.low),
    high: fair((figures) => figures.high),
    confidence: of.base.confidence + of.quote.confidence,
  };
}

/** min(market, parts), each part counting at most its cap of the whole. */
function basketFigures(books: Books, terms: AssetTerms): PriceFigures {
  const { form } = terms;
  if (form.kind !== 'basket') return NEVER;
  const parts = form.parts.map((part) => ({
    part,
    unit: books.assets[part.asset]?.feedUnit ?? 1n,
    figures: assetFigures(books, part.asset),
  }));
  const look = (pick: (figures: PriceFigures) => bigint): bigint => {
    const values = parts.map(({ part, unit, figures }) => floorDiv(part.amountPerFeedUnit * pick(figures), unit));
    const total = values.reduce((sum, value) => sum + value, 0n);
    const counted = values.reduce(
      (sum, value, at) => sum + least(value, floorDiv(total * BigInt(parts[at]?.part.capPpm ?? 0), MILLION)),
      0n,
    );
    return asPrice(counted);
  };
  const through = {
    price: look((figures) => figures.price),
    low: look((figures) => figures.low),
    high: look((figures) => figures.high),
    confidence: parts.reduce((widest, { figures }) => most(widest, figures.confidence), 0n),
  };
  return terms.feed === null ? through : lower(feedFigures(books, terms.feed), through);
}

function lower(market: PriceFigures, through: PriceFigures): PriceFigures {
  return {
    price: least(market.price, through.price),
    low: least(market.low, through.low),
    high: least(market.high, through.high),
    confidence: most(market.confidence, through.confidence),
  };
}

function asPrice(value: bigint): bigint {
  return value > 0n && value <= PRICE_LIMIT ? value : 1n;
}
