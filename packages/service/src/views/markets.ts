import { expiryOf, type InstrumentTerms } from '@plimsoll/core/assets';
import {
  assetTermsOf,
  assetView,
  type EngineState,
  feedsOfAsset,
  feedView,
  instrumentStateOf,
  instrumentView,
  markTicksOf,
  settlementAssetOfGroup,
} from '@plimsoll/core/engine';
import { holdingsOf, openInterest, totalCollateral } from '@plimsoll/core/ledger';
import { type AssetId, assetId, formatDecimal, mulDivNearest } from '@plimsoll/core/numeric';
import { type Quality, worseQuality } from '@plimsoll/core/oracle';
import type { AssetJson, GroupJson, MarketJson } from '../api/schemas/markets.ts';
import type { Reading } from './reading.ts';
import { amountText, assetSymbol, dateTimeText, perUnit, priceText, ratioText, ticksText, underlyingSymbol } from './texts.ts';

const TYPES = { spot: 'spot', perpetual: 'swap', future: 'future', option: 'option' } as const;

/** One listed instrument as it stands. */
export function marketView({ engine }: Reading, terms: InstrumentTerms): MarketJson {
  const { state, view } = engine;
  const found = instrumentStateOf(state, terms.id);
  const { form } = terms;
  const feed = state.terms.underlyings[terms.underlying]?.feed ?? null;
  const mark = markTicksOf(view, terms.id);
  const expiry = expiryOf(form);
  const isPlain = form.kind !== 'option' && !(form.kind === 'perpetual' && form.payoff !== undefined);
  const markPrice =
    isPlain && found.finalPrice === null ? instrumentView(state, state.parameters, terms).price : perUnit(mark, terms.lotUnits);
  return {
    id: terms.id,
    symbol: terms.symbol,
    base: underlyingSymbol(state, terms.underlying),
    settle: assetSymbol(state, settlementAssetOfGroup(state, terms.group)),
    group: terms.group,
    type: TYPES[form.kind],
    active: found.status === 'active',
    status: found.status,
    contractSize: contractSizeText(terms),
    expiry,
    expiryDatetime: expiry === null ? null : dateTimeText(expiry),
    strike: form.kind === 'option' ? priceText(form.strike) : null,
    optionType: form.kind === 'option' ? form.right : null,
    payoff: form.kind === 'perpetual' ? (form.payoff?.formula ?? null) : null,
    indexPrice: priceText(feedView(state, feed).price),
    markPrice: priceText(markPrice),
    markPerContract: ticksText(mark),
    quality: qualityOf(state, feed),
    fundingRate: form.kind === 'perpetual' ? formatDecimal(found.funding.rate, 12) : null,
    fundingIndex: ticksText(found.funding.index),
    socialIndex: ticksText(found.socialIndex),
    openInterest: String(openInterest(state.ledger.accounts.instruments, terms.id)),
    openInterestCap: String(state.parameters.instruments[terms.id]?.openInterestCap ?? 0),
    finalPrice: found.finalPrice === null ? null : ticksText(found.finalPrice),
    settlesAt: found.settlesAtMs,
  };
}

/** Units of the underlying in one contract. */
export function contractSizeText(terms: InstrumentTerms): string {
  return formatDecimal(terms.lotUnits, 9);
}

export function assetJson({ engine }: Reading, id: number): AssetJson {
  const { state } = engine;
  const terms = assetTermsOf(state, assetId(id));
  const view = assetView(state, terms);
  const risk = state.parameters.assets[id];
  const found = state.assets[id];
  /** Prices are per feed unit; whole units are shown. */
  const unit = 10n ** BigInt(terms.ledgerDecimals);
  const whole = (price: bigint): string => priceText(mulDivNearest<bigint>(price, unit, terms.feedUnit));
  return {
    id,
    symbol: terms.symbol,
    decimals: terms.ledgerDecimals,
    form: terms.form.kind,
    status: found?.status ?? 'active',
    price: whole(view.price),
    priceLow: whole(view.low),
    priceHigh: whole(view.high),
    quality: qualityOfAsset(state, terms.id),
    collateral: amountText(terms, totalCollateral(state.ledger, terms.id)),
    collateralCap: amountText(terms, risk?.collateralCap ?? 0n),
    supplyCap: amountText(terms, terms.supplyCap),
    holdings: amountText(terms, holdingsOf(state.ledger, terms.id)),
    loanToValue: ratioText(risk?.loanToValuePpm ?? 0),
    liquidationThreshold: ratioText(risk?.liquidationThresholdPpm ?? 0),
    haircuts: (risk?.haircuts ?? []).map(({ upTo, haircutPpm }) => ({
      upTo: upTo === null ? null : amountText(terms, upTo),
      haircut: ratioText(haircutPpm),
    })),
    canBorrow: risk?.canBorrow ?? false,
    finalPrice: found?.finalPrice === undefined || found.finalPrice === null ? null : whole(found.finalPrice),
  };
}

export function groupJson({ engine }: Reading, id: number): GroupJson | null {
  const { state } = engine;
  const terms = state.terms.groups[id];
  if (terms === undefined) return null;
  const unbacked = state.groups[id]?.unbacked ?? 0n;
  let accountsBelow = 0;
  for (const account of state.below) if (state.ledger.accounts.group[account] === id) accountsBelow += 1;
  return {
    id,
    symbol: terms.symbol,
    kind: terms.kind,
    settle: assetSymbol(state, terms.settlementAsset),
    profile: state.parameters.groups[id]?.profile ?? '',
    accountsBelow,
    gated: unbacked > 0n,
    unbacked: ticksText(unbacked),
  };
}

/** Quality of a feed as canonical state has it. */
export function qualityOf(state: EngineState, feed: number | null): Quality {
  return feed === null ? 'never' : (state.feeds[feed]?.quality ?? 'never');
}

/** The worst of the feeds that an asset's price stands on; a final price is valid. */
function qualityOfAsset(state: EngineState, asset: AssetId): Quality {
  return feedsOfAsset(state, asset).reduce<Quality>((worst, feed) => worseQuality(worst, qualityOf(state, feed)), 'valid');
}
