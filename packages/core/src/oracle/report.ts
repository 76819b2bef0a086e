import { minNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Ppm, type Price, ppm, price, type TimeMs } from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import { mulDivDownNumber } from '../numeric/rounding.ts';
import { type AcceptedReport, FEED_PRICE_MAX, type Feed, type FeedState, type PriceReport } from './feed.ts';
import { DISTANCE_MAX, distancePpm } from './relative.ts';

export type ReportResult =
  | { readonly ok: true; readonly state: FeedState }
  | { readonly ok: false; readonly rejection: ReportRejection };

/** Why a report was refused, with the figures. The first that applies, in this order. */
export type ReportRejection =
  | { readonly kind: 'wrongFeed' }
  | { readonly kind: 'sourceUnknown' }
  | { readonly kind: 'sourceSuspended' }
  | { readonly kind: 'priceNotPositive'; readonly price: bigint }
  | { readonly kind: 'priceTooLarge'; readonly price: bigint; readonly most: bigint }
  | { readonly kind: 'confidenceInsane'; readonly confidencePpm: Ppm }
  | { readonly kind: 'publishedAhead'; readonly publishTimeMs: TimeMs; readonly blockTimeMs: TimeMs }
  | { readonly kind: 'publishTimeNotRising'; readonly publishTimeMs: TimeMs; readonly latestMs: TimeMs }
  | { readonly kind: 'reportTooOld'; readonly publishTimeMs: TimeMs; readonly blockTimeMs: TimeMs }
  | { readonly kind: 'stepTooLarge'; readonly movePpm: Ppm; readonly mostPpm: Ppm; readonly reference: Price };

/**
 * Passes one report through the gates and remembers it as its source's latest. It moves no price: `aggregateFeed` does,
 * once per block, after all reports. So the reports of a block may come in any order: per source the latest publish
 * time wins, and of two with the same publish time in one block the less sure, then the lower.
 *
 * The step gate measures against the last agreed price and widens by one `maxStepPpm` per heartbeat since that was
 * published: one wild print is refused, a market that really moved is not locked out for ever.
 */
export function acceptReport(feed: Feed, state: FeedState, report: PriceReport, nowMs: TimeMs): ReportResult {
  const { parameters } = feed;
  assert(state.feed === parameters.feed, 'A feed state goes with the parameters of its feed.');
  if (report.feed !== parameters.feed) return refuse({ kind: 'wrongFeed' });
  const registration = feed.sources.find((candidate) => candidate.source === report.source);
  if (registration === undefined) return refuse({ kind: 'sourceUnknown' });
  if (registration.status !== 'active') return refuse({ kind: 'sourceSuspended' });
  if (report.price <= 0n) return refuse({ kind: 'priceNotPositive', price: report.price });
  if (report.price > FEED_PRICE_MAX) {
    return refuse({ kind: 'priceTooLarge', price: report.price, most: FEED_PRICE_MAX });
  }
  const { confidencePpm, publishTimeMs } = report;
  if (confidencePpm < 0 || confidencePpm >= 1_000_000) return refuse({ kind: 'confidenceInsane', confidencePpm });
  if (publishTimeMs > nowMs) return refuse({ kind: 'publishedAhead', publishTimeMs, blockTimeMs: nowMs });

  const reported = price(report.price);
  const accepted: AcceptedReport = {
    source: report.source,
    price: reported,
    confidencePpm,
    publishTimeMs,
    receivedMs: nowMs,
  };
  const latest = state.reports.find((candidate) => candidate.source === report.source);
  if (latest !== undefined && !replaces(accepted, latest)) {
    return refuse({ kind: 'publishTimeNotRising', publishTimeMs, latestMs: latest.publishTimeMs });
  }
  if (durationBetween(publishTimeMs, nowMs) > parameters.maxAgeMs) {
    return refuse({ kind: 'reportTooOld', publishTimeMs, blockTimeMs: nowMs });
  }
  const step = stepLimit(feed, state, publishTimeMs);
  if (step !== null) {
    const movePpm = distancePpm(reported, step.reference);
    if (movePpm > step.mostPpm) return refuse({ kind: 'stepTooLarge', movePpm, ...step });
  }
  return { ok: true, state: withReports(state, withReport(state.reports, accepted)) };
}

/** The reports with one more, or one in place of its source's last: ascending by source, as they were. */
function withReport(reports: readonly AcceptedReport[], accepted: AcceptedReport): readonly AcceptedReport[] {
  const next: AcceptedReport[] = [];
  let isPlaced = false;
  for (const report of reports) {
    if (!isPlaced && report.source >= accepted.source) {
      next.push(accepted);
      isPlaced = true;
    }
    if (report.source !== accepted.source) next.push(report);
  }
  if (!isPlaced) next.push(accepted);
  return next;
}

/** Field by field: a spread costs more than the rest of a report. */
function withReports(
  { feed, quality, aggregate, band, quorum, slow, checkedMs }: FeedState,
  reports: readonly AcceptedReport[],
): FeedState {
  return { feed, quality, reports, aggregate, band, quorum, slow, checkedMs };
}

/** Within one block two reports of the same moment are decided by what they say, never by their order. */
function replaces(next: AcceptedReport, latest: AcceptedReport): boolean {
  if (next.publishTimeMs !== latest.publishTimeMs) return next.publishTimeMs > latest.publishTimeMs;
  if (next.receivedMs !== latest.receivedMs) return false;
  if (next.confidencePpm !== latest.confidencePpm) return next.confidencePpm > latest.confidencePpm;
  return next.price < latest.price;
}

/** What a report is measured against, and how far it may be from it; null when there is nothing to measure against. */
function stepLimit(
  feed: Feed,
  state: FeedState,
  publishTimeMs: TimeMs,
): { readonly mostPpm: Ppm; readonly reference: Price } | null {
  const { maxStepPpm, heartbeatMs, listingPrice } = feed.parameters;
  const last = state.aggregate;
  if (last === null) return listingPrice === null ? null : { mostPpm: maxStepPpm, reference: listingPrice };
  if (publishTimeMs <= last.publishTimeMs) return { mostPpm: maxStepPpm, reference: last.price };
  const elapsedMs = durationBetween(last.publishTimeMs, publishTimeMs);
  const heartbeats = mulDivDownNumber<number>(elapsedMs, 1, heartbeatMs);
  const mostPpm = minNumber<Ppm>(ppm(maxStepPpm * Math.min(1 + heartbeats, HEARTBEATS_MAX)), DISTANCE_MAX);
  return { mostPpm, reference: last.price };
}

/** The step gate stops widening here, long after it lets anything through. */
const HEARTBEATS_MAX: number = 1_000_000;

function refuse(rejection: ReportRejection): ReportResult {
  return { ok: false, rejection };
}
