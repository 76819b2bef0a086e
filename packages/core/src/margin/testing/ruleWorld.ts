/** A market of any instruments for tests of rules: prices as decimal text, lots of one unit or a part of it. */

import type { InstrumentForm } from '../../assets/instrument.ts';
import { assert } from '../../numeric/assert.ts';
import {
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  ppm,
  price,
  ticksPerLot,
  timeMs,
  underlyingId,
} from '../../numeric/brand.ts';
import { parseDecimal } from '../../numeric/decimal.ts';
import type { MarginProfile } from '../profile.ts';
import type { AssetRiskInput, ExpiryRiskInput, InstrumentRiskInput, RiskInput, UnderlyingRiskInput } from '../riskModel.ts';
import { view } from './marginWorld.ts';

/** Decimal text in 1e-9. */
export function nano(text: string): bigint {
  const parsed = parseDecimal(text, 9);
  assert(parsed.ok, 'A test writes decimals.');
  return parsed.value;
}

export interface UnderlyingSketch {
  readonly symbol: string;
  readonly price: string;
  readonly confidencePpm?: number;
  readonly expiries?: readonly ExpiryRiskInput[];
}

export interface InstrumentSketch {
  /** Place in the list of underlyings. */
  readonly underlying: number;
  readonly form: InstrumentForm;
  /** Mark, for an option its forward. */
  readonly mark: string;
  readonly volatilityPpm?: number;
  /** 1e-9 of a unit; one unit when left out. */
  readonly lotUnits?: bigint;
  readonly confidencePpm?: number;
  readonly openInterestLots?: number;
}

export interface AssetSketch {
  readonly symbol: string;
  /** Place in the list of underlyings, or none. */
  readonly underlying: number | null;
  readonly price: string;
  readonly decimals?: number;
  readonly loanToValuePpm?: number;
  readonly liquidationThresholdPpm?: number;
}

export interface RuleWorld {
  readonly profile: MarginProfile;
  readonly nowMs?: number;
  /** Price of the settlement asset; one when left out. */
  readonly stable?: string;
  readonly underlyings: readonly UnderlyingSketch[];
  readonly instruments?: readonly InstrumentSketch[];
  /** Beside the settlement asset, which is asset 0 with six decimals: ids from 1. */
  readonly assets?: readonly AssetSketch[];
}

export const RULE_NOW_MS: number = 1_672_531_200_000;

/** The risk input; ids are places in the lists. */
export function ruleInput(world: RuleWorld): RiskInput {
  const settlement: AssetSketch = { symbol: 'USDC', underlying: null, price: world.stable ?? '1', decimals: 6 };
  return {
    profile: world.profile,
    group: { id: groupId(0), symbol: 'MAIN', settlementAsset: assetId(0), kind: 'cross' },
    timeMs: timeMs(world.nowMs ?? RULE_NOW_MS),
    assets: [settlement, ...(world.assets ?? [])].map(assetInput),
    underlyings: world.underlyings.map(underlyingInput),
    instruments: (world.instruments ?? []).map(instrumentInput),
  };
}

function underlyingInput(sketch: UnderlyingSketch, id: number): UnderlyingRiskInput {
  return {
    terms: { id: underlyingId(id), symbol: sketch.symbol, feed: feedId(id) },
    parameters: {
      underlying: underlyingId(id),
      scanRangePpm: ppm(200_000),
      annualVolatilityPpm: ppm(500_000),
      depthOnePercent: 10_000_000_000_000n,
    },
    view: view(nano(sketch.price)),
    slowPrice: null,
    ...(sketch.confidencePpm === undefined ? {} : { feedConfidencePpm: ppm(sketch.confidencePpm) }),
    ...(sketch.expiries === undefined ? {} : { expiries: sketch.expiries }),
  };
}

function instrumentInput(sketch: InstrumentSketch, id: number): InstrumentRiskInput {
  return {
    terms: {
      id: instrumentId(id),
      symbol: `I${id}`,
      group: groupId(0),
      underlying: underlyingId(sketch.underlying),
      lotUnits: sketch.lotUnits ?? 1_000_000_000n,
      form: sketch.form,
    },
    parameters: {
      instrument: instrumentId(id),
      maintenanceAddOnPpm: ppm(0),
      initialAddOnPpm: ppm(0),
      impactPpm: ppm(0),
      shortMinimumPpm: ppm(0),
      openInterestCap: Number.MAX_SAFE_INTEGER,
      markClampPpm: ppm(0),
      fundingCapPpmPerHour: ppm(0),
      liquidationFeePpm: ppm(0),
      declaredLatencyMs: durationMs(0),
    },
    view: view(nano(sketch.mark)),
    volatilityPpm: ppm(sketch.volatilityPpm ?? 500_000),
    fundingIndex: ticksPerLot(0),
    socialIndex: ticksPerLot(0),
    ...(sketch.confidencePpm === undefined ? {} : { feedConfidencePpm: ppm(sketch.confidencePpm) }),
    ...(sketch.openInterestLots === undefined ? {} : { openInterestLots: sketch.openInterestLots }),
  };
}

function assetInput(sketch: AssetSketch, id: number): AssetRiskInput {
  const unit = BigInt(10 ** (sketch.decimals ?? 9));
  return {
    terms: {
      id: assetId(id),
      symbol: sketch.symbol,
      ledgerDecimals: sketch.decimals ?? 9,
      supplyCap: amount(2n ** 60n),
      feed: feedId(id),
      feedUnit: amount(unit),
      riskUnit: amount(sketch.underlying === null ? unit : unit / 1000n),
      underlying: sketch.underlying === null ? null : underlyingId(sketch.underlying),
      form: id === 0 ? { kind: 'cash' } : { kind: 'volatile' },
    },
    parameters: {
      asset: assetId(id),
      haircuts: [{ upTo: null, haircutPpm: ppm(id === 0 ? 0 : 100_000) }],
      initialExtraHaircutPpm: ppm(id === 0 ? 0 : 25_000),
      loanToValuePpm: ppm(sketch.loanToValuePpm ?? 700_000),
      liquidationThresholdPpm: ppm(sketch.liquidationThresholdPpm ?? 800_000),
      collateralCap: amount(2n ** 60n),
      canBorrow: true,
    },
    view: view(nano(sketch.price)),
  };
}

/** An option expiring some milliseconds from a moment. */
export function optionForm(right: 'call' | 'put', strike: string, expiryMs: number): InstrumentForm {
  return { kind: 'option', right, strike: price(nano(strike)), expiryMs: timeMs(expiryMs) };
}

export const PERPETUAL: InstrumentForm = { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) };
