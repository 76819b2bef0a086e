import type { BlockResult, Command, WATERFALL_LAYERS } from '@plimsoll/core/engine';
import { type AccountId, ownerId } from '@plimsoll/core/numeric';
import { createAuctionBoard } from '../../agents/auctionBoard.ts';
import { createDelayedPrice } from '../../agents/delayedPrice.ts';
import { createExchange } from '../../agents/exchange.ts';
import { createKeeper, type Keeper } from '../../agents/keeper.ts';
import type { AuditMode } from '../../audit/auditor.ts';
import type { BlackThursdayPaths } from '../../data/blackThursday/paths.ts';
import { type SeededVault, seedBlackThursdayVaults } from '../../data/blackThursday/seedVaults.ts';
import type { BlackThursdayScenario } from '../../data/types.ts';
import { MAIN_GROUP, SETTLEMENT } from '../../worlds/createWorld.ts';
import { MINUTE_MS } from '../../worlds/defaultParameters.ts';
import type { CellOutcome, CommandCount, HealthSample } from '../outcome.ts';
import { createWatcher, type Watcher } from '../watcher.ts';
import { BLOCK_MS, DEPTH, KEEPERS, LOT_NANO } from './assumptions.ts';
import type { Cell } from './cells.ts';
import { balanceSheetOf, equityAtMarket, partiesOf, sampleHealth, standingAt } from './observeBook.ts';
import { createSalesObserver } from './observeSales.ts';
import { seedPerpetualBook } from './perpetualBook.ts';
import { createScene, drawVault, FIRST_KEEPER, marketAt, type Scene } from './scene.ts';

export interface CellInput {
  readonly cell: Cell;
  readonly seed: number;
  readonly scenario: BlackThursdayScenario;
  readonly paths: BlackThursdayPaths;
  readonly audit: AuditMode;
  /** Stops after so many blocks; null runs the whole window. */
  readonly blocksMax: number | null;
  /** Every so many blocks the health classes are counted; null never. */
  readonly sampleEveryBlocks: number | null;
  readonly keepsSales: boolean;
  readonly onProgress: (fraction: number) => void;
}

/** Progress is told this often. */
const PROGRESS_BLOCKS = 96;

/** Replays the two days in one cell. Deterministic: the same input gives the same outcome but for `seconds`. */
export function runCell(input: CellInput): CellOutcome {
  const { cell, seed, scenario, paths } = input;
  const startedAt = performance.now();
  const vaults = seedBlackThursdayVaults(scenario, seed);
  const opening = paths.delayed.pricesNano[lastIndex(paths.delayed.timesMs, scenario.windowStartMs)] ?? 1n;
  const watcher = createWatcher(cell.name, input.audit);
  const scene = createScene({ cell, scenario, paths, vaults, book: seedPerpetualBook(seed, opening), watch: watcher.watch });
  const run = createRun(input, scene, vaults, watcher);
  const total = Math.round((scenario.windowEndMs - scenario.windowStartMs) / BLOCK_MS);
  const blocks = Math.min(total, input.blocksMax ?? total);
  for (let block = 0; block < blocks; block += 1) {
    run.step(scenario.windowStartMs + block * BLOCK_MS, block);
    if (block % PROGRESS_BLOCKS === 0) input.onProgress(block / blocks);
  }
  return run.outcome(blocks, () => (performance.now() - startedAt) / 1_000);
}

interface Run {
  readonly step: (nowMs: number, block: number) => void;
  readonly outcome: (blocks: number, seconds: () => number) => CellOutcome;
}

function createRun(input: CellInput, scene: Scene, vaults: readonly SeededVault[], watcher: Watcher): Run {
  const { cell, paths, scenario } = input;
  const { world } = scene;
  const { state } = world.engine;
  const market = createMarket(paths, scenario);
  const { keepers, exchange } = createKeepers(input, scene, market);
  const vaultSet = new Set(scene.vaults);
  const observer = createSalesObserver({ world, asset: scene.asset, isVault: (account) => vaultSet.has(account) });
  const oracle = createOracle(scene);
  const late = createLateVaults(scene, vaults);
  const start = standingAt(scene, market.at(scenario.windowStartMs));
  const samples: HealthSample[] = [];
  const counts = createCounts();
  let unbackedPeak = 0n;
  let endMs = scenario.windowStartMs;
  let hash: Uint8Array = state.previousHash;

  return {
    step: (nowMs, block) => {
      const commands = [...oracle(nowMs), ...late.due(nowMs), ...keepers.flatMap((keeper) => keeper.plan(nowMs))];
      const applied = world.send(nowMs, commands);
      endMs = nowMs;
      hash = applied.hash;
      counts.note(applied);
      late.note(applied);
      observer.note(applied, market.at(nowMs));
      for (const keeper of keepers) keeper.note(applied);
      const unbacked = state.groups[MAIN_GROUP]?.unbacked ?? 0n;
      if (unbacked > unbackedPeak) unbackedPeak = unbacked;
      if (input.sampleEveryBlocks !== null && block % input.sampleEveryBlocks === 0)
        samples.push(sampleHealth(scene, nowMs, late.isOpened));
    },
    outcome: (blocks, seconds) => {
      const price = market.at(endMs);
      const end = standingAt(scene, price);
      const layers = observer.layers();
      const paidBy = (layer: (typeof WATERFALL_LAYERS)[number]): bigint =>
        layers.find((sums) => sums.layer === layer)?.micro ?? 0n;
      const auctions = observer.auctions(endMs);
      const totals = exchange.totals();
      return {
        cell: cell.name,
        seed: input.seed,
        blocks,
        accounts: state.ledger.accounts.rowCount,
        vaultsOpened: vaults.length - late.refused() - late.waiting(),
        vaultsRefused: late.refused(),
        vaults: observer.vaults(),
        perpetuals: observer.perpetuals(),
        layers,
        inventoryMicro: observer.inventoryMicro(),
        badDebt: {
          socialisedMicro: paidBy('socialised'),
          claimedMicro: paidBy('recovery'),
          insuranceMicro: paidBy('insurance'),
          openMicro: end.deficit,
          unbackedPeakMicro: unbackedPeak,
          totalMicro: paidBy('socialised') + end.deficit,
        },
        parties: partiesOf(start, end),
        keepers: keepers.map((keeper) =>
          keeper.result({ nowMs: endMs, equityMicroUsd: equityAtMarket(scene, keeper.account, price) }),
        ),
        auctionsOpened: auctions.opened,
        auctionsOpenAtEnd: auctions.openAtEnd,
        auctionMedianMs: auctions.medianMs,
        auctionLongestMs: auctions.longestMs,
        exchange: { valueMicro: totals.valueMicroUsd, impactMicro: totals.valueMicroUsd - totals.proceedsMicroUsd },
        commands: counts.commands(),
        rejections: counts.rejections(),
        invariantChecks: watcher.checks(),
        audit: watcher.finish(world.engine),
        balanceSheet: balanceSheetOf(scene),
        finalHash: Buffer.from(hash).toString('hex'),
        seconds: seconds(),
        samples,
        sales: input.keepsSales ? observer.sales() : [],
      };
    },
  };
}

interface MarketAt {
  readonly at: (nowMs: number) => bigint;
  readonly gasWeiAt: (nowMs: number) => bigint;
}

function createMarket(paths: BlackThursdayPaths, scenario: BlackThursdayScenario): MarketAt {
  const traded = createDelayedPrice(paths.market, 0);
  const gas = createDelayedPrice({ timesMs: paths.gas.timesMs, pricesNano: paths.gas.gasPricesWei }, 0);
  marketAt(paths, scenario.windowStartMs);
  return { at: (nowMs) => traded.at(nowMs) ?? 1n, gasWeiAt: (nowMs) => gas.at(nowMs) ?? 0n };
}

function createKeepers(
  { cell, paths }: CellInput,
  scene: Scene,
  market: MarketAt,
): { readonly keepers: readonly Keeper[]; readonly exchange: ReturnType<typeof createExchange> } {
  const exchange = createExchange(DEPTH);
  const board = createAuctionBoard({
    world: scene.world,
    group: MAIN_GROUP,
    asset: scene.asset,
    settlement: SETTLEMENT,
    instrument: scene.instrument,
    feed: 1,
    lotNano: Number(LOT_NANO),
  });
  const shared = {
    world: scene.world,
    board,
    exchange,
    asset: scene.asset,
    settlement: SETTLEMENT,
    instrument: scene.instrument,
    lotNano: LOT_NANO,
    counterparty: scene.marketMaker,
    gasWeiAt: market.gasWeiAt,
    tradedNanoAt: market.at,
  };
  const keepers = KEEPERS.slice(0, cell.keepers).flatMap((terms, place) => {
    const account = scene.keepers[place];
    if (account === undefined) return [];
    return [
      createKeeper(shared, {
        owner: ownerId(FIRST_KEEPER + place),
        account,
        terms,
        view: createDelayedPrice(paths.market, terms.latencyMs),
      }),
    ];
  });
  return { keepers: keepers.map((keeper, place) => (place === 0 ? withBoard(keeper, board) : keeper)), exchange };
}

/** The board hears of every block once, before the first keeper does. */
function withBoard(keeper: Keeper, board: ReturnType<typeof createAuctionBoard>): Keeper {
  return {
    ...keeper,
    note: (block) => {
      board.note(block);
      keeper.note(block);
    },
  };
}

/** Reports every update of the oracle in the first block at or after its time; of several the latest. */
function createOracle({ world, oracle, reported }: Scene): (nowMs: number) => readonly Command[] {
  const [market] = world.markets;
  const [source] = world.sources;
  let place = reported;
  return (nowMs) => {
    const before = place;
    while ((oracle.timesMs[place + 1] ?? Number.POSITIVE_INFINITY) <= nowMs) place += 1;
    const price = oracle.pricesNano[place];
    const publishedMs = oracle.timesMs[place];
    if (place === before || market === undefined || source === undefined || price === undefined || publishedMs === undefined)
      return [];
    return [world.report(source, publishedMs, [[market.feed, price]])];
  };
}

/** Vaults that were drawn up during the crash: tried once, when the oracle shows the price from which they are safe. */
function createLateVaults(
  scene: Scene,
  vaults: readonly SeededVault[],
): {
  readonly due: (nowMs: number) => readonly Command[];
  readonly note: (block: BlockResult) => void;
  readonly isOpened: (place: number) => boolean;
  readonly refused: () => number;
  readonly waiting: () => number;
} {
  const waiting = [...scene.later];
  const pending = new Set(waiting.map(({ place }) => place));
  const refused = new Set<AccountId>();
  return {
    due: (nowMs) => {
      const commands: Command[] = [];
      while (waiting[0] !== undefined && waiting[0].fromMs <= nowMs) {
        const { place } = waiting[0];
        waiting.shift();
        pending.delete(place);
        const account = scene.vaults[place];
        const vault = vaults[place];
        if (account !== undefined && vault !== undefined)
          commands.push(...drawVault(scene.world, { place, account, vault, asset: scene.asset }));
      }
      return commands;
    },
    note: (block) => {
      for (const result of block.results) {
        if (result.kind === 'rejected' && result.command.kind === 'borrow') refused.add(result.command.account);
      }
    },
    isOpened: (place) => !pending.has(place),
    refused: () => refused.size,
    waiting: () => waiting.length,
  };
}

function createCounts(): {
  readonly note: (block: BlockResult) => void;
  readonly commands: () => readonly CommandCount[];
  readonly rejections: () => readonly { readonly code: string; readonly count: number }[];
} {
  const kinds = new Map<string, { applied: number; rejected: number }>();
  const codes = new Map<string, number>();
  return {
    note: (block) => {
      for (const result of block.results) {
        const kind = kinds.get(result.command.kind) ?? { applied: 0, rejected: 0 };
        kinds.set(result.command.kind, kind);
        if (result.kind === 'accepted') kind.applied += 1;
        else {
          kind.rejected += 1;
          codes.set(
            `${result.command.kind}: ${result.rejection.code}`,
            (codes.get(`${result.command.kind}: ${result.rejection.code}`) ?? 0) + 1,
          );
        }
      }
    },
    commands: () =>
      [...kinds].map(([kind, count]) => ({ kind, ...count })).sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)),
    rejections: () =>
      [...codes].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
  };
}

function lastIndex(timesMs: readonly number[], timeMs: number): number {
  let place = 0;
  for (const [index, time] of timesMs.entries()) if (time <= timeMs) place = index;
  return place;
}

/** Samples every ten minutes. */
export const SAMPLE_EVERY_BLOCKS = (10 * MINUTE_MS) / BLOCK_MS;
