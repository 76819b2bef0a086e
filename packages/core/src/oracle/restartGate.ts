import type { TimeMs } from '../numeric/brand.ts';
import { durationBetween } from '../numeric/ratio.ts';
import type { FeedParameters, FeedState, QuorumWindow } from './feed.ts';
import { isAllowed } from './ladder.ts';

/**
 * True when the legs that this feed prices may be liquidated at `nowMs`: the ladder allows it, the feed was aggregated in
 * this block, and the current unbroken run of quorums spans at least `restartGateMs` between distinct publish times. After a
 * halt, of the feed or of the chain, the first prices back liquidate nobody.
 */
export function mayLiquidate(parameters: FeedParameters, state: FeedState, nowMs: TimeMs): boolean {
  if (!isAllowed('liquidate', state.quality)) return false;
  if (state.quorum === null || state.checkedMs !== nowMs) return false;
  const spanMs = durationBetween(state.quorum.firstMs, state.quorum.lastMs);
  return spanMs >= parameters.restartGateMs;
}

/**
 * The run of quorums after one more, published at `publishTimeMs` and seen at `nowMs`. A pause longer than `maxAgeMs`,
 * in publish times or in blocks, starts a new run.
 */
export function extendQuorumWindow(
  parameters: FeedParameters,
  state: FeedState,
  publishTimeMs: TimeMs,
  nowMs: TimeMs,
): QuorumWindow {
  const started: QuorumWindow = { firstMs: publishTimeMs, lastMs: publishTimeMs };
  const window = state.quorum;
  if (window === null || state.checkedMs === null) return started;
  if (durationBetween(state.checkedMs, nowMs) > parameters.maxAgeMs) return started;
  if (publishTimeMs <= window.lastMs) return window;
  if (durationBetween(window.lastMs, publishTimeMs) > parameters.maxAgeMs) return started;
  return { firstMs: window.firstMs, lastMs: publishTimeMs };
}
