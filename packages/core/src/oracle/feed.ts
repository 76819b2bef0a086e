/**
 * What a feed is and what the state keeps of it. Prices are `Price` (bigint, 1e-9 USD per feed unit) all the way: a
 * ratio of two prices in ppm passes 2^53 anyway, and a few hundred feeds cost nothing. They are kept below
 * FEED_PRICE_MAX, so that pricing may hold the same integer in a double.
 */

import type { DurationMs, FeedId, OwnerId, Ppm, Price, SourceId, TimeMs } from '../numeric/brand.ts';
import type { Quality } from './ladder.ts';
import { type SlowPriceParameters, type SlowPriceState, validateSlowPriceParameters } from './slowPrice.ts';

/** Largest price a feed may report, in 1e-9 USD: an exact double (about nine million dollars per feed unit). */
export const FEED_PRICE_MAX: bigint = 2n ** 53n - 1n;

/** Most sources of one feed. */
export const FEED_SOURCES_MAX: number = 64;

/** How a feed turns reports into a price. State, changed by parameter bundles only. */
export interface FeedParameters {
  readonly feed: FeedId;
  readonly symbol: string;
  /** Fewest fresh, agreeing sources. One makes a single-source feed, whose price is labelled so. */
  readonly minSources: number;
  /** Least summed weight of those sources. */
  readonly minWeight: number;
  /** A report older than this (now − publish time) does not count. */
  readonly maxAgeMs: DurationMs;
  /** Declared time between reports; the step gate widens by one `maxStepPpm` for each, and margin charges latency for it. */
  readonly heartbeatMs: DurationMs;
  /** A price less sure than this is uncertain. */
  readonly maxConfidencePpm: Ppm;
  /** Added to a report's confidence for each minute of age. */
  readonly confidenceGrowthPpmPerMinute: Ppm;
  /** A report farther than this from the weighted median is an outlier. */
  readonly outlierPpm: Ppm;
  /** A quorum's sources lie within this of each other. */
  readonly agreementPpm: Ppm;
  /** Largest move of a report against the last agreed price, per heartbeat begun since that was published. */
  readonly maxStepPpm: Ppm;
  /** The first price must be within `maxStepPpm` of this; null skips the check. */
  readonly listingPrice: Price | null;
  /** Nothing is liquidated on this feed until quorums with distinct publish times span at least this. */
  readonly restartGateMs: DurationMs;
  /** Half width of the band, in confidences. */
  readonly bandMultiple: number;
  readonly slow: SlowPriceParameters;
}

/** A source of one feed. */
export interface SourceRegistration {
  readonly source: SourceId;
  /** Who may report for it. */
  readonly actor: OwnerId;
  /** Positive integer. */
  readonly weight: number;
  readonly status: 'active' | 'suspended';
}

/** A feed's parameters with its sources (any order; each source once). */
export interface Feed {
  readonly parameters: FeedParameters;
  readonly sources: readonly SourceRegistration[];
}

/** A price as reported, not checked yet. */
export interface PriceReport {
  readonly feed: FeedId;
  readonly source: SourceId;
  /** 1e-9 USD per feed unit. */
  readonly price: bigint;
  /** Half width of the source's own interval around its price. */
  readonly confidencePpm: Ppm;
  readonly publishTimeMs: TimeMs;
}

/** The latest accepted report of a source. */
export interface AcceptedReport {
  readonly source: SourceId;
  readonly price: Price;
  readonly confidencePpm: Ppm;
  readonly publishTimeMs: TimeMs;
  /** Time of the block that brought it. */
  readonly receivedMs: TimeMs;
}

/** A price that a quorum agreed on. */
export interface Aggregate {
  readonly price: Price;
  /** Weighted median over the kept sources of own confidence, widened by age, plus distance from the price. */
  readonly confidencePpm: Ppm;
  /** Time of the block that computed it. */
  readonly atMs: TimeMs;
  /** Publish time of the quorum: `minSources` kept sources published then or later. */
  readonly publishTimeMs: TimeMs;
  /** Sources kept (fresh and no outlier), and their weight. */
  readonly sourceCount: number;
  readonly weight: number;
  /** True when one source alone made it: no claim about manipulation resistance holds. */
  readonly singleSource: boolean;
}

export interface Band {
  readonly low: Price;
  readonly high: Price;
}

/** An unbroken run of quorums: the publish times of its first and its latest. */
export interface QuorumWindow {
  readonly firstMs: TimeMs;
  readonly lastMs: TimeMs;
}

/** Canonical state of a feed: plain data, `reports` ascending by source. */
export interface FeedState {
  readonly feed: FeedId;
  readonly quality: Quality;
  readonly reports: readonly AcceptedReport[];
  /** The last price a quorum agreed on (now, when the quality is valid or uncertain). */
  readonly aggregate: Aggregate | null;
  /** Its band: aggregate price ± bandMultiple · confidence; not widened afterwards. */
  readonly band: Band | null;
  /** The current run of quorums; null while there is none. */
  readonly quorum: QuorumWindow | null;
  readonly slow: SlowPriceState | null;
  /** Time of the last block that aggregated. */
  readonly checkedMs: TimeMs | null;
}

/** A feed that has heard nothing. */
export function createFeedState(feed: FeedId): FeedState {
  return {
    feed,
    quality: 'never',
    reports: [],
    aggregate: null,
    band: null,
    quorum: null,
    slow: null,
    checkedMs: null,
  };
}

/** One thing that is wrong with a parameter. */
export interface ParameterFault {
  readonly field: string;
  readonly reason: string;
}

/** Everything that is wrong with the parameters; empty when they may be used. */
export function validateFeedParameters(parameters: FeedParameters): readonly ParameterFault[] {
  const p = parameters;
  const faults: ParameterFault[] = [];
  const expect = (holds: boolean, field: string, reason: string): void => {
    if (!holds) faults.push({ field, reason });
  };
  expect(p.symbol.length > 0, 'symbol', 'is not empty');
  expect(isIntegerWithin(p.minSources, 1, FEED_SOURCES_MAX), 'minSources', `is an integer from 1 to ${FEED_SOURCES_MAX}`);
  expect(isIntegerWithin(p.minWeight, 1, WEIGHT_MAX * FEED_SOURCES_MAX), 'minWeight', 'is a positive integer');
  expect(isIntegerWithin(p.maxAgeMs, 1, AGE_MAX_MS), 'maxAgeMs', 'is positive and at most 31 days');
  expect(p.heartbeatMs > 0, 'heartbeatMs', 'is positive');
  expect(p.heartbeatMs <= p.maxAgeMs, 'heartbeatMs', 'is not longer than maxAgeMs, or a punctual source would be stale');
  expect(isIntegerWithin(p.maxConfidencePpm, 1, 999_999), 'maxConfidencePpm', 'is from 1 to 999999');
  expect(isIntegerWithin(p.confidenceGrowthPpmPerMinute, 0, 999_999), 'confidenceGrowthPpmPerMinute', 'is from 0 to 999999');
  expect(isIntegerWithin(p.outlierPpm, 1, 999_999), 'outlierPpm', 'is from 1 to 999999');
  expect(isIntegerWithin(p.agreementPpm, 1, 999_999), 'agreementPpm', 'is from 1 to 999999');
  expect(isIntegerWithin(p.maxStepPpm, 1, 100_000_000), 'maxStepPpm', 'is from 1 to 100000000 (a hundredfold)');
  expect(p.outlierPpm >= p.agreementPpm, 'outlierPpm', 'is not below agreementPpm, or sources that agree could be outliers');
  expect(p.maxStepPpm >= p.agreementPpm, 'maxStepPpm', 'is not below agreementPpm, or agreeing sources could be refused');
  expect(p.listingPrice === null || p.listingPrice <= FEED_PRICE_MAX, 'listingPrice', `is at most ${FEED_PRICE_MAX} nano USD`);
  expect(isIntegerWithin(p.restartGateMs, 0, AGE_MAX_MS), 'restartGateMs', 'is not negative and at most 31 days');
  expect(isIntegerWithin(p.bandMultiple, 1, 100), 'bandMultiple', 'is an integer from 1 to 100');
  for (const fault of validateSlowPriceParameters(p.slow)) {
    faults.push({ field: `slow.${fault.field}`, reason: fault.reason });
  }
  return faults;
}

/** Everything that is wrong with a feed's sources; empty when they may be used. */
export function validateSources(sources: readonly SourceRegistration[]): readonly ParameterFault[] {
  const faults: ParameterFault[] = [];
  const seen = new Set<number>();
  let total = 0;
  let heaviest = 0;
  for (const { source, weight } of sources) {
    if (seen.has(source)) faults.push({ field: 'source', reason: `${source} is registered once` });
    seen.add(source);
    if (!isIntegerWithin(weight, 1, WEIGHT_MAX)) {
      faults.push({ field: 'weight', reason: `of source ${source} is an integer from 1 to ${WEIGHT_MAX}` });
    }
    total += weight;
    heaviest = Math.max(heaviest, weight);
  }
  if (seen.size > FEED_SOURCES_MAX) faults.push({ field: 'source', reason: `there are at most ${FEED_SOURCES_MAX}` });
  if (seen.size >= 3 && 2 * heaviest >= total) {
    faults.push({ field: 'weight', reason: 'no source of three or more holds half the weight: it would be the price' });
  }
  return faults;
}

/** Largest weight of one source. */
const WEIGHT_MAX: number = 1_000_000;

/** Longest age of a usable report. */
const AGE_MAX_MS: number = 31 * 86_400_000;

function isIntegerWithin(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high;
}
