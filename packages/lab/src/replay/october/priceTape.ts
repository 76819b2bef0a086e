/** What the venues said and what the protocol made of it, block by block. */

import type { Command, EngineState, EngineView } from '@plimsoll/core/engine';
import { mulDivNearest, ownerId, ppm, price, timeMs } from '@plimsoll/core/numeric';
import type { Quality } from '@plimsoll/core/oracle';
import { type VenueReport, venueReports } from '../../data/october/venueReports.ts';
import type { MultiVenueScenario } from '../../data/types.ts';
import { FIRST_SOURCE, type World } from '../../worlds/createWorld.ts';
import { SOURCE_CONFIDENCE_PPM, venuesOf } from './octoberTerms.ts';

export interface VenueFeed {
  /** One signed report per venue with everything it published since the last call, at most up to `nowMs`. */
  readonly due: (nowMs: number) => readonly Command[];
  /** Last price a venue has published, 1e-9 USD; undefined before its first. */
  readonly lastOf: (assetIndex: number, venue: string) => bigint | undefined;
}

/** Feeds the venues' prices to the engine in the order of publishing; of several of one venue in a block the last counts. */
export function createVenueFeed(scenario: MultiVenueScenario, world: World): VenueFeed {
  const reports = venueReports(scenario);
  const venues = venuesOf(scenario);
  const last = new Map<string, bigint>();
  let place = 0;
  return {
    due: (nowMs) => {
      const fresh = venues.map(() => new Map<number, VenueReport>());
      for (let next = reports[place]; next !== undefined && next.timeMs <= nowMs; next = reports[place]) {
        const venue = scenario.assets[next.assetIndex]?.venues[next.venueIndex]?.venue ?? '';
        fresh[venues.indexOf(venue)]?.set(next.assetIndex, next);
        last.set(`${next.assetIndex}/${venue}`, next.priceNano);
        place += 1;
      }
      return fresh.flatMap((byAsset, source) => {
        const id = world.sources[source];
        if (id === undefined || byAsset.size === 0) return [];
        const prices = [...byAsset]
          .sort(([a], [b]) => a - b)
          .flatMap(([assetIndex, report]) => {
            const feed = world.markets[assetIndex]?.feed;
            return feed === undefined
              ? []
              : [
                  {
                    feed,
                    price: price(report.priceNano),
                    confidencePpm: ppm(SOURCE_CONFIDENCE_PPM),
                    publishTimeMs: timeMs(report.timeMs),
                  },
                ];
          });
        return [world.sign(ownerId(FIRST_SOURCE + source), { kind: 'reportPrices', source: id, prices })];
      });
    },
    lastOf: (assetIndex, venue) => last.get(`${assetIndex}/${venue}`),
  };
}

/** Marks in ticks per lot by asset as they were after each block; 0 where no quorum agreed. */
export interface MarkTape {
  readonly note: (view: EngineView, nowMs: number) => void;
  /** Marks after the latest block at or before a time; all 0 before the first. */
  readonly at: (atMs: number) => readonly number[];
  /** The agreed price of each block, 1e-9 USD by asset, NaN without one: for charts. */
  readonly agreed: () => { readonly timesMs: readonly number[]; readonly byAsset: readonly (readonly number[])[] };
}

export function createMarkTape(world: World): MarkTape {
  const timesMs: number[] = [];
  const marks: (readonly number[])[] = [];
  const agreed: number[][] = world.markets.map(() => []);
  const none = world.markets.map(() => 0);
  return {
    note: (view, nowMs) => {
      timesMs.push(nowMs);
      marks.push(world.markets.map((_, assetIndex) => agreedMark(world, view, assetIndex) ?? 0));
      for (const [assetIndex, series] of agreed.entries())
        series.push(Number(agreedPrice(world, view, assetIndex) ?? Number.NaN) / 1e9);
    },
    at: (atMs) => {
      let place = timesMs.length - 1;
      while (place >= 0 && (timesMs[place] ?? 0) > atMs) place -= 1;
      return marks[place] ?? none;
    },
    agreed: () => ({ timesMs, byAsset: agreed }),
  };
}

/** The price that a quorum agrees on at this block's time, 1e-9 USD; undefined when there is none. */
export function agreedPrice(world: World, view: EngineView, assetIndex: number): bigint | undefined {
  const feed = world.markets[assetIndex]?.feed;
  const state = feed === undefined ? undefined : view.feedsNow[feed];
  if (state === undefined || (state.quality !== 'valid' && state.quality !== 'uncertain')) return undefined;
  return state.aggregate?.price;
}

function agreedMark(world: World, view: EngineView, assetIndex: number): number | undefined {
  const found = agreedPrice(world, view, assetIndex);
  const instrument = world.markets[assetIndex]?.instruments[0];
  const terms = instrument === undefined ? undefined : world.engine.state.terms.instruments[instrument];
  return found === undefined || terms === undefined
    ? undefined
    : Number(mulDivNearest<bigint>(found, terms.lotUnits, 1_000_000_000_000n));
}

/** Time that each asset spent without a quorum, by reason. */
export interface QuorumClock {
  readonly note: (world: World, nowMs: number) => void;
  readonly figures: () => readonly QuorumGaps[];
}

export interface QuorumGaps {
  readonly asset: string;
  /** Milliseconds without a price, and of those: two or more fresh sources that disagreed; too few fresh sources. */
  readonly noPriceMs: number;
  readonly disagreementMs: number;
  readonly tooFewMs: number;
  /** Longest stretch without a price. */
  readonly longestMs: number;
}

/** Counts from the first quorum of an asset on: before it there is nothing to miss. */
export function createQuorumClock(scenario: MultiVenueScenario): QuorumClock {
  const sums = scenario.assets.map(({ asset }) => ({
    asset,
    noPriceMs: 0,
    disagreementMs: 0,
    tooFewMs: 0,
    longestMs: 0,
    runMs: 0,
  }));
  let lastMs: number | undefined;
  return {
    note: (world, nowMs) => {
      const passed = nowMs - (lastMs ?? nowMs);
      lastMs = nowMs;
      for (const [assetIndex, sum] of sums.entries()) {
        const quality = qualityOf(world, assetIndex);
        if (quality === 'valid' || quality === 'uncertain' || quality === 'never') {
          sum.runMs = 0;
          continue;
        }
        sum.noPriceMs += passed;
        sum.runMs += passed;
        sum.longestMs = Math.max(sum.longestMs, sum.runMs);
        if (quality === 'disagreement') sum.disagreementMs += passed;
        else sum.tooFewMs += passed;
      }
    },
    figures: () =>
      sums.map(({ asset, noPriceMs, disagreementMs, tooFewMs, longestMs }) => ({
        asset,
        noPriceMs,
        disagreementMs,
        tooFewMs,
        longestMs,
      })),
  };
}

function qualityOf(world: World, assetIndex: number): Quality {
  const feed = world.markets[assetIndex]?.feed;
  return feed === undefined ? 'never' : (world.engine.view.feedsNow[feed]?.quality ?? 'never');
}

/** Times of all blocks of a replay: a minute apart, five seconds apart while it matters. */
export function blockTimes(input: {
  readonly startMs: number;
  readonly endMs: number;
  readonly fastFromMs: number;
  readonly fastToMs: number;
  readonly fastMs: number;
  readonly slowMs: number;
}): readonly number[] {
  const times: number[] = [];
  let nowMs = input.startMs;
  for (;;) {
    nowMs += nowMs >= input.fastFromMs && nowMs < input.fastToMs ? input.fastMs : input.slowMs;
    if (nowMs > input.endMs) return times;
    times.push(nowMs);
  }
}

/** Open positions and feeds of the state, for the trace. */
export function feedOfInstrument(state: EngineState, instrument: number): number {
  const underlying = state.terms.instruments[instrument]?.underlying;
  return underlying === undefined ? -1 : (state.terms.underlyings[underlying]?.feed ?? -1);
}
