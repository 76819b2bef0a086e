/**
 * A randomised run through most commands of the engine, from a seed: vaults that borrow, a perpetual and a dated future, suppliers,
 * keepers, a backstop, an AMM pool, a crash and a recovery. For tests of the auditor and the invariants.
 */

import type { BlockResult, Command } from '@plimsoll/core/engine';
import type { MarginProfile } from '@plimsoll/core/margin';
import {
  type AccountId,
  amount,
  assetId,
  durationMs,
  type InstrumentId,
  lots,
  ownerId,
  poolId,
  ppm,
  shares,
  ticks,
  ticksPerLot,
  timeMs,
  trancheId,
} from '@plimsoll/core/numeric';
import { createRandom, type Random } from '../../random/random.ts';
import {
  CUSTODIAN,
  createWorld,
  FIRST_USER,
  GOVERNOR,
  MAIN_GROUP,
  openedAccounts,
  SETTLEMENT,
  VENUE_OPERATOR,
  type World,
  type WorldTerms,
} from '../../worlds/createWorld.ts';
import {
  defaultAssetRisk,
  defaultInstrumentRisk,
  defaultLending,
  defaultUnderlyingRisk,
  HOUR_MS,
  MINUTE_MS,
  NANO_USD,
  SUPPLY_CAP,
} from '../../worlds/defaultParameters.ts';

export const START_MS = 1_600_000_000_000;
const UNIT = 1_000_000n;
const ETHER = assetId(1);
const POOL_SHARE = assetId(3);
const USERS = 24;

export interface ScriptedRun {
  readonly world: World;
  /** Applies the next block of the script. */
  readonly step: () => BlockResult;
}

type Observe = NonNullable<WorldTerms['observe']>;

/** The terms of the scripted world. */
export function scriptedTerms(observe?: Observe, profile?: MarginProfile): WorldTerms {
  return {
    timeMs: START_MS,
    settlementSymbol: 'DAI',
    sources: 2,
    tranches: [{}],
    group: {
      insuranceFloor: ticks(2_000n * UNIT),
      auction: {
        startPpm: ppm(1_000_000),
        fastMs: durationMs(4 * MINUTE_MS),
        cutoffPpm: ppm(700_000),
        slowMs: durationMs(30 * MINUTE_MS),
        insolventMs: durationMs(5 * MINUTE_MS),
        backstopDiscountPpm: ppm(150_000),
        minFractionPpm: ppm(50_000),
        maxFractionPpm: ppm(1_000_000),
        bufferPpm: ppm(150_000),
      },
    },
    global: { timelockMs: durationMs(10 * MINUTE_MS), graceMs: durationMs(20 * MINUTE_MS), maxFlipPpm: ppm(1_000_000) },
    markets: [
      {
        symbol: 'ETH',
        collateral: { ledgerDecimals: 9 },
        instruments: [
          { form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) }, lotUnits: 10_000_000n },
          { form: { kind: 'future', expiryMs: timeMs(START_MS + 2 * HOUR_MS) }, lotUnits: 10_000_000n },
        ],
        feed: { confidenceGrowthPpmPerMinute: ppm(2_000) },
      },
      {
        symbol: 'BTC',
        collateral: { ledgerDecimals: 9 },
        instruments: [{ form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) }, lotUnits: 1_000_000n }],
      },
    ],
    ...(observe === undefined ? {} : { observe }),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** A run; the same seed gives the same blocks. */
export function scriptedRun(seed: number | string, observe?: Observe, profile?: MarginProfile): ScriptedRun {
  const world = createWorld(scriptedTerms(observe, profile));
  const random = createRandom(seed);
  const script: Script = {
    world,
    random,
    accounts: [],
    nowMs: START_MS,
    block: 0,
    ether: 200n * NANO_USD,
    bitcoin: 8_000n * NANO_USD,
  };
  return { world, step: () => nextBlock(script) };
}

interface Script {
  readonly world: World;
  readonly random: Random;
  accounts: readonly AccountId[];
  nowMs: number;
  block: number;
  ether: bigint;
  bitcoin: bigint;
}

function nextBlock(script: Script): BlockResult {
  const { world } = script;
  script.nowMs += 15_000 * (1 + script.random.integerBelow(4));
  script.block += 1;
  if (script.block === 1) return openAccounts(script);
  if (script.block === 2) return fund(script);
  movePrices(script);
  const commands: Command[] = [...reports(script), ...bids(script)];
  for (let count = script.random.integerBelow(8); count > 0; count -= 1) {
    const command = someCommand(script);
    if (command !== null) commands.push(command);
  }
  return world.send(script.nowMs, commands);
}

function openAccounts(script: Script): BlockResult {
  const { world } = script;
  const commands = Array.from({ length: USERS }, (_, index) =>
    // Two accounts each, so that owners' totals count; every third pair is a vault.
    world.sign(owner(index), {
      kind: 'openAccount',
      group: MAIN_GROUP,
      mode: isVault(index) ? 'overcollateralized' : 'portfolio',
    }),
  );
  const block = world.mustSend(script.nowMs, [...reports(script), ...commands]);
  script.accounts = openedAccounts(block);
  return block;
}

function fund(script: Script): BlockResult {
  const { world, accounts } = script;
  const commands: Command[] = [listPool(world)];
  for (const [index, account] of accounts.entries()) {
    commands.push(
      world.sign(CUSTODIAN, {
        kind: 'deposit',
        account,
        asset: SETTLEMENT,
        amount: amount(isVault(index) ? 10n * UNIT : 20_000n * UNIT),
      }),
    );
    commands.push(
      world.sign(CUSTODIAN, {
        kind: 'deposit',
        account,
        asset: ETHER,
        amount: amount(isVault(index) ? 50_000_000_000n : 10_000_000_000n),
      }),
    );
  }
  const [provider, funder, liquidity] = [accounts[0], accounts[1], accounts[6]];
  if (provider !== undefined)
    commands.push(world.sign(owner(0), { kind: 'supply', account: provider, asset: SETTLEMENT, amount: amount(15_000n * UNIT) }));
  if (liquidity !== undefined)
    commands.push(
      world.sign(owner(6), { kind: 'supply', account: liquidity, asset: SETTLEMENT, amount: amount(15_000n * UNIT) }),
    );
  if (funder !== undefined)
    commands.push(
      world.sign(owner(1), { kind: 'fundBackstop', tranche: trancheId(0), account: funder, amount: amount(5_000n * UNIT) }),
    );
  if (liquidity !== undefined) {
    commands.push(
      world.sign(owner(6), {
        kind: 'addLiquidity',
        pool: poolId(0),
        account: liquidity,
        baseMax: amount(5_000_000_000n),
        quoteMax: amount(1_000n * UNIT),
        sharesMin: amount(0n),
      }),
    );
  }
  for (const [index, account] of accounts.entries()) {
    if (isVault(index))
      commands.push(
        world.sign(owner(index), {
          kind: 'borrow',
          account,
          asset: SETTLEMENT,
          amount: amount(BigInt(3_000 + 400 * (index % 5)) * UNIT),
        }),
      );
  }
  return world.send(script.nowMs, [...reports(script), ...commands]);
}

/** Lists the AMM pool of ether against the settlement asset: pool 0, without liquidity. */
export function listPool(world: World): Command {
  return world.sign(GOVERNOR, {
    kind: 'listAsset',
    underlying: null,
    feeds: [],
    terms: {
      id: POOL_SHARE,
      symbol: 'ETH-DAI',
      ledgerDecimals: 6,
      supplyCap: SUPPLY_CAP,
      feed: null,
      feedUnit: amount(UNIT),
      riskUnit: amount(10n * UNIT),
      underlying: null,
      form: { kind: 'lpShare', pool: poolId(0) },
    },
    risk: defaultAssetRisk(POOL_SHARE),
    lending: defaultLending(),
    pool: { id: poolId(0), group: MAIN_GROUP, base: ETHER, share: POOL_SHARE, feePpm: ppm(3_000) },
  });
}

/** A walk with a crash of half between blocks 60 and 90 and a second one after 200, and wild steps in between. */
function movePrices(script: Script): void {
  const { random, block } = script;
  const drift =
    block > 60 && block < 90 ? -24_000 : block > 200 && block < 215 ? -60_000 : block > 120 && block < 150 ? 12_000 : 0;
  const step = (at: bigint): bigint => (at * BigInt(1_000_000 + drift + random.integerBelow(20_001) - 10_000)) / 1_000_000n;
  script.ether = step(script.ether);
  script.bitcoin = step(script.bitcoin);
}

/** Two sources that nearly agree; now and then one, both, or a venue is silent. */
function reports({ world, random, nowMs, ether, bitcoin }: Script): Command[] {
  const [eth, btc] = world.markets;
  if (eth === undefined || btc === undefined || random.integerBelow(12) === 0) return [];
  const commands = world.sources
    .filter(() => random.integerBelow(6) > 0)
    .map((source) => {
      const off = (at: bigint): bigint => at + (at * BigInt(random.integerBelow(2_001) - 1_000)) / 1_000_000n;
      return world.report(source, nowMs - random.integerBelow(5_000), [
        [eth.feed, off(ether), random.integerBelow(3_000)],
        [btc.feed, off(bitcoin), random.integerBelow(3_000)],
      ]);
    });
  if (random.integerBelow(3) === 0) {
    const premiums = [eth.instruments[0], btc.instruments[0]].flatMap((instrument) =>
      instrument === undefined
        ? []
        : [
            {
              instrument,
              premiumPpm: ppm(random.integerBelow(4_001) - 1_500),
              publishTimeMs: timeMs(nowMs - random.integerBelow(5_000)),
            },
          ],
    );
    commands.push(world.sign(VENUE_OPERATOR, { kind: 'reportPremiums', venue: world.venue, premiums }));
  }
  return commands;
}

/** Keepers bid for a random part at a random share of what they think it is worth. */
function bids({ world, random, accounts }: Script): Command[] {
  const commands: Command[] = [];
  for (const liquidated of world.engine.state.auctions.keys()) {
    if (random.integerBelow(3) > 0) continue;
    const index = 2 + 6 * random.integerBelow(3);
    const account = accounts[index];
    if (account === undefined) continue;
    const limit = ticks(BigInt(random.integerBelow(6_000)) * UNIT - 500n * UNIT);
    commands.push(
      world.sign(owner(index), { kind: 'bid', account, liquidated, sizePpm: ppm(50_000 + random.integerBelow(950_001)), limit }),
    );
  }
  return commands;
}

function someCommand(script: Script): Command | null {
  const { world, random, accounts } = script;
  const index = random.integerBelow(accounts.length);
  const account = accounts[index];
  const other = accounts[random.integerBelow(accounts.length)];
  if (account === undefined || other === undefined) return null;
  const actor = owner(index);
  const some = amount(BigInt(1 + random.integerBelow(900)) * UNIT);
  const ether = amount(BigInt(1 + random.integerBelow(3_000)) * UNIT);
  switch (random.integerBelow(18)) {
    case 0:
      return world.sign(CUSTODIAN, {
        kind: 'deposit',
        account,
        asset: random.integerBelow(2) === 0 ? SETTLEMENT : ETHER,
        amount: some,
      });
    case 1:
      return world.sign(actor, { kind: 'withdraw', account, asset: SETTLEMENT, amount: some });
    case 2:
      return world.sign(actor, {
        kind: 'transfer',
        from: account,
        to: other,
        asset: random.integerBelow(2) === 0 ? SETTLEMENT : ETHER,
        amount: ether,
      });
    case 3:
      return world.sign(actor, {
        kind: 'supply',
        account,
        asset: random.integerBelow(2) === 0 ? SETTLEMENT : ETHER,
        amount: some,
      });
    case 4:
      return world.sign(actor, {
        kind: 'unsupply',
        account,
        asset: SETTLEMENT,
        amount: random.integerBelow(4) === 0 ? null : some,
      });
    case 5:
      return world.sign(actor, {
        kind: 'borrow',
        account,
        asset: random.integerBelow(3) > 0 ? SETTLEMENT : ETHER,
        amount: random.integerBelow(2) === 0 ? some : ether,
      });
    case 6:
      return world.sign(actor, { kind: 'repay', account, asset: SETTLEMENT, amount: random.integerBelow(4) === 0 ? null : some });
    case 7:
      return world.sign(actor, { kind: 'setProtection', account, protection: protectionOf(random, other) });
    case 8:
      return world.sign(actor, { kind: 'claimRecovery', account });
    case 9:
      return world.sign(actor, {
        kind: 'swap',
        pool: poolId(0),
        account,
        give: random.integerBelow(2) === 0 ? 'base' : 'quote',
        amount: amount(BigInt(1 + random.integerBelow(50)) * UNIT),
        receiveMin: amount(0n),
      });
    case 10:
      return random.integerBelow(2) === 0
        ? world.sign(actor, {
            kind: 'addLiquidity',
            pool: poolId(0),
            account,
            baseMax: amount(500_000_000n),
            quoteMax: some,
            sharesMin: amount(0n),
          })
        : world.sign(actor, {
            kind: 'removeLiquidity',
            pool: poolId(0),
            account,
            shares: amount(BigInt(1 + random.integerBelow(100)) * UNIT),
          });
    case 11:
      return random.integerBelow(2) === 0
        ? world.sign(actor, { kind: 'fundBackstop', tranche: trancheId(0), account, amount: some })
        : world.sign(actor, {
            kind: 'redeemBackstop',
            tranche: trancheId(0),
            account,
            shares: shares(BigInt(1 + random.integerBelow(500)) * UNIT),
          });
    case 12:
      return someBundle(script);
    default:
      return someTrade(script);
  }
}

function protectionOf(random: Random, sibling: AccountId) {
  if (random.integerBelow(3) === 0) return null;
  if (random.integerBelow(2) === 0) return { kind: 'topUp' as const, sibling, dailyCap: ticks(500n * UNIT) };
  return { kind: 'slice' as const, sizePpm: ppm(300_000), limitPpm: ppm(900_000) };
}

function someBundle({ world, random }: Script): Command | null {
  const [eth] = world.markets;
  const instrument = eth?.instruments[0];
  const underlying = world.engine.state.terms.underlyings[0];
  if (instrument === undefined || underlying === undefined || random.integerBelow(4) > 0) return null;
  return world.sign(GOVERNOR, {
    kind: 'proposeBundle',
    changes: [
      {
        kind: 'instrument',
        value: {
          ...defaultInstrumentRisk(instrument),
          maintenanceAddOnPpm: ppm(8_000 + random.integerBelow(6_000)),
          impactPpm: ppm(random.integerBelow(9_000)),
        },
      },
      {
        kind: 'underlying',
        value: { ...defaultUnderlyingRisk(underlying.id), scanRangePpm: ppm(150_000 + random.integerBelow(100_000)) },
      },
    ],
  });
}

/** A trade of a random instrument at about its price; mostly with leverage. */
function someTrade(script: Script): Command | null {
  const { world, random } = script;
  const traders = script.accounts.filter((_, index) => !isVault(index));
  const buyer = traders[random.integerBelow(traders.length)];
  const seller = traders[random.integerBelow(traders.length)];
  const [eth, btc] = world.markets;
  const listed: readonly (InstrumentId | undefined)[] = [
    eth?.instruments[0],
    eth?.instruments[0],
    eth?.instruments[1],
    btc?.instruments[0],
  ];
  const instrument = listed[random.integerBelow(listed.length)];
  if (instrument === undefined || buyer === undefined || seller === undefined) return null;
  const isBitcoin = instrument === btc?.instruments[0];
  const perLot = isBitcoin ? Number(script.bitcoin / 1_000_000n) : Number(script.ether / 100_000n);
  const at = Math.round(perLot * (1 + (random.integerBelow(2_001) - 1_000) / 1e6));
  return world.sign(VENUE_OPERATOR, {
    kind: 'trade',
    instrument,
    buyer,
    seller,
    lots: lots(1 + random.integerBelow(isBitcoin ? 400 : 20_000)),
    price: ticksPerLot(at),
    cosigner: null,
  });
}

function owner(index: number) {
  return ownerId(FIRST_USER + Math.floor(index / 2));
}

function isVault(index: number): boolean {
  return Math.floor(index / 2) % 3 === 2;
}
