import type { OwnerId, SourceId } from '@plimsoll/core/numeric';
import type { SourceAdapter, SourceReport } from './sourceReport.ts';

/** How much may come: so many a second on average, and so many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** A source that this service reports for. */
export interface SourceSpecification {
  readonly source: SourceId;
  /** The operator that the core knows for it. */
  readonly actor: OwnerId;
  readonly adapter: SourceAdapter;
  /** A verified source passes on verified reports alone; an unverified one whatever it gets, under an id that is flagged so. */
  readonly trust: SourceReport['verified'];
  /** Its payloads, and a `TransportFault` where its endpoint gave none; null when all are offered. A stream that fails or ends degrades this source alone. */
  readonly payloads: AsyncIterable<unknown> | Iterable<unknown> | null;
  readonly rate: RateLimit;
  /** Silence for longer than this, in block time, makes it stale. */
  readonly staleAfterMs: number;
}
