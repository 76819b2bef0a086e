import type { EngineState } from '@plimsoll/core/engine';
import type { FeedId, SourceId } from '@plimsoll/core/numeric';

/** A feed on which sources that nobody verifies would agree among themselves. */
export interface UntrustedQuorum {
  readonly feed: FeedId;
  readonly symbol: string;
  /** The unverified sources of the feed, ascending, and what they weigh together. */
  readonly sources: readonly SourceId[];
  readonly weight: number;
  readonly minSources: number;
  readonly minWeight: number;
}

/**
 * The feeds whose quorum (parameters in force) can be met by `unverified` sources alone. Suspended sources do not count. The core knows nothing
 * of verification; so a deployment in which this is not empty is not run with those sources.
 */
export function untrustedQuorums(
  state: Pick<EngineState, 'parameters' | 'sources'>,
  unverified: ReadonlySet<SourceId>,
): readonly UntrustedQuorum[] {
  const found: UntrustedQuorum[] = [];
  for (const { feed, symbol, minSources, minWeight } of state.parameters.feeds) {
    const sources: SourceId[] = [];
    let weight = 0;
    for (const { registration, feeds } of state.sources) {
      if (!unverified.has(registration.source) || registration.status !== 'active' || !feeds.includes(feed)) continue;
      sources.push(registration.source);
      weight += registration.weight;
    }
    if (sources.length >= minSources && weight >= minWeight) found.push({ feed, symbol, sources, weight, minSources, minWeight });
  }
  return found;
}
