import type { FeedConfidenceRule } from './profile.ts';

/** What is known when a row is compiled: the least confidence of its feeds, and whether a perpetual held beside it counts too. */
export interface RowConfidence {
  readonly rule: FeedConfidenceRule | null;
  readonly confidencePpm: number;
  readonly followsPerpetual: boolean;
}
