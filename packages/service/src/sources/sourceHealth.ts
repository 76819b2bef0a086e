import type { FeedId, SourceId, TimeMs } from '@plimsoll/core/numeric';
import type { SourceKind, SourceReport } from './sourceReport.ts';

/**
 * `starting`: nothing came yet. `stale`: nothing new for longer than it may. `flooding`: more came than it may send, and the excess is dropped.
 * `failing`: what came last could not be used, or its endpoint gave nothing. `refused`: the core refuses what it says, or a part of it.
 * `withheld`: unverified, and it could meet a quorum without a verified source. `ended`: its stream is over.
 */
export type SourceStatus = 'starting' | 'live' | 'stale' | 'flooding' | 'failing' | 'refused' | 'withheld' | 'ended';

/** How a source is doing: plain data, for the API. */
export interface SourceHealth {
  readonly source: SourceId;
  readonly kind: SourceKind;
  readonly trust: SourceReport['verified'];
  readonly status: SourceStatus;
  /** Since when it has this status: for `stale`, when it last said something new. */
  readonly sinceMs: TimeMs;
  /** Latest publish time that it told, and when something last came from it. */
  readonly lastPublishMs: TimeMs | null;
  readonly lastReceivedMs: TimeMs | null;
  /** Payloads that came, and reports that the core took. */
  readonly payloads: number;
  readonly accepted: number;
  /** Times that its endpoint gave no payload: no connection, no answer in time, a refusal. */
  readonly transportFaults: number;
  readonly dropped: SourceDrops;
  readonly lastFault: { readonly code: string; readonly message: string; readonly atMs: TimeMs } | null;
  /** What it last said, by feed ascending, whether the core took it or not. */
  readonly lastReports: readonly SourceReport[];
}

/** What was not passed on, and why. */
export interface SourceDrops {
  /** Payloads above the rate. */
  readonly flood: number;
  /** Payloads, and single prices, that could not be read or whose signatures do not hold. */
  readonly faulty: number;
  /** Unverified reports of a source that is to be verified; a payload that is refused whole because nothing of it is verified counts as one. */
  readonly unverified: number;
  /** Reports held back because unverified sources alone could meet a quorum. */
  readonly withheld: number;
  /** Reports that are no newer than what the core has of the source. */
  readonly repeated: number;
  /** Reports of feeds that the source is not registered for. */
  readonly unregisteredFeed: number;
  /** Reports that the core refused: out of its gates, stale, suspended. */
  readonly refused: number;
}

/** One feed's latest report, newest publish time kept. */
export type LatestReports = Map<FeedId, SourceReport>;

export function keepLatest(latest: LatestReports, report: SourceReport): void {
  const known = latest.get(report.feed);
  if (known === undefined || known.publishTimeMs <= report.publishTimeMs) latest.set(report.feed, report);
}

export function byFeed(latest: LatestReports): readonly SourceReport[] {
  return [...latest.values()].sort((a, b) => a.feed - b.feed);
}
