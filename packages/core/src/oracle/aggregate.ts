import { addNumber, clampTo, compareBigint, compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type Ppm, type Price, type TimeMs, timeMs } from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import { mulDivUpNumber } from '../numeric/rounding.ts';
import { bandAround } from './band.ts';
import type { Aggregate, Feed, FeedParameters, FeedState } from './feed.ts';
import { isAgreed, isAllowed, type Quality } from './ladder.ts';
import { bigintToPpm, distancePpm } from './relative.ts';
import { extendQuorumWindow } from './restartGate.ts';
import { advanceSlowPrice, createSlowPrice } from './slowPrice.ts';
import { weightedMedian, weightedMedianInterval } from './weightedMedian.ts';

/**
 * The feed's price at block time `nowMs`; called once per block, after its reports. Depends on the set of latest
 * reports, never on the order in which sources or reports came; a second call at the same time changes nothing.
 *
 * Fresh sources → quorum → weighted median → outliers out → median again → agreement → confidence. The second median is
 * the point of the kept sources' median interval nearest to the first, so that dropping an outlier never hands the
 * price to a minority. Agreement asks for a quorum around the price that lies within `agreementPpm` of each other, so one
 * liar cannot unmake the agreement of the rest; two sources that disagree are no price.
 */
export function aggregateFeed(feed: Feed, state: FeedState, nowMs: TimeMs): FeedState {
  const { parameters } = feed;
  assert(state.feed === parameters.feed, 'A feed state goes with the parameters of its feed.');
  assert(state.checkedMs === null || state.checkedMs <= nowMs, 'Block time does not go back.');
  const verdict = judge(feed, state, nowMs);
  if (verdict.aggregate === null) {
    const quality = state.aggregate === null ? 'never' : verdict.quality;
    return { ...state, quality, quorum: null, checkedMs: nowMs };
  }
  const { quality, aggregate } = verdict;
  assert(isAgreed(quality), 'A price that a quorum agreed on is valid or uncertain.');
  return {
    feed: state.feed,
    quality,
    reports: state.reports,
    aggregate,
    band: bandAround(aggregate, parameters.bandMultiple),
    quorum: extendQuorumWindow(parameters, state, aggregate.publishTimeMs, nowMs),
    slow: slowAfter(parameters, state, { quality, price: aggregate.price, nowMs }),
    checkedMs: nowMs,
  };
}

/** What one active source says now. */
interface Vote {
  readonly value: Price;
  readonly weight: number;
  /** Its own confidence, widened by age. */
  readonly confidencePpm: Ppm;
  readonly publishTimeMs: TimeMs;
  readonly isFresh: boolean;
}

type Verdict =
  | { readonly quality: 'stale' | 'disagreement' | 'noQuorum'; readonly aggregate: null }
  | { readonly quality: 'valid' | 'uncertain'; readonly aggregate: Aggregate };

function judge(feed: Feed, state: FeedState, nowMs: TimeMs): Verdict {
  const { parameters } = feed;
  const votes = votesOf(feed, state, nowMs);
  const fresh = votes.filter((vote) => vote.isFresh);
  if (!isQuorum(parameters, fresh)) {
    return { quality: isQuorum(parameters, votes) ? 'stale' : 'noQuorum', aggregate: null };
  }
  const first = weightedMedian(fresh);
  const kept = fresh.filter((vote) => distancePpm(vote.value, first) <= parameters.outlierPpm);
  if (!isQuorum(parameters, kept)) return { quality: 'disagreement', aggregate: null };
  const interval = weightedMedianInterval(kept);
  const price = clampTo(first, interval.low, interval.high);
  if (!isAgreement(parameters, kept, price)) return { quality: 'disagreement', aggregate: null };
  const aggregate: Aggregate = {
    price,
    confidencePpm: confidenceOf(kept, price),
    atMs: nowMs,
    publishTimeMs: quorumPublishTime(parameters, kept),
    sourceCount: kept.length,
    weight: weightOf(kept),
    singleSource: kept.length === 1,
  };
  return { quality: aggregate.confidencePpm <= parameters.maxConfidencePpm ? 'valid' : 'uncertain', aggregate };
}

function votesOf(feed: Feed, state: FeedState, nowMs: TimeMs): readonly Vote[] {
  const { maxAgeMs, confidenceGrowthPpmPerMinute } = feed.parameters;
  const votes: Vote[] = [];
  for (const report of state.reports) {
    const registration = feed.sources.find((candidate) => candidate.source === report.source);
    if (registration === undefined || registration.status !== 'active') continue;
    const ageMs = durationBetween(report.publishTimeMs, nowMs);
    const growth = mulDivUpNumber(confidenceGrowthPpmPerMinute, Math.min(ageMs, maxAgeMs), 60_000);
    votes.push({
      value: report.price,
      weight: registration.weight,
      confidencePpm: addNumber(report.confidencePpm, growth),
      publishTimeMs: report.publishTimeMs,
      isFresh: ageMs <= maxAgeMs,
    });
  }
  return votes;
}

function isQuorum(parameters: FeedParameters, votes: readonly Vote[]): boolean {
  return votes.length >= parameters.minSources && weightOf(votes) >= parameters.minWeight;
}

function weightOf(votes: readonly Vote[]): number {
  let weight = 0;
  for (const vote of votes) weight = addNumber(weight, vote.weight);
  return weight;
}

/** True when a quorum of neighbours, within `agreementPpm` of the lowest of them, has the price in its range. */
function isAgreement(parameters: FeedParameters, kept: readonly Vote[], price: Price): boolean {
  for (const { value: low } of kept) {
    if (compareBigint(low, price) > 0) continue;
    const near = kept.filter(({ value }) => compareBigint(value, low) >= 0 && distancePpm(value, low) <= parameters.agreementPpm);
    const reachesPrice = near.some(({ value }) => compareBigint(value, price) >= 0);
    if (reachesPrice && isQuorum(parameters, near)) return true;
  }
  return false;
}

/** Upper weighted median of own confidence plus distance from the price: a minority can neither narrow nor widen it at will. */
function confidenceOf(kept: readonly Vote[], price: Price): Ppm {
  const widths = kept.map(({ value, weight, confidencePpm }) => ({
    value: BigInt(addNumber(confidencePpm, distancePpm(value, price))),
    weight,
  }));
  return bigintToPpm(weightedMedianInterval(widths).high);
}

/** The latest moment at or after which `minSources` of the kept sources published. */
function quorumPublishTime(parameters: FeedParameters, kept: readonly Vote[]): TimeMs {
  const times = kept.map((vote) => vote.publishTimeMs).sort((a, b) => compareNumber(b, a));
  const time = times[parameters.minSources - 1];
  assert(time !== undefined, 'A quorum has at least minSources sources.');
  return timeMs(time);
}

function slowAfter(
  parameters: FeedParameters,
  state: FeedState,
  now: { readonly quality: Quality; readonly price: Price; readonly nowMs: TimeMs },
): FeedState['slow'] {
  if (!isAllowed('updateSlow', now.quality)) return state.slow;
  if (state.slow === null) return createSlowPrice(parameters.slow, now.price, now.nowMs);
  return advanceSlowPrice(parameters.slow, state.slow, now.price, now.nowMs);
}
