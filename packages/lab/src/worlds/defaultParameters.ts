/**
 * Parameters that the worlds of the lab start from. They are assumptions of the lab, not measurements and not advice; a
 * scenario that changes one says so. Everything may be overridden per world.
 */

import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from '@plimsoll/core/assets';
import type { GlobalParameters, GroupParameters, TrancheTerms } from '@plimsoll/core/engine';
import type { LendingParameters } from '@plimsoll/core/ledger';
import {
  amount,
  assetId,
  durationMs,
  feedId,
  groupId,
  instrumentId,
  ppm,
  price,
  ticks,
  trancheId,
  underlyingId,
} from '@plimsoll/core/numeric';
import type { FeedParameters } from '@plimsoll/core/oracle';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** One USD in 1e-9. */
export const NANO_USD = 1_000_000_000n;

/** Largest supply of any asset of the lab: below 2^62. */
export const SUPPLY_CAP = amount(2n ** 60n);

export function defaultGlobal(): GlobalParameters {
  return {
    graceMs: durationMs(6 * HOUR_MS),
    timelockMs: durationMs(HOUR_MS),
    windDownMs: durationMs(HOUR_MS),
    maxFlipPpm: ppm(20_000),
    minOpenEquity: ticks(1_000_000n),
    scanEveryMs: durationMs(MINUTE_MS),
    budget: {
      commandsMax: 20_000,
      auctionsOpened: 64,
      auctionsVisited: 32,
      protections: 32,
      settlements: 32,
      adlCandidates: 256,
    },
  };
}

/**
 * Auctions start at mark, fall to 70 % of the portfolio's value in 15 minutes and to nothing in three hours more; an insolvent
 * portfolio pays its taker the whole deficit after an hour. The backstop stands ready at value less 20 %.
 */
export function defaultGroup(id: number, profile: string): GroupParameters {
  return {
    group: groupId(id),
    profile,
    auction: {
      startPpm: ppm(1_000_000),
      fastMs: durationMs(15 * MINUTE_MS),
      cutoffPpm: ppm(700_000),
      slowMs: durationMs(3 * HOUR_MS),
      insolventMs: durationMs(HOUR_MS),
      backstopDiscountPpm: ppm(200_000),
      minFractionPpm: ppm(50_000),
      maxFractionPpm: ppm(1_000_000),
      bufferPpm: ppm(150_000),
    },
    feeToInsurancePpm: ppm(500_000),
    feeToBackstopPpm: ppm(300_000),
    feeToProtocolPpm: ppm(200_000),
    collateralFeePpm: ppm(5_000),
    insuranceTargetPpm: ppm(20_000),
    insuranceFloor: ticks(100_000n * 1_000_000n),
    writeOffIncentivePpm: ppm(50_000),
    socialBoundPpm: ppm(50_000),
    pegThreshold: price((NANO_USD * 97n) / 100n),
  };
}

/** A feed of `minSources` sources whose reports count for `maxAgeMs`; a single-source feed says so in every price. */
export function defaultFeed(id: number, symbol: string): FeedParameters {
  return {
    feed: feedId(id),
    symbol,
    minSources: 1,
    minWeight: 1,
    maxAgeMs: durationMs(5 * MINUTE_MS),
    heartbeatMs: durationMs(MINUTE_MS),
    maxConfidencePpm: ppm(50_000),
    confidenceGrowthPpmPerMinute: ppm(0),
    outlierPpm: ppm(50_000),
    agreementPpm: ppm(30_000),
    maxStepPpm: ppm(500_000),
    listingPrice: null,
    restartGateMs: durationMs(0),
    bandMultiple: 2,
    slow: {
      intervalMs: durationMs(HOUR_MS),
      intervals: 24,
      delayGrowthPpm: ppm(60_000),
      growthPpmPerSecond: ppm(300),
      minStepMs: durationMs(10 * SECOND_MS),
      maxStepMs: durationMs(600 * SECOND_MS),
    },
  };
}

/** Loan to value 80 %, liquidated at 85 %; 10 % haircut in portfolio margin. */
export function defaultAssetRisk(id: number): AssetRiskParameters {
  return {
    asset: assetId(id),
    haircuts: [{ upTo: null, haircutPpm: ppm(id === 0 ? 0 : 100_000) }],
    initialExtraHaircutPpm: ppm(id === 0 ? 0 : 20_000),
    loanToValuePpm: ppm(id === 0 ? 950_000 : 800_000),
    liquidationThresholdPpm: ppm(id === 0 ? 970_000 : 850_000),
    collateralCap: SUPPLY_CAP,
    canBorrow: true,
  };
}

/** A scan range of 20 %, volatility of 100 % a year, two million dollars to move the price one percent. */
export function defaultUnderlyingRisk(id: number): UnderlyingRiskParameters {
  return {
    underlying: underlyingId(id),
    scanRangePpm: ppm(200_000),
    annualVolatilityPpm: ppm(1_000_000),
    depthOnePercent: 2_000_000_000_000n,
  };
}

export function defaultInstrumentRisk(id: number): InstrumentRiskParameters {
  return {
    instrument: instrumentId(id),
    maintenanceAddOnPpm: ppm(10_000),
    initialAddOnPpm: ppm(5_000),
    impactPpm: ppm(5_000),
    shortMinimumPpm: ppm(0),
    openInterestCap: 1e12,
    markClampPpm: ppm(50_000),
    fundingCapPpmPerHour: ppm(500),
    liquidationFeePpm: ppm(10_000),
    declaredLatencyMs: durationMs(90 * SECOND_MS),
  };
}

/** One percent a year, rising to 5 % at 80 % utilisation and to 55 % at full. */
export function defaultLending(): LendingParameters {
  return {
    basePpmPerYear: ppm(10_000),
    slope1PpmPerYear: ppm(40_000),
    kinkPpm: ppm(800_000),
    slope2PpmPerYear: ppm(500_000),
    reserveFactorPpm: ppm(100_000),
    lossBoundPpm: ppm(200_000),
  };
}

/** A tranche that may lose half of what it was funded with, a quarter in an hour. */
export function defaultTranche(id: number, group: number): TrancheTerms {
  return {
    id: trancheId(id),
    group: groupId(group),
    lossCapPpm: ppm(500_000),
    hourlyLossCapPpm: ppm(250_000),
    cooldownMs: durationMs(DAY_MS),
    slowMs: durationMs(HOUR_MS),
  };
}
