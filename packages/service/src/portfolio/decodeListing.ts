/** The section `listing` of a portfolio file: terms and risk parameters of what can be held, without prices. */

import { type DecodeCursor, decodeArray, decodeChoice, decodeInteger, decodeObject, refuseAt } from '@plimsoll/core/margin';
import { powerOfTen } from '@plimsoll/core/numeric';
import { decodeBasket, isBasket, type PartAssets } from './decodeBasket.ts';
import { decodePayoff } from './decodePayoff.ts';
import { decodeDecimal, decodeRatio, decodeReference, decodeSymbolMap, decodeTime, orAssume } from './fields.ts';
import { ASSET_DEFAULTS, INSTRUMENT_DEFAULTS, SETTLEMENT_DEFAULTS, UNDERLYING_DEFAULTS } from './listingDefaults.ts';
import type {
  Assumption,
  HaircutBand,
  ListedAsset,
  ListedForm,
  ListedInstrument,
  ListedUnderlying,
} from './portfolioDocument.ts';

const ONE = 1_000_000;
const SHARE = { minimumPpm: 0, maximumPpm: ONE };
const COUNT_MAX = 1000;
const AMOUNT_MAX = 2n ** 62n - 1n;
const LOT_UNITS_MAX = 10n ** 18n;
const DEPTH_MAX = 10n ** 21n;
/** A thousand million dollars, in 1e-9: ten times the largest price, so that a strike far from it can be stated. Marks of a surface too. */
export const STRIKE_NANO_MAX: bigint = 10n ** 18n;
const LATENCY_SECONDS_MAX = 86_400;

export type UnderlyingTerms = Omit<ListedUnderlying, 'price' | 'slowPrice' | 'feedConfidencePpm' | 'expiries'>;
export type AssetListing = Omit<ListedAsset, 'price' | 'feedConfidencePpm'>;
export type InstrumentListing = Omit<
  ListedInstrument,
  'markPremiumPpm' | 'mark' | 'impliedVolatilityPpm' | 'impliedVolatilityRestPico' | 'feedConfidencePpm' | 'openInterest'
>;

export interface Listing {
  readonly underlyings: ReadonlyMap<string, UnderlyingTerms>;
  readonly assets: ReadonlyMap<string, AssetListing>;
  readonly instruments: ReadonlyMap<string, InstrumentListing>;
}

export interface ListingContext {
  /** Symbols that `market.underlyings` prices: each of them is an underlying, with or without parameters of its own. */
  readonly pricedUnderlyings: readonly string[];
  /** Symbol of the settlement asset, null when the file does not say. */
  readonly settlementAsset: string | null;
  readonly timeMs: number | null;
  readonly assumed: Assumption[];
}

export function decodeListing(at: DecodeCursor, context: ListingContext): Listing {
  const field = decodeObject(at, ['underlyings', 'assets', 'instruments']);
  const underlyings = decodeUnderlyings(orEmpty(field('underlyings')), context);
  const assets = decodeAssets(field('assets'), underlyings, context);
  const instruments = decodeSymbolMap(
    orEmpty(field('instruments')),
    { what: 'instruments', countMax: COUNT_MAX },
    (item, symbol) => decodeInstrument(item, symbol, { underlyings, assets }, context),
  );
  return { underlyings, assets, instruments };
}

function orEmpty(at: DecodeCursor): DecodeCursor {
  return at.value === undefined ? { ...at, value: {} } : at;
}

function decodeUnderlyings(at: DecodeCursor, context: ListingContext): ReadonlyMap<string, UnderlyingTerms> {
  const decode = (item: DecodeCursor, symbol: string): UnderlyingTerms => decodeUnderlying(item, symbol, context.assumed);
  const stated = decodeSymbolMap(at, { what: 'underlyings', countMax: COUNT_MAX }, decode);
  const all = new Map(stated);
  for (const symbol of context.pricedUnderlyings) {
    if (!all.has(symbol)) all.set(symbol, decode({ value: {}, path: `${at.path}.${symbol}`, problems: at.problems }, symbol));
  }
  return all;
}

function decodeUnderlying(at: DecodeCursor, symbol: string, assumed: Assumption[]): UnderlyingTerms {
  const field = decodeObject(at, ['scanRange', 'annualVolatility', 'depthOnePercent']);
  const given = (name: keyof typeof UNDERLYING_DEFAULTS): DecodeCursor =>
    orAssume(field(name), UNDERLYING_DEFAULTS[name], assumed);
  return {
    symbol,
    scanRangePpm: decodeRatio(given('scanRange'), {
      minimumPpm: 1,
      maximumPpm: ONE,
      what: 'the move that a spot shock of 1 stands for',
    }),
    annualVolatilityPpm: decodeRatio(given('annualVolatility'), {
      minimumPpm: 0,
      maximumPpm: 10 * ONE,
      what: 'volatility per year',
    }),
    depthOnePercent:
      decodeDecimal(given('depthOnePercent'), {
        decimals: 6,
        minimum: 1n,
        maximum: DEPTH_MAX,
        what: 'the USD that move the price 1 %',
      }) ?? 1n,
  };
}

/** Parts of a basket may stand anywhere among the assets, so baskets are read when all others are known. */
function decodeAssets(
  at: DecodeCursor,
  underlyings: ReadonlyMap<string, UnderlyingTerms>,
  context: ListingContext,
): ReadonlyMap<string, AssetListing> {
  const items = decodeSymbolMap(at, { what: 'assets', countMax: COUNT_MAX }, (item) => item);
  const plain = new Map<string, AssetListing>();
  for (const [symbol, item] of items) {
    if (!isBasket(item.value)) plain.set(symbol, decodeAsset(item, symbol, { underlyings, parts: plain }, context));
  }
  const assets = new Map(plain);
  for (const [symbol, item] of items) {
    if (isBasket(item.value)) assets.set(symbol, decodeAsset(item, symbol, { underlyings, parts: plain }, context));
  }
  return assets;
}

const ASSET_FIELDS = ['decimals', 'riskUnit', 'haircuts', 'initialExtraHaircut', 'loanToValue', 'liquidationThreshold'];
const BASKET_FIELDS = ['kind', 'parts', 'scenarios'];

function decodeAsset(
  at: DecodeCursor,
  symbol: string,
  { underlyings, parts }: { readonly underlyings: ReadonlyMap<string, UnderlyingTerms>; readonly parts: PartAssets },
  { settlementAsset, assumed }: ListingContext,
): AssetListing {
  const field = decodeObject(at, [...ASSET_FIELDS, ...(isBasket(at.value) ? BASKET_FIELDS : ['underlying'])]);
  const isSettlement = symbol === settlementAsset;
  const defaults = isSettlement ? SETTLEMENT_DEFAULTS : ASSET_DEFAULTS;
  const decimals = decodeAssetDecimals(orAssume(field('decimals'), defaults.decimals, assumed), isSettlement);
  const named = field('underlying');
  const underlying =
    named.value === undefined || named.value === null ? null : decodeReference(named, underlyings, 'market.underlyings');
  if (isSettlement && underlying !== null) refuseAt(named, 'nothing: the settlement asset stays outside the scenarios');
  const basket = isBasket(at.value) ? decodeBasket(field, parts, assumed) : null;
  if (isSettlement && basket !== null) refuseAt(field('kind'), 'nothing: the settlement asset is no basket');
  const isInside = basket?.isInside ?? (named.value !== undefined && named.value !== null);
  const loanToValue = orAssume(field('loanToValue'), defaults.loanToValue, assumed);
  const loanToValuePpm = decodeRatio(loanToValue, { ...SHARE, what: 'the share that may be borrowed' });
  const liquidationThresholdPpm = decodeRatio(orAssume(field('liquidationThreshold'), defaults.liquidationThreshold, assumed), {
    ...SHARE,
    what: 'the share at which liquidation starts',
  });
  if (loanToValuePpm > liquidationThresholdPpm) refuseAt(loanToValue, 'a loanToValue that is not above liquidationThreshold');
  return {
    symbol,
    decimals,
    underlying,
    riskUnit: decodeRiskUnit(field('riskUnit'), { decimals, isInside, assumed }),
    haircuts: decodeHaircuts(field('haircuts'), { decimals, haircut: defaults.haircut, assumed }),
    initialExtraHaircutPpm: decodeRatio(orAssume(field('initialExtraHaircut'), defaults.initialExtraHaircut, assumed), {
      ...SHARE,
      what: 'what initial margin adds to every haircut',
    }),
    loanToValuePpm,
    liquidationThresholdPpm,
    basket,
  };
}

function decodeAssetDecimals(at: DecodeCursor, isSettlement: boolean): number {
  const decimals = decodeInteger(at, { minimum: 0, maximum: 9 });
  if (isSettlement && decimals !== SETTLEMENT_DEFAULTS.decimals) refuseAt(at, '6: a settlement asset has six ledger decimals');
  return decimals;
}

/** Whole units of an asset that scenarios see; an asset outside them has none and any will do. */
function decodeRiskUnit(
  at: DecodeCursor,
  rule: { readonly decimals: number; readonly isInside: boolean; readonly assumed: Assumption[] },
): bigint {
  const { decimals, isInside, assumed } = rule;
  if (!isInside) {
    if (at.value !== undefined)
      refuseAt(at, 'nothing: an asset without an underlying, or a basket without scenarios, is outside them');
    return powerOfTen(decimals);
  }
  const fallback = decimals >= 3 ? ASSET_DEFAULTS.riskUnit : '1';
  const what = 'the amount in which scenarios see the asset, worth about a dollar or more';
  return (
    decodeDecimal(orAssume(at, fallback, assumed), { decimals, minimum: 1n, maximum: AMOUNT_MAX, what }) ?? powerOfTen(decimals)
  );
}

/** Bands by amount, or one haircut for any amount written as decimal text. */
function decodeHaircuts(
  at: DecodeCursor,
  rule: { readonly decimals: number; readonly haircut: string; readonly assumed: Assumption[] },
): readonly HaircutBand[] {
  const given = orAssume(at, rule.haircut, rule.assumed);
  if (!Array.isArray(given.value)) {
    return [{ upTo: null, haircutPpm: decodeRatio(given, { ...SHARE, what: 'a haircut, or an array of bands' }) }];
  }
  const bands = decodeArray(given, { minimum: 1, maximum: 16 }, (item): HaircutBand => {
    const field = decodeObject(item, ['upTo', 'haircut']);
    const upTo = field('upTo');
    const what = 'the amount up to which the haircut holds';
    const isOpen = upTo.value === undefined || upTo.value === null;
    return {
      upTo: isOpen ? null : decodeDecimal(upTo, { decimals: rule.decimals, minimum: 1n, maximum: AMOUNT_MAX, what }),
      haircutPpm: decodeRatio(field('haircut'), { ...SHARE, what: 'a haircut' }),
    };
  });
  const isOrdered = bands.every((band, index) => {
    const next = bands[index + 1];
    if (next === undefined) return band.upTo === null;
    return band.upTo !== null && (next.upTo === null || next.upTo > band.upTo) && next.haircutPpm >= band.haircutPpm;
  });
  if (!isOrdered) refuseAt(given, 'bands with rising upTo and haircuts that do not fall, the last one without upTo');
  return bands;
}

function decodeInstrument(
  at: DecodeCursor,
  symbol: string,
  known: { readonly underlyings: ReadonlyMap<string, UnderlyingTerms>; readonly assets: ReadonlyMap<string, AssetListing> },
  context: ListingContext,
): InstrumentListing {
  const { assumed } = context;
  const kind = decodeInstrumentKind(at);
  const field = decodeObject(at, [
    'kind',
    'underlying',
    'lotSize',
    ...FORM_FIELDS[kind],
    ...(kind === 'spot' ? [] : ['maintenanceAddOn', 'initialAddOn', 'impact', 'declaredLatencySeconds']),
  ]);
  const isSpot = kind === 'spot';
  const add = (name: 'maintenanceAddOn' | 'initialAddOn' | 'impact' | 'shortMinimum', what: string): number =>
    decodeRatio(orAssume(field(name), INSTRUMENT_DEFAULTS[name], assumed), { ...SHARE, what });
  const latency = orAssume(field('declaredLatencySeconds'), INSTRUMENT_DEFAULTS.declaredLatencySeconds, isSpot ? [] : assumed);
  return {
    symbol,
    underlying: decodeReference(field('underlying'), known.underlyings, 'market.underlyings') ?? '',
    lotUnits:
      decodeDecimal(orAssume(field('lotSize'), INSTRUMENT_DEFAULTS.lotSize, assumed), {
        decimals: 9,
        minimum: 1n,
        maximum: LOT_UNITS_MAX,
        what: 'units of the underlying in one lot',
      }) ?? 1n,
    form: decodeForm(kind, field, { ...context, assets: known.assets }),
    maintenanceAddOnPpm: isSpot ? 0 : add('maintenanceAddOn', 'the add-on at both levels, on notional'),
    initialAddOnPpm: isSpot ? 0 : add('initialAddOn', 'what initial margin adds, on notional'),
    impactPpm: isSpot ? 0 : add('impact', 'the square-root impact charge'),
    shortMinimumPpm: kind === 'option' ? add('shortMinimum', 'the minimum for a short option, on notional') : 0,
    declaredLatencyMs: 1000 * decodeInteger(latency, { minimum: 0, maximum: LATENCY_SECONDS_MAX }),
  };
}

const FORM_FIELDS: Readonly<Record<ListedForm['kind'], readonly string[]>> = {
  spot: ['base'],
  perpetual: ['payoff'],
  future: ['expiry'],
  option: ['expiry', 'strike', 'right', 'shortMinimum'],
};

function decodeInstrumentKind(at: DecodeCursor): ListedForm['kind'] {
  const value = typeof at.value === 'object' && at.value !== null && 'kind' in at.value ? at.value.kind : undefined;
  const isObject = typeof at.value === 'object' && at.value !== null && !Array.isArray(at.value);
  const cursor = { value, path: `${at.path}.kind`, problems: isObject ? at.problems : [] };
  return decodeChoice(cursor, ['perpetual', 'future', 'option', 'spot']);
}

function decodeForm(
  kind: ListedForm['kind'],
  field: (name: string) => DecodeCursor,
  context: ListingContext & { readonly assets: ReadonlyMap<string, AssetListing> },
): ListedForm {
  switch (kind) {
    case 'spot':
      return { kind, base: decodeReference(field('base'), context.assets, 'listing.assets') ?? '' };
    case 'perpetual': {
      const payoff = decodePayoff(field('payoff'));
      return payoff === null ? { kind } : { kind, payoff };
    }
    case 'future':
      return { kind, expiryMs: decodeExpiry(field('expiry'), context.timeMs) };
    case 'option':
      return {
        kind,
        expiryMs: decodeExpiry(field('expiry'), context.timeMs),
        strike:
          decodeDecimal(field('strike'), { decimals: 9, minimum: 1n, maximum: STRIKE_NANO_MAX, what: 'a strike in USD' }) ?? 1n,
        right: decodeChoice(field('right'), ['call', 'put']),
      };
  }
}

function decodeExpiry(at: DecodeCursor, timeMs: number | null): number {
  const expiryMs = decodeTime(at);
  if (expiryMs !== null && timeMs !== null && expiryMs <= timeMs)
    refuseAt(at, 'a time after market.time: what has expired is settled to cash');
  return expiryMs ?? 0;
}
