import type { FeedId, InstrumentId } from '../../numeric/brand.ts';
import { aggregateFeed } from '../../oracle/aggregate.ts';
import type { Feed, FeedState } from '../../oracle/feed.ts';
import { acceptPremium, type MarkState } from '../../oracle/mark.ts';
import { acceptReport } from '../../oracle/report.ts';
import { type BlockRun, type CommandResult, emit } from '../block.ts';
import { decideReportVolatilities } from '../commands/reportVolatilities.ts';
import type { ReportPremiums, ReportPrices, ReportVolatilities } from '../commands.ts';
import { isRejection } from '../decision.ts';
import { sourcesOf } from '../lookup.ts';
import { useNonce } from '../nonces.ts';
import { type Rejection, reject } from '../rejections.ts';
import type { EngineState } from '../state.ts';

/** A feed is written anew at least this often, so that slow prices and confidences move without reports. */
export const FEED_REFRESH_MS: number = 60_000;

/**
 * Step 1. Reports of this block take effect now and only now; per source the latest publish time wins, whatever the order
 * of the commands. Then every feed is aggregated at block time.
 */
export function applyReports(
  run: BlockRun,
  commands: readonly (ReportPrices | ReportPremiums | ReportVolatilities)[],
): CommandResult[] {
  const { state } = run.view;
  const feeds = new Map<FeedId, FeedState>();
  const known = feedReader(state);
  const marks = new Map<InstrumentId, MarkState>();
  const results = commands.map((command): CommandResult => {
    const stale = useNonce(run, command);
    if (stale !== null) return { kind: 'rejected', command, rejection: stale };
    if (command.kind === 'reportVolatilities') return takeVolatilities(run, command);
    const rejection =
      command.kind === 'reportPrices' ? takePrices(state, command, { feeds, known }) : takePremiums(state, command, marks);
    return rejection === null ? { kind: 'accepted', command, events: [] } : { kind: 'rejected', command, rejection };
  });
  aggregateAll(run, feeds, known);
  for (const [instrument, mark] of [...marks].sort(([a], [b]) => a - b)) {
    const found = state.instruments[instrument];
    if (found !== undefined) emit(run, { kind: 'instrumentUpdated', instrument, cause: 'mark', state: { ...found, mark } });
  }
  return results;
}

/** Reads feeds with the parameters in force, each once: neither they nor their sources change while reports are taken. */
function feedReader(state: EngineState): (id: FeedId) => Feed | null {
  const known: (Feed | undefined)[] = [];
  return (id) => {
    const found = known[id];
    if (found !== undefined) return found;
    const parameters = state.parameters.feeds[id];
    if (parameters === undefined) return null;
    const feed = { parameters, sources: sourcesOf(state, id) };
    known[id] = feed;
    return feed;
  };
}

/** Kept at once: nothing is aggregated of them, options ask for their own strikes (volatility.ts). */
function takeVolatilities(run: BlockRun, command: ReportVolatilities): CommandResult {
  const decision = decideReportVolatilities(run.view.state, command);
  if (isRejection(decision)) return { kind: 'rejected', command, rejection: decision };
  for (const event of decision) emit(run, event);
  return { kind: 'accepted', command, events: decision };
}

interface ReportedFeeds {
  /** Feeds with reports of this block, as far as they were taken. */
  readonly feeds: Map<FeedId, FeedState>;
  readonly known: (id: FeedId) => Feed | null;
}

function takePrices(state: EngineState, command: ReportPrices, { feeds, known }: ReportedFeeds): Rejection | null {
  const source = state.sources[command.source];
  if (source === undefined) return reject('unknownSource', { source: command.source });
  if (source.registration.actor !== command.actor) return reject('notAuthorised', { actor: command.actor });
  let refusal: Rejection | null = null;
  let taken = 0;
  for (const report of command.prices) {
    const feed = known(report.feed);
    const before = feeds.get(report.feed) ?? state.feeds[report.feed];
    if (feed === null || before === undefined) {
      refusal ??= reject('unknownFeed', { feed: report.feed });
      continue;
    }
    const { feed: id, price, confidencePpm, publishTimeMs } = report;
    const result = acceptReport(
      feed,
      before,
      { source: command.source, feed: id, price, confidencePpm, publishTimeMs },
      state.timeMs,
    );
    if (result.ok) {
      feeds.set(report.feed, result.state);
      taken += 1;
    } else refusal ??= reject('reportRefused', { feed: report.feed, reason: result.rejection.kind });
  }
  return taken > 0 ? null : (refusal ?? reject('reportRefused', { reason: 'empty' }));
}

function takePremiums(state: EngineState, command: ReportPremiums, marks: Map<InstrumentId, MarkState>): Rejection | null {
  const venue = state.venues[command.venue];
  if (venue === undefined) return reject('unknownVenue', { venue: command.venue });
  if (venue.actor !== command.actor) return reject('notAuthorised', { actor: command.actor });
  let refusal: Rejection | null = null;
  let taken = 0;
  for (const premium of command.premiums) {
    const before = marks.get(premium.instrument) ?? state.instruments[premium.instrument]?.mark;
    if (before === undefined) {
      refusal ??= reject('unknownInstrument', { instrument: premium.instrument });
      continue;
    }
    const result = acceptPremium(before, { ...premium, venue: command.venue }, state.timeMs);
    if (result.ok) {
      marks.set(premium.instrument, result.state);
      taken += 1;
    } else refusal ??= reject('reportRefused', { instrument: premium.instrument, reason: result.rejection.kind });
  }
  return taken > 0 ? null : (refusal ?? reject('reportRefused', { reason: 'empty' }));
}

/** Canonical feed states change on a report, on a change of quality, and once a refresh interval; the rest is derived. */
function aggregateAll(run: BlockRun, reported: ReadonlyMap<FeedId, FeedState>, known: (id: FeedId) => Feed | null): void {
  const { view } = run;
  const { state } = view;
  for (let id = 0; id < state.feeds.length; id += 1) {
    const before = state.feeds[id];
    const feed = before === undefined ? null : known(before.feed);
    if (before === undefined || feed === null) continue;
    const report = reported.get(before.feed);
    const now = aggregateFeed(feed, report ?? before, state.timeMs);
    const isDue = before.checkedMs === null ? before.reports.length > 0 : state.timeMs - before.checkedMs >= FEED_REFRESH_MS;
    if (report !== undefined || now.quality !== before.quality || (isDue && before.quality !== 'never')) {
      emit(run, { kind: 'feedUpdated', feed: before.feed, state: now });
    } else view.feedsNow[id] = now;
  }
}
