/** From a checked portfolio file and a profile to what the core's margin takes. */

import {
  type AssetRiskInput,
  addBalance,
  addPosition,
  BALANCE_COLLATERAL,
  BALANCE_DEBT,
  BALANCE_SUPPLY,
  clearPortfolio,
  createPortfolio,
  type DecodeProblem,
  type ExpiryRiskInput,
  type InstrumentRiskInput,
  type MarginProfile,
  type Portfolio,
  type PriceView,
  type RiskInput,
  type UnderlyingRiskInput,
} from '@plimsoll/core/margin';
import {
  AMOUNT_MAX,
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  mulDivDown,
  mulDivUp,
  ownerId,
  powerOfTen,
  ppm,
  price,
  ticks,
  ticksPerLot,
  timeMs,
  underlyingId,
} from '@plimsoll/core/numeric';
import { markPrice } from '@plimsoll/core/oracle';
import { priceMaxOf } from '@plimsoll/core/pricing';
import type {
  BalanceKind,
  ListedAsset,
  ListedExpiry,
  ListedForm,
  ListedInstrument,
  ListedPrice,
  ListedUnderlying,
  PortfolioDocument,
} from './portfolioDocument.ts';

/** Ids are places in the sorted lists of the document. */
export interface RiskOfPortfolio {
  readonly input: RiskInput;
  readonly portfolio: Portfolio;
}

export type RiskResult =
  | { readonly ok: true; readonly risk: RiskOfPortfolio }
  | { readonly ok: false; readonly problems: readonly DecodeProblem[] };

const GROUP = groupId(0);
const OWNER = ownerId(0);
const KIND_CODES: Readonly<Record<BalanceKind, number>> = {
  collateral: BALANCE_COLLATERAL,
  supply: BALANCE_SUPPLY,
  debt: BALANCE_DEBT,
};
/** 2^40 ticks, about 1.1 million USD: a lot worth more leaves the range in which every figure of a lot is exact. */
const LOT_TICKS_MAX = 2n ** 40n;
/** A thousand million million USD: beyond it a balance is a slip. */
const BALANCE_TICKS_MAX = 10n ** 21n;
const STABLE_PRICE_MIN = 10_000_000n;

/** Refuses what the profile does not margin and figures beyond the limits of the core. */
export function toRisk(document: PortfolioDocument, profile: MarginProfile): RiskResult {
  const problems = [...profileProblems(document, profile), ...limitProblems(document)];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, risk: { input: riskInput(document, profile), portfolio: portfolioOf(document) } };
}

function profileProblems(document: PortfolioDocument, profile: MarginProfile): readonly DecodeProblem[] {
  if (!profile.linearOnly) return [];
  const forms = new Map(document.instruments.map((instrument) => [instrument.symbol, instrument.form]));
  return document.positions
    .filter((position) => !isPriceItself(forms.get(position.instrument)))
    .map(({ path, instrument }) => ({
      path: `${path}.instrument`,
      expected:
        `a linear instrument: the profile ${profile.name} does not margin ` +
        (forms.get(instrument)?.kind === 'option' ? 'options' : 'functions of a price'),
      found: `"${instrument}"`,
    }));
}

function isPriceItself(form: ListedForm | undefined): boolean {
  return form?.kind !== 'option' && !(form?.kind === 'perpetual' && form.payoff !== undefined);
}

function limitProblems(document: PortfolioDocument): readonly DecodeProblem[] {
  const problems: DecodeProblem[] = [];
  const note = (path: string, expected: string, found: string): void => void problems.push({ path, expected, found });
  const stable = settlementPrice(document);
  if (stable < STABLE_PRICE_MIN)
    note(`market.assets.${document.settlementAsset}.price`, 'a settlement asset worth at least 0.01 USD', 'less');
  for (const instrument of document.instruments) {
    const { symbol, lotUnits, form } = instrument;
    const underlying = find(document.underlyings, instrument.underlying);
    const strike = form.kind === 'option' ? form.strike : 0n;
    const high = instrument.mark === null ? 0n : markBand(instrument.mark, underlying.price).high;
    const highest = [underlying.price.high, underlying.slowPrice ?? 0n, strike, high].reduce(larger);
    const marked = highest * BigInt(1_000_000 + Math.max(0, instrument.markPremiumPpm));
    const worth = mulDivUp(marked, lotUnits, 10n ** 18n);
    if (
      isPriceItself(form) || form.kind === 'option' ? worth > LOT_TICKS_MAX : marked > 1_000_000n * payoffPriceMax(instrument)
    ) {
      note(
        `listing.instruments.${symbol}.lotSize`,
        'a lot worth at most 1099511 USD at every price and strike given',
        `${worth} millionths`,
      );
    }
  }
  for (const instrument of document.instruments) {
    const lots = instrument.openInterest === null ? 0n : openLots(instrument.openInterest, instrument);
    if (lots > BigInt(Number.MAX_SAFE_INTEGER))
      note(`market.instruments.${instrument.symbol}.openInterest`, 'at most 2^53 − 1 lots', `${lots} lots`);
  }
  for (const asset of document.assets) {
    if (stable < STABLE_PRICE_MIN) continue;
    const value = valueTicks(asset, asset.riskUnit, stable);
    const worth = underlyingsOfAsset(document, asset)
      .map((symbol) => find(document.underlyings, symbol))
      .map((underlying) => mulDivUp(value, larger(underlying.price.price, underlying.slowPrice ?? 0n), underlying.price.price))
      .reduce(larger, 0n);
    if (worth > LOT_TICKS_MAX) {
      note(
        `listing.assets.${asset.symbol}.riskUnit`,
        'a risk unit worth at most 1099511 USD at every price given',
        `${worth} millionths`,
      );
    }
  }
  for (const balance of document.balances) {
    const worth = valueTicks(find(document.assets, balance.asset), balance.amount, larger(stable, STABLE_PRICE_MIN));
    if (worth > BALANCE_TICKS_MAX) note(balance.path, 'a balance worth at most 10^15 USD', `${worth} millionths`);
  }
  return problems;
}

/** The largest price at which a lot of a payoff stays within the limits of risk arrays. */
function payoffPriceMax(instrument: ListedInstrument): bigint {
  const form = formOf(instrument);
  const { symbol, lotUnits } = instrument;
  return form === null
    ? 0n
    : priceMaxOf({ id: instrumentId(0), symbol, group: GROUP, underlying: underlyingId(0), lotUnits, form });
}

/** The underlyings that an asset moves with inside the scenarios: its own, or those of the parts that a basket stands for. */
export function underlyingsOfAsset(document: PortfolioDocument, { underlying, basket }: ListedAsset): readonly string[] {
  if (basket === null) return underlying === null ? [] : [underlying];
  if (!basket.isInside) return [];
  return basket.parts.flatMap((part) => find(document.assets, part.asset).underlying ?? []);
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function valueTicks(asset: ListedAsset, units: bigint, stable: bigint): bigint {
  return mulDivUp(units * asset.price.high, 1_000_000n, powerOfTen(asset.decimals) * stable);
}

function settlementPrice(document: PortfolioDocument): bigint {
  return find(document.assets, document.settlementAsset).price.price;
}

function find<T extends { readonly symbol: string }>(items: readonly T[], symbol: string): T {
  const found = items.find((item) => item.symbol === symbol);
  if (found === undefined) throw new Error(`the decoder let an unknown symbol through: ${symbol}`);
  return found;
}

/** The same for an id: the place in the sorted list. */
function placeOf(items: readonly { readonly symbol: string }[], symbol: string): number {
  return items.indexOf(find(items, symbol));
}

function riskInput(document: PortfolioDocument, profile: MarginProfile): RiskInput {
  const { underlyings, assets, instruments } = document;
  return {
    profile,
    group: {
      id: GROUP,
      symbol: 'FILE',
      settlementAsset: assetId(placeOf(assets, document.settlementAsset)),
      kind: document.mode === 'isolated' ? 'isolated' : 'cross',
    },
    timeMs: timeMs(document.timeMs),
    assets: assets.map((asset, id) => assetInput({ document, profile }, asset, id)),
    underlyings: underlyings.map((underlying, id) => underlyingInput(document, underlying, id)),
    // Only what is held needs a row. Spot is delivered, so no account holds a position in it.
    instruments: instruments.flatMap((instrument, id) =>
      document.positions.some((position) => position.instrument === instrument.symbol)
        ? instrumentInput(document, instrument, id)
        : [],
    ),
  };
}

function viewOf(listed: ListedPrice): PriceView {
  return {
    price: price(listed.price),
    low: price(listed.low),
    high: price(listed.high),
    confidencePpm: ppm(listed.confidencePpm),
  };
}

interface Judged {
  readonly document: PortfolioDocument;
  readonly profile: MarginProfile;
}

function assetInput({ document, profile }: Judged, asset: ListedAsset, id: number): AssetRiskInput {
  const unit = powerOfTen(asset.decimals);
  return {
    terms: {
      id: assetId(id),
      symbol: asset.symbol,
      ledgerDecimals: asset.decimals,
      supplyCap: AMOUNT_MAX_OF_ASSET,
      feed: feedId(id),
      feedUnit: amount(unit),
      riskUnit: amount(asset.riskUnit),
      underlying: asset.underlying === null ? null : underlyingId(placeOf(document.underlyings, asset.underlying)),
      form: assetForm({ document, profile }, asset),
    },
    parameters: {
      asset: assetId(id),
      haircuts: asset.haircuts.map((band) => ({
        upTo: band.upTo === null ? null : amount(band.upTo),
        haircutPpm: ppm(band.haircutPpm),
      })),
      initialExtraHaircutPpm: ppm(asset.initialExtraHaircutPpm),
      loanToValuePpm: ppm(asset.loanToValuePpm),
      liquidationThresholdPpm: ppm(asset.liquidationThresholdPpm),
      collateralCap: AMOUNT_MAX_OF_ASSET,
      canBorrow: true,
    },
    view: viewOf(asset.price),
    ...(asset.feedConfidencePpm === null ? {} : { feedConfidencePpm: ppm(asset.feedConfidencePpm) }),
  };
}

/** Rules know no baskets: under a profile with rules a basket is outside, and only its haircut counts. */
function assetForm({ document, profile }: Judged, { symbol, basket }: ListedAsset): AssetRiskInput['terms']['form'] {
  if (basket === null) return { kind: symbol === document.settlementAsset ? 'cash' : 'volatile' };
  const parts = basket.parts.map((part) => ({
    asset: assetId(placeOf(document.assets, part.asset)),
    amountPerFeedUnit: amount(part.amount),
    capPpm: ppm(part.capPpm),
  }));
  return { kind: 'basket', parts, ...(basket.isInside && profile.rules === undefined ? { scenarios: 'parts' as const } : {}) };
}

/** Caps act on commands, and a file is not one. */
const AMOUNT_MAX_OF_ASSET = amount(AMOUNT_MAX);

function underlyingInput(document: PortfolioDocument, underlying: ListedUnderlying, id: number): UnderlyingRiskInput {
  return {
    terms: { id: underlyingId(id), symbol: underlying.symbol, feed: feedId(id) },
    parameters: {
      underlying: underlyingId(id),
      scanRangePpm: ppm(underlying.scanRangePpm),
      annualVolatilityPpm: ppm(underlying.annualVolatilityPpm),
      depthOnePercent: underlying.depthOnePercent,
    },
    view: viewOf(underlying.price),
    slowPrice: underlying.slowPrice === null ? null : price(underlying.slowPrice),
    ...(underlying.feedConfidencePpm === null ? {} : { feedConfidencePpm: ppm(underlying.feedConfidencePpm) }),
    ...(underlying.expiries.length === 0
      ? {}
      : { expiries: underlying.expiries.map((expiry) => expiryInputOf(expiry, document.timeMs)) }),
  };
}

/** Only what the file says: the rest keeps its neutral default. */
function expiryInputOf(expiry: ListedExpiry, nowMs: number): ExpiryRiskInput {
  const { averaging, ratePpm, forwardConfidencePpm, rateConfidencePpm, volatilityConfidencePpm } = expiry;
  return {
    expiryMs: timeMs(expiry.expiryMs),
    ...(ratePpm === null ? {} : { ratePpm: ppm(ratePpm) }),
    ...(averaging === null
      ? {}
      : {
          averaging: {
            fixed: averaging.fixed,
            remainingMs: durationMs(expiry.expiryMs - nowMs),
            windowMs: durationMs(averaging.windowMs),
          },
        }),
    ...(forwardConfidencePpm === null ? {} : { forwardConfidencePpm: ppm(forwardConfidencePpm) }),
    ...(rateConfidencePpm === null ? {} : { rateConfidencePpm: ppm(rateConfidencePpm) }),
    ...(volatilityConfidencePpm === null ? {} : { volatilityConfidencePpm: ppm(volatilityConfidencePpm) }),
  };
}

/** A stated mark with a band as wide as the index's, in proportion. */
function markBand(mark: bigint, index: ListedPrice): { readonly low: bigint; readonly high: bigint } {
  const low = mulDivDown(mark, index.low, index.price);
  return { low: low > 0n ? low : 1n, high: mulDivUp(mark, index.high, index.price) };
}

function instrumentInput(document: PortfolioDocument, instrument: ListedInstrument, id: number): readonly InstrumentRiskInput[] {
  const form = formOf(instrument);
  if (form === null) return [];
  const index = find(document.underlyings, instrument.underlying).price;
  const marked = (at: bigint): bigint => markPrice(price(at), ppm(instrument.markPremiumPpm));
  const stated = instrument.mark;
  const mark =
    stated === null
      ? { ...index, price: marked(index.price), low: marked(index.low), high: marked(index.high) }
      : { ...index, price: stated, ...markBand(stated, index) };
  return [
    {
      terms: {
        id: instrumentId(id),
        symbol: instrument.symbol,
        group: GROUP,
        underlying: underlyingId(placeOf(document.underlyings, instrument.underlying)),
        lotUnits: instrument.lotUnits,
        form,
      },
      parameters: {
        instrument: instrumentId(id),
        maintenanceAddOnPpm: ppm(instrument.maintenanceAddOnPpm),
        initialAddOnPpm: ppm(instrument.initialAddOnPpm),
        impactPpm: ppm(instrument.impactPpm),
        shortMinimumPpm: ppm(instrument.shortMinimumPpm),
        declaredLatencyMs: durationMs(instrument.declaredLatencyMs),
        ...WITHOUT_EFFECT,
      },
      view: viewOf(mark),
      volatilityPpm: instrument.impliedVolatilityPpm === null ? null : ppm(instrument.impliedVolatilityPpm),
      ...(instrument.impliedVolatilityRestPico === 0 ? {} : { volatilityRestPico: instrument.impliedVolatilityRestPico }),
      ...(instrument.feedConfidencePpm === null ? {} : { feedConfidencePpm: ppm(instrument.feedConfidencePpm) }),
      ...(instrument.openInterest === null ? {} : { openInterestLots: Number(openLots(instrument.openInterest, instrument)) }),
      fundingIndex: ticksPerLot(0),
      socialIndex: ticksPerLot(0),
    },
  ];
}

/** Lots, a begun one counted whole: more open interest never asks less. */
function openLots(openInterest: bigint, { lotUnits }: ListedInstrument): bigint {
  return mulDivUp(openInterest, 1n, lotUnits);
}

/** Parameters of trading and liquidation: margin does not read them. */
const WITHOUT_EFFECT = {
  openInterestCap: Number.MAX_SAFE_INTEGER,
  markClampPpm: ppm(0),
  fundingCapPpmPerHour: ppm(0),
  liquidationFeePpm: ppm(0),
};

function formOf({ form }: ListedInstrument): InstrumentRiskInput['terms']['form'] | null {
  switch (form.kind) {
    case 'spot':
      return null;
    case 'perpetual':
      return {
        kind: 'perpetual',
        fundingWindowMs: durationMs(3_600_000),
        ...(form.payoff === undefined ? {} : { payoff: form.payoff }),
      };
    case 'future':
      return { kind: 'future', expiryMs: timeMs(form.expiryMs) };
    case 'option':
      return { kind: 'option', expiryMs: timeMs(form.expiryMs), strike: price(form.strike), right: form.right };
  }
}

function portfolioOf(document: PortfolioDocument): Portfolio {
  const portfolio = createPortfolio();
  clearPortfolio(portfolio, { mode: document.mode, group: GROUP, owner: OWNER, cash: ticks(document.cash) });
  for (const position of document.positions) {
    const instrument = placeOf(document.instruments, position.instrument);
    addPosition(portfolio, { instrument, lots: position.lots, ownerGross: position.ownerLots });
  }
  for (const balance of document.balances) {
    addBalance(portfolio, {
      asset: placeOf(document.assets, balance.asset),
      kind: KIND_CODES[balance.kind],
      amount: balance.amount,
    });
  }
  return portfolio;
}
