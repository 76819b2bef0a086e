/** Values and charges per lot of one row: whatever is proportional to lots is divided out here, once per price tick. */

import type { InstrumentTerms } from '../assets/instrument.ts';
import { assert } from '../numeric/assert.ts';
import type { Price, TimeMs } from '../numeric/brand.ts';
import { divDown, isqrtUp, mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import { deltaTimesGap, type MarketState, markPerLot, notionalPerLot } from '../pricing/instrumentValue.ts';
import { quantizeRatio } from '../pricing/quantize.ts';
import { riskUnitValue } from './compileAsset.ts';
import { marketStates } from './marketStates.ts';
import type { AddOnRules, LevelPpm, MarginProfile } from './profile.ts';
import type { AssetRiskInput, InstrumentRiskInput, UnderlyingRiskInput } from './riskModel.ts';

/** See `RiskRows` for meanings and units. */
export interface RowCharges {
  readonly longValue: number;
  readonly shortValue: number;
  readonly baseValue: number;
  readonly notional: number;
  readonly roundingBound: number;
  readonly instrumentAddOn: number;
  readonly latencyAddOn: number;
  readonly initialAddOn: number;
  readonly confidenceAddOn: number;
  readonly contingencyAddOn: number;
  readonly initialContingencyAddOn: number;
  readonly shortMinimum: number;
  readonly slowGap: number;
  readonly impactPpm: number;
  readonly sizeUnit: number;
  readonly sizeRootScale: number;
}

const PPM: bigint = 1_000_000n;
const PPM_SQUARED: bigint = 1_000_000_000_000n;
const YEAR_MS: bigint = 31_536_000_000n;

interface InstrumentContext {
  readonly profile: MarginProfile;
  readonly timeMs: TimeMs;
  readonly roundingBound: number;
}

/** The row of an instrument. */
export function chargesOfInstrument(
  instrument: InstrumentRiskInput,
  underlying: UnderlyingRiskInput,
  context: InstrumentContext,
): RowCharges {
  const { terms, parameters, view } = instrument;
  const { addOns } = context.profile;
  const stateAt = marketStates(instrument, underlying, context);
  const notional = notionalPerLot(terms, notionalPrice(instrument, underlying, context.profile));
  const share = (ratePpm: bigint, multiplierPpm: number): number =>
    Number(mulDivUp(BigInt(notional) * ratePpm, BigInt(multiplierPpm), PPM_SQUARED));
  const latency = latencyPpm({
    annualVolatilityPpm: underlying.parameters.annualVolatilityPpm,
    latencyMs: parameters.declaredLatencyMs,
    addOns,
  });
  const isOption = terms.form.kind === 'option';
  const contingency = contingencyOf(context.profile, terms);
  const { longValue, shortValue } = bandValues(instrument, stateAt);
  const { impactPpm, sizeUnit, sizeRootScale } = sizeColumns(
    parameters.impactPpm,
    addOns.sizePpm,
    underlying.parameters.depthOnePercent,
  );
  // Field by field: spreading the two costs as much as all the rest of the row.
  return {
    longValue,
    shortValue,
    baseValue: isOption ? markPerLot(terms, stateAt(view.price)) : 0,
    notional,
    roundingBound: context.roundingBound,
    instrumentAddOn: share(BigInt(parameters.maintenanceAddOnPpm), addOns.instrumentPpm),
    latencyAddOn: share(latency, 1_000_000),
    initialAddOn: share(BigInt(parameters.initialAddOnPpm), addOns.instrumentPpm),
    confidenceAddOn: share(BigInt(view.confidencePpm), addOns.confidencePpm),
    contingencyAddOn: share(BigInt(contingency?.maintenancePpm ?? 0), 1_000_000),
    initialContingencyAddOn: share(BigInt(contingency?.initialPpm ?? 0), 1_000_000),
    shortMinimum: isOption ? share(BigInt(parameters.shortMinimumPpm), addOns.shortMinimumPpm) : 0,
    slowGap: scaleGap(slowGapOf(terms, stateAt(view.price), underlying), addOns.slowPricePpm),
    impactPpm,
    sizeUnit,
    sizeRootScale,
  };
}

/** The price that notional is a share of. */
export function notionalPrice(instrument: InstrumentRiskInput, underlying: UnderlyingRiskInput, profile: MarginProfile): Price {
  return profile.addOns.notionalPrice === 'mark' ? instrument.view.price : underlying.view.price;
}

/** The profile's charge per lot on this kind of instrument, whatever the side. */
function contingencyOf(profile: MarginProfile, terms: InstrumentTerms): LevelPpm | undefined {
  if (terms.form.kind === 'perpetual') return profile.contingencies?.perpetual;
  return terms.form.kind === 'future' ? profile.contingencies?.future : undefined;
}

/** The row of a risk unit of an asset: no charges but rounding and the slow price, because haircuts cover the rest. */
export function chargesOfAsset(
  asset: AssetRiskInput,
  underlying: UnderlyingRiskInput,
  context: { readonly profile: MarginProfile; readonly stablePrice: bigint; readonly roundingBound: number },
): RowCharges {
  return {
    longValue: 0,
    shortValue: 0,
    baseValue: 0,
    notional: 0,
    roundingBound: context.roundingBound,
    instrumentAddOn: 0,
    latencyAddOn: 0,
    initialAddOn: 0,
    confidenceAddOn: 0,
    contingencyAddOn: 0,
    initialContingencyAddOn: 0,
    shortMinimum: 0,
    slowGap: scaleGap(assetSlowGap(asset, underlying, context.stablePrice), context.profile.addOns.slowPricePpm),
    impactPpm: 0,
    sizeUnit: 1,
    sizeRootScale: 1,
  };
}

/** Equity per long lot at the end of the band that favours a long, per short lot at the one that favours a short. */
function bandValues(
  instrument: InstrumentRiskInput,
  stateAt: (price: Price) => MarketState,
): { readonly longValue: number; readonly shortValue: number } {
  const { terms, view, fundingIndex, socialIndex } = instrument;
  const low = markPerLot(terms, stateAt(view.low));
  const high = view.low === view.high ? low : markPerLot(terms, stateAt(view.high));
  return {
    longValue: Math.max(low, high) - fundingIndex - socialIndex,
    shortValue: Math.min(low, high) - fundingIndex + socialIndex,
  };
}

/**
 * Standard move of the price over the declared latency, in ppm rounded up: max(volatility, floor) · √(time / year) · deviations.
 */
export function latencyPpm(input: {
  readonly annualVolatilityPpm: number;
  readonly latencyMs: number;
  readonly addOns: Pick<AddOnRules, 'latencyPpm' | 'latencyVolatilityFloorPpm'>;
}): bigint {
  const volatilityPpm = Math.max(input.annualVolatilityPpm, input.addOns.latencyVolatilityFloorPpm ?? 0);
  const scaled = BigInt(volatilityPpm) * BigInt(input.addOns.latencyPpm);
  return isqrtUp(mulDivUp(scaled * scaled, BigInt(input.latencyMs), YEAR_MS * PPM_SQUARED));
}

function slowGapOf(terms: InstrumentTerms, state: MarketState, underlying: UnderlyingRiskInput): number {
  if (underlying.slowPrice === null) return 0;
  return deltaTimesGap(terms, state, underlying.view.price - underlying.slowPrice);
}

/** The asset's value times the relative gap of its underlying. */
function assetSlowGap(asset: AssetRiskInput, underlying: UnderlyingRiskInput, stablePrice: bigint): number {
  if (underlying.slowPrice === null) return 0;
  const { numerator, denominator } = riskUnitValue(asset, stablePrice);
  const gap = underlying.view.price - underlying.slowPrice;
  return quantizeRatio(numerator * gap, denominator * underlying.view.price).ticks;
}

/**
 * What a risk unit of collateral may be charged for the slow price at most: what its initial haircut and its worst scenario leave of
 * its value. Beyond it, more collateral would lower health.
 */
export function slowGapCap(
  asset: AssetRiskInput,
  at: { readonly stablePrice: bigint; readonly entries: Float64Array; readonly lossFactorPpm: number },
): number {
  const { parameters, view } = asset;
  const haircutPpm = Math.max(0, ...parameters.haircuts.map((band) => band.haircutPpm)) + parameters.initialExtraHaircutPpm;
  const share = PPM - BigInt(Math.min(haircutPpm, 1_000_000));
  const confident = PPM - BigInt(Math.min(view.confidencePpm, 1_000_000));
  const { numerator, denominator } = riskUnitValue({ ...asset, view: { ...view, price: view.low } }, at.stablePrice);
  const credit = mulDivDown(numerator * share, confident, denominator * PPM_SQUARED);
  let worst = 0;
  for (const entry of at.entries) worst = Math.max(worst, -entry);
  const left = credit - mulDivUp(BigInt(worst), BigInt(at.lossFactorPpm), PPM) - 1n;
  return Number(left);
}

function scaleGap(gap: number, multiplierPpm: number): number {
  if (multiplierPpm === 1_000_000 || gap === 0) return gap;
  return quantizeRatio(BigInt(gap) * BigInt(multiplierPpm), PPM).ticks;
}

/**
 * The integers of the size charge. √(notional/depth) is taken as √⌈notional/unit⌉ / 2^k with unit = ⌊depth/4^k⌋; k ≤ 15 is the
 * largest that leaves the unit at least 1024, so both roundings stay below a thousandth for sizes that matter, and both go up.
 */
function sizeColumns(
  impactPpm: number,
  multiplierPpm: number,
  depth: bigint,
): { readonly impactPpm: number; readonly sizeUnit: number; readonly sizeRootScale: number } {
  assert(depth > 0n, 'The depth of an underlying is positive.');
  let shift = 15;
  while (shift > 0 && depth >> BigInt(2 * shift) < 1024n) shift -= 1;
  return {
    impactPpm: Number(mulDivUp(BigInt(impactPpm), BigInt(multiplierPpm), PPM)),
    sizeUnit: Number(divDown(depth, 1n << BigInt(2 * shift))),
    sizeRootScale: 1 << shift,
  };
}
