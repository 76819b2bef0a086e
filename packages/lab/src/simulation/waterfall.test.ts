import type { BlockResult, Event } from '@plimsoll/core/engine';
import { holdingOf } from '@plimsoll/core/engine';
import { checkConservation, fundOf, supplyValue } from '@plimsoll/core/ledger';
import {
  type AccountId,
  amount,
  assetId,
  durationMs,
  type InstrumentId,
  instrumentId,
  lots,
  ownerId,
  ppm,
  sourceId,
  ticks,
  ticksPerLot,
  trancheId,
} from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import {
  CUSTODIAN,
  createWorld,
  FIRST_USER,
  MAIN_GROUP,
  openedAccounts,
  SETTLEMENT,
  SETTLEMENT_FEED,
  type Unsigned,
  VENUE_OPERATOR,
  type World,
} from '../worlds/createWorld.ts';
import { HOUR_MS, MINUTE_MS, NANO_USD } from '../worlds/defaultParameters.ts';

/**
 * Each of the seven layers once, to the unit. Ether stands at 200 dollars; a lot of its perpetual is a hundredth of an ether: two
 * dollars. Auctions fall from mark to 70 % of it in 15 minutes and sell the whole portfolio; an insolvent one is offered for an hour.
 * Money is lent for nothing, so that every figure below is plain arithmetic.
 */

const START_MS = 1_600_000_000_000;
const DOLLAR = 1_000_000n;
const ETH = assetId(1);
const PERP: InstrumentId = instrumentId(0);
const FREE = { basePpmPerYear: ppm(0), slope1PpmPerYear: ppm(0), slope2PpmPerYear: ppm(0) };

interface Stage {
  readonly world: World;
  /** Opens an account of its own owner and deposits. */
  readonly open: (dollars: bigint, mode?: 'portfolio' | 'overcollateralized') => Actor;
  /** Ether at a price, `afterMs` later, with commands that must all pass. */
  readonly at: (dollars: bigint, afterMs: number, commands?: readonly Signed[]) => BlockResult;
}

interface Actor {
  readonly account: AccountId;
  readonly owner: number;
}

interface Signed {
  readonly owner: number;
  readonly command: Unsigned;
}

function stage(lossBoundPpm = 200_000): Stage {
  const world = createWorld({
    timeMs: START_MS,
    settlementSymbol: 'USD',
    sources: 1,
    tranches: [{ hourlyLossCapPpm: ppm(500_000) }],
    settlementLending: { ...FREE, lossBoundPpm: ppm(lossBoundPpm) },
    group: { auction: AUCTION },
    markets: [
      {
        symbol: 'ETH',
        collateral: { ledgerDecimals: 9, lending: FREE },
        instruments: [{ form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR_MS) }, lotUnits: 10_000_000n }],
        feed: { maxStepPpm: ppm(900_000) },
      },
    ],
  });
  let nowMs = START_MS;
  let owner = FIRST_USER;
  let dollarsNow = 200n;
  const source = sourceId(0);
  const feed = world.markets[0]?.feed ?? SETTLEMENT_FEED;
  const at: Stage['at'] = (dollars, afterMs, commands = []) => {
    nowMs += afterMs;
    dollarsNow = dollars;
    const signed = commands.map((one) => world.sign(ownerId(one.owner), one.command));
    return world.mustSend(nowMs, [world.report(source, nowMs, [[feed, dollars * NANO_USD]]), ...signed]);
  };
  const open: Stage['open'] = (dollars, mode = 'portfolio') => {
    owner += 1;
    const [account] = openedAccounts(
      at(dollarsNow, 1_000, [{ owner, command: { kind: 'openAccount', group: MAIN_GROUP, mode } }]),
    );
    if (account === undefined) throw new Error('an account was opened');
    if (dollars > 0n) at(dollarsNow, 1_000, [deposit(account, SETTLEMENT, dollars * DOLLAR)]);
    return { account, owner };
  };
  return { world, open, at };
}

const AUCTION = {
  startPpm: ppm(1_000_000),
  fastMs: durationMs(15 * MINUTE_MS),
  cutoffPpm: ppm(700_000),
  slowMs: durationMs(3 * HOUR_MS),
  insolventMs: durationMs(HOUR_MS),
  backstopDiscountPpm: ppm(200_000),
  minFractionPpm: ppm(1_000_000),
  maxFractionPpm: ppm(1_000_000),
  bufferPpm: ppm(150_000),
};

function deposit(account: AccountId, asset: typeof ETH, units: bigint): Signed {
  return { owner: CUSTODIAN, command: { kind: 'deposit', account, asset, amount: amount(units) } };
}

/** 3,000 lots, thirty ether, at so many dollars an ether. */
function trade(buyer: Actor, seller: Actor, dollars: number): Signed {
  const command: Unsigned = {
    kind: 'trade',
    instrument: PERP,
    buyer: buyer.account,
    seller: seller.account,
    lots: lots(3_000),
    price: ticksPerLot(dollars * 10_000),
    cosigner: null,
  };
  return { owner: VENUE_OPERATOR, command };
}

function bid(bidder: Actor, liquidated: Actor, dollars: bigint): Signed {
  const command: Unsigned = {
    kind: 'bid',
    account: bidder.account,
    liquidated: liquidated.account,
    sizePpm: ppm(1_000_000),
    limit: ticks(dollars * DOLLAR),
  };
  return { owner: bidder.owner, command };
}

function eventsOf<K extends Event['kind']>(block: BlockResult, kind: K): readonly Extract<Event, { kind: K }>[] {
  return block.events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
}

function cash({ world }: Stage, actor: Actor): bigint {
  return holdingOf(world.engine.state, actor.account, SETTLEMENT);
}

function fund({ world }: Stage, kind: 'insurance' | 'protocol' | 'recovery'): bigint {
  return fundOf(world.engine.state.ledger, MAIN_GROUP, kind);
}

function expectWhole({ world }: Stage): void {
  expect(checkConservation(world.engine.state.ledger)).toEqual([]);
}

/** A long of thirty ether with 1,500 dollars at 200 against a short with 10,000. */
function withLong(): { readonly scene: Stage; readonly long: Actor; readonly short: Actor } {
  const scene = stage();
  const long = scene.open(1_500n);
  const short = scene.open(10_000n);
  scene.at(200n, 1_000, [trade(long, short, 200)]);
  return { scene, long, short };
}

/** A vault of ten ether that owes 1,000 dollars to a supplier of 2,000; ether falls to 90 and nobody bids for an hour. */
function withVault(lossBoundPpm: number): {
  readonly scene: Stage;
  readonly supplier: Actor;
  readonly vault: Actor;
  readonly late: BlockResult;
} {
  const scene = stage(lossBoundPpm);
  const supplier = scene.open(2_000n);
  const vault = scene.open(0n, 'overcollateralized');
  const own = { account: vault.account, asset: SETTLEMENT, amount: amount(1_000n * DOLLAR) };
  scene.at(200n, 1_000, [
    {
      owner: supplier.owner,
      command: { kind: 'supply', account: supplier.account, asset: SETTLEMENT, amount: amount(2_000n * DOLLAR) },
    },
    deposit(vault.account, ETH, 10_000_000_000n),
    { owner: vault.owner, command: { kind: 'borrow', ...own } },
    { owner: vault.owner, command: { kind: 'withdraw', ...own } },
  ]);
  scene.at(90n, 15_000);
  return { scene, supplier, vault, late: scene.at(90n, HOUR_MS) };
}

describe('the waterfall, layer by layer, to the unit', () => {
  it('protection: a sibling tops up what its owner allowed for the day and no more', () => {
    const scene = stage();
    const long = scene.open(1_500n);
    const short = scene.open(10_000n);
    const [sibling] = openedAccounts(
      scene.at(200n, 1_000, [{ owner: long.owner, command: { kind: 'openAccount', group: MAIN_GROUP, mode: 'portfolio' } }]),
    );
    if (sibling === undefined) throw new Error('a sibling was opened');
    scene.at(200n, 1_000, [
      deposit(sibling, SETTLEMENT, 5_000n * DOLLAR),
      {
        owner: long.owner,
        command: {
          kind: 'setProtection',
          account: long.account,
          protection: { kind: 'topUp', sibling, dailyCap: ticks(50n * DOLLAR) },
        },
      },
      trade(long, short, 200),
    ]);
    // 1,500 − 30 · 20 = 900 dollars are left, less than initial margin of 5,400 dollars by more than fifty.
    const [topUp] = eventsOf(scene.at(180n, 15_000), 'toppedUp');
    expect(topUp).toMatchObject({ account: long.account, sibling, amount: 50_000_000n });
    expect(holdingOf(scene.world.engine.state, sibling, SETTLEMENT)).toBe(4_950_000_000n);
    expectWhole(scene);
  });

  it('auction: the only bidder pays the reserve; the fee is on what was sold', () => {
    const { scene, long } = withLong();
    const keeper = scene.open(10_000n);
    scene.at(155n, 15_000);
    // Worth 1,500 − 30 · 45 = 150. After 15 s of 900 the reserve is 1 − 0.3 · 15/900 = 0.995 of it: 149.25.
    // Fee: 1 % of 30 · 155 = 46.50, half of it to insurance, the rest to the protocol while no tranche is funded.
    const [sold] = eventsOf(scene.at(155n, 15_000, [bid(keeper, long, 160n)]), 'sliceSold');
    expect(sold).toMatchObject({
      layer: 'auction',
      fractionPpm: 1_000_000,
      price: 149_250_000n,
      markValue: 150_000_000n,
      fee: 46_500_000n,
    });
    expect(cash(scene, long)).toBe(102_750_000n);
    expect([fund(scene, 'insurance'), fund(scene, 'protocol')]).toEqual([23_250_000n, 23_250_000n]);
    expectWhole(scene);
  });

  it('backstop: takes at its discount once the reserve has fallen to it', () => {
    const { scene } = withLong();
    const keeper = scene.open(10_000n);
    const funding: Unsigned = {
      kind: 'fundBackstop',
      tranche: trancheId(0),
      account: keeper.account,
      amount: amount(10_000n * DOLLAR),
    };
    scene.at(200n, 1_000, [{ owner: keeper.owner, command: funding }]);
    scene.at(155n, 15_000);
    expect(eventsOf(scene.at(155n, 599_000), 'sliceSold')).toEqual([]);
    // At 600 s of 900 the reserve is 1 − 0.3 · 600/900 = 0.8 of 150, the standing bid: 120.
    const [sold] = eventsOf(scene.at(155n, 1_000), 'sliceSold');
    expect(sold).toMatchObject({ layer: 'backstop', taker: 0, price: 120_000_000n, markValue: 150_000_000n, fee: 46_500_000n });
    // Of the fee's other half, 23.25, the backstop gets 300/500.
    expect(fund(scene, 'protocol')).toBe(9_300_000n);
    expectWhole(scene);
  });

  it('insurance: pays the taker of an insolvent portfolio what it holds, as the clock allows', () => {
    const { scene, long, short } = withLong();
    const keeper = scene.open(20_000n);
    const second = scene.open(1_500n);
    scene.at(155n, 15_000);
    scene.at(155n, 15_000, [bid(keeper, long, 160n), trade(second, short, 155)]);
    expect(fund(scene, 'insurance')).toBe(23_250_000n);
    scene.at(100n, 15_000);
    // Worth 1,500 − 30 · 55 = −150. After a quarter of the hour 37.50 may be paid; insurance holds 23.25.
    const [sold] = eventsOf(scene.at(100n, 15 * MINUTE_MS, [bid(keeper, second, 0n)]), 'sliceSold');
    expect(sold).toMatchObject({
      account: second.account,
      layer: 'auction',
      price: -23_250_000n,
      markValue: -150_000_000n,
      insurancePaid: 23_250_000n,
      fee: 0n,
    });
    expect(fund(scene, 'insurance')).toBe(0n);
    expect(cash(scene, second)).toBe(0n);
    expectWhole(scene);
  });

  it('deleveraging: the other side closes at mark and pays the deficit, which leaves the account at nothing', () => {
    const { scene, long, short } = withLong();
    scene.at(145n, 15_000);
    // Worth 1,500 − 30 · 55 = −150: the short is closed at 145 dollars an ether and pays 150.
    const late = scene.at(145n, HOUR_MS);
    expect(eventsOf(late, 'deleveraged')).toMatchObject([
      { account: long.account, counterparty: short.account, lots: 3_000, price: 1_450_000, paid: 150_000_000n },
    ]);
    expect(cash(scene, long)).toBe(0n);
    // 10,000 + 30 · 55 − 150.
    expect(cash(scene, short)).toBe(11_500_000_000n);
    expectWhole(scene);
  });

  it('socialisation: what a vault will not pay back is borne by the suppliers of what it borrowed', () => {
    const { scene, supplier, late } = withVault(200_000);
    // 1,000 owed, 900 held: 100 short; and 5 % of 900 more, so that somebody takes the rest: 145. Up to 20 % of 2,000 is final.
    expect(eventsOf(late, 'lossWritten')).toMatchObject([{ layer: 'socialised', asset: SETTLEMENT, amount: 145_000_000n }]);
    const { ledger } = scene.world.engine.state;
    const [pool] = ledger.pools;
    if (pool === undefined || pool === null) throw new Error('the settlement asset has a pool');
    expect(supplyValue(pool, pool.supplyShares)).toBe(1_855_000_000n);
    expect(cash(scene, supplier)).toBe(0n);
    expectWhole(scene);
  });

  it('recovery: what a written-off vault still fetches pays those who bore its loss beyond the bound', () => {
    const { scene, supplier, vault, late } = withVault(10_000);
    // Of the 145, 1 % of 2,000 is final: 20. The rest is a claim: 125.
    expect(eventsOf(late, 'lossWritten')).toMatchObject([
      { layer: 'socialised', amount: 145_000_000n },
      { layer: 'recovery', amount: 125_000_000n },
    ]);
    const first = scene.open(5_000n);
    const second = scene.open(5_000n);
    scene.at(90n, 15_000);
    // Worth 900 − 855 = 45; the higher bid wins at the price of the lower: 30, all of it for recoveries.
    const sale = scene.at(90n, 15_000, [bid(first, vault, 40n), bid(second, vault, 30n)]);
    expect(eventsOf(sale, 'sliceSold')).toMatchObject([{ taker: first.account, price: 30_000_000n, toRecovery: 30_000_000n }]);
    const claim: Unsigned = { kind: 'claimRecovery', account: supplier.account };
    const paid = scene.at(90n, 15_000, [{ owner: supplier.owner, command: claim }]);
    expect(eventsOf(paid, 'recoveryClaimed')).toMatchObject([{ account: supplier.account, amount: 30_000_000n }]);
    expect([cash(scene, supplier), fund(scene, 'recovery')]).toEqual([30_000_000n, 0n]);
    expectWhole(scene);
  });
});
