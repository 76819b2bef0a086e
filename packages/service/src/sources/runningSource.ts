import type { FeedId, SourceId, TimeMs } from '@plimsoll/core/numeric';
import { createTokenBucket } from '../api/tokenBucket.ts';
import type { Clock } from '../contracts/clock.ts';
import { createNewestTimes } from './newestTimes.ts';
import {
  byFeed,
  keepLatest,
  type LatestReports,
  type SourceDrops,
  type SourceHealth,
  type SourceStatus,
} from './sourceHealth.ts';
import type { AdapterFault, AdapterResult, SourceReport } from './sourceReport.ts';
import type { SourceSpecification } from './sourceSpecification.ts';
import { TransportFault } from './transportFault.ts';

/** One source at work. Nothing that goes wrong in it reaches another. */
export interface RunningSource {
  start(): void;
  offer(payload: unknown): boolean;
  push(payload: unknown): Promise<PushAnswer>;
  health(): SourceHealth;
  stop(): Promise<void>;
}

/** What became of a push. */
export type PushAnswer =
  /** Taken in: prices that wait to be reported, and those that do not, because they are no news or of too many feeds. */
  | { readonly kind: 'queued'; readonly queued: number; readonly dropped: number }
  /** Nothing in it is new: it came before, or what is known is newer. Nothing is charged, so that nobody floods a source with its own words. */
  | { readonly kind: 'repeated'; readonly dropped: number }
  /** Above the source's rate, and dropped. */
  | { readonly kind: 'flood'; readonly retryAfterMs: number }
  /** Not read, and why; `isOwn`: a publisher of the source signed it all the same. */
  | { readonly kind: 'refused'; readonly isOwn: boolean; readonly fault: AdapterFault }
  /** The source is of a kind that is fetched or played. */
  | { readonly kind: 'notPushed' }
  | { readonly kind: 'stopped' };

/** What a source needs of the rest. */
export interface SubmitReports {
  submit(
    specification: SourceSpecification,
    reports: readonly SourceReport[],
  ): Promise<
    | {
        readonly kind: 'accepted';
        /** The feeds whose reports were taken. */
        readonly feeds: ReadonlySet<FeedId>;
      }
    | { readonly kind: 'refused'; readonly code: string; readonly message: string }
    | { readonly kind: 'overload'; readonly retryAfterMs: number }
  >;
  mayReport(source: SourceId): Promise<{
    readonly isWithheld: boolean;
    /** The feeds that the source is registered for, each with the publish time of what the core has of it; null: nothing yet. */
    readonly feeds: ReadonlyMap<FeedId, TimeMs | null>;
  }>;
}

/** Payloads that may wait to be decoded: a source that sends faster than its signatures are checked is flooding. */
const DECODING_MAX = 64;
/** Feeds that may wait to be reported: a source that names more than any deployment has names feeds that are not its own. */
const PENDING_MAX = 4_096;
/** Pushes that are known when they come again, of those that no time tells to be old. */
const PUSHES_REMEMBERED = 1_024;
/** What a busy source is asked to wait; nobody is told. */
const BUSY_MS = 1;
/** A source that was too fast counts as flooding for so long after, in the time that rates are measured by. */
const FLOOD_REMEMBERED_MS = 5_000;

export function createRunningSource(
  specification: SourceSpecification,
  options: { readonly clock: Clock; readonly flushMs: number; readonly nowMs: () => number },
  reports: SubmitReports,
): RunningSource {
  const { clock, nowMs } = options;
  const { adapter, source, trust } = specification;
  const bucket = createTokenBucket(specification.rate.perSecond, specification.rate.burst);
  const startedMs = clock.now();
  const pending: LatestReports = new Map();
  const latest: LatestReports = new Map();
  /** Publish time of what the core took last, by feed. */
  const taken = new Map<FeedId, TimeMs>();
  const dropped: { -readonly [K in keyof SourceDrops]: number } = {
    flood: 0,
    faulty: 0,
    unverified: 0,
    withheld: 0,
    repeated: 0,
    unregisteredFeed: 0,
    refused: 0,
  };
  let payloads = 0;
  let accepted = 0;
  let transportFaults = 0;
  let decoding = 0;
  let lastPublishMs: TimeMs | null = null;
  let lastReceivedMs: TimeMs | null = null;
  /** When it last said something that it had not said before. */
  let lastNewsMs: TimeMs = startedMs;
  let lastFloodMs = Number.NEGATIVE_INFINITY;
  let lastFault: SourceHealth['lastFault'] = null;
  /** What is wrong with it beside silence and haste; kept until it does well again. */
  let trouble: { readonly status: 'failing' | 'refused' | 'withheld' | 'ended'; readonly sinceMs: TimeMs } | null = null;
  /** The trouble is that of the connection: the next payload ends it, whatever it says. */
  let isCutOff = false;
  let floodSinceMs: TimeMs | null = null;
  let liveSinceMs: TimeMs | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let flushing: Promise<void> = Promise.resolve();
  let isStopped = false;
  let stream: AsyncIterator<unknown> | Iterator<unknown> | null = null;
  const atWork = new Set<Promise<void>>();
  /** Of each feed the newest publish time that a push of its own named, whatever became of it: none that was ahead of the time it came. */
  const pushed = createNewestTimes(PENDING_MAX);
  /** Digests of its pushes that could not be read, or that came before their time, oldest first. */
  const remembered = new Set<string>();
  /** What the core has of the source is asked before its first push counts, so that after a restart old ones are known for old. */
  let knowing: Promise<void> | null = null;

  return {
    start() {
      if (specification.payloads !== null) void readStream(specification.payloads);
    },
    offer,
    push,
    health() {
      const { status, sinceMs } = statusNow();
      return {
        source,
        kind: adapter.kind,
        trust,
        status,
        sinceMs,
        lastPublishMs,
        lastReceivedMs,
        payloads,
        accepted,
        transportFaults,
        dropped: { ...dropped },
        lastFault,
        lastReports: byFeed(latest),
      };
    },
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      // A generator that waits for ever cannot be made to return: it is told, and left.
      void Promise.resolve(stream?.return?.()).catch(() => {});
      await Promise.all([...atWork, flushing]);
    },
  };

  function offer(payload: unknown): boolean {
    if (isStopped) return false;
    if (arrive(decoding >= DECODING_MAX) > 0) return false;
    const work = take(payload).finally(() => atWork.delete(work));
    atWork.add(work);
    return true;
  }

  /** Counts what came from the source: 0 when it is within its rate, else how long the next should wait. */
  function arrive(isBusy: boolean): number {
    payloads += 1;
    lastReceivedMs = clock.now();
    if (isCutOff) reconnect();
    const waitMs = isBusy ? BUSY_MS : bucket.take(nowMs());
    if (waitMs > 0) {
      dropped.flood += 1;
      lastFloodMs = nowMs();
      floodSinceMs ??= clock.now();
    }
    return waitMs;
  }

  /** Anybody may send: the source answers for what it signed, once, and for nothing else. */
  async function push(payload: unknown): Promise<PushAnswer> {
    if (adapter.readPush === undefined) return { kind: 'notPushed' };
    const reading = await adapter.readPush(payload);
    if (isStopped) return { kind: 'stopped' };
    if (!reading.isOwn) return { kind: 'refused', isOwn: false, fault: reading.fault };
    const { digest, result } = reading;
    knowing ??= reports.mayReport(source).then(({ feeds }) => learn(feeds));
    // What cannot be read now is read before the next report.
    await knowing.catch(() => {});
    if (isStopped) return { kind: 'stopped' };
    if (remembered.has(digest) || isRepeated(result)) return again(result);
    const retryAfterMs = arrive(false);
    if (retryAfterMs > 0) return { kind: 'flood', retryAfterMs };
    if (!result.ok) {
      remember(digest);
      refuse(result);
      return refusedOwn(result);
    }
    see(digest, result.reports);
    const queued = takeReports(result);
    return { kind: 'queued', queued, dropped: result.reports.length - queued };
  }

  /** No feed in it is news, be the source registered for it or not. */
  function isRepeated(result: AdapterResult): boolean {
    return (
      result.ok &&
      result.reports.every(
        ({ feed, publishTimeMs }) => publishTimeMs <= (taken.get(feed) ?? -1) || publishTimeMs <= (pushed.newest(feed) ?? -1),
      )
    );
  }

  /** Its own words once more, from whomever: they are answered, and nothing is charged. */
  function again(result: AdapterResult): PushAnswer {
    if (!result.ok) return refusedOwn(result);
    dropped.repeated += result.reports.length;
    return { kind: 'repeated', dropped: result.reports.length };
  }

  /** What others say is not compared with a time that has not come yet: its push is known by its digest. */
  function see(digest: string, ofPush: readonly SourceReport[]): void {
    const now = clock.now();
    for (const { feed, publishTimeMs } of ofPush) pushed.see(feed, publishTimeMs < now ? publishTimeMs : now);
    if (ofPush.some(({ publishTimeMs }) => publishTimeMs > now)) remember(digest);
  }

  function remember(digest: string): void {
    if (remembered.size >= PUSHES_REMEMBERED)
      for (const oldest of remembered) {
        remembered.delete(oldest);
        break;
      }
    remembered.add(digest);
  }

  /** A stream is read as fast as its payloads are taken in: it waits, rather than memory filling. */
  async function readStream(payloadsOf: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    try {
      const iterator = Symbol.asyncIterator in payloadsOf ? payloadsOf[Symbol.asyncIterator]() : payloadsOf[Symbol.iterator]();
      stream = iterator;
      for (;;) {
        const next = await iterator.next();
        if (isStopped) return;
        if (next.done === true) break;
        if (next.value instanceof TransportFault) cutOff(next.value);
        else offer(next.value);
        await Promise.all(atWork);
        // A stream that never waits itself must not keep everybody else from their turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
      trouble = { status: 'ended', sinceMs: clock.now() };
    } catch (cause) {
      fault('streamFailed', cause instanceof Error ? cause.message : String(cause));
      trouble = { status: 'ended', sinceMs: clock.now() };
    }
  }

  function cutOff({ code, message }: TransportFault): void {
    transportFaults += 1;
    const isOnlyThis = trouble === null || isCutOff;
    fail(code, message);
    isCutOff = isOnlyThis;
  }

  function reconnect(): void {
    isCutOff = false;
    trouble = null;
    if (liveSinceMs !== null) liveSinceMs = clock.now();
  }

  async function take(payload: unknown): Promise<void> {
    decoding += 1;
    try {
      const result = await adapter.decode(payload, trust);
      if (result.ok) takeReports(result);
      else refuse(result);
    } catch (cause) {
      // A mistake of an adapter is that source's trouble, and nobody else's.
      dropped.faulty += 1;
      fail('adapterFailed', cause instanceof Error ? cause.message : String(cause));
    } finally {
      decoding -= 1;
    }
  }

  function refuse({ code, message }: AdapterFault): void {
    if (code === 'unverified') dropped.unverified += 1;
    else dropped.faulty += 1;
    fail(code, message);
  }

  /** Gives how many of them wait to be reported. */
  function takeReports(result: Extract<AdapterResult, { ok: true }>): number {
    for (const { code, message } of result.faults) {
      dropped.faulty += 1;
      fail(code, message);
    }
    let kept = 0;
    for (const report of result.reports) {
      if (trust === 'verified' && report.verified === 'unverified') {
        dropped.unverified += 1;
        fail('unverified', report.why);
        continue;
      }
      if (report.publishTimeMs <= (taken.get(report.feed) ?? -1)) {
        dropped.repeated += 1;
        continue;
      }
      if (pending.size >= PENDING_MAX && !pending.has(report.feed)) {
        dropped.unregisteredFeed += 1;
        continue;
      }
      kept += 1;
      lastNewsMs = clock.now();
      keepLatest(pending, report);
      if (lastPublishMs === null || report.publishTimeMs > lastPublishMs) lastPublishMs = report.publishTimeMs;
    }
    if (kept > 0 && timer === null && !isStopped) flushIn(options.flushMs);
    return kept;
  }

  function flushIn(ms: number): void {
    timer = setTimeout(() => {
      timer = null;
      flushing = flushing.then(flush);
    }, ms);
  }

  async function flush(): Promise<void> {
    try {
      const { isWithheld, feeds } = await reports.mayReport(source);
      learn(feeds);
      const registered = byFeed(pending).filter(({ feed }) => feeds.has(feed));
      const unregistered = pending.size - registered.length;
      pending.clear();
      const known = registered.filter(({ feed, publishTimeMs }) => publishTimeMs > (taken.get(feed) ?? -1));
      dropped.repeated += registered.length - known.length;
      for (const report of known) keepLatest(latest, report);
      if (unregistered > 0) {
        dropped.unregisteredFeed += unregistered;
        fail('unregisteredFeed', `the source is not registered for ${unregistered} of the feeds that it reports`);
      }
      if (known.length === 0) return;
      if (isWithheld) {
        dropped.withheld += known.length;
        return degrade('withheld', 'untrustedQuorum', 'unverified sources alone could meet a quorum');
      }
      await send(known);
    } catch (cause) {
      fail('submitFailed', cause instanceof Error ? cause.message : String(cause));
    }
  }

  /** After a restart, or when somebody else reported for the operator, the core has more than was taken here. */
  function learn(feeds: ReadonlyMap<FeedId, TimeMs | null>): void {
    for (const [feed, publishTimeMs] of feeds) if (publishTimeMs !== null) taken.set(feed, publishTimeMs);
  }

  /** Sends reports in one command. The core takes each for itself, and refuses the command when it takes none. */
  async function send(reported: readonly SourceReport[]): Promise<void> {
    const result = await reports.submit(specification, reported);
    if (result.kind === 'refused') {
      dropped.refused += reported.length;
      return degrade('refused', result.code, result.message);
    }
    if (result.kind === 'overload') {
      // The sequencer is too busy: the newest of each feed waits.
      for (const report of reported) keepLatest(pending, report);
      if (timer === null && !isStopped) flushIn(Math.max(result.retryAfterMs, options.flushMs));
      return;
    }
    const refused = reported.filter(({ feed }) => !result.feeds.has(feed)).map(({ feed }) => feed);
    for (const { feed, publishTimeMs } of reported) if (result.feeds.has(feed)) taken.set(feed, publishTimeMs);
    accepted += reported.length - refused.length;
    if (refused.length === 0) return recover();
    dropped.refused += refused.length;
    degrade('refused', 'reportRefused', `of its reports those of feed ${refused.join(', ')} were not taken`);
  }

  function recover(): void {
    if (trouble !== null && trouble.status !== 'ended') {
      trouble = null;
      liveSinceMs = clock.now();
    }
    liveSinceMs ??= clock.now();
  }

  function fail(code: string, message: string): void {
    degrade('failing', code, message);
  }

  function degrade(status: 'failing' | 'refused' | 'withheld', code: string, message: string): void {
    isCutOff = false;
    fault(code, message);
    if (trouble === null || (trouble.status !== status && trouble.status !== 'ended')) trouble = { status, sinceMs: clock.now() };
  }

  function fault(code: string, message: string): void {
    lastFault = { code, message, atMs: clock.now() };
  }

  function statusNow(): { readonly status: SourceStatus; readonly sinceMs: TimeMs } {
    if (trouble?.status === 'ended' || trouble?.status === 'withheld') return trouble;
    const isSilentSince = (ms: TimeMs): boolean => clock.now() - ms > specification.staleAfterMs;
    if (isSilentSince(lastReceivedMs ?? startedMs)) return { status: 'stale', sinceMs: lastNewsMs };
    if (nowMs() - lastFloodMs < FLOOD_REMEMBERED_MS) return { status: 'flooding', sinceMs: floodSinceMs ?? clock.now() };
    floodSinceMs = null;
    if (trouble !== null) return trouble;
    // It talks, and says the same again and again.
    if (isSilentSince(lastNewsMs)) return { status: 'stale', sinceMs: lastNewsMs };
    if (liveSinceMs === null) return { status: 'starting', sinceMs: startedMs };
    return { status: 'live', sinceMs: liveSinceMs };
  }
}

function refusedOwn({ code, message }: AdapterFault): PushAnswer {
  return { kind: 'refused', isOwn: true, fault: { code, message } };
}
