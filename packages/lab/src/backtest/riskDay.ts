import type { InstrumentForm, InstrumentTerms } from '@plimsoll/core/assets';
import { compileRisk, type InstrumentRiskInput, type MarginProfile, type PriceView, type RiskModel } from '@plimsoll/core/margin';
import {
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  type Ppm,
  type Price,
  ppm,
  price,
  ticksPerLot,
  timeMs,
  underlyingId,
} from '@plimsoll/core/numeric';
import {
  defaultAssetRisk,
  defaultInstrumentRisk,
  defaultUnderlyingRisk,
  HOUR_MS,
  NANO_USD,
  SUPPLY_CAP,
} from '../worlds/defaultParameters.ts';

/** Feed units in a lot: a thousandth of the dear ones, so that every book is a whole number of lots of little value. */
const LOT_UNITS = 1_000_000n;
const CHEAP_LOT_UNITS = 1_000_000_000n;
const CHEAP_BELOW = 10n * NANO_USD;

export interface MarketDay {
  readonly timeMs: number;
  readonly underlyings: readonly MarketUnderlying[];
}

export interface MarketUnderlying {
  readonly symbol: string;
  readonly price: Price;
  readonly scanRangePpm: Ppm;
  /** Per year; of modelled options and of the latency buffer. */
  readonly volatilityPpm: Ppm;
}

/** An instrument of a reference book, and its price on the day. */
export interface BookInstrument {
  readonly terms: InstrumentTerms;
  readonly price: Price;
}

/** Terms of an instrument on an underlying of the day; the id is its place in the list given to `compileDay`. */
export function termsOf(
  day: MarketDay,
  request: { readonly id: number; readonly symbol: string; readonly form: InstrumentForm },
): InstrumentTerms {
  const place = day.underlyings.findIndex(({ symbol }) => symbol === request.symbol);
  const at = day.underlyings[place]?.price ?? price(1n);
  return {
    id: instrumentId(request.id),
    symbol: `${request.symbol}-${request.id}`,
    group: groupId(0),
    underlying: underlyingId(place),
    lotUnits: at < CHEAP_BELOW ? CHEAP_LOT_UNITS : LOT_UNITS,
    form: request.form,
  };
}

/**
 * The risk model of one day: the core's `compileRisk` under the profile, with the lab's default parameters for everything but scan range
 * and volatility (1 % maintenance and 0.5 % initial add-on, 90 s declared latency, two million dollars of depth), no confidence interval and no slow price.
 */
export function compileDay(profile: MarginProfile, day: MarketDay, instruments: readonly BookInstrument[]): RiskModel {
  return compileRisk({
    profile,
    group: { id: groupId(0), symbol: 'BACKTEST', settlementAsset: assetId(0), kind: 'cross' },
    timeMs: timeMs(day.timeMs),
    assets: [
      {
        terms: {
          id: assetId(0),
          symbol: 'USD',
          ledgerDecimals: 6,
          supplyCap: SUPPLY_CAP,
          feed: feedId(0),
          feedUnit: amount(1_000_000n),
          riskUnit: amount(1_000_000n),
          underlying: null,
          form: { kind: 'cash' },
        },
        parameters: defaultAssetRisk(0),
        view: viewOf(price(NANO_USD)),
      },
    ],
    underlyings: day.underlyings.map((one, index) => ({
      terms: { id: underlyingId(index), symbol: one.symbol, feed: feedId(index + 1) },
      parameters: { ...defaultUnderlyingRisk(index), scanRangePpm: one.scanRangePpm, annualVolatilityPpm: one.volatilityPpm },
      view: viewOf(one.price),
      slowPrice: null,
    })),
    instruments: instruments.map((one) => instrumentInput(day, one)),
  });
}

function instrumentInput(day: MarketDay, { terms, price: at }: BookInstrument): InstrumentRiskInput {
  return {
    terms,
    parameters: defaultInstrumentRisk(terms.id),
    view: viewOf(at),
    volatilityPpm: terms.form.kind === 'option' ? (day.underlyings[terms.underlying]?.volatilityPpm ?? ppm(0)) : null,
    fundingIndex: ticksPerLot(0),
    socialIndex: ticksPerLot(0),
  };
}

export const PERPETUAL: InstrumentForm = { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) };

function viewOf(at: Price): PriceView {
  return { price: at, low: at, high: at, confidencePpm: ppm(0) };
}
