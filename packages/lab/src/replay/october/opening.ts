import { indexAtOrBefore } from '../../data/pricePaths/priceAt.ts';
import type { MultiVenueAsset, MultiVenueScenario } from '../../data/types.ts';
import { MINUTE_MS } from '../../worlds/defaultParameters.ts';
import {
  AGREEMENT_PPM,
  BLOCKS_AFTER_CRASH_MS,
  BLOCKS_BEFORE_OPENING_MS,
  crashMsOf,
  OPENS_AT_LATEST_BEFORE_CRASH_MS,
  OPENS_AT_MOST_BEFORE_CRASH_MS,
  QUORUM_SOURCES,
  SOURCE_AGE_MAX_MS,
} from './octoberTerms.ts';

/** When the book opens, and on which assets: those with a price that a quorum agrees on closely at that moment. */
export interface Opening {
  readonly openMs: number;
  /** Blocks run from here, long enough before the opening for prices to settle, and to here, when the crash is long over. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By asset of the scenario. An asset without an agreed price holds no positions; its minutes without one are counted all the same. */
  readonly isTraded: readonly boolean[];
}

/** The latest whole minute within the window before the crash at which most assets can be traded. */
export function openingOf(scenario: MultiVenueScenario): Opening {
  const crashMs = crashMsOf(scenario);
  let best: Opening | undefined;
  let most = 0;
  for (
    let openMs = crashMs - OPENS_AT_LATEST_BEFORE_CRASH_MS;
    openMs >= Math.max(scenario.startMs + MINUTE_MS, crashMs - OPENS_AT_MOST_BEFORE_CRASH_MS);
    openMs -= MINUTE_MS
  ) {
    const isTraded = scenario.assets.map((asset) => agreesAt(asset, openMs));
    const count = isTraded.filter(Boolean).length;
    if (count <= most) continue;
    most = count;
    best = {
      openMs,
      fromMs: Math.max(scenario.startMs, openMs - BLOCKS_BEFORE_OPENING_MS),
      toMs: Math.min(scenario.endMs, crashMs + BLOCKS_AFTER_CRASH_MS),
      isTraded,
    };
  }
  if (best === undefined) throw new Error('no asset has an agreed price before the crash');
  return best;
}

/** True when a quorum lies within a quarter of the agreement, of prices at most half as old as allowed: room for the block to come. */
function agreesAt(asset: MultiVenueAsset, atMs: number): boolean {
  const fresh = asset.venues.flatMap(({ publishTimesMs, pricesNano }) => {
    const place = indexAtOrBefore(publishTimesMs, atMs);
    const publishedMs = publishTimesMs[place];
    const price = pricesNano[place];
    return publishedMs !== undefined && price !== undefined && atMs - publishedMs <= SOURCE_AGE_MAX_MS / 2 ? [price] : [];
  });
  if (fresh.length < QUORUM_SOURCES) return false;
  const low = fresh.reduce((least, price) => (price < least ? price : least));
  const high = fresh.reduce((top, price) => (price > top ? price : top));
  return (high - low) * 4_000_000n <= low * BigInt(AGREEMENT_PPM);
}
