import type { FeedId, OwnerId, SourceId, TimeMs } from '@plimsoll/core/numeric';
import type { FeedState } from '@plimsoll/core/oracle';
import type { Clock } from '../contracts/clock.ts';
import type { Sequencer } from '../contracts/sequencer.ts';
import type { Overload } from '../contracts/submission.ts';
import { ShedError } from '../sequencer/shedError.ts';
import { type UntrustedQuorum, untrustedQuorums } from './quorumTrust.ts';
import { createRunningSource, type PushAnswer, type RunningSource, type SubmitReports } from './runningSource.ts';
import type { SourceHealth } from './sourceHealth.ts';
import type { SourceReport } from './sourceReport.ts';
import type { SourceSpecification } from './sourceSpecification.ts';

export interface SourceRunnerOptions {
  readonly sources: readonly SourceSpecification[];
  readonly sequencer: Pick<Sequencer, 'submit' | 'read'>;
  readonly clock: Clock;
  /** Longest time that a report waits for others of its source, to go with them in one command. */
  readonly flushMs: number;
  /** Time that rates are measured by; the machine's own, unless a test passes another. */
  readonly nowMs: () => number;
}

export interface SourceRunner {
  /** Hands a source a payload that is its own, read or not. False when it is above the source's rate, and dropped. */
  offer(source: SourceId, payload: unknown): boolean;
  /** Hands a source what somebody sent in its name: signatures come first, and what is not its own neither counts for it nor against it. */
  push(source: SourceId, payload: unknown): Promise<PushAnswer | { readonly kind: 'unknownSource' }>;
  /** Every source, ascending. Synchronous and cheap. */
  health(): readonly SourceHealth[];
  /** Takes nothing more and waits for what is under way. Streams that are still open are told to return. */
  stop(): Promise<void>;
}

/** Feeds on which unverified sources alone would make the price: the deployment is not run like that. */
export class UntrustedQuorumError extends Error {
  readonly code = 'untrustedQuorum';
  readonly quorums: readonly UntrustedQuorum[];

  constructor(quorums: readonly UntrustedQuorum[]) {
    const sentences = quorums.map(
      ({ symbol, sources, minSources, minWeight }) =>
        `${symbol} takes ${minSources} sources of weight ${minWeight}, and the unverified sources ${sources.join(', ')} are as many`,
    );
    super(`Unverified sources alone could set a price: ${sentences.join('; ')}.`);
    this.name = 'UntrustedQuorumError';
    this.quorums = quorums;
  }
}

/** Runs price sources, each for itself. Rejects with `UntrustedQuorumError` where unverified sources alone could meet a feed's quorum. */
export async function runSources(options: SourceRunnerOptions): Promise<SourceRunner> {
  const { sequencer } = options;
  const unverified = new Set(options.sources.filter(({ trust }) => trust === 'unverified').map(({ source }) => source));
  const untrusted = (): Promise<readonly UntrustedQuorum[]> =>
    sequencer.read((engine) => untrustedQuorums(engine.state, unverified));
  const quorums = await untrusted();
  if (quorums.length > 0) throw new UntrustedQuorumError(quorums);

  const nonces = new Map<OwnerId, number>();
  const submitReports: SubmitReports = { submit, mayReport };
  const running = new Map<SourceId, RunningSource>();
  for (const specification of options.sources) {
    if (running.has(specification.source)) throw new Error(`source ${specification.source} is run once`);
    running.set(specification.source, createRunningSource(specification, options, submitReports));
  }
  for (const source of running.values()) source.start();
  return {
    offer(source, payload) {
      const found = running.get(source);
      if (found === undefined) throw new Error(`source ${source} is not run here`);
      return found.offer(payload);
    },
    push: async (source, payload) => running.get(source)?.push(payload) ?? { kind: 'unknownSource' },
    health: () => [...running.values()].map((source) => source.health()).sort((a, b) => a.source - b.source),
    async stop() {
      await Promise.all([...running.values()].map((source) => source.stop()));
    },
  };

  /** Which feeds the source is registered for, and whether it may report now: parameters and registrations change under way. */
  function mayReport(source: SourceId): ReturnType<SubmitReports['mayReport']> {
    return sequencer.read(({ state }) => ({
      isWithheld: unverified.has(source) && untrustedQuorums(state, unverified).length > 0,
      feeds: new Map((state.sources[source]?.feeds ?? []).map((feed) => [feed, lastOf(state.feeds[feed], source)])),
    }));
  }

  async function submit(
    specification: SourceSpecification,
    reports: readonly SourceReport[],
  ): ReturnType<SubmitReports['submit']> {
    const { actor, source } = specification;
    for (let attempt = 0; ; attempt += 1) {
      const nonce = await nextNonce(actor, attempt > 0);
      const prices = reports.map(({ feed, price, confidencePpm, publishTimeMs }) => ({
        feed,
        price,
        confidencePpm,
        publishTimeMs,
      }));
      const submitted = sequencer.submit([
        {
          kind: 'command',
          commandId: `source-${source}-${nonce}`,
          command: { kind: 'reportPrices', actor, nonce, source, prices },
        },
      ]);
      if ('kind' in submitted && submitted.kind === 'reused') {
        // Somebody else of this operator chose the id: the next nonce makes another.
        if (attempt === 0) continue;
        return { kind: 'refused', code: 'commandIdReused', message: 'the id of the report is kept for something else' };
      }
      if ('kind' in submitted) return { kind: 'overload', retryAfterMs: submitted.retryAfterMs };
      const answered = await submitted.catch(shedOf);
      if ('kind' in answered) return { kind: 'overload', retryAfterMs: answered.retryAfterMs };
      const [outcome] = answered;
      if (outcome === undefined) throw new Error('The sequencer gives an outcome for every entry.');
      if (outcome.status === 'accepted') return { kind: 'accepted', feeds: await feedsTaken(source, reports) };
      // Somebody else signs for this operator too: its nonce is read anew, once.
      if (outcome.code === 'staleNonce' && attempt === 0) continue;
      return { kind: 'refused', code: outcome.code, message: figuresText(outcome.figures) };
    }
  }

  /** Of an accepted command the core may have refused single reports: it has what it took, or something newer. */
  function feedsTaken(source: SourceId, reports: readonly SourceReport[]): Promise<ReadonlySet<FeedId>> {
    return sequencer.read(
      ({ state }) =>
        new Set(
          reports
            .filter(({ feed, publishTimeMs }) => (lastOf(state.feeds[feed], source) ?? -1) >= publishTimeMs)
            .map(({ feed }) => feed),
        ),
    );
  }

  async function nextNonce(actor: OwnerId, isAnew: boolean): Promise<number> {
    let last = nonces.get(actor);
    if (last === undefined || isAnew) {
      const used = await sequencer.read((engine) => engine.state.nonces.get(actor) ?? 0);
      // Another flush may have taken one meanwhile.
      last = Math.max(used, nonces.get(actor) ?? 0);
    }
    nonces.set(actor, last + 1);
    return last + 1;
  }
}

/** A full disk is no fault of the source. */
function shedOf(cause: unknown): Overload {
  if (cause instanceof ShedError) return cause.overload;
  throw cause;
}

/** When the last report of a source that a feed has was published; null when it has none. */
function lastOf(feed: FeedState | undefined, of: SourceId): TimeMs | null {
  return feed?.reports.find(({ source }) => source === of)?.publishTimeMs ?? null;
}

function figuresText(figures: Readonly<Record<string, bigint | number | string>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
