import type { MultiVenueScenario } from '../types.ts';

/** One price as a venue published it. Indexes point into `scenario.assets` and that asset's `venues`. */
export type VenueReport = {
  readonly timeMs: number;
  readonly assetIndex: number;
  readonly venueIndex: number;
  readonly priceNano: bigint;
};

/**
 * Every price of every venue in the order of publishing; at one time by asset, then venue. A replay feeds a block with the
 * reports up to its time and knows nothing later. Cost: one sort of all prices (about 80,000 for the real day).
 */
export function venueReports(scenario: MultiVenueScenario): readonly VenueReport[] {
  const reports = scenario.assets.flatMap(({ venues }, assetIndex) =>
    venues.flatMap(({ publishTimesMs, pricesNano }, venueIndex) =>
      pricesNano.map(
        (priceNano, i): VenueReport => ({
          timeMs: publishTimesMs[i] ?? scenario.startMs,
          assetIndex,
          venueIndex,
          priceNano,
        }),
      ),
    ),
  );
  return reports.sort((a, b) => a.timeMs - b.timeMs || a.assetIndex - b.assetIndex || a.venueIndex - b.venueIndex);
}

/** Share of normal depth that stands at a time, parts per million; the first step holds before its time too. */
export function depthPpmAt(scenario: Pick<MultiVenueScenario, 'depth'>, timeMs: number): number {
  let depthPpm = scenario.depth[0]?.depthPpm ?? 1_000_000;
  for (const step of scenario.depth) {
    if (step.fromMs <= timeMs) {
      depthPpm = step.depthPpm;
    }
  }
  return depthPpm;
}
