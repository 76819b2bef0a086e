/** What the October replays assume, in one place; the report prints all of it with its reason. */

import { durationMs, ppm, price, ticks } from '@plimsoll/core/numeric';
import type { MultiVenueAsset, MultiVenueScenario } from '../../data/types.ts';
import type { WorldTerms } from '../../worlds/createWorld.ts';
import { defaultGlobal, defaultGroup, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../worlds/defaultParameters.ts';

/** A source's price counts for this long. */
export const SOURCE_AGE_MAX_MS = 300_000;
/** Sources that must agree, and how closely. */
export const QUORUM_SOURCES = 2;
export const AGREEMENT_PPM = 30_000;
/** Confidence a venue's price starts with, and what each minute of age adds. */
export const SOURCE_CONFIDENCE_PPM = 500;
export const CONFIDENCE_GROWTH_PPM_PER_MINUTE = 1_500;
/** A quorum less sure than this is good enough to liquidate at its band, and not for new risk. */
export const CONFIDENCE_MAX_PPM = 20_000;
/** Prices must have agreed for this long after a pause before anybody is liquidated. */
export const RESTART_GATE_MS = 15_000;

/** The move of an alt-coin that margin is asked for: maintenance about 6 %, initial about 8 %. */
export const SCAN_RANGE_PPM = 60_000;
/** A lot is worth about this much when trading starts. */
const LOT_MICRO_USD = 10_000_000n;

/** The book opens within this time before the crash (opening.ts); blocks are five seconds from shortly before it until 35 minutes into the crash. */
export const OPENS_AT_LATEST_BEFORE_CRASH_MS = 8 * MINUTE_MS;
export const OPENS_AT_MOST_BEFORE_CRASH_MS = 45 * MINUTE_MS;
export const BLOCKS_BEFORE_OPENING_MS = 30 * MINUTE_MS;
export const BLOCKS_AFTER_CRASH_MS = 75 * MINUTE_MS;
/** Five-second blocks start here at the latest before the crash. */
export const FAST_BLOCKS_BEFORE_CRASH_MS = 3 * MINUTE_MS;
export const FAST_BLOCKS_AFTER_CRASH_MS = 35 * MINUTE_MS;
export const FAST_BLOCK_MS = 5_000;
export const SLOW_BLOCK_MS = 60_000;

/** Start of the crash: when the scenario's depth first falls. */
export function crashMsOf(scenario: MultiVenueScenario): number {
  return scenario.depth[1]?.fromMs ?? scenario.startMs;
}

/** Names of all venues of a scenario, rising: source i of the world is venue i. */
export function venuesOf(scenario: MultiVenueScenario): readonly string[] {
  const names = new Set(scenario.assets.flatMap(({ venues }) => venues.map(({ venue }) => venue)));
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** 1e-9 feed units in a lot: a power of ten, so that a lot starts at one to ten times ten dollars. */
export function lotUnitsOf(startNano: bigint): bigint {
  let units = 1n;
  while (units * 10n * startNano <= LOT_MICRO_USD * 1_000_000_000_000n) units *= 10n;
  return units;
}

/** First price of any venue of an asset, 1e-9 USD. */
export function startPriceOf(asset: MultiVenueAsset): bigint {
  const first = asset.venues
    .map(({ publishTimesMs, pricesNano }) => ({
      atMs: publishTimesMs[0] ?? Number.POSITIVE_INFINITY,
      priceNano: pricesNano[0] ?? 1n,
    }))
    .sort((a, b) => a.atMs - b.atMs)[0];
  return first?.priceNano ?? 1n;
}

/** The world: one perpetual per asset, venues as price sources, one cross group; with a tranche when there is a backstop. */
export function octoberWorldTerms(
  scenario: MultiVenueScenario,
  cell: { readonly fromMs: number; readonly hasBackstop: boolean; readonly insuranceFloorMicroUsd: bigint },
): WorldTerms {
  return {
    timeMs: cell.fromMs,
    settlementSymbol: 'USDC',
    sources: venuesOf(scenario).length,
    tranches: cell.hasBackstop ? [{ lossCapPpm: ppm(900_000), hourlyLossCapPpm: ppm(900_000) }] : [],
    global: {
      minOpenEquity: ticks(0n),
      budget: { ...defaultGlobal().budget, commandsMax: 100_000, auctionsOpened: 512, auctionsVisited: 512, settlements: 64 },
    },
    group: {
      auction: {
        ...defaultGroup(0, '').auction,
        fastMs: durationMs(10 * SECOND_MS),
        cutoffPpm: ppm(300_000),
        slowMs: durationMs(30 * SECOND_MS),
        insolventMs: durationMs(30 * SECOND_MS),
        backstopDiscountPpm: ppm(300_000),
      },
      insuranceFloor: ticks(cell.insuranceFloorMicroUsd),
    },
    markets: scenario.assets.map((asset) => ({
      symbol: asset.asset,
      collateral: null,
      instruments: [
        {
          form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) },
          lotUnits: lotUnitsOf(startPriceOf(asset)),
          risk: { impactPpm: ppm(1_000), openInterestCap: 1e12 },
        },
      ],
      feed: {
        minSources: QUORUM_SOURCES,
        minWeight: QUORUM_SOURCES,
        maxAgeMs: durationMs(SOURCE_AGE_MAX_MS),
        heartbeatMs: durationMs(MINUTE_MS),
        confidenceGrowthPpmPerMinute: ppm(CONFIDENCE_GROWTH_PPM_PER_MINUTE),
        maxConfidencePpm: ppm(CONFIDENCE_MAX_PPM),
        agreementPpm: ppm(AGREEMENT_PPM),
        outlierPpm: ppm(AGREEMENT_PPM),
        // The quorum alone decides: a venue that collapses passes the step gate.
        maxStepPpm: ppm(50_000_000),
        restartGateMs: durationMs(RESTART_GATE_MS),
        listingPrice: price(startPriceOf(asset)),
      },
      risk: { scanRangePpm: ppm(SCAN_RANGE_PPM), depthOnePercent: 1_000_000_000_000n },
    })),
  };
}
