/** One run of one cell: the whole crash through the engine, block by block. */

import { type BlockResult, type Command, figuresOf, isOpenAccount } from '@plimsoll/core/engine';
import { healthClass } from '@plimsoll/core/liquidation';
import {
  type AccountId,
  accountId,
  amount,
  type FeedId,
  feedId,
  type InstrumentId,
  mulDivDown,
  ownerId,
  trancheId,
} from '@plimsoll/core/numeric';
import type { AuditMode } from '../../audit/auditor.ts';
import { depthPpmAt } from '../../data/october/venueReports.ts';
import type { MultiVenueScenario } from '../../data/types.ts';
import { createWorld, type World, worldGenesis } from '../../worlds/createWorld.ts';
import type { HealthSample } from '../outcome.ts';
import { createWatcher } from '../watcher.ts';
import { BACKSTOP_CAPITAL_PPM, INSURANCE_FLOOR_PPM, KEEPER_CAPITAL_PPM, OCTOBER_KEEPERS, type OctoberCell } from './cells.ts';
import { createOctoberObserver, type OctoberSale, type OctoberSums } from './observeOctober.ts';
import type { OctoberBook } from './octoberBook.ts';
import {
  crashMsOf,
  FAST_BLOCK_MS,
  FAST_BLOCKS_AFTER_CRASH_MS,
  FAST_BLOCKS_BEFORE_CRASH_MS,
  octoberWorldTerms,
  SLOW_BLOCK_MS,
} from './octoberTerms.ts';
import { openBook, openFunded } from './openBook.ts';
import type { Opening } from './opening.ts';
import { createOutsideBook } from './outsideBook.ts';
import { createPerpetualKeeper, type KeeperScene, offersOf, type PerpetualKeeper } from './perpetualKeeper.ts';
import { positionsOf } from './positionsOf.ts';
import { agreedPrice, blockTimes, createMarkTape, createVenueFeed, feedOfInstrument, type MarkTape } from './priceTape.ts';
import { createQuorumTrace, type TraceFigures } from './quorumTrace.ts';
import { type CounterfactualRow, createVenueCounterfactual } from './venueCounterfactual.ts';

export interface OctoberRunTerms {
  readonly scenario: MultiVenueScenario;
  readonly book: OctoberBook;
  readonly opening: Opening;
  readonly cell: OctoberCell;
  readonly audit: AuditMode;
  /** Ends here instead of at the scenario's end; null runs all of it. */
  readonly untilMs: number | null;
  /** Whether to keep what only charts and tables need: health samples, sales, prices, the venue counterfactual. */
  readonly keepsDetail: boolean;
  readonly onProgress: (fraction: number) => void;
}

export interface OctoberRun {
  readonly cell: string;
  readonly sums: OctoberSums;
  readonly trace: TraceFigures;
  readonly counterfactual: readonly CounterfactualRow[];
  readonly samples: readonly HealthSample[];
  readonly sales: readonly OctoberSale[];
  readonly agreed: { readonly timesMs: readonly number[]; readonly byAsset: readonly (readonly number[])[] };
  readonly blocks: number;
  readonly accounts: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly rejections: readonly { readonly code: string; readonly count: number }[];
  /** Keepers' and backstop's result, start to end at mark; 1e-6 USD. */
  readonly keepersMicroUsd: bigint;
  readonly backstopMicroUsd: bigint;
  /** Accounts of users below zero at the end, and their deficits. */
  readonly openDeficitMicroUsd: bigint;
  readonly claims: bigint;
  readonly holdings: bigint;
  readonly finalHash: string;
  /** What was checked, in words. */
  readonly audit: string;
}

const SAMPLE_EVERY_MS = 60_000;
const FIRST_KEEPER_OWNER = 1_000_000;
const CROWD_OWNER = 1_100_000;
const PROVIDER_OWNER = 1_100_001;

/** Replays a scenario in one cell. The same terms give the same run, hash and all. */
export function runOctoberCell(terms: OctoberRunTerms): OctoberRun {
  const { scenario, book, cell } = terms;
  const insuranceFloorMicroUsd = shareOf(book.totalMicroUsd, INSURANCE_FLOOR_PPM);
  const worldTerms = octoberWorldTerms(scenario, {
    fromMs: terms.opening.fromMs,
    hasBackstop: cell.hasBackstop,
    insuranceFloorMicroUsd,
  });
  const watcher = createWatcher(cell.name, terms.audit);
  const world = createWorld({ ...worldTerms, observe: watcher.watch(worldGenesis(worldTerms)) });
  const feed = createVenueFeed(scenario, world);
  const tape = createMarkTape(world);
  const crashMs = crashMsOf(scenario);
  const { openMs, fromMs, toMs } = terms.opening;
  const endMs = Math.min(toMs, terms.untilMs ?? toMs);
  const times = blockTimes({
    startMs: fromMs,
    endMs,
    fastFromMs: crashMs - FAST_BLOCKS_BEFORE_CRASH_MS,
    fastToMs: crashMs + FAST_BLOCKS_AFTER_CRASH_MS,
    fastMs: FAST_BLOCK_MS,
    slowMs: SLOW_BLOCK_MS,
  });
  const counts = { accepted: 0, rejected: 0, codes: new Map<string, number>() };
  let crash: Crash | undefined;
  for (const [place, nowMs] of times.entries()) {
    const commands: Command[] = [...feed.due(nowMs), ...(crash?.plan(nowMs) ?? [])];
    const block = world.send(nowMs, commands);
    tape.note(world.engine.view, nowMs);
    count(counts, block);
    crash?.note(block);
    if (crash === undefined && nowMs >= openMs) crash = openCrash(terms, { world, feed, tape, nowMs });
    if (place % 50 === 0) terms.onProgress(place / times.length);
  }
  if (crash === undefined) throw new Error('the replay ended before the book opened');
  return {
    ...crash.result(),
    cell: cell.name,
    agreed: terms.keepsDetail ? tape.agreed() : { timesMs: [], byAsset: [] },
    blocks: times.length,
    audit: watcher.finish(world.engine),
    ...closingFigures(world),
    ...countFigures(counts),
  };
}

interface Crash {
  readonly plan: (nowMs: number) => readonly Command[];
  readonly note: (block: BlockResult) => void;
  readonly result: () => Pick<
    OctoberRun,
    | 'sums'
    | 'trace'
    | 'counterfactual'
    | 'samples'
    | 'sales'
    | 'accounts'
    | 'keepersMicroUsd'
    | 'backstopMicroUsd'
    | 'openDeficitMicroUsd'
  >;
}

/** Opens the book and sets everybody in place: keepers, the crowd behind the outside books, the backstop. */
function openCrash(
  terms: OctoberRunTerms,
  scene: {
    readonly world: World;
    readonly feed: ReturnType<typeof createVenueFeed>;
    readonly tape: MarkTape;
    readonly nowMs: number;
  },
): Crash {
  const { scenario, book, cell } = terms;
  const { world, feed, tape, nowMs } = scene;
  const { state, view } = world.engine;
  const instruments = world.markets.flatMap((market) => market.instruments);
  const opened = openBook(world, nowMs, { book, instruments, marks: tape.at(nowMs) });
  const users = [...opened.shorts, ...opened.longs];
  const userSet = new Set<AccountId>(users);
  const keeperCapital = keeperCapitals(book.totalMicroUsd).slice(0, cell.keepers);
  const keeperAccounts = openFunded(world, nowMs, { firstOwner: FIRST_KEEPER_OWNER, deposits: keeperCapital });
  const [crowd] = openFunded(world, nowMs, { firstOwner: CROWD_OWNER, deposits: [book.totalMicroUsd * 2n] });
  if (crowd === undefined) throw new Error('the crowd has an account');
  const backstopCapital = cell.hasBackstop ? shareOf(book.totalMicroUsd, BACKSTOP_CAPITAL_PPM) : 0n;
  if (cell.hasBackstop) fundBackstop(world, nowMs, backstopCapital);
  const keeperScene: KeeperScene = {
    world,
    instruments,
    outside: createOutsideBook(book.openInterest),
    crowd,
    depthPpmAt: (atMs) => depthPpmAt(scenario, atMs),
    marksAt: tape.at,
  };
  const keepers = keeperAccounts.flatMap((account, place): PerpetualKeeper[] => {
    const found = OCTOBER_KEEPERS[place];
    if (found === undefined) return [];
    const keeperTerms = {
      capitalMicroUsd: keeperCapital[place] ?? 0n,
      latencyMs: found.latencyMs,
      edgePpm: found.edgePpm,
      impactMaxPpm: found.impactMaxPpm,
    };
    return [createPerpetualKeeper(keeperScene, { owner: ownerId(FIRST_KEEPER_OWNER + place), account, terms: keeperTerms })];
  });
  const observer = createOctoberObserver((account) => userSet.has(account));
  const trace = createQuorumTrace({
    feedOf: (instrument): FeedId => feedId(feedOfInstrument(state, instrument)),
    instrumentsOf: (account) => positionsOf(state, accountId(account)).map(({ instrument }) => instrument),
    feeds: state.feeds,
  });
  const lastAgreed = new Map<number, bigint>();
  const counterfactual = createVenueCounterfactual({
    world,
    scenario,
    feed,
    accounts: opened.longs,
    lastAgreed: (assetIndex) => lastAgreed.get(assetIndex),
  });
  const samples: HealthSample[] = [];
  let sampledMs = Number.NEGATIVE_INFINITY;
  return {
    plan: (atMs) => {
      if (state.auctions.size === 0 && keepers.every((keeper) => positionsOf(state, keeper.account).length === 0)) return [];
      const offers = keepers.length === 0 ? [] : offersOf(keeperScene, atMs);
      return keepers.flatMap((keeper) => keeper.plan(atMs, offers));
    },
    note: (block) => {
      trace.follow(block);
      for (const assetIndex of world.markets.keys()) {
        const agreed = agreedPrice(world, view, assetIndex);
        if (agreed !== undefined) lastAgreed.set(assetIndex, agreed);
      }
      observer.note(block, (instrument) =>
        markNow(state.terms.instruments[instrument]?.lotUnits ?? 0n, lastAgreed.get(instruments.indexOf(instrument)) ?? 0n),
      );
      if (!terms.keepsDetail) return;
      const openings = block.events.flatMap((event) => (event.kind === 'auctionOpened' ? [event.auction.account] : []));
      counterfactual.note(block.timeMs, openings);
      if (block.timeMs - sampledMs < SAMPLE_EVERY_MS) return;
      sampledMs = block.timeMs;
      samples.push(sampleHealth(world, users, block.timeMs));
    },
    result: () => ({
      sums: observer.sums(),
      trace: trace.figures(),
      counterfactual: terms.keepsDetail ? counterfactual.figures() : [],
      samples,
      sales: terms.keepsDetail ? observer.sales() : [],
      accounts: users.length,
      keepersMicroUsd: keeperAccounts.reduce(
        (sum, account, place) => sum + equityOf(world, account) - (keeperCapital[place] ?? 0n),
        0n,
      ),
      backstopMicroUsd: state.tranches.reduce((sum, tranche) => sum + equityOf(world, tranche.account), 0n) - backstopCapital,
      openDeficitMicroUsd: users.reduce((sum, account) => {
        const equity = equityOf(world, account);
        return equity < 0n ? sum - equity : sum;
      }, 0n),
    }),
  };
}

function fundBackstop(world: World, nowMs: number, capital: bigint): void {
  const [provider] = openFunded(world, nowMs, { firstOwner: PROVIDER_OWNER, deposits: [capital] });
  if (provider === undefined) throw new Error('the provider has an account');
  world.mustSend(nowMs, [
    world.sign(ownerId(PROVIDER_OWNER), {
      kind: 'fundBackstop',
      tranche: trancheId(0),
      account: provider,
      amount: amount(capital),
    }),
  ]);
}

function keeperCapitals(totalMicroUsd: bigint): readonly bigint[] {
  const all = shareOf(totalMicroUsd, KEEPER_CAPITAL_PPM);
  return OCTOBER_KEEPERS.map(({ capitalTenths }) => mulDivDown(all, BigInt(capitalTenths), 100n));
}

function sampleHealth(world: World, users: readonly AccountId[], timeMs: number): HealthSample {
  const { view, state } = world.engine;
  const counted = { healthy: 0, restricted: 0, liquidatable: 0, insolvent: 0, closed: 0 };
  for (const account of users) {
    if (!isOpenAccount(state, account) || positionsOf(state, account).length === 0) counted.closed += 1;
    else counted[healthClass(figuresOf(view, account, view.scanned))] += 1;
  }
  return { timeMs, ...counted };
}

function equityOf(world: World, account: AccountId): bigint {
  const { view, state } = world.engine;
  return isOpenAccount(state, account) ? figuresOf(view, account, view.scanned).equity : 0n;
}

function closingFigures(world: World): Pick<OctoberRun, 'claims' | 'holdings' | 'finalHash'> {
  const { ledger, previousHash } = world.engine.state;
  const settlement = ledger.assets[0];
  const group = ledger.groups[0];
  const claims =
    (group?.cash ?? 0n) +
    (group?.funds ?? []).reduce((sum: bigint, fund) => sum + fund, 0n) +
    (settlement?.collateral ?? 0n) +
    (ledger.pools[0]?.cash ?? 0n);
  return { claims, holdings: -(settlement?.outside ?? 0n), finalHash: Buffer.from(previousHash).toString('hex') };
}

function count(counts: { accepted: number; rejected: number; readonly codes: Map<string, number> }, block: BlockResult): void {
  for (const result of block.results) {
    if (result.kind === 'accepted') counts.accepted += 1;
    else {
      counts.rejected += 1;
      const code = `${result.command.kind}: ${result.rejection.code}`;
      counts.codes.set(code, (counts.codes.get(code) ?? 0) + 1);
    }
  }
}

function countFigures(counts: {
  readonly accepted: number;
  readonly rejected: number;
  readonly codes: ReadonlyMap<string, number>;
}): Pick<OctoberRun, 'accepted' | 'rejected' | 'rejections'> {
  const rejections = [...counts.codes]
    .map(([code, times]) => ({ code, count: times }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  return { accepted: counts.accepted, rejected: counts.rejected, rejections };
}

function markNow(lotUnits: bigint, nano: bigint): number {
  return Number(mulDivDown<bigint>(nano, lotUnits, 1_000_000_000_000n));
}

function shareOf(whole: bigint, partPpm: number): bigint {
  return mulDivDown(whole, BigInt(partPpm), 1_000_000n);
}

/** Instruments of a world in the order of the scenario's assets. */
export function instrumentsOf(world: World): readonly InstrumentId[] {
  return world.markets.flatMap((market) => market.instruments);
}
