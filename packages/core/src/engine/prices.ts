import type { AssetTerms, BasketPart } from '../assets/asset.ts';
import type { InstrumentTerms } from '../assets/instrument.ts';
import { basketPrice, lpSharePrice } from '../assets/valuation.ts';
import { issuedOf, ammReserveOf as reserveOf } from '../ledger/ledger.ts';
import type { PoolOfShare, PriceView } from '../margin/riskModel.ts';
import { addNumber, maxNumber, min } from '../numeric/arithmetic.ts';
import { type FeedId, type Ppm, type Price, ppm, price } from '../numeric/brand.ts';
import { bandOf, lastPrice } from '../oracle/band.ts';
import { markPrice, premiumOf } from '../oracle/mark.ts';
import { countedRatio, stakedPrice } from '../oracle/redemptionRatio.ts';
import { assetTermsOf, settlementAssetOfGroup } from './lookup.ts';
import { markParametersOf } from './marks.ts';
import { modelTimeOf } from './modelTime.ts';
import type { Parameters } from './parameters.ts';
import type { EngineState } from './state.ts';

/** A feed that never had a price values what depends on it at next to nothing, and the ladder lets nothing new start on it. */
const NO_PRICE: Price = price(1n);
const NO_CONFIDENCE: Ppm = ppm(0);

/** What the oracle says of a feed: last agreed price, its band, its confidence. No feed, no price. */
export function feedView(state: EngineState, feed: FeedId | null): PriceView {
  const found = feed === null ? undefined : state.feeds[feed];
  const last = found === undefined ? null : lastPrice(found);
  const band = found === undefined ? null : bandOf(found);
  if (found === undefined || last === null || band === null)
    return { price: NO_PRICE, low: NO_PRICE, high: NO_PRICE, confidencePpm: NO_CONFIDENCE };
  return { price: last, low: band.low, high: band.high, confidencePpm: found.aggregate?.confidencePpm ?? NO_CONFIDENCE };
}

/** The mark of an instrument with its band: index × (1 + slow premium) for perpetuals, the index for the rest. */
export function instrumentView(state: EngineState, parameters: Parameters, terms: InstrumentTerms): PriceView {
  const underlying = state.terms.underlyings[terms.underlying];
  const index = feedView(state, underlying?.feed ?? null);
  if (terms.form.kind !== 'perpetual') return index;
  const found = state.instruments[terms.id];
  if (found === undefined) return index;
  const premium = premiumOf(
    markParametersOf(parameters.instruments[terms.id] === undefined ? state.parameters : parameters, terms.id),
    found.mark,
  );
  return {
    price: markPrice(index.price, premium),
    low: markPrice(index.low, premium),
    high: markPrice(index.high, premium),
    confidencePpm: index.confidencePpm,
  };
}

/**
 * The price of a collateral asset: its market feed; for staked assets at most base × capped redemption ratio; for LP
 * shares the fair value of the reserves at oracle prices; for baskets at most their parts. A wound-down asset keeps its final price.
 */
export function assetView(state: EngineState, terms: AssetTerms): PriceView {
  const final = state.assets[terms.id]?.finalPrice ?? null;
  if (final !== null) return { price: final, low: final, high: final, confidencePpm: NO_CONFIDENCE };
  switch (terms.form.kind) {
    case 'cash':
    case 'volatile':
      return feedView(state, terms.feed);
    case 'staked':
      return stakedView(state, terms, terms.form.base);
    case 'lpShare':
      return lpShareView(state, terms);
    case 'basket':
      return basketView(state, terms);
  }
}

function stakedView(state: EngineState, terms: AssetTerms, base: AssetTerms['id']): PriceView {
  const market = terms.feed === null ? null : feedView(state, terms.feed);
  const under = assetView(state, assetTermsOf(state, base));
  const form = terms.form;
  if (form.kind !== 'staked') return under;
  const aggregate = state.feeds[form.ratioFeed]?.aggregate ?? null;
  const report = aggregate === null ? null : { ratio: aggregate.price, atMs: aggregate.publishTimeMs };
  const nowMs = modelTimeOf(state);
  const ratio = countedRatio(form, report, report === null ? nowMs : maxNumber(nowMs, report.atMs));
  return {
    price: stakedPrice(ratio, { market: market?.price ?? null, base: under.price }),
    low: stakedPrice(ratio, { market: market?.low ?? null, base: under.low }),
    high: stakedPrice(ratio, { market: market?.high ?? null, base: under.high }),
    confidencePpm: market === null || under.confidencePpm > market.confidencePpm ? under.confidencePpm : market.confidencePpm,
  };
}

/** A price of its own, or the lower or upper end of its band. */
type PriceSide = 'price' | 'low' | 'high';

/** What the pool of a share holds; null for what is no share, and for one with a final price. */
export function poolOfShare(state: EngineState, terms: AssetTerms): PoolOfShare | null {
  const pool = terms.form.kind === 'lpShare' ? state.terms.ammPools[terms.form.pool] : undefined;
  if (pool === undefined || (state.assets[terms.id]?.finalPrice ?? null) !== null) return null;
  const quote = settlementAssetOfGroup(state, pool.group);
  return {
    base: pool.base,
    quote,
    baseReserve: reserveOf(state.ledger, pool.id, pool.base),
    quoteReserve: reserveOf(state.ledger, pool.id, quote),
    issued: issuedOf(state.ledger, pool.share),
  };
}

function lpShareView(state: EngineState, terms: AssetTerms): PriceView {
  const form = terms.form;
  const pool = form.kind === 'lpShare' ? state.terms.ammPools[form.pool] : undefined;
  if (pool === undefined) return feedView(state, null);
  const base = assetTermsOf(state, pool.base);
  const quote = assetTermsOf(state, settlementAssetOfGroup(state, pool.group));
  const parts: SharedPool = {
    share: terms,
    issued: issuedOf(state.ledger, pool.share),
    base: { terms: base, reserve: reserveOf(state.ledger, pool.id, pool.base), view: assetView(state, base) },
    quote: { terms: quote, reserve: reserveOf(state.ledger, pool.id, quote.id), view: assetView(state, quote) },
  };
  return {
    price: fairAt(parts, 'price'),
    low: fairAt(parts, 'low'),
    high: fairAt(parts, 'high'),
    confidencePpm: addNumber(parts.base.view.confidencePpm, parts.quote.view.confidencePpm),
  };
}

interface SharedPool {
  readonly share: AssetTerms;
  readonly issued: ReturnType<typeof issuedOf>;
  readonly base: PoolReserve;
  readonly quote: PoolReserve;
}

interface PoolReserve {
  readonly terms: AssetTerms;
  readonly reserve: ReturnType<typeof reserveOf>;
  readonly view: PriceView;
}

function fairAt({ share, issued, base, quote }: SharedPool, side: PriceSide): Price {
  const prices = { base: { ...base, price: base.view[side] }, quote: { ...quote, price: quote.view[side] } };
  return lpSharePrice({ share, issued, ...prices }) ?? NO_PRICE;
}

function basketView(state: EngineState, terms: AssetTerms): PriceView {
  const form = terms.form;
  if (form.kind !== 'basket') return feedView(state, null);
  const parts = form.parts.map((part): ViewedPart => {
    const partTerms = assetTermsOf(state, part.asset);
    return { part, terms: partTerms, view: assetView(state, partTerms) };
  });
  const through: PriceView = {
    price: throughAt(parts, 'price'),
    low: throughAt(parts, 'low'),
    high: throughAt(parts, 'high'),
    confidencePpm: parts.reduce((most, { view }) => (view.confidencePpm > most ? view.confidencePpm : most), NO_CONFIDENCE),
  };
  return lowerOf(terms.feed === null ? null : feedView(state, terms.feed), through);
}

interface ViewedPart {
  readonly part: BasketPart;
  readonly terms: AssetTerms;
  readonly view: PriceView;
}

function throughAt(parts: readonly ViewedPart[], side: PriceSide): Price {
  const priced = parts.map(({ part, terms, view }) => ({
    amount: part.amountPerFeedUnit,
    capPpm: part.capPpm,
    terms,
    price: view[side],
  }));
  return basketPrice(priced) ?? NO_PRICE;
}

/** min(market, look-through), side by side. */
function lowerOf(market: PriceView | null, through: PriceView): PriceView {
  if (market === null) return through;
  return {
    price: min(market.price, through.price),
    low: min(market.low, through.low),
    high: min(market.high, through.high),
    confidencePpm: market.confidencePpm > through.confidencePpm ? market.confidencePpm : through.confidencePpm,
  };
}
