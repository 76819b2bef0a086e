import type { Command } from '@plimsoll/core/engine';
import {
  type AccountId,
  type AssetId,
  amount,
  durationMs,
  type InstrumentId,
  lots,
  mulDivDown,
  ownerId,
  ppm,
  ticksPerLot,
  trancheId,
} from '@plimsoll/core/numeric';
import type { BlackThursdayPaths } from '../../data/blackThursday/paths.ts';
import type { SeededVault } from '../../data/blackThursday/seedVaults.ts';
import { priceAt } from '../../data/pricePaths/priceAt.ts';
import type { BlackThursdayScenario, PriceSeries } from '../../data/types.ts';
import {
  CUSTODIAN,
  createWorld,
  FIRST_USER,
  MAIN_GROUP,
  openedAccounts,
  SETTLEMENT,
  type Unsigned,
  VENUE_OPERATOR,
  type World,
  type WorldTerms,
  worldGenesis,
} from '../../worlds/createWorld.ts';
import { defaultGlobal, defaultGroup, HOUR_MS, SECOND_MS } from '../../worlds/defaultParameters.ts';
import type { Watch } from '../watcher.ts';
import {
  AUCTIONS_VISITED,
  BACKSTOP_CAPITAL,
  KEEPERS,
  LIQUIDATION_THRESHOLD_PPM,
  LOT_NANO,
  MARKET_MAKER_CAPITAL,
  ORACLE_HEARTBEAT_MS,
  ORACLE_MAX_AGE_MS,
  RESTART_GATE_MS,
  SCAN_EVERY_MS,
  SUPPLY_PER_DEBT_PPM,
} from './assumptions.ts';
import type { Cell } from './cells.ts';
import type { SeededPosition } from './perpetualBook.ts';

/** The world of a cell at the opening of the window: everybody is in, nothing has happened yet. */
export interface Scene {
  readonly world: World;
  readonly asset: AssetId;
  readonly instrument: InstrumentId;
  readonly oracle: PriceSeries;
  /** Place in `oracle` of the last update reported so far. */
  readonly reported: number;
  readonly lender: AccountId;
  readonly supplied: bigint;
  readonly provider: AccountId | null;
  readonly marketMaker: AccountId;
  readonly keepers: readonly AccountId[];
  /** Account of each vault, in the order of the seeded vaults. */
  readonly vaults: readonly AccountId[];
  readonly traders: readonly AccountId[];
  /** Vaults that open later: their place, by the update of `oracle` from which they are safe. */
  readonly later: readonly { readonly place: number; readonly fromMs: number }[];
}

export interface SceneInput {
  readonly cell: Cell;
  readonly scenario: BlackThursdayScenario;
  readonly paths: BlackThursdayPaths;
  readonly vaults: readonly SeededVault[];
  readonly book: readonly SeededPosition[];
  /** Sees every block from genesis on. */
  readonly watch: Watch;
}

/** Owners in the order in which their accounts open. */
const LENDER = ownerId(FIRST_USER);
const PROVIDER = ownerId(FIRST_USER + 1);
const MARKET_MAKER = ownerId(FIRST_USER + 2);
export const FIRST_KEEPER = FIRST_USER + 10;
const FIRST_TRADER = FIRST_USER + 1_000;
const FIRST_VAULT = FIRST_USER + 10_000;

/**
 * Builds the world before the window opens, from the oracle update in force then: lender, market maker, keepers and backstop with
 * their capital, all vaults that are safe by then, and the perpetual book at the oracle's price. Throws Error when any of it is refused.
 */
export function createScene(input: SceneInput): Scene {
  const { cell, scenario, paths, vaults, book } = input;
  const oracle = cell.oracle === 'delayed' ? paths.delayed : paths.timely;
  const first = lastAtOrBefore(oracle.timesMs, scenario.windowStartMs);
  const startMs = oracle.timesMs[first] ?? scenario.windowStartMs;
  const priceNano = oracle.pricesNano[first];
  if (priceNano === undefined) throw new Error('the oracle has a price before the window opens');
  const world = blackThursdayWorld(startMs, input);
  const [market] = world.markets;
  const [source] = world.sources;
  const asset = market?.asset ?? null;
  const instrument = market?.instruments[0];
  if (market === undefined || asset === null || instrument === undefined || source === undefined)
    throw new Error('the world lists ether and its perpetual');

  let atMs = startMs;
  const next = (commands: readonly Command[]): ReturnType<World['mustSend']> => {
    atMs += SECOND_MS;
    return world.mustSend(atMs, commands);
  };
  const open = (owner: number, mode: 'portfolio' | 'overcollateralized'): Command =>
    world.sign(ownerId(owner), { kind: 'openAccount', group: MAIN_GROUP, mode });
  const fund = (account: AccountId, micro: bigint): Command =>
    world.sign(CUSTODIAN, { kind: 'deposit', account, asset: SETTLEMENT, amount: amount(micro) });

  next([world.report(source, startMs, [[market.feed, priceNano]])]);
  const terms = KEEPERS.slice(0, cell.keepers);
  const [lender, provider, marketMaker, ...keepers] = openedAccounts(
    next([
      open(LENDER, 'portfolio'),
      open(PROVIDER, 'portfolio'),
      open(MARKET_MAKER, 'portfolio'),
      ...terms.map((_, place) => open(FIRST_KEEPER + place, 'portfolio')),
    ]),
  );
  if (lender === undefined || provider === undefined || marketMaker === undefined)
    throw new Error('the first accounts were opened');
  const traders = openedAccounts(next(book.map((_, place) => open(FIRST_TRADER + place, 'portfolio'))));
  const vaultAccounts = openedAccounts(next(vaults.map((_, place) => open(FIRST_VAULT + place, 'overcollateralized'))));

  const debts = vaults.reduce((sum, vault) => sum + vault.debtMicroDai, 0n);
  const supplied = mulDivDown(debts, SUPPLY_PER_DEBT_PPM, 1_000_000n);
  next([
    fund(lender, supplied),
    fund(marketMaker, MARKET_MAKER_CAPITAL),
    ...(cell.hasBackstop ? [fund(provider, BACKSTOP_CAPITAL)] : []),
    ...terms.map((keeper, place) => fund(at(keepers, place), keeper.capitalMicroUsd)),
    ...book.map((position, place) => fund(at(traders, place), position.equityMicro)),
  ]);
  next([
    world.sign(LENDER, { kind: 'supply', account: lender, asset: SETTLEMENT, amount: amount(supplied) }),
    ...(cell.hasBackstop
      ? [
          world.sign(PROVIDER, {
            kind: 'fundBackstop',
            tranche: trancheId(0),
            account: provider,
            amount: amount(BACKSTOP_CAPITAL),
          }),
        ]
      : []),
    ...book.map((position, place) => {
      const trader = at(traders, place);
      const [buyer, seller] = position.lots > 0 ? [trader, marketMaker] : [marketMaker, trader];
      const perLot = ticksPerLot(Number(mulDivDown(priceNano, LOT_NANO, 1_000_000_000_000n)));
      return world.sign(VENUE_OPERATOR, {
        kind: 'trade',
        instrument,
        buyer,
        seller,
        lots: lots(Math.abs(position.lots)),
        price: perLot,
        cosigner: null,
      });
    }),
  ]);
  const opens = vaults.map((vault, place) => ({ place, fromMs: opensAtMs(input, vault) }));
  const now = opens.filter(({ fromMs }) => fromMs <= startMs);
  next(
    now.flatMap(({ place }) => drawVault(world, { place, account: at(vaultAccounts, place), vault: at(vaults, place), asset })),
  );
  return {
    world,
    asset,
    instrument,
    oracle,
    reported: first,
    lender,
    supplied,
    provider: cell.hasBackstop ? provider : null,
    marketMaker,
    keepers,
    vaults: vaultAccounts,
    traders,
    later: opens.filter(({ fromMs }) => fromMs > startMs).sort((a, b) => a.fromMs - b.fromMs || a.place - b.place),
  };
}

/** The commands that make a vault: its ether in, its debt drawn and taken out. */
export function drawVault(
  world: World,
  {
    place,
    account,
    vault,
    asset,
  }: { readonly place: number; readonly account: AccountId; readonly vault: SeededVault; readonly asset: AssetId },
): readonly Command[] {
  const owner = ownerId(FIRST_VAULT + place);
  const drawn = { account, asset: SETTLEMENT, amount: amount(vault.debtMicroDai) };
  const commands: readonly Unsigned[] = [
    { kind: 'borrow', ...drawn },
    { kind: 'withdraw', ...drawn },
  ];
  return [
    world.sign(CUSTODIAN, { kind: 'deposit', account, asset, amount: amount(vault.lotNanoEth) }),
    ...commands.map((command) => world.sign(owner, command)),
  ];
}

/**
 * When a vault opens: at the update of the delayed oracle from which it is safe. The timely oracle shows every price one update
 * earlier, so there everything that hangs on a price happens one update earlier too.
 */
function opensAtMs({ cell, scenario }: SceneInput, vault: SeededVault): number {
  const place = vault.safeSinceUpdateIndex - (cell.oracle === 'timely' ? 1 : 0);
  return scenario.oracleUpdates[place]?.timeMs ?? 0;
}

function blackThursdayWorld(startMs: number, { cell, watch }: SceneInput): World {
  const terms: WorldTerms = {
    timeMs: startMs,
    settlementSymbol: 'DAI',
    sources: 1,
    tranches: cell.hasBackstop ? [{}] : [],
    // The oracle moves once an hour; in between only interest does.
    global: { scanEveryMs: durationMs(SCAN_EVERY_MS), budget: { ...defaultGlobal().budget, auctionsVisited: AUCTIONS_VISITED } },
    // Half a portfolio at least in one sale: smaller pieces of a vault are not worth anybody's gas.
    group: { auction: { ...defaultGroup(MAIN_GROUP, '').auction, minFractionPpm: ppm(500_000) } },
    markets: [
      {
        symbol: 'ETH',
        collateral: {
          ledgerDecimals: 9,
          risk: { loanToValuePpm: ppm(LIQUIDATION_THRESHOLD_PPM), liquidationThresholdPpm: ppm(LIQUIDATION_THRESHOLD_PPM) },
        },
        instruments: [
          {
            form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) },
            lotUnits: LOT_NANO,
            risk: { declaredLatencyMs: durationMs(ORACLE_HEARTBEAT_MS + 15 * 60 * SECOND_MS) },
          },
        ],
        feed: {
          maxAgeMs: durationMs(ORACLE_MAX_AGE_MS),
          heartbeatMs: durationMs(ORACLE_HEARTBEAT_MS),
          restartGateMs: durationMs(RESTART_GATE_MS),
        },
        risk: { scanRangePpm: ppm(120_000) },
      },
    ],
  };
  return createWorld({ ...terms, observe: watch(worldGenesis(terms)) });
}

function lastAtOrBefore(timesMs: readonly number[], timeMs: number): number {
  let place = -1;
  for (const [index, time] of timesMs.entries()) if (time <= timeMs) place = index;
  return place;
}

function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new Error(`entry ${place} is in the list`);
  return found;
}

/** The market price at a time; Error before its first entry. */
export function marketAt(paths: BlackThursdayPaths, nowMs: number): bigint {
  const found = priceAt(paths.market, nowMs);
  if (found === undefined) throw new Error('the market has a price when the window opens');
  return found;
}
