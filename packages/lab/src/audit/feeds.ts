// Feeds, derived again from the reports of a block: which reports pass the gates, what price a quorum agrees on, how sure it is, its
// band, the run of quorums and the slow price. Specification: fresh sources, quorum, weighted median, outliers out, median again held
// within the interval of those kept, agreement, confidence widened by age. Distances go up, medians and speeds down.

import type { BlockResult, Event, Parameters } from '@plimsoll/core/engine';
import type { FeedState } from '@plimsoll/core/oracle';
import { agree, insist } from './auditFailure.ts';
import type { Books } from './books.ts';
import { abs, ceilDiv, clamp, floorDiv, least, MILLION, most } from './exact.ts';

type FeedParameters = Parameters['feeds'][number];
type Quality = FeedState['quality'];

export interface ReportBook {
  readonly source: number;
  readonly price: bigint;
  readonly confidencePpm: number;
  readonly publishTimeMs: number;
  readonly receivedMs: number;
}

export interface SlowBook {
  readonly value: bigint;
  readonly updatedMs: number;
  readonly interval: number;
  readonly delay: readonly bigint[];
  readonly accumulated: bigint;
  readonly accumulatedMs: number;
}

/** What the auditor keeps of a feed: the engine's record in plain numbers. */
export interface FeedBook {
  readonly quality: Quality;
  /** The latest report of each source, ascending by source. */
  readonly reports: readonly ReportBook[];
  readonly aggregate: {
    readonly price: bigint;
    readonly confidencePpm: number;
    readonly atMs: number;
    readonly publishTimeMs: number;
    readonly sourceCount: number;
    readonly weight: number;
    readonly singleSource: boolean;
  } | null;
  readonly band: { readonly low: bigint; readonly high: bigint } | null;
  readonly quorum: { readonly firstMs: number; readonly lastMs: number } | null;
  readonly slow: SlowBook | null;
  readonly checkedMs: number | null;
}

/** A feed that has heard nothing. */
export const SILENT: FeedBook = {
  quality: 'never',
  reports: [],
  aggregate: null,
  band: null,
  quorum: null,
  slow: null,
  checkedMs: null,
};

/** A source and the feeds it may report. */
export interface SourceBook {
  readonly weight: number;
  readonly feeds: readonly number[];
}

/** Largest price of a feed, 1e-9 USD. */
const PRICE_LIMIT = 2n ** 53n - 1n;
/** Farther apart than this counts as this, in ppm. */
const FAR = 1_000_000_000_000_000n;
/** A feed is written anew at least this often. */
const REFRESH_MS = 60_000;
const NANO = 1_000_000_000n;
const HEARTBEATS = 1_000_000;

/** Feeds that the engine must write in this block, by id: those with reports, with another quality, and those due a refresh. */
export function feedsToWrite(books: Books, results: BlockResult['results']): Map<number, FeedBook> {
  const reported = acceptedReports(books, results);
  const due = new Map<number, FeedBook>();
  for (const [id, parameters] of books.parameters.feeds.entries()) {
    const before = books.feeds[id] ?? SILENT;
    const reports = reported.get(id);
    const now = aggregated(books, id, parameters, { ...before, reports: reports ?? before.reports });
    const isOld = before.checkedMs === null ? before.reports.length > 0 : books.timeMs - before.checkedMs >= REFRESH_MS;
    if (reports !== undefined || now.quality !== before.quality || (isOld && before.quality !== 'never')) due.set(id, now);
  }
  return due;
}

/** The engine's feed against the one that was derived; it is the auditor's own that is kept. */
export function checkFeed(
  books: Books,
  { feed, state }: Extract<Event, { kind: 'feedUpdated' }>,
  expected: FeedBook | undefined,
): FeedBook {
  const at = (figure: string): { readonly height: number; readonly figure: string } => ({
    height: books.height,
    figure: `${figure} of feed ${feed}`,
  });
  if (expected === undefined) {
    insist(false, at('update'), { expected: 'none: no report, no other quality, not due', found: state.quality });
    throw new Error('unreachable: insist has thrown');
  }
  agree(at('quality'), expected.quality, state.quality);
  agree(at('time'), expected.checkedMs, state.checkedMs);
  compareRecord(at, 'aggregate', expected.aggregate, state.aggregate);
  compareRecord(at, 'band', expected.band, state.band);
  compareRecord(at, 'run of quorums', expected.quorum, state.quorum);
  agree(at('number of reports'), expected.reports.length, state.reports.length);
  for (const [index, report] of expected.reports.entries())
    compareRecord(at, `report of source ${report.source}`, report, state.reports[index] ?? null);
  const { slow } = expected;
  compareRecord(at, 'slow price', slow, state.slow);
  for (const [index, price] of (slow?.delay ?? []).entries()) agree(at(`delay price ${index}`), price, state.slow?.delay[index]);
  return expected;
}

/** Field by field; lists are left to the caller. */
function compareRecord(
  at: (figure: string) => { readonly height: number; readonly figure: string },
  name: string,
  expected: object | null,
  found: object | null,
): void {
  if (expected === null || found === null) return agree(at(name), presence(expected), presence(found));
  const values = new Map<string, unknown>(Object.entries(found));
  for (const [field, value] of Object.entries(expected)) {
    if (value === values.get(field) || Array.isArray(value)) continue;
    agree(at(`${name}, ${field},`), String(value), String(values.get(field)));
  }
}

function presence(value: object | null): string {
  return value === null ? 'none' : 'one';
}

/** The reports of each feed that was reported to, after those of this block that pass the gates. */
function acceptedReports(books: Books, results: BlockResult['results']): ReadonlyMap<number, readonly ReportBook[]> {
  const reported = new Map<number, readonly ReportBook[]>();
  for (const { kind, command } of results) {
    if (kind !== 'accepted' || command.kind !== 'reportPrices') continue;
    for (const { feed, price, confidencePpm, publishTimeMs } of command.prices) {
      const parameters = books.parameters.feeds[feed];
      const state = books.feeds[feed] ?? SILENT;
      const before = reported.get(feed) ?? state.reports;
      const report = { source: command.source, price: BigInt(price), confidencePpm, publishTimeMs, receivedMs: books.timeMs };
      if (parameters === undefined || !passes(books, parameters, { ...state, reports: before }, report)) continue;
      const others = before.filter(({ source }) => source !== report.source);
      reported.set(
        feed,
        [...others, report].sort((a, b) => a.source - b.source),
      );
    }
  }
  return reported;
}

/** The gates of a report: its source, sanity, age, order, and its distance from the last agreed price. */
function passes(books: Books, parameters: FeedParameters, state: FeedBook, report: ReportBook): boolean {
  const { price, confidencePpm, publishTimeMs } = report;
  if (books.sources[report.source]?.feeds.includes(parameters.feed) !== true) return false;
  if (price <= 0n || price > PRICE_LIMIT || confidencePpm < 0 || confidencePpm >= 1_000_000) return false;
  if (publishTimeMs > books.timeMs || books.timeMs - publishTimeMs > parameters.maxAgeMs) return false;
  const latest = state.reports.find(({ source }) => source === report.source);
  if (latest !== undefined && !isLater(report, latest)) return false;
  const { aggregate } = state;
  if (aggregate === null)
    return parameters.listingPrice === null || distance(price, parameters.listingPrice) <= BigInt(parameters.maxStepPpm);
  const waitedMs = Math.max(0, publishTimeMs - aggregate.publishTimeMs);
  const heartbeats = Math.min(1 + Math.floor(waitedMs / parameters.heartbeatMs), HEARTBEATS);
  return distance(price, aggregate.price) <= least(BigInt(parameters.maxStepPpm) * BigInt(heartbeats), FAR);
}

/** Later, or of the same moment and block and less sure, or as sure and lower. */
function isLater(next: ReportBook, latest: ReportBook): boolean {
  if (next.publishTimeMs !== latest.publishTimeMs) return next.publishTimeMs > latest.publishTimeMs;
  if (next.receivedMs !== latest.receivedMs) return false;
  if (next.confidencePpm !== latest.confidencePpm) return next.confidencePpm > latest.confidencePpm;
  return next.price < latest.price;
}

/** ⌈|a − base| / base⌉ in ppm. */
function distance(a: bigint, base: bigint): bigint {
  return least(ceilDiv(abs(a - base) * MILLION, base), FAR);
}

interface Vote {
  readonly price: bigint;
  readonly weight: number;
  readonly confidence: bigint;
  readonly publishTimeMs: number;
  readonly isFresh: boolean;
}

/** The feed at block time. */
function aggregated(books: Books, id: number, parameters: FeedParameters, state: FeedBook): FeedBook {
  const votes = votesOf(books, id, parameters, state.reports);
  const fresh = votes.filter(({ isFresh }) => isFresh);
  const none = (quality: Quality): FeedBook => ({
    ...state,
    quality: state.aggregate === null ? 'never' : quality,
    quorum: null,
    checkedMs: books.timeMs,
  });
  if (!isQuorum(parameters, fresh)) return none(isQuorum(parameters, votes) ? 'stale' : 'noQuorum');
  const all = medianOf(fresh.map(({ price, weight }) => ({ value: price, weight })));
  const first = floorDiv(all.low + all.high, 2n);
  const kept = fresh.filter(({ price }) => distance(price, first) <= BigInt(parameters.outlierPpm));
  if (!isQuorum(parameters, kept)) return none('disagreement');
  const middle = medianOf(kept.map(({ price, weight }) => ({ value: price, weight })));
  const price = clamp(first, middle.low, middle.high);
  if (!kept.some((lowest) => agreesFrom(parameters, kept, { lowest: lowest.price, price }))) return none('disagreement');
  const widths = kept.map((vote) => ({ value: vote.confidence + distance(vote.price, price), weight: vote.weight }));
  const confidencePpm = Number(medianOf(widths).high);
  const times = kept.map(({ publishTimeMs }) => publishTimeMs).sort((a, b) => b - a);
  const publishTimeMs = times[parameters.minSources - 1] ?? 0;
  const by = BigInt(confidencePpm) * BigInt(parameters.bandMultiple);
  return {
    quality: confidencePpm <= parameters.maxConfidencePpm ? 'valid' : 'uncertain',
    reports: state.reports,
    aggregate: {
      price,
      confidencePpm,
      atMs: books.timeMs,
      publishTimeMs,
      sourceCount: kept.length,
      weight: weightOf(kept),
      singleSource: kept.length === 1,
    },
    band: {
      low: most(1n, floorDiv(price * most(0n, MILLION - by), MILLION)),
      high: least(PRICE_LIMIT, price + ceilDiv(price * by, MILLION)),
    },
    quorum: quorumRun(parameters, state, { publishTimeMs, nowMs: books.timeMs }),
    slow: slowAfter(parameters.slow, state.slow, { price, nowMs: books.timeMs }),
    checkedMs: books.timeMs,
  };
}

function votesOf(books: Books, id: number, parameters: FeedParameters, reports: readonly ReportBook[]): readonly Vote[] {
  const votes: Vote[] = [];
  for (const report of reports) {
    const source = books.sources[report.source];
    if (source === undefined || !source.feeds.includes(id)) continue;
    const ageMs = books.timeMs - report.publishTimeMs;
    const growth = ceilDiv(
      BigInt(parameters.confidenceGrowthPpmPerMinute) * BigInt(Math.min(ageMs, parameters.maxAgeMs)),
      60_000n,
    );
    votes.push({
      price: report.price,
      weight: source.weight,
      confidence: BigInt(report.confidencePpm) + growth,
      publishTimeMs: report.publishTimeMs,
      isFresh: ageMs <= parameters.maxAgeMs,
    });
  }
  return votes;
}

function isQuorum(parameters: FeedParameters, votes: readonly Vote[]): boolean {
  return votes.length >= parameters.minSources && weightOf(votes) >= parameters.minWeight;
}

function weightOf(votes: readonly Vote[]): number {
  return votes.reduce((sum, { weight }) => sum + weight, 0);
}

/** True when those within the agreement above `lowest` are a quorum and reach from below the price to above it. */
function agreesFrom(
  parameters: FeedParameters,
  kept: readonly Vote[],
  { lowest, price }: { readonly lowest: bigint; readonly price: bigint },
): boolean {
  const near = kept.filter((vote) => vote.price >= lowest && distance(vote.price, lowest) <= BigInt(parameters.agreementPpm));
  return lowest <= price && near.some((vote) => vote.price >= price) && isQuorum(parameters, near);
}

/** The values at which at least half of the weight lies at or below, and at or above. */
export function medianOf(entries: readonly { readonly value: bigint; readonly weight: number }[]): {
  readonly low: bigint;
  readonly high: bigint;
} {
  const total = entries.reduce((sum, { weight }) => sum + weight, 0);
  const upTo = (value: bigint): number => entries.reduce((sum, entry) => (entry.value <= value ? sum + entry.weight : sum), 0);
  const from = (value: bigint): number => entries.reduce((sum, entry) => (entry.value >= value ? sum + entry.weight : sum), 0);
  const halves = entries.filter(({ value }) => 2 * upTo(value) >= total && 2 * from(value) >= total).map(({ value }) => value);
  const [some = 0n] = halves;
  return { low: halves.reduce(least, some), high: halves.reduce(most, some) };
}

function quorumRun(
  { maxAgeMs }: FeedParameters,
  { quorum, checkedMs }: FeedBook,
  { publishTimeMs, nowMs }: { readonly publishTimeMs: number; readonly nowMs: number },
): FeedBook['quorum'] {
  const anew = { firstMs: publishTimeMs, lastMs: publishTimeMs };
  if (quorum === null || checkedMs === null || nowMs - checkedMs > maxAgeMs) return anew;
  if (publishTimeMs <= quorum.lastMs) return quorum;
  return publishTimeMs - quorum.lastMs > maxAgeMs ? anew : { firstMs: quorum.firstMs, lastMs: publishTimeMs };
}

/** The slow price (Mango's stable price in integers of 1e-18 USD): held within its speed of itself, its delay prices within theirs. */
function slowAfter(
  parameters: FeedParameters['slow'],
  state: SlowBook | null,
  { price, nowMs }: { readonly price: bigint; readonly nowMs: number },
): SlowBook {
  const target = price * NANO;
  const interval = Math.floor(nowMs / parameters.intervalMs);
  if (state === null) {
    const delay = new Array<bigint>(parameters.intervals).fill(target);
    return { value: target, updatedMs: nowMs, interval, delay, accumulated: 0n, accumulatedMs: 0 };
  }
  const elapsedMs = nowMs - state.updatedMs;
  if (elapsedMs < parameters.minStepMs) return state;
  const dtMs = Math.min(elapsedMs, parameters.maxStepMs);
  const ring = (at: number): bigint => delay[at % delay.length] ?? 0n;
  const delay = [...state.delay];
  const summed = state.accumulated + target * BigInt(dtMs);
  const summedMs = state.accumulatedMs + dtMs;
  const isNew = interval !== state.interval;
  if (isNew) {
    const before = ring(state.interval + parameters.intervals - 1);
    const step = floorDiv(before * BigInt(parameters.delayGrowthPpm), MILLION);
    const filed = clamp(floorDiv(summed, BigInt(summedMs)), before - step, before + step);
    for (let at = state.interval; at < interval && at < state.interval + parameters.intervals; at += 1)
      delay[at % delay.length] = filed;
  }
  const then = ring(interval);
  const [smaller, larger] = [least(then, state.value), most(then, state.value)];
  const speed = state.value * BigInt(parameters.growthPpmPerSecond) * BigInt(dtMs);
  const step = floorDiv(speed * smaller * smaller, larger * larger * MILLION * 1_000n);
  return {
    value: clamp(target, state.value - step, state.value + step),
    updatedMs: nowMs,
    interval,
    delay,
    accumulated: isNew ? 0n : summed,
    accumulatedMs: isNew ? 0 : summedMs,
  };
}
