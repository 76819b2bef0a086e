/** A feed for tests, and a little table language in which a row is a block: what was reported, and what came of it. */

import {
  durationMs,
  type FeedId,
  feedId,
  ownerId,
  type Ppm,
  type Price,
  ppm,
  price,
  type SourceId,
  sourceId,
  type TimeMs,
  timeMs,
} from '../../numeric/brand.ts';
import { formatDecimal, parseDecimal } from '../../numeric/decimal.ts';
import { aggregateFeed } from '../aggregate.ts';
import type { Feed, FeedParameters, FeedState, PriceReport, SourceRegistration } from '../feed.ts';
import { createFeedState } from '../feed.ts';
import { acceptReport } from '../report.ts';

export const FEED: FeedId = feedId(7);

export const PARAMETERS: FeedParameters = {
  feed: FEED,
  symbol: 'ETH/USD',
  minSources: 2,
  minWeight: 2,
  maxAgeMs: durationMs(300_000),
  heartbeatMs: durationMs(60_000),
  maxConfidencePpm: ppm(20_000),
  confidenceGrowthPpmPerMinute: ppm(1_000),
  outlierPpm: ppm(30_000),
  agreementPpm: ppm(30_000),
  maxStepPpm: ppm(500_000),
  listingPrice: null,
  restartGateMs: durationMs(60_000),
  bandMultiple: 2,
  slow: {
    intervalMs: durationMs(3_600_000),
    intervals: 24,
    delayGrowthPpm: ppm(60_000),
    growthPpmPerSecond: ppm(300),
    minStepMs: durationMs(10_000),
    maxStepMs: durationMs(600_000),
  },
};

/** Sources `a`, `b`, `c`… are 1, 2, 3… */
export function sourceNamed(letter: string): SourceId {
  return sourceId(letter.charCodeAt(0) - 96);
}

export function registration(letter: string, weight: number): SourceRegistration {
  return { source: sourceNamed(letter), actor: ownerId(100 + sourceNamed(letter)), weight, status: 'active' };
}

/** Sources a, b, c of weight one. */
export const THREE: readonly SourceRegistration[] = [registration('a', 1), registration('b', 1), registration('c', 1)];

export function feedWith(changes: Partial<FeedParameters>, sources: readonly SourceRegistration[] = THREE): Feed {
  return { parameters: { ...PARAMETERS, ...changes }, sources };
}

/** Dollars as decimal text. */
export function usd(text: string): Price {
  return price(nanoUsd(text));
}

/** Seconds on the test's clock, which starts at ten million. */
export function at(seconds: number): TimeMs {
  return timeMs(10_000_000_000 + seconds * 1000);
}

/** `a=100`, with optional `±1000` (confidence in ppm) and `@-30` (published 30 s before the block). */
export function parseReport(text: string, nowSeconds: number): PriceReport {
  const match = /^([a-z])=([\d.]+)(?:±(\d+))?(?:@-(\d+))?$/.exec(text);
  const [, letter = '', dollarText = '', confidence = '0', age = '0'] = match ?? [];
  if (match === null) throw new Error(`not a report: ${text}`);
  return {
    feed: FEED,
    source: sourceNamed(letter),
    price: nanoUsd(dollarText),
    confidencePpm: parsePpm(confidence),
    publishTimeMs: at(nowSeconds - parsePpm(age)),
  };
}

/** One block: every report through the gates (refusals ignored), then the aggregate. */
export function runBlock(feed: Feed, state: FeedState, reports: readonly PriceReport[], nowMs: TimeMs): FeedState {
  let next = state;
  for (const report of reports) {
    const result = acceptReport(feed, next, report, nowMs);
    if (result.ok) next = result.state;
  }
  return aggregateFeed(feed, next, nowMs);
}

/**
 * Runs a table whose rows are `seconds | reports | whatever describe() answers` and gives it back with the answers filled
 * in, so that a test compares two texts. Blank lines are dropped.
 */
export function runTable(feed: Feed, table: string, describe: (state: FeedState, nowMs: TimeMs) => string): string {
  let state = createFeedState(feed.parameters.feed);
  return rows(table)
    .map((row) => {
      const [time = '', reports = ''] = row.split('|');
      const seconds = parsePpm(time.trim());
      const parsed = reports.split(/\s+/).filter((word) => word !== '');
      state = runBlock(
        feed,
        state,
        parsed.map((word) => parseReport(word, seconds)),
        at(seconds),
      );
      return `${time}|${reports}| ${describe(state, at(seconds))}`.trim();
    })
    .join('\n');
}

export function rows(table: string): readonly string[] {
  return table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

export function dollars(value: Price | bigint | null | undefined): string {
  return value === null || value === undefined ? '-' : formatDecimal(value, 9);
}

function nanoUsd(text: string): bigint {
  const parsed = parseDecimal(text, 9);
  if (!parsed.ok) throw new Error(`not a price: ${text}`);
  return parsed.value;
}

function parsePpm(text: string): Ppm {
  const parsed = parseDecimal(text, 0);
  if (!parsed.ok) throw new Error(`not an integer: ${text}`);
  return ppm(Number(parsed.value));
}
