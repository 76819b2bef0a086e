import { type DecodeCursor, type DecodeProblem, decodeObject, decodeText, refuseAt } from '@plimsoll/core/margin';
import { createStrikeSmile, strikeSmileVolatility, sviVolatility } from '@plimsoll/core/pricing';
import { decodeAccount } from './decodeAccount.ts';
import { basketValue, type PricedPart } from './decodeBasket.ts';
import { type AssetListing, decodeListing, type InstrumentListing, type Listing } from './decodeListing.ts';
import {
  decodeMarket,
  type ImpliedVolatility,
  impliedVolatility,
  type Market,
  PRICE_NANO_MAX,
  VOLATILITY_PPM_MAX,
} from './decodeMarket.ts';
import { MARKET_DEFAULTS } from './listingDefaults.ts';
import type {
  Assumption,
  ListedAsset,
  ListedExpiry,
  ListedInstrument,
  ListedPrice,
  ListedUnderlying,
  PortfolioDocument,
} from './portfolioDocument.ts';

export type PortfolioResult =
  | { readonly ok: true; readonly document: PortfolioDocument }
  | { readonly ok: false; readonly problems: readonly DecodeProblem[] };

const NAME_MAX = 100;
const TEXT_MAX = 1000;

/**
 * Reads a portfolio from parsed JSON, every problem at once. docs/portfolio.md describes the file field by field and
 * docs/portfolio.schema.json says the same to editors.
 */
export function decodePortfolio(json: unknown): PortfolioResult {
  const problems: DecodeProblem[] = [];
  const assumed: Assumption[] = [];
  const field = decodeObject({ value: json, path: '', problems }, [
    '$schema',
    'name',
    'description',
    'profile',
    'account',
    'market',
    'listing',
  ]);
  const optional = (name: string, maximum: number): string | null =>
    field(name).value === undefined ? null : decodeText(field(name), maximum);
  optional('$schema', TEXT_MAX);
  const name = decodeText(field('name'), NAME_MAX);
  const description = optional('description', TEXT_MAX);
  const profile = optional('profile', TEXT_MAX);
  const market = decodeMarket(field('market'), assumed);
  const listing = decodeListing(field('listing'), {
    pricedUnderlyings: [...market.underlyings.keys()],
    settlementAsset: settlementSymbol(field('account').value),
    timeMs: market.timeMs,
    assumed,
  });
  const account = decodeAccount(field('account'), listing);
  const prices = field('market');
  const document: PortfolioDocument = {
    name,
    description,
    profile,
    ...account,
    timeMs: market.timeMs ?? 0,
    underlyings: joinUnderlyings(prices, listing, market),
    assets: joinAssets(prices, listing, { market, assumed }),
    instruments: joinInstruments(prices, listing, { market, assumed }),
    assumed: [],
  };
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, document: { ...document, assumed: assumed.filter(({ path }) => isRead(path, account.mode)) } };
}

const LENDING_PARAMETERS = /\.(?:loanToValue|liquidationThreshold)$/;

/** Whether a parameter has any effect in this mode: an assumption without one is not worth a line. */
function isRead(path: string, mode: PortfolioDocument['mode']): boolean {
  if (mode !== 'overcollateralized') return !LENDING_PARAMETERS.test(path);
  return LENDING_PARAMETERS.test(path) || /^market\.|\.(?:decimals|cap)$/.test(path);
}

/** Known before the account is decoded, because terms of the settlement asset differ. */
function settlementSymbol(account: unknown): string | null {
  if (typeof account !== 'object' || account === null || !('settlementAsset' in account)) return null;
  return typeof account.settlementAsset === 'string' ? account.settlementAsset : null;
}

function at(section: DecodeCursor, place: string): DecodeCursor {
  return { value: undefined, path: `${section.path}.${place}`, problems: section.problems };
}

function joinUnderlyings(section: DecodeCursor, listing: Listing, market: Market): readonly ListedUnderlying[] {
  return sorted([...listing.underlyings.values()]).flatMap((terms) => {
    const priced = market.underlyings.get(terms.symbol);
    if (priced === undefined)
      refuseAt(at(section, `underlyings.${terms.symbol}`), 'the price of an underlying that listing.underlyings names');
    return priced === undefined ? [] : [{ ...terms, ...priced }];
  });
}

interface MarketContext {
  readonly market: Market;
  readonly assumed: Assumption[];
}

/** An asset without a price of its own is worth what its underlying is, a basket at most its parts. */
function joinAssets(section: DecodeCursor, listing: Listing, { market, assumed }: MarketContext): readonly ListedAsset[] {
  refuseUnknown(section, 'assets', market.assets.keys(), listing.assets);
  return sorted([...listing.assets.values()]).flatMap((terms) => {
    const own = market.assets.get(terms.symbol);
    const price = terms.basket === null ? plainPrice(terms, market) : joinBasket(section, terms, { listing, market });
    if (own === undefined && price !== undefined) {
      const value = terms.basket === null ? `as market.underlyings.${terms.underlying}` : 'the sum of its parts';
      assumed.push({ path: `market.assets.${terms.symbol}.price`, value });
    }
    if (price === undefined && terms.basket === null)
      refuseAt(at(section, `assets.${terms.symbol}`), 'the price of an asset that listing.assets names');
    return price === undefined ? [] : [{ ...terms, price, feedConfidencePpm: own?.feedConfidencePpm ?? null }];
  });
}

function plainPrice({ symbol, underlying }: AssetListing, market: Market): ListedPrice | undefined {
  return market.assets.get(symbol)?.price ?? (underlying === null ? undefined : market.underlyings.get(underlying)?.price);
}

/** Undefined after a problem; a part without a price is a problem of its own. */
function joinBasket(
  section: DecodeCursor,
  { symbol, basket }: AssetListing,
  { listing, market }: { readonly listing: Listing; readonly market: Market },
): ListedPrice | undefined {
  const parts = (basket?.parts ?? []).flatMap((part): readonly PricedPart[] => {
    const asset = listing.assets.get(part.asset);
    const price = asset === undefined ? undefined : plainPrice(asset, market);
    return asset === undefined || price === undefined ? [] : [{ part, decimals: asset.decimals, price }];
  });
  if (parts.length === 0 || parts.length !== basket?.parts.length) return undefined;
  const value = basketValue(parts, market.assets.get(symbol)?.price ?? null);
  if (value !== null && value.high <= PRICE_NANO_MAX) return value;
  const place = { value: undefined, path: `listing.assets.${symbol}.parts`, problems: section.problems };
  refuseAt(place, 'parts worth between a billionth of a dollar and a hundred million dollars a unit of the basket');
  return undefined;
}

function joinInstruments(section: DecodeCursor, listing: Listing, context: MarketContext): readonly ListedInstrument[] {
  refuseUnknown(section, 'instruments', context.market.instruments.keys(), listing.instruments);
  return sorted([...listing.instruments.values()]).map((terms) => joinInstrument(section, terms, context));
}

function joinInstrument(section: DecodeCursor, terms: InstrumentListing, { market, assumed }: MarketContext): ListedInstrument {
  const place = (name: string): string => `instruments.${terms.symbol}.${name}`;
  const refuse = (name: string, expected: string): void => refuseAt(at(section, place(name)), expected);
  const { form, symbol } = terms;
  const priced = market.instruments.get(symbol);
  const expiry = expiryOf(market, terms);
  if (form.kind !== 'option' && priced !== undefined && priced.impliedVolatility !== null)
    refuse('impliedVolatility', `nothing: ${symbol} is not an option`);
  if (form.kind !== 'perpetual' && priced !== undefined && priced.feedConfidencePpm !== null)
    refuse('feedConfidence', `nothing: ${symbol} is not a perpetual; trust in a forward belongs to its expiry`);
  if (form.kind === 'option' && priced !== undefined && priced.mark !== null)
    refuse('mark', 'nothing: an option is priced on the forward of its expiry');
  const forward = expiry?.forward ?? null;
  if (forward !== null && priced !== undefined && priced.markPremiumPpm !== null)
    refuse('markPremium', 'nothing: the forward of its expiry is given');
  const mark = priced?.mark ?? forward;
  if (mark === null && (priced?.markPremiumPpm ?? null) === null)
    assumed.push({ path: `market.${place('markPremium')}`, value: MARKET_DEFAULTS.markPremium });
  const volatility = form.kind === 'option' ? (priced?.impliedVolatility ?? smileVolatilityAt(section, terms, expiry)) : null;
  if (form.kind === 'option' && volatility === null) {
    const value = `annualVolatility of ${terms.underlying}`;
    assumed.push({ path: `market.${place('impliedVolatility')}`, value });
  }
  return {
    ...terms,
    markPremiumPpm: priced?.markPremiumPpm ?? 0,
    mark,
    impliedVolatilityPpm: volatility?.ppm ?? null,
    impliedVolatilityRestPico: volatility?.restPico ?? 0,
    feedConfidencePpm: priced?.feedConfidencePpm ?? null,
    openInterest: priced?.openInterest ?? null,
  };
}

/** What the market says of the instrument's expiry. */
function expiryOf(market: Market, { form, underlying }: InstrumentListing): ListedExpiry | undefined {
  if (form.kind !== 'future' && form.kind !== 'option') return undefined;
  return market.underlyings.get(underlying)?.expiries.find(({ expiryMs }) => expiryMs === form.expiryMs);
}

/** Volatility of an option from the surface of its expiry, rounded down to 1e-12; null without a surface. */
function smileVolatilityAt(
  section: DecodeCursor,
  { form, symbol }: InstrumentListing,
  expiry: ListedExpiry | undefined,
): ImpliedVolatility | null {
  const smile = expiry?.smile ?? null;
  if (smile === null || form.kind !== 'option') return null;
  const strike = Number(form.strike) / 1e9;
  const volatility =
    smile.kind === 'svi' ? sviVolatility(smile.svi, strike) : strikeSmileVolatility(createStrikeSmile(smile.marks), strike);
  if (volatility * 1e6 <= VOLATILITY_PPM_MAX) return impliedVolatility(BigInt(Math.floor(volatility * 1e12)));
  refuseAt(
    at(section, `instruments.${symbol}`),
    `a surface with at most ${VOLATILITY_PPM_MAX / 1e6} of volatility at its strike`,
  );
  return null;
}

/** A misspelt symbol in the market section would silently price nothing. */
function refuseUnknown(
  section: DecodeCursor,
  place: string,
  symbols: Iterable<string>,
  known: { readonly has: (symbol: string) => boolean },
): void {
  for (const symbol of symbols) {
    if (!known.has(symbol)) refuseAt({ ...at(section, `${place}.${symbol}`), value: symbol }, `a symbol of listing.${place}`);
  }
}

/** By symbol, so that ids do not depend on the order in the file. */
function sorted<T extends { readonly symbol: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
}
