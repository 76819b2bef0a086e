import type { MultiVenueScenario, VenueSeries } from '../../data/types.ts';

const MINUTE_MS = 60_000;
export const TWO_VENUES_START_MS = 1_760_000_000_000;
export const TWO_VENUES_CRASH_MS = TWO_VENUES_START_MS + 60 * MINUTE_MS;
const END_MS = TWO_VENUES_CRASH_MS + 10 * MINUTE_MS;
const STEP_MS = 5_000;

/** One asset on two venues at 100 dollars; from the crash on, each venue stands where it is told. */
export function twoVenues(after: { readonly first: bigint; readonly second: bigint }): MultiVenueScenario {
  return {
    name: 'two-venues',
    title: 'One asset on two venues',
    label: 'made up',
    singleSource: false,
    reconstructed: true,
    startMs: TWO_VENUES_START_MS,
    endMs: END_MS,
    attribution: undefined,
    nonCommercial: false,
    assets: [{ asset: 'X', venues: [venue('first', after.first), venue('second', after.second)] }],
    collapses: [],
    shortAccounts: Array.from({ length: 40 }, (_, accountId) => ({
      accountId,
      accountValueMicroUsd: 1_000_000_000n,
      notionalMicroUsd: 1_000_000_000n,
      leveragePpm: 1_000_000,
    })),
    totals: { liquidatedMicroUsd: 2_620_000n, deleveragedMicroUsd: 1_000_000n, liquidationCount: 2, deleveragingCount: 1 },
    notionalByAsset: [{ asset: 'X', deleveragedMicroUsd: 1_000_000n }],
    depth: [
      { fromMs: TWO_VENUES_START_MS, depthPpm: 1_000_000 },
      { fromMs: TWO_VENUES_CRASH_MS, depthPpm: 260_000 },
    ],
    depthLabel: 'made up',
  };
}

/** At 100 dollars, and from the crash on at `after` dollars, reached in two minutes. */
function venue(name: string, after: bigint): VenueSeries {
  const publishTimesMs = Array.from(
    { length: (END_MS - TWO_VENUES_START_MS) / STEP_MS },
    (_, step) => TWO_VENUES_START_MS + step * STEP_MS,
  );
  const pricesNano = publishTimesMs.map((timeMs) => {
    const share = BigInt(Math.max(0, Math.min(120_000, timeMs - TWO_VENUES_CRASH_MS)));
    return 100_000_000_000n - ((100n - after) * 1_000_000_000n * share) / 120_000n;
  });
  return { venue: name, symbol: `X-${name}`, kind: 'spot', quote: 'USD', publishTimesMs, pricesNano, lowsNano: pricesNano };
}
