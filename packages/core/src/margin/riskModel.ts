/**
 * Everything margin needs about one group at one moment, as integer columns: compiled once per price tick, read for
 * every account. Rows are the group's instruments and the assets inside its scenarios, ordered by underlying, expiry, instruments
 * before assets, id; so an account's legs in row order are grouped as the functional wants them.
 */

import type { AssetTerms } from '../assets/asset.ts';
import type { GroupTerms, InstrumentTerms, UnderlyingTerms } from '../assets/instrument.ts';
import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from '../assets/parameters.ts';
import type { Amount, AssetId, Ppm, Price, Ticks, TicksPerLot, TimeMs } from '../numeric/brand.ts';
import type { AveragedSettlement } from '../pricing/averagedSettlement.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { MarginProfile } from './profile.ts';
import type { RowConfidence } from './rowConfidence.ts';
import type { MarginRules, MarketRule } from './rules/ruleSet.ts';

/** What the oracle says of one feed now. While the feed is valid, low = price = high. */
export interface PriceView {
  /** Last valid price: risk arrays and notionals are built on it. */
  readonly price: Price;
  /** The last band of an invalid feed: what is owned is valued at its high end, what is owed at its low end. */
  readonly low: Price;
  readonly high: Price;
  /** Half-width of the price's confidence interval relative to the price; acts on initial margin only. */
  readonly confidencePpm: Ppm;
}

export interface AssetRiskInput {
  readonly terms: AssetTerms;
  readonly parameters: AssetRiskParameters;
  /** USD per feed unit, after redemption caps, fair reserves and look-through (assets/valuation.ts). */
  readonly view: PriceView;
  /** How far the feed is trusted, 1 000 000 fully (the default); see `FeedConfidenceRules`. Of the settlement asset: the stable feed. */
  readonly feedConfidencePpm?: Ppm;
  /** Of a share of a pool: what the pool holds. Absent where it is not known, or where the share has a final price; its price stays then. */
  readonly pool?: PoolOfShare;
}

/** A pool as its share is priced, in ledger units of each. */
export interface PoolOfShare {
  readonly base: AssetId;
  readonly quote: AssetId;
  readonly baseReserve: Amount;
  readonly quoteReserve: Amount;
  readonly issued: Amount;
}

/** What is known of one expiry of an underlying beyond the marks of its instruments; each may be left out. */
export interface ExpiryRiskInput {
  readonly expiryMs: TimeMs;
  /** Continuous rate per year to the expiry, signed; absent: none. */
  readonly ratePpm?: Ppm;
  /** The average that the expiry settles at, while it is being taken; `view.price` of its instruments is then the live forward. */
  readonly averaging?: AveragedSettlement;
  /** Trust in three feeds, 1 000 000 fully (the default). */
  readonly forwardConfidencePpm?: Ppm;
  readonly rateConfidencePpm?: Ppm;
  readonly volatilityConfidencePpm?: Ppm;
}

export interface UnderlyingRiskInput {
  readonly terms: UnderlyingTerms;
  readonly parameters: UnderlyingRiskParameters;
  /** The index. */
  readonly view: PriceView;
  /** Slow average of the index; null while there is none (then it charges nothing). */
  readonly slowPrice: Price | null;
  /** Trust in the index, 1 000 000 fully (the default). */
  readonly feedConfidencePpm?: Ppm;
  /** Each expiry at most once. */
  readonly expiries?: readonly ExpiryRiskInput[];
}

export interface InstrumentRiskInput {
  readonly terms: InstrumentTerms;
  readonly parameters: InstrumentRiskParameters;
  /** Mark per feed unit; for an option the forward of its underlying to its expiry. */
  readonly view: PriceView;
  /** Implied volatility of an option, else ignored; null takes the underlying's parameter. */
  readonly volatilityPpm: Ppm | null;
  /** What the implied volatility is beyond `volatilityPpm`, in 1e-12 below 1 000 000; absent: nothing. */
  readonly volatilityRestPico?: number;
  /** The average that this instrument settles at, while it is being taken, where it has one of its own; absent: its expiry's. Not for payoffs. */
  readonly averaging?: AveragedSettlement;
  /** F: ticks a long lot has paid since listing. */
  readonly fundingIndex: TicksPerLot;
  /** S: ticks each |lot| has lost to socialisation since listing, not negative. */
  readonly socialIndex: TicksPerLot;
  /** Of a perpetual: trust in its own feed, 1 000 000 fully (the default). */
  readonly feedConfidencePpm?: Ppm;
  /** Lots held long in the whole market: what open-interest scaling reads; absent: none. */
  readonly openInterestLots?: number;
}

export interface RiskInput {
  readonly profile: MarginProfile;
  readonly group: GroupTerms;
  readonly timeMs: TimeMs;
  /** Every asset that an account of the group may hold, its settlement asset included. */
  readonly assets: readonly AssetRiskInput[];
  readonly underlyings: readonly UnderlyingRiskInput[];
  /** Instruments of other groups are ignored. */
  readonly instruments: readonly InstrumentRiskInput[];
}

/** The rows of the risk matrix. Numbers are integers; unless noted, ticks per lot (or per risk unit of an asset). */
export interface RiskRows {
  readonly count: number;
  /** Instrument of the row, or −1. */
  readonly instrument: Int32Array;
  /** Asset of the row, or −1. */
  readonly asset: Int32Array;
  /** Dense index of the underlying, rising. */
  readonly underlying: Int32Array;
  /** Dense index of (underlying, expiry), rising; see `RiskModel.expiryGroups`. */
  readonly expiryGroup: Int32Array;
  /** Value in equity of a long lot (mark − F − S at the band's high end) and of a short lot (mark − F + S at its low end). */
  readonly longValue: Float64Array;
  readonly shortValue: Float64Array;
  /** Value in scenarios' base state of an option lot; 0 for the rest. */
  readonly baseValue: Float64Array;
  readonly notional: Float64Array;
  /** Smallest and largest entry of the stress scenarios, and the largest magnitude over stress and joint. */
  readonly riskLow: Float64Array;
  readonly riskHigh: Float64Array;
  readonly riskMax: Float64Array;
  /** Bound of the quantization error of any entry; charged per |lot|. */
  readonly roundingBound: Float64Array;
  /** Charged per |lot|, by name; the two rates are their sums, `roundingBound` included. */
  readonly instrumentAddOn: Float64Array;
  readonly latencyAddOn: Float64Array;
  readonly initialAddOn: Float64Array;
  readonly confidenceAddOn: Float64Array;
  /** The profile's contingency on the kind of instrument, and what initial adds to it. */
  readonly contingencyAddOn: Float64Array;
  readonly initialContingencyAddOn: Float64Array;
  readonly maintenanceRate: Float64Array;
  readonly initialRate: Float64Array;
  /** Charged per short lot. */
  readonly shortMinimum: Float64Array;
  /** delta × (index − slow price): its sum over an underlying is charged at initial where positive. */
  readonly slowGap: Float64Array;
  /** Square-root impact: charge = |lots|·notional × ⌈impactPpm·⌈√⌈gross·notional/sizeUnit⌉⌉/sizeRootScale⌉ ppm. Impact 0 is off. */
  readonly impactPpm: Float64Array;
  readonly sizeUnit: Float64Array;
  readonly sizeRootScale: Float64Array;
  /** Sum of magnitudes that one lot can contribute to any sum of the fast path. */
  readonly weight: Float64Array;
}

/** An asset as collateral or debt. Value = amount · price / denominator, in ticks. */
export interface RiskAsset {
  readonly id: number;
  /** Rows of the risk matrix that a risk unit moves with: none outside the scenarios, for a basket inside one per underlying of its parts. */
  readonly rows: readonly number[];
  readonly riskUnit: bigint;
  readonly priceLow: bigint;
  readonly priceHigh: bigint;
  /** Price of the initial level: low end × (1 − confidence) in 1e-15 USD (price × ppm). */
  readonly priceInitialPpm: bigint;
  /** feedUnit · stable price / 1e6 as a fraction: value = amount · price · 1 000 000 / denominator. */
  readonly denominator: bigint;
  /** The same against the dollar, for overcollateralized accounts. */
  readonly denominatorUsd: bigint;
  readonly bands: readonly RiskHaircutBand[];
  readonly liquidationThresholdPpm: bigint;
  readonly loanToValuePpm: bigint;
  /** Share of the value that doubt in the feeds takes off at initial level; inside `creditInitialPpm` of the bands already. */
  readonly doubtPpm: number;
}

/** Part of an amount up to `upTo` (null: the rest), with what counts of it at each level. */
export interface RiskHaircutBand {
  readonly upTo: bigint | null;
  readonly creditMaintenancePpm: bigint;
  readonly creditInitialPpm: bigint;
}

/** A dense (underlying, expiry) with what its transforms resolve to at this time. */
export interface ExpiryGroup {
  readonly underlying: number;
  /** Expiry time, or null for spot and perpetuals, which no transform touches. */
  readonly expiryMs: number | null;
  /** One per stress scenario; empty when every one is the identity. */
  readonly transforms: readonly ResolvedTransform[];
  /** What the basis contingency multiplies by, in 1e-12; 0 without one. */
  readonly basisFactorPico: bigint;
}

export type ResolvedTransform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'discount'; readonly of: 'value' | 'profit'; readonly positivePpm: bigint; readonly negativePpm: bigint }
  | { readonly kind: 'minusAbsolute' }
  | {
      /** Risk arrays under it are not dampened: it dampens the difference of the discounted value and today's. */
      readonly kind: 'continuousDiscount';
      /** In 1e-12: at most one, and at least one. */
      readonly positivePico: bigint;
      readonly negativePico: bigint;
      readonly dampeningPpm: bigint;
      readonly isAbsolute: boolean;
    };

/** An instrument's row for charges that net positions. */
export interface RowInstrument {
  readonly input: InstrumentRiskInput;
  readonly confidence: RowConfidence;
  /** Price that notional is measured at, 1e-9 USD. */
  readonly notionalPrice: Price;
}

/** What rules need to know of one row. */
export interface RuleRow {
  readonly underlying: UnderlyingRiskInput;
  /** Null when no market rule names the underlying. */
  readonly market: MarketRule | null;
  readonly source:
    | { readonly kind: 'instrument'; readonly input: InstrumentRiskInput }
    | { readonly kind: 'asset'; readonly input: AssetRiskInput };
}

export interface CompiledRules {
  readonly rules: MarginRules;
  /** By row of the model. */
  readonly rows: readonly RuleRow[];
  /** Threshold − price of the settlement asset in 1e-9 USD, 0 while it holds its peg or there is no peg rule. */
  readonly pegShortfall: bigint;
  /** Price of the settlement asset, 1e-9 USD. */
  readonly stablePrice: bigint;
  /** True when the profile has no scenarios: what no rule covers is then charged in full. */
  readonly isWhole: boolean;
}

/** See the file header. */
export interface RiskModel {
  readonly input: RiskInput;
  readonly scenarios: readonly Scenario[];
  readonly stressCount: number;
  /** Zero when the profile gives joint scenarios no weight. */
  readonly jointCount: number;
  /** Columns per row: stress scenarios, then joint ones, then forward up and down where the profile has a basis contingency. */
  readonly stride: number;
  readonly matrix: Float64Array;
  readonly rows: RiskRows;
  /** Row by instrument id, −1 where there is none; those of an asset are in `assets`. */
  readonly rowOfInstrument: Int32Array;
  /** By asset id; undefined where unknown. */
  readonly assets: readonly (RiskAsset | undefined)[];
  /** Underlying id by dense index, rising. */
  readonly underlyingIds: readonly number[];
  /** By dense index, 1 for an underlying that stands alone in the joint part (`standsAlone`); all 0 without joint scenarios. */
  readonly standsAlone: Uint8Array;
  readonly expiryGroups: readonly ExpiryGroup[];
  /**
   * True when no transform but the identity is in use and every charge is one per lot: the fast path needs no vector per expiry and
   * no strike. Everything else is decided on the bigint path.
   */
  readonly isPlain: boolean;
  /** What charges that look beyond one lot need, by row; null for assets. */
  readonly rowInstruments: readonly (RowInstrument | null)[];
  readonly weightPpm: number;
  readonly worstCount: number;
  readonly lossFactorMaintenancePpm: number;
  /** With the peg shortfall of the settlement asset. */
  readonly lossFactorInitialPpm: number;
  /** Price of the settlement asset, 1e-9 USD. */
  readonly stablePrice: bigint;
  /** The rules of the profile, null without any. A model with rules is never plain: every account is decided in bigint. */
  readonly rules: CompiledRules | null;
}

/** What margin says of one account. All in ticks of the settlement asset (of one USD for overcollateralized accounts). */
export interface MarginFigures {
  /** Cash + positions + collateral and supply − debts, at mark, before haircuts. */
  readonly equity: Ticks;
  /** The same with collateral and supply at what they count for. */
  readonly haircutEquityMaintenance: Ticks;
  readonly haircutEquityInitial: Ticks;
  /** Requirements, not negative. */
  readonly maintenance: Ticks;
  readonly initial: Ticks;
  /** Haircut equity − requirement; below zero the level is broken. */
  readonly healthMaintenance: Ticks;
  readonly healthInitial: Ticks;
}
