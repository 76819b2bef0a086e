/** The section `market` of a portfolio file: prices and what else is observed, at one moment. */

import { type DecodeCursor, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { decodeExpiries, decodeFeedConfidence } from './decodeExpiries.ts';
import { decodeDecimal, decodeRatio, decodeSymbolMap, decodeTime, orAssume } from './fields.ts';
import { MARKET_DEFAULTS } from './listingDefaults.ts';
import type { Assumption, ListedPrice, ListedUnderlying } from './portfolioDocument.ts';

/** A hundred million dollars for one unit, a fortieth of what the core holds: liquidation prices are looked for up to ten times a price. */
export const PRICE_NANO_MAX = 10n ** 17n;
const COUNT_MAX = 1000;
const PREMIUM_PPM_MAX = 500_000;
export const VOLATILITY_PPM_MAX = 10_000_000;
const PICO_PER_PPM = 1_000_000n;
const CONFIDENCE_PPM_MAX = 999_999;

export type PricedUnderlying = Pick<ListedUnderlying, 'price' | 'slowPrice' | 'feedConfidencePpm' | 'expiries'>;

export interface PricedAsset {
  readonly price: ListedPrice;
  readonly feedConfidencePpm: number | null;
}

export interface PricedInstrument {
  /** Null when the file does not say; then and only then `mark` may be given. */
  readonly markPremiumPpm: number | null;
  readonly mark: bigint | null;
  readonly impliedVolatility: ImpliedVolatility | null;
  readonly feedConfidencePpm: number | null;
  /** 1e-9 of a unit of the underlying. */
  readonly openInterest: bigint | null;
}

/** Volatility per year in ppm, and the rest in 1e-12. */
export interface ImpliedVolatility {
  readonly ppm: number;
  readonly restPico: number;
}

export interface Market {
  readonly timeMs: number | null;
  readonly underlyings: ReadonlyMap<string, PricedUnderlying>;
  readonly assets: ReadonlyMap<string, PricedAsset>;
  readonly instruments: ReadonlyMap<string, PricedInstrument>;
}

export function decodeMarket(at: DecodeCursor, assumed: Assumption[]): Market {
  const field = decodeObject(at, ['time', 'underlyings', 'assets', 'instruments']);
  const timeMs = decodeTime(field('time'));
  return {
    timeMs,
    underlyings: decodeSymbolMap(orEmpty(field('underlyings')), { what: 'underlyings', countMax: COUNT_MAX }, (item) => {
      const of = decodeObject(item, ['price', 'confidence', 'band', 'slowPrice', 'feedConfidence', 'expiries']);
      const slow = of('slowPrice');
      const isAbsent = slow.value === undefined || slow.value === null;
      const price = decodePrice(of, assumed);
      return {
        price,
        slowPrice: isAbsent ? null : decodePriceText(slow, 'the slow price in USD'),
        feedConfidencePpm: decodeFeedConfidence(of('feedConfidence')),
        expiries: decodeExpiries(of('expiries'), { timeMs, index: price.price }),
      };
    }),
    assets: decodeSymbolMap(field('assets'), { what: 'assets', countMax: COUNT_MAX }, (item) => {
      const of = decodeObject(item, ['price', 'confidence', 'band', 'feedConfidence']);
      return { price: decodePrice(of, assumed), feedConfidencePpm: decodeFeedConfidence(of('feedConfidence')) };
    }),
    instruments: decodeSymbolMap(
      orEmpty(field('instruments')),
      { what: 'instruments', countMax: COUNT_MAX },
      decodePricedInstrument,
    ),
  };
}

function decodePricedInstrument(item: DecodeCursor): PricedInstrument {
  const of = decodeObject(item, ['markPremium', 'mark', 'impliedVolatility', 'feedConfidence', 'openInterest']);
  const open = of('openInterest');
  const premium = of('markPremium');
  const mark = of('mark');
  if (premium.value !== undefined && mark.value !== undefined) refuseAt(mark, 'either a mark or a markPremium');
  const rule = { minimumPpm: -PREMIUM_PPM_MAX, maximumPpm: PREMIUM_PPM_MAX, what: 'the premium of the mark over the index' };
  return {
    markPremiumPpm: premium.value === undefined ? null : decodeRatio(premium, rule),
    mark: mark.value === undefined ? null : decodePriceText(mark, 'the mark in USD'),
    impliedVolatility: decodeImpliedVolatility(of('impliedVolatility')),
    feedConfidencePpm: decodeFeedConfidence(of('feedConfidence')),
    openInterest: open.value === undefined ? null : decodeDecimal(open, OPEN_INTEREST),
  };
}

/** At most a million million units. */
const OPEN_INTEREST = { decimals: 9, minimum: 0n, maximum: 10n ** 21n, what: 'open interest in units of the underlying' };

function decodeImpliedVolatility(at: DecodeCursor): ImpliedVolatility | null {
  if (at.value === undefined || at.value === null) return null;
  const maximum = BigInt(VOLATILITY_PPM_MAX) * PICO_PER_PPM;
  const pico = decodeDecimal(at, { decimals: 12, minimum: 0n, maximum, what: 'implied volatility per year' });
  return pico === null ? null : impliedVolatility(pico);
}

/** A volatility in 1e-12 as its parts. */
export function impliedVolatility(pico: bigint): ImpliedVolatility {
  return { ppm: Number(pico / PICO_PER_PPM), restPico: Number(pico % PICO_PER_PPM) };
}

function orEmpty(at: DecodeCursor): DecodeCursor {
  return at.value === undefined ? { ...at, value: {} } : at;
}

/** `price`, `confidence` and `band` of one entry. */
function decodePrice(field: (name: string) => DecodeCursor, assumed: Assumption[]): ListedPrice {
  const price = decodePriceText(field('price'), 'a price in USD') ?? 1n;
  const confidencePpm = decodeRatio(orAssume(field('confidence'), MARKET_DEFAULTS.confidence, assumed), {
    minimumPpm: 0,
    maximumPpm: CONFIDENCE_PPM_MAX,
    what: 'half the confidence interval relative to the price',
  });
  const band = field('band');
  if (band.value === undefined || band.value === null) return { price, low: price, high: price, confidencePpm };
  const of = decodeObject(band, ['low', 'high']);
  const low = decodePriceText(of('low'), 'the low end of the last band in USD') ?? price;
  const high = decodePriceText(of('high'), 'the high end of the last band in USD') ?? price;
  if (low > price || high < price) refuseAt(band, 'a band around the price');
  return { price, low, high, confidencePpm };
}

function decodePriceText(at: DecodeCursor, what: string): bigint | null {
  return decodeDecimal(at, { decimals: 9, minimum: 1n, maximum: PRICE_NANO_MAX, what });
}
