/**
 * The market of `plimsoll serve --demo`: ether against DAI through the shipped crash of 12 and 13 March 2020. Prices between the
 * recorded hourly open, high, low and close are a seeded bridge (reconstructed, single source); the three sources that report them
 * differ by a few hundredths of a percent of our own making. No claim about manipulation resistance is made from either.
 */

import type { Command } from '@plimsoll/core/engine';
import { durationMs, ownerId, ppm, price, sourceId, timeMs } from '@plimsoll/core/numeric';
import { blackThursdayPaths } from '@plimsoll/lab/data/blackThursday/paths';
import { readBlackThursday } from '@plimsoll/lab/data/blackThursday/readScenario';
import { priceAt } from '@plimsoll/lab/data/pricePaths/priceAt';
import {
  CUSTODIAN,
  FIRST_SOURCE,
  FIRST_USER,
  GOVERNOR,
  type Market,
  SETTLEMENT_FEED,
  type Unsigned,
  VENUE_OPERATOR,
  type WorldTerms,
  worldGenesis,
  worldListings,
} from '@plimsoll/lab/worlds/createWorld';
import { defaultGlobal, defaultGroup, HOUR_MS, MINUTE_MS, NANO_USD, SECOND_MS } from '@plimsoll/lab/worlds/defaultParameters';
import type { Address, Deployment } from '@plimsoll/service';

/** Ethereum's own chain id: demo wallets are ordinary ones, made for this folder. The deployment's name keeps their signatures at home. */
const CHAIN_ID = 1;
const DEMO_SOURCES = 3;
/** A lot of the perpetual, 1e-9 ETH: a hundredth of an ether. */
export const DEMO_LOT_NANO = 10_000_000n;
/** Parts per million by which source 0, 1 and 2 see the market differently. */
const SOURCE_SPREAD_PPM: readonly bigint[] = [0n, 200n, -300n];

/** Who acts in the demo from genesis on; everybody else registers through the API. */
export interface DemoAuthorities {
  readonly governor: Address;
  readonly custodian: Address;
  readonly venue: Address;
  readonly sources: readonly Address[];
}

export interface DemoMarket {
  readonly startMs: number;
  readonly endMs: number;
  /** 1e-9 USD at a time of the recording; the first price before its start, the last after its end. */
  readonly priceNanoAt: (timeMs: number) => bigint;
  /** What source `place` sees. */
  readonly reportedNano: (place: number, timeMs: number) => bigint;
}

export async function readDemoMarket(seed = 1): Promise<DemoMarket> {
  const scenario = await readBlackThursday();
  const { market } = blackThursdayPaths(scenario, seed);
  const priceNanoAt = (timeMs: number): bigint => {
    const { windowStartMs, windowEndMs } = scenario;
    const found = priceAt(market, Math.min(Math.max(timeMs, windowStartMs), windowEndMs));
    if (found === undefined) throw new Error('the recording has a price at every time of its window');
    return found;
  };
  return {
    startMs: scenario.windowStartMs,
    endMs: scenario.windowEndMs,
    priceNanoAt,
    reportedNano: (place, timeMs) => {
      const price = priceNanoAt(timeMs);
      return price + (price * (SOURCE_SPREAD_PPM[place] ?? 0n)) / 1_000_000n;
    },
  };
}

/** Gauge of a recording that runs three hundred times as fast: reports come about every recorded minute and count for ten. */
function demoTerms(startMs: number): WorldTerms {
  return {
    timeMs: startMs,
    settlementSymbol: 'DAI',
    sources: DEMO_SOURCES,
    tranches: [{}],
    global: { scanEveryMs: durationMs(5 * MINUTE_MS), budget: { ...defaultGlobal().budget, auctionsVisited: 16 } },
    group: { auction: { ...defaultGroup(0, '').auction, minFractionPpm: ppm(250_000) } },
    markets: [
      {
        symbol: 'ETH',
        collateral: { ledgerDecimals: 9, risk: { loanToValuePpm: ppm(666_667), liquidationThresholdPpm: ppm(700_000) } },
        instruments: [
          {
            form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) },
            lotUnits: DEMO_LOT_NANO,
            risk: { declaredLatencyMs: durationMs(10 * MINUTE_MS) },
          },
        ],
        feed: {
          minSources: 2,
          minWeight: 2,
          maxAgeMs: durationMs(10 * MINUTE_MS),
          heartbeatMs: durationMs(MINUTE_MS),
          restartGateMs: durationMs(30 * SECOND_MS),
        },
        risk: { scanRangePpm: ppm(120_000) },
      },
    ],
  };
}

/** What a demo folder is born from; `name` keeps two folders' signatures apart. */
export function demoDeployment(market: DemoMarket, name: string, authorities: DemoAuthorities): Deployment {
  return {
    chainId: CHAIN_ID,
    name,
    genesis: worldGenesis(demoTerms(market.startMs)),
    identities: [
      { owner: GOVERNOR, address: authorities.governor },
      { owner: CUSTODIAN, address: authorities.custodian },
      { owner: VENUE_OPERATOR, address: authorities.venue },
      ...authorities.sources.map((address, place) => ({ owner: ownerId(FIRST_SOURCE + place), address })),
    ],
    firstOwner: ownerId(FIRST_USER),
  };
}

/** What the governor sends first: markets, sources, the venue. */
export function openingCommands(market: DemoMarket): {
  readonly markets: readonly Market[];
  readonly commands: readonly Unsigned[];
} {
  const commands: Unsigned[] = [];
  const keep = (actor: typeof GOVERNOR, command: Unsigned): Command => {
    commands.push(command);
    return { ...command, actor, nonce: 0 };
  };
  const { markets } = worldListings(demoTerms(market.startMs), keep);
  const feeds = [SETTLEMENT_FEED, ...markets.map(({ feed }) => feed)];
  for (let place = 0; place < DEMO_SOURCES; place += 1)
    commands.push({ kind: 'registerSource', sourceActor: ownerId(FIRST_SOURCE + place), weight: 1, feeds });
  commands.push({ kind: 'registerVenue', venueActor: VENUE_OPERATOR });
  return { markets, commands };
}

/** DAI is taken as one dollar, reported once for a month, as everywhere in the lab. */
export function settlementReport(nowMs: number): Unsigned {
  return {
    kind: 'reportPrices',
    source: sourceId(0),
    prices: [{ feed: SETTLEMENT_FEED, price: price(NANO_USD), confidencePpm: ppm(0), publishTimeMs: timeMs(nowMs) }],
  };
}
