import type { Amount, AssetId, DurationMs, InstrumentId, Ppm, UnderlyingId } from '../numeric/brand.ts';

/** How an asset counts as collateral. All parameters are state: they change through parameter bundles only. */
export interface AssetRiskParameters {
  readonly asset: AssetId;
  /** Haircut by amount held, ascending `upTo` (ledger units), the last open-ended (null). Applied to the part in the band. */
  readonly haircuts: readonly HaircutBand[];
  /** Added to every haircut at initial level. */
  readonly initialExtraHaircutPpm: Ppm;
  /** For overcollateralized accounts: what may be borrowed (initial) and where liquidation starts (maintenance). */
  readonly loanToValuePpm: Ppm;
  readonly liquidationThresholdPpm: Ppm;
  /** Most that counts as collateral over all accounts, ledger units. */
  readonly collateralCap: Amount;
  readonly canBorrow: boolean;
}

export interface HaircutBand {
  readonly upTo: Amount | null;
  readonly haircutPpm: Ppm;
}

/** Margin of one underlying: its scan range and what volatility does in scenarios. */
export interface UnderlyingRiskParameters {
  readonly underlying: UnderlyingId;
  /** The move that a profile's spot shock of 1 stands for. */
  readonly scanRangePpm: Ppm;
  /** Volatility per year assumed where no surface is given (options), and for the latency buffer. */
  readonly annualVolatilityPpm: Ppm;
  /** Value that moves the price 1 %, in ticks (1e-6 USD): the depth behind size charges. */
  readonly depthOnePercent: bigint;
  /** How reports of volatility become the volatility of each option; absent: none are taken, and all options have `annualVolatilityPpm`. */
  readonly volatilityFeed?: VolatilityFeedParameters;
}

/** When sources agree on the volatility at a strike. */
export interface VolatilityFeedParameters {
  /** Fewest fresh sources that agree, and their least summed weight. */
  readonly minSources: number;
  readonly minWeight: number;
  /** A report older than this does not count; while too few count, `annualVolatilityPpm` holds. */
  readonly maxAgeMs: DurationMs;
  /** A source agrees with the median when it is within this of it, relative to it. */
  readonly agreementPpm: Ppm;
}

export interface InstrumentRiskParameters {
  readonly instrument: InstrumentId;
  /** Add-ons on notional per lot at mark: liquidation fee + slippage + gap, and what initial asks beyond it. */
  readonly maintenanceAddOnPpm: Ppm;
  readonly initialAddOnPpm: Ppm;
  /** Square-root impact charge: impactPpm · √(owner notional / depth of one percent), on own notional. */
  readonly impactPpm: Ppm;
  /** Minimum for each short option lot, on the underlying's notional. */
  readonly shortMinimumPpm: Ppm;
  /** Most lots long in total. */
  readonly openInterestCap: number;
  /** Clamp of mark around index and of the funding rate per hour. */
  readonly markClampPpm: Ppm;
  readonly fundingCapPpmPerHour: Ppm;
  /** Fee on the notional of a liquidated slice of a solvent account. */
  readonly liquidationFeePpm: Ppm;
  /** Declared latency: oracle heartbeat + auction length, charged as volatility × √time at maintenance. */
  readonly declaredLatencyMs: DurationMs;
}
