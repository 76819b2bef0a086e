/**
 * The engine's own scan over a million accounts of eight perpetuals: its filter, and beside it, each on its own, what compiling the risk model
 * and the coefficients costs and the exact decision of whom the filter flags.
 */

import { type Benchmark, type BenchmarkRun, timed } from '@plimsoll/lab/bench/benchmark';
import defaultJson from '../../../profiles/plimsoll-default.json' with { type: 'json' };
import { flagAccounts, flagAllAccounts, renewCushions } from '../src/engine/healthFilter.ts';
import { figuresOf } from '../src/engine/healthOf.ts';
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
import { dropModels, type EngineView, modelOf } from '../src/engine/view.ts';
import { addCash } from '../src/ledger/accountStore.ts';
import { addLots } from '../src/ledger/positions.ts';
import { openFixtureAccount } from '../src/ledger/testing/ledgerFixture.ts';
import { compileRisk } from '../src/margin/compileRisk.ts';
import type { RiskModel } from '../src/margin/riskModel.ts';
import { trustedProfile } from '../src/margin/testing/marginWorld.ts';
import {
  type AccountId,
  durationMs,
  feedId,
  instrumentId,
  lots,
  type Price,
  ppm,
  price,
  sourceId,
  timeMs,
  underlyingId,
  ZERO_TICKS,
} from '../src/numeric/brand.ts';
import { mulDivDown } from '../src/numeric/rounding.ts';

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
 * Writes the accounts into the store, in pairs, one long what the other is short, filled at the mark. Deposits are 30 to 500 per cent of the value of the
 * positions, but one account in a thousand has deposited nothing: it is worth nothing and below maintenance. The
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
    const depositPercent = row % FLAGGED_EVERY === 0 ? 0n : BigInt(30 + ((row * 37) % 471));
    addCash(ledger.accounts, account, (depositPercent * gross) / 100n - paid);
  }
}

/** How far all prices fall between two scans: a usual block, a very bad one, and one after which cushions are taken again. */
const FALLS_PPM = [1_000, 100_000, 900_000] as const;

/** The model as after all marks fell by so much; the accounts' figures follow, for the engine decides by this model. */
function fallen(model: RiskModel, fallPpm: number): RiskModel {
  const { input } = model;
  const lower = (at: Price): Price => price(mulDivDown(at, BigInt(1_000_000 - fallPpm), 1_000_000n));
  const instruments = input.instruments.map((instrument) => {
    const { view } = instrument;
    return { ...instrument, view: { ...view, price: lower(view.price), low: lower(view.low), high: lower(view.high) } };
  });
  return compileRisk({ ...input, instruments });
}

let filled: EngineWorld | null = null;

function filledWorld(): EngineWorld {
  if (filled !== null) return filled;
  filled = listed();
  fill(filled);
  return filled;
}

function decide(view: EngineView, flagged: readonly AccountId[]): { readonly seconds: number; readonly below: number } {
  let below = 0;
  const { seconds } = timed(flagged.length, () => {
    below = flagged.filter((account) => figuresOf(view, account, view.scanned).healthMaintenance < ZERO_TICKS).length;
  });
  return { seconds, below };
}

/** Compilation of the risk model and of the filter's coefficients, each on its own: what comes before any scan after prices moved. */
function compileMs(view: EngineView): { readonly modelMs: number; readonly tablesMs: number } {
  dropModels(view);
  const model = timed(1, () => modelOf(view, MAIN));
  const tables = timed(1, () => flagAccounts(view, Int32Array.of(0)));
  return { modelMs: model.seconds * 1000, tablesMs: tables.seconds * 1000 };
}

function passBenchmark(): Benchmark {
  return {
    name: "the engine's scan, 1M accounts × 8 perpetuals, every account summed (the first scan, and after large moves)",
    unit: 'account',
    goal: '15 ms plus the flagged',
    runs: 9,
    run: (): BenchmarkRun => {
      const { view } = filledWorld().engine;
      const compiled = compileMs(view);
      let flagged: readonly AccountId[] = [];
      const pass = timed(ACCOUNTS, () => {
        flagged = renewCushions(view);
      });
      const { seconds, below } = decide(view, flagged);
      if (below !== ACCOUNTS / FLAGGED_EVERY) throw new Error(`${below} accounts are below maintenance`);
      return {
        ...pass,
        figures: { passMs: pass.seconds * 1000, decideMs: seconds * 1000, ...compiled, flagged: flagged.length, below },
      };
    },
  };
}

function fallBenchmark(fallPpm: number): Benchmark {
  return {
    name: `the engine's scan after all prices fell by ${fallPpm / 10_000} % since the last pass, cushions first`,
    unit: 'account',
    goal: '15 ms plus the flagged',
    runs: 9,
    run: (): BenchmarkRun => {
      const { view } = filledWorld().engine;
      dropModels(view);
      renewCushions(view);
      const model = fallen(modelOf(view, MAIN), fallPpm);
      dropModels(view);
      view.models[MAIN] = model;
      flagAccounts(view, Int32Array.of(0));
      const before = view.filter.reference;
      let flagged: readonly AccountId[] = [];
      const scan = timed(ACCOUNTS, () => {
        flagged = flagAllAccounts(view);
      });
      const renewed = view.filter.reference === before ? 0 : 1;
      const { seconds, below } = decide(view, flagged);
      return {
        ...scan,
        figures: { scanMs: scan.seconds * 1000, decideMs: seconds * 1000, flagged: flagged.length, below, renewed },
      };
    },
  };
}

/** The shipped default profile with its real scenarios: every account summed, then whom the sum does not clear decided exactly. */
function defaultProfileBenchmark(): Benchmark {
  const profile = trustedProfile(defaultJson);
  return {
    name: 'shipped default profile, 1M accounts × 8 perpetuals, breach filter first, then the flagged exactly',
    unit: 'account',
    runs: 9,
    run: (): BenchmarkRun => {
      const { view } = filledWorld().engine;
      dropModels(view);
      const model = compileRisk({ ...modelOf(view, MAIN).input, profile });
      dropModels(view);
      view.models[MAIN] = model;
      let flagged: readonly AccountId[] = [];
      const pass = timed(ACCOUNTS, () => {
        flagged = renewCushions(view);
      });
      const { seconds, below } = decide(view, flagged);
      const { stressCount, jointCount } = model;
      return {
        ...pass,
        figures: {
          passMs: pass.seconds * 1000,
          decideMs: seconds * 1000,
          flagged: flagged.length,
          below,
          stressCount,
          jointCount,
        },
      };
    },
  };
}

export const benches: readonly Benchmark[] = [passBenchmark(), ...FALLS_PPM.map(fallBenchmark), defaultProfileBenchmark()];
