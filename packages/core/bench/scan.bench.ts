/** The engine's own scan over a million accounts of eight perpetuals: its filter, and the exact decision of whom it flags. */

import { type Benchmark, type BenchmarkRun, timed } from '@plimsoll/lab/bench/benchmark';
import { flagAccounts } from '../src/engine/healthFilter.ts';
import { figuresOf } from '../src/engine/healthOf.ts';
import { accountCount } from '../src/engine/lookup.ts';
import {
  createEngineWorld,
  type EngineWorld,
  feed,
  GOVERNOR,
  MAIN,
  PUBLISHER,
  type Unsigned,
} from '../src/engine/testing/engineWorld.ts';
import { perpetualRisk } from '../src/engine/testing/market.ts';
import { dropModels } from '../src/engine/view.ts';
import { addCash } from '../src/ledger/accountStore.ts';
import { addLots } from '../src/ledger/positions.ts';
import { openFixtureAccount } from '../src/ledger/testing/ledgerFixture.ts';
import {
  durationMs,
  feedId,
  instrumentId,
  lots,
  ppm,
  price,
  sourceId,
  timeMs,
  underlyingId,
  ZERO_TICKS,
} from '../src/numeric/brand.ts';

const ACCOUNTS = 1_000_000;
const PERPETUALS = 8;
const FLAGGED_EVERY = 1_000;
/** Above every owner of the world. */
const FIRST_OWNER = 1_000;
const BLOCK_MS = 15_000;
/** Ether at 200 USD, the others below it; a lot is a thousandth of a unit, so that a dollar of price is a thousand ticks of a lot. */
const priceUsd = (perpetual: number): number => 200 - 20 * perpetual;
const TICKS_PER_LOT = Array.from({ length: PERPETUALS }, (_, perpetual) => BigInt(priceUsd(perpetual) * 1_000));

/** Lists perpetual number `index` on an underlying of its own, with a feed of its own. */
function listing(index: number): Unsigned {
  const symbol = `U${index}`;
  const id = instrumentId(index);
  const underlying = underlyingId(index);
  const priceFeed = feedId(index + 1);
  return {
    kind: 'listInstrument',
    actor: GOVERNOR,
    underlying: {
      feed: feed(index + 1, `${symbol}/USD`),
      terms: { id: underlying, symbol, feed: priceFeed },
      risk: {
        underlying,
        scanRangePpm: ppm(100_000),
        annualVolatilityPpm: ppm(800_000),
        depthOnePercent: 5_000_000_000_000n,
      },
    },
    group: null,
    terms: {
      id,
      symbol: `${symbol}-PERP`,
      group: MAIN,
      underlying,
      lotUnits: 1_000_000n,
      form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
    },
    risk: perpetualRisk(id),
  };
}

/** A world in which eight perpetuals have prices. */
function listed(): EngineWorld {
  const world = createEngineWorld();
  const added = Array.from({ length: PERPETUALS - 1 }, (_, at) => at + 1);
  const feeds = added.map((index) => feedId(index + 1));
  mustPass(
    world.block([...added.map(listing), { kind: 'registerSource', actor: GOVERNOR, sourceActor: PUBLISHER, weight: 1, feeds }]),
  );
  const publishTimeMs = timeMs(world.engine.state.timeMs + BLOCK_MS);
  const prices = added.map((index) => ({
    feed: feedId(index + 1),
    price: price(BigInt(priceUsd(index)) * 1_000_000_000n),
    confidencePpm: ppm(0),
    publishTimeMs,
  }));
  mustPass(world.priced(priceUsd(0), [{ kind: 'reportPrices', actor: PUBLISHER, source: sourceId(1), prices }], BLOCK_MS));
  return world;
}

function mustPass({ results }: ReturnType<EngineWorld['block']>): void {
  for (const result of results)
    if (result.kind === 'rejected') throw new Error(`the benchmark's ${result.command.kind} was refused`);
}

/**
 * Writes the accounts into the store, in pairs, one long what the other is short, filled at the mark. Each has deposited five times the value of its
 * positions, but one in a thousand nothing: it is worth nothing and below maintenance. The
 * world's tranche has an account too; an empty one is flagged, and decided not to be below.
 */
function fill(world: EngineWorld): void {
  const { ledger } = world.engine.state;
  for (let row = 0; row < ACCOUNTS; row += 1) {
    const account = openFixtureAccount(ledger, { owner: FIRST_OWNER + row });
    let paid = 0n;
    let gross = 0n;
    for (let perpetual = 0; perpetual < PERPETUALS; perpetual += 1) {
      const size = 1 + (((row >> 1) * 7 + perpetual * 13) % 100);
      const isLong = (row + perpetual) % 2 === 0;
      addLots(ledger.accounts, account, { instrument: instrumentId(perpetual), lots: lots(isLong ? size : -size) });
      const value = BigInt(size) * (TICKS_PER_LOT[perpetual] ?? 0n);
      paid += isLong ? value : -value;
      gross += value;
    }
    addCash(ledger.accounts, account, (row % FLAGGED_EVERY === 0 ? 0n : 5n * gross) - paid);
  }
}

function scanBenchmark(): Benchmark {
  let filled: EngineWorld | null = null;
  return {
    name: "the engine's scan after prices moved, 1M accounts × 8 perpetuals, one in a thousand flagged and decided exactly",
    unit: 'account',
    run: (): BenchmarkRun => {
      const world = filled ?? listed();
      if (filled === null) fill(world);
      filled = world;
      const { state, view } = world.engine;
      let flagged: ReturnType<typeof flagAccounts> = [];
      let below = 0;
      // As after new prices: the risk model and the filter's coefficients are compiled again.
      dropModels(view);
      const filter = timed(ACCOUNTS, () => {
        flagged = flagAccounts(view, 0, accountCount(state));
      });
      const decide = timed(flagged.length, () => {
        below = flagged.filter((account) => figuresOf(view, account, view.scanned).healthMaintenance < ZERO_TICKS).length;
      });
      if (below !== ACCOUNTS / FLAGGED_EVERY) throw new Error(`${below} accounts are below maintenance`);
      const seconds = filter.seconds + decide.seconds;
      return {
        operations: ACCOUNTS,
        seconds,
        figures: {
          wholeMs: seconds * 1000,
          filterMs: filter.seconds * 1000,
          decideMs: decide.seconds * 1000,
          flagged: flagged.length,
          below,
        },
      };
    },
  };
}

export const benches: readonly Benchmark[] = [scanBenchmark()];
