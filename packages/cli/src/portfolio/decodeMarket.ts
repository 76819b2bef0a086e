/** The section `market` of a portfolio file: prices and what else is observed, at one moment. */

import { type DecodeCursor, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { decodeDecimal, decodeRatio, decodeSymbolMap, decodeTime, orAssume } from './fields.ts';
import { MARKET_DEFAULTS } from './listingDefaults.ts';
import type { Assumption, ListedPrice } from './portfolioDocument.ts';

/** A hundred million dollars for one unit, a fortieth of what the core holds: liquidation prices are looked for up to ten times a price. */
const PRICE_NANO_MAX = 10n ** 17n;
const COUNT_MAX = 1000;
const PREMIUM_PPM_MAX = 500_000;
const VOLATILITY_PPM_MAX = 10_000_000;
const CONFIDENCE_PPM_MAX = 999_999;

export interface PricedUnderlying {
  readonly price: ListedPrice;
  readonly slowPrice: bigint | null;
}

export interface PricedInstrument {
  readonly markPremiumPpm: number;
  readonly impliedVolatilityPpm: number | null;
}

export interface Market {
  readonly timeMs: number | null;
  readonly underlyings: ReadonlyMap<string, PricedUnderlying>;
  readonly assets: ReadonlyMap<string, ListedPrice>;
  readonly instruments: ReadonlyMap<string, PricedInstrument>;
}

export function decodeMarket(at: DecodeCursor, assumed: Assumption[]): Market {
  const field = decodeObject(at, ['time', 'underlyings', 'assets', 'instruments']);
  return {
    timeMs: decodeTime(field('time')),
    underlyings: decodeSymbolMap(orEmpty(field('underlyings')), { what: 'underlyings', countMax: COUNT_MAX }, (item) => {
      const of = decodeObject(item, ['price', 'confidence', 'band', 'slowPrice']);
      const slow = of('slowPrice');
      const isAbsent = slow.value === undefined || slow.value === null;
      return { price: decodePrice(of, assumed), slowPrice: isAbsent ? null : decodePriceText(slow, 'the slow price in USD') };
    }),
    assets: decodeSymbolMap(field('assets'), { what: 'assets', countMax: COUNT_MAX }, (item) =>
      decodePrice(decodeObject(item, ['price', 'confidence', 'band']), assumed),
    ),
    instruments: decodeSymbolMap(orEmpty(field('instruments')), { what: 'instruments', countMax: COUNT_MAX }, (item) => {
      const of = decodeObject(item, ['markPremium', 'impliedVolatility']);
      const implied = of('impliedVolatility');
      return {
        markPremiumPpm: decodeRatio(orAssume(of('markPremium'), MARKET_DEFAULTS.markPremium, assumed), {
          minimumPpm: -PREMIUM_PPM_MAX,
          maximumPpm: PREMIUM_PPM_MAX,
          what: 'the premium of the mark over the index',
        }),
        impliedVolatilityPpm:
          implied.value === undefined || implied.value === null
            ? null
            : decodeRatio(implied, { minimumPpm: 0, maximumPpm: VOLATILITY_PPM_MAX, what: 'implied volatility per year' }),
      };
    }),
  };
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
