import { DataError } from '../dataError.ts';
import {
  type DeleveragedCoin,
  HYPERLIQUID_ATTRIBUTION,
  loadCascadeTotals,
  loadDeleveragedAccounts,
  loadDeleveragedCoins,
} from '../sources/hyperliquidAdl.ts';
import { loadVenueBars, MULTIVENUE_FIVE_SECONDS_FILE, MULTIVENUE_MINUTE_FILE, type VenueBar } from '../sources/multivenueBars.ts';
import type { MultiVenueAsset, MultiVenueScenario, VenueSeries } from '../types.ts';
import { crashDepthSteps } from './depthSteps.ts';
import { COLLAPSE_RATIO_MAX_PPM, findVenueCollapses } from './venueCollapses.ts';
import { venueSymbolOf } from './venueSymbols.ts';

/** 2025-10-10T00:00:00Z */
export const OCTOBER_DAY_START_MS = 1_760_054_400_000;
/** 2025-10-11T00:00:00Z, the end of the bars. */
export const OCTOBER_DAY_END_MS = 1_760_140_800_000;
/** 20:45 UTC: five-second bars from here … */
export const FIVE_SECONDS_START_MS = OCTOBER_DAY_START_MS + 74_700_000;
/** … to 22:15 UTC. */
export const FIVE_SECONDS_END_MS = OCTOBER_DAY_START_MS + 80_100_000;
/** 21:15 UTC, the first liquidation of the cascade to the minute. */
export const OCTOBER_CRASH_MS = OCTOBER_DAY_START_MS + 76_500_000;

/** One venue only in this data set: kept out, as no quorum can be formed. */
const LEFT_OUT: readonly string[] = ['BTC', 'ETH'];
const VENUES_MIN = 2;

/**
 * Prices of 2025-10-10 on several venues per asset, with the accounts and totals of the Hyperliquid cascade.
 *
 * A bar's close is published at the bar's end, never before: five seconds after its open from 20:45 to 22:15 UTC, a
 * minute after its open otherwise. Bars without a trade publish nothing, so a venue's age is real. Assets on one
 * venue only are left out, as are BTC and ETH. Non-commercial: prints the attribution that the accounts ask for.
 */
export async function loadOctober2025(folder: string): Promise<MultiVenueScenario> {
  const minutes = await loadVenueBars(folder, MULTIVENUE_MINUTE_FILE);
  const fiveSeconds = await loadVenueBars(folder, MULTIVENUE_FIVE_SECONDS_FILE);
  const assets = assetsOf({ minutes, fiveSeconds });
  const { accounts } = await loadDeleveragedAccounts(folder);
  return {
    name: 'october-2025',
    title: '10 October 2025: altcoin crash on several venues',
    label: 'trades of 2025-10-10 per venue (bar closes); short side from Hyperliquid deleveraging; long side synthetic',
    singleSource: false,
    reconstructed: false,
    startMs: OCTOBER_DAY_START_MS,
    endMs: OCTOBER_DAY_END_MS,
    attribution: HYPERLIQUID_ATTRIBUTION,
    nonCommercial: true,
    assets,
    collapses: findVenueCollapses(assets, COLLAPSE_RATIO_MAX_PPM),
    shortAccounts: accounts,
    totals: await loadCascadeTotals(folder),
    notionalByAsset: notionalByAsset(assets, await loadDeleveragedCoins(folder)),
    depth: crashDepthSteps({ startMs: OCTOBER_DAY_START_MS, crashMs: OCTOBER_CRASH_MS }),
    depthLabel: 'order-book depth is assumed (down 74 % in the crash), not measured in these data',
  };
}

/** Bars of both files as series per asset and venue; assets with fewer than two venues, BTC and ETH left out. */
export function assetsOf(bars: {
  readonly minutes: readonly VenueBar[];
  readonly fiveSeconds: readonly VenueBar[];
}): readonly MultiVenueAsset[] {
  const timed = [
    ...bars.minutes
      .filter((bar) => bar.openTimeMs < FIVE_SECONDS_START_MS || bar.openTimeMs >= FIVE_SECONDS_END_MS)
      .map((bar) => ({ bar, publishTimeMs: bar.openTimeMs + 60_000 })),
    ...bars.fiveSeconds.map((bar) => ({ bar, publishTimeMs: bar.openTimeMs + 5_000 })),
  ];
  const byAsset = new Map<string, Map<string, TimedBar[]>>();
  for (const one of timed) {
    const { asset } = meaningOf(one.bar);
    const byVenue = byAsset.get(asset) ?? new Map<string, TimedBar[]>();
    const series = byVenue.get(one.bar.venue) ?? [];
    series.push(one);
    byVenue.set(one.bar.venue, series);
    byAsset.set(asset, byVenue);
  }
  return [...byAsset]
    .filter(([asset, byVenue]) => byVenue.size >= VENUES_MIN && !LEFT_OUT.includes(asset))
    .sort(([a], [b]) => compareText(a, b))
    .map(([asset, byVenue]) => ({
      asset,
      venues: [...byVenue.values()].map(venueSeries).sort((a, b) => compareText(a.venue, b.venue)),
    }));
}

type TimedBar = { readonly bar: VenueBar; readonly publishTimeMs: number };

function venueSeries(bars: readonly TimedBar[]): VenueSeries {
  const [first] = bars;
  if (first === undefined) {
    throw new RangeError('venueSeries: expected at least one bar');
  }
  const rising = [...bars].sort((a, b) => a.publishTimeMs - b.publishTimeMs);
  const { kind, quote } = meaningOf(first.bar);
  return {
    venue: first.bar.venue,
    symbol: first.bar.symbol,
    kind,
    quote,
    publishTimesMs: rising.map(({ publishTimeMs }) => publishTimeMs),
    pricesNano: rising.map(({ bar }) => bar.closeNano),
    lowsNano: rising.map(({ bar }) => bar.lowNano),
  };
}

function meaningOf(bar: VenueBar): NonNullable<ReturnType<typeof venueSymbolOf>> {
  const meaning = venueSymbolOf(bar.venue, bar.symbol);
  if (meaning === undefined) {
    throw new DataError({
      code: 'DATA_FIELD_INVALID',
      file: MULTIVENUE_MINUTE_FILE,
      field: 'symbol',
      expected: 'a venue and symbol of this data set, such as coinbase AAVE-USD',
      found: `${bar.venue} ${bar.symbol}`,
    });
  }
  return meaning;
}

function notionalByAsset(
  assets: readonly MultiVenueAsset[],
  coins: readonly DeleveragedCoin[],
): MultiVenueScenario['notionalByAsset'] {
  return assets.flatMap(({ asset }) => {
    // Hyperliquid lists coins of tiny price by the thousand: kPEPE, kBONK.
    const coin = coins.find((candidate) => candidate.coin === asset || candidate.coin === `k${asset}`);
    return coin === undefined ? [] : [{ asset, deleveragedMicroUsd: coin.notionalMicroUsd }];
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
