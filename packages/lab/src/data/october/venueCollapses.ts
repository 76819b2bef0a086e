import { mulDivDown } from '@plimsoll/core/numeric';
import { indexAtOrBefore } from '../pricePaths/priceAt.ts';
import type { MultiVenueAsset, VenueCollapse, VenueSeries } from '../types.ts';

/** A low below this share of every other venue's lowest price around that time is a collapse: 60 %. */
export const COLLAPSE_RATIO_MAX_PPM = 600_000;
/** How far around a print the other venues are searched for their lowest price. */
export const COLLAPSE_WINDOW_MS = 60_000;
/** Oldest price of another venue that still counts where it printed nothing in the window. */
export const COLLAPSE_AGE_MAX_MS = 300_000;

/**
 * Venues that collapsed on their own: at their deepest print relative to the others they stood below `ratioMaxPpm` of the
 * lowest price that any other venue of the asset showed within the window around it. A general crash, which all venues
 * share, is none. At most one entry per asset and venue, the deepest; by rising asset, then venue.
 */
export function findVenueCollapses(assets: readonly MultiVenueAsset[], ratioMaxPpm: number): readonly VenueCollapse[] {
  return assets.flatMap(({ asset, venues }) =>
    venues.flatMap((venue) => {
      const others = venues.filter((other) => other !== venue);
      const deepest = deepestOf({ asset, venue, others });
      return deepest !== undefined && deepest.ratioPpm <= ratioMaxPpm ? [deepest] : [];
    }),
  );
}

function deepestOf(input: {
  readonly asset: string;
  readonly venue: VenueSeries;
  readonly others: readonly VenueSeries[];
}): VenueCollapse | undefined {
  let deepest: VenueCollapse | undefined;
  for (const [index, lowNano] of input.venue.lowsNano.entries()) {
    const timeMs = input.venue.publishTimesMs[index] ?? 0;
    const otherVenuesNano = lowestAround(input.others, timeMs);
    if (otherVenuesNano === undefined) {
      continue;
    }
    const ratioPpm = Number(mulDivDown(lowNano, 1_000_000n, otherVenuesNano));
    if (deepest === undefined || ratioPpm < deepest.ratioPpm) {
      deepest = { asset: input.asset, venue: input.venue.venue, timeMs, lowNano, otherVenuesNano, ratioPpm };
    }
  }
  return deepest;
}

function lowestAround(venues: readonly VenueSeries[], timeMs: number): bigint | undefined {
  let lowest: bigint | undefined;
  for (const venue of venues) {
    const last = indexAtOrBefore(venue.publishTimesMs, timeMs + COLLAPSE_WINDOW_MS);
    let index = last;
    while (index >= 0 && (venue.publishTimesMs[index] ?? 0) >= timeMs - COLLAPSE_WINDOW_MS) {
      lowest = lower(lowest, venue.lowsNano[index]);
      index -= 1;
    }
    const heldSince = venue.publishTimesMs[last];
    if (index === last && heldSince !== undefined && heldSince >= timeMs - COLLAPSE_AGE_MAX_MS) {
      lowest = lower(lowest, venue.pricesNano[last]);
    }
  }
  return lowest;
}

function lower(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  return a < b ? a : b;
}
