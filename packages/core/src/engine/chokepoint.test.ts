import { describe, expect, it } from 'vitest';
import { type AccountId, amount, instrumentId, ownerId, ppm, ticksPerLot } from '../numeric/brand.ts';
import { fillBandTicks, markTicksOf } from './fillBand.ts';
import { figuresOf } from './healthOf.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  ETH,
  ETH_PERP,
  GOVERNOR,
  MAIN,
  trade,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { eventsOf, mustPass, rejectionOf } from './testing/inspect.ts';
import { bidFor, createMarketWorld, DOLLAR, fillAt, openIn, quotes } from './testing/market.ts';

interface Book {
  readonly world: EngineWorld;
  readonly long: AccountId;
  readonly short: AccountId;
}

/** A long of 30 ETH that has fallen below initial margin but not below maintenance: restricted. */
function restricted(eth = 184): Book {
  const world = createEngineWorld({ interestFree: true });
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 1_000n * DOLLAR),
      deposit(short, USD, 50_000n * DOLLAR),
      trade(long, short, 30_000, 200),
    ]),
  );
  world.priced(eth);
  const { healthInitial, healthMaintenance } = figuresOf(world.engine.view, long, world.engine.view.scanned);
  expect(healthInitial).toBeLessThan(0n);
  expect(healthMaintenance).toBeGreaterThanOrEqual(0n);
  return { world, long, short };
}

const withdraw = (owner: number, account: AccountId, size: bigint, asset = USD): Unsigned => ({
  kind: 'withdraw',
  actor: ownerId(owner),
  account,
  asset,
  amount: amount(size),
});

describe('the safer rule', () => {
  it('lets a restricted account reduce at mark, and refuses it to add even one lot', () => {
    const { world, long, short } = restricted();
    expect(rejectionOf(world, trade(short, long, 10_000, 184))).toBeNull();
    expect(rejectionOf(world, trade(long, short, 1, 184))).toMatchObject({ code: 'belowInitialMargin', account: long });
  });

  it('takes fills at mark − b and mark + b exactly, and none one tick beyond', () => {
    const { world, long, short } = restricted();
    const mark = markTicksOf(world.engine.view, ETH_PERP);
    expect(mark).toBe(184_000);
    const band = fillBandTicks(world.engine.view, ETH_PERP, mark);
    // b = min(liquidation fee 0.5 %, half the maintenance rate, which is above 3 %).
    expect(band).toBe(920);
    const reduce = (price: number): Unsigned => fillAt(ETH_PERP, { buyer: short, seller: long }, 1_000, price);
    expect(rejectionOf(world, reduce(mark - band))).toBeNull();
    expect(rejectionOf(world, reduce(mark + band))).toBeNull();
    expect(rejectionOf(world, reduce(mark - band - 1))).toMatchObject({ code: 'belowInitialMargin', account: long });
    expect(rejectionOf(world, reduce(mark + band + 1))).toMatchObject({ code: 'belowInitialMargin', account: long });
  });

  it('judges both sides: one who may not trade refuses it for the other', () => {
    const { world, long } = restricted();
    const newcomer = openIn(world, 103, MAIN, 'portfolio');
    mustPass(world.block([deposit(newcomer, USD, 10n * DOLLAR)]));
    // The long would reduce; the newcomer cannot carry what he would buy.
    expect(rejectionOf(world, trade(newcomer, long, 10_000, 184))).toMatchObject({
      code: 'belowInitialMargin',
      account: newcomer,
    });
  });

  it('does not let a restricted account take anything out, by any way', () => {
    const { world, long } = restricted();
    const sibling = openIn(world, 101, MAIN, 'portfolio');
    expect(rejectionOf(world, withdraw(101, long, 1n))?.code).toBe('belowInitialMargin');
    expect(
      rejectionOf(world, { kind: 'transfer', actor: ownerId(101), from: long, to: sibling, asset: USD, amount: amount(1n) })
        ?.code,
    ).toBe('belowInitialMargin');
  });

  it('takes deposits always', () => {
    const { world, long } = restricted();
    expect(rejectionOf(world, deposit(long, USD, 1n))).toBeNull();
  });
});

describe('equity below zero and open auctions', () => {
  it('allow nothing but deposit and repay', () => {
    for (const eth of [178, 150]) {
      const world = createEngineWorld({ interestFree: true });
      const long = openIn(world, 101, MAIN, 'portfolio');
      const short = openIn(world, 102, MAIN, 'portfolio');
      mustPass(
        world.priced(200, [
          deposit(long, USD, 1_000n * DOLLAR),
          deposit(short, USD, 50_000n * DOLLAR),
          deposit(short, ETH, 10_000_000_000n),
          trade(long, short, 30_000, 200),
        ]),
      );
      mustPass(
        world.block([
          { kind: 'supply', actor: ownerId(102), account: short, asset: ETH, amount: amount(5_000_000_000n) },
          { kind: 'borrow', actor: ownerId(101), account: long, asset: ETH, amount: amount(100_000_000n) },
        ]),
      );
      world.priced(eth);
      expect(world.engine.state.auctions.get(long)?.stage).toBe(eth === 178 ? 'liquidation' : 'insolvent');
      const allowed: readonly Unsigned[] = [
        deposit(long, USD, 1n),
        { kind: 'repay', actor: ownerId(101), account: long, asset: ETH, amount: amount(50_000_000n) },
      ];
      const refused: readonly Unsigned[] = [
        trade(short, long, 1_000, eth),
        trade(long, short, 1, eth),
        withdraw(101, long, 1n),
        withdraw(101, long, 1n, ETH),
        { kind: 'transfer', actor: ownerId(101), from: long, to: short, asset: ETH, amount: amount(1n) },
        { kind: 'supply', actor: ownerId(101), account: long, asset: ETH, amount: amount(1_000n) },
        { kind: 'borrow', actor: ownerId(101), account: long, asset: ETH, amount: amount(1n) },
      ];
      for (const command of allowed) expect(rejectionOf(world, command)).toBeNull();
      for (const command of refused) expect(rejectionOf(world, command)?.code).toBe('accountInAuction');
      expect(rejectionOf(world, { kind: 'closeAccount', actor: ownerId(101), account: long })?.code).toBe('accountInAuction');
    }
  });

  it('refuses everything of an account with negative equity even before its auction opens', () => {
    const { world, long, short } = restricted();
    // The price falls in the very block of the command: prices come first, auctions last.
    const at = world.engine.state.timeMs + 15_000;
    expect(rejectionOf(world, trade(short, long, 1_000, 150), quotes(at, { usd: 1, eth: 150 }), 15_000)).toMatchObject({
      code: 'belowInitialMargin',
      account: long,
      figures: { equity: -500n * DOLLAR },
    });
  });
});

describe('gates', () => {
  it('a dead feed stops new risk and outflow of those who stand on it, and of nobody else', () => {
    const world = createMarketWorld();
    const long = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    const idle = openIn(world, 103, MAIN, 'portfolio');
    mustPass(
      world.block([
        deposit(long, USD, 10_000n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        deposit(idle, ETH, 1_000_000_000n),
        deposit(idle, USD, 10n * DOLLAR),
        trade(long, short, 1_000, 200),
      ]),
    );
    world.block([], 3_700_000);
    expect(world.engine.state.feeds[1]?.quality).toBe('stale');
    expect(rejectionOf(world, withdraw(101, long, 1n))?.code).toBe('feedNotUsable');
    expect(rejectionOf(world, trade(long, short, 1, 200))?.code).toBe('feedNotUsable');
    // Both reduce: always.
    expect(rejectionOf(world, trade(short, long, 1_000, 200))).toBeNull();
    // No debt and no position: his own is his own.
    expect(rejectionOf(world, withdraw(103, idle, 1_000_000_000n, ETH))).toBeNull();
    expect(rejectionOf(world, withdraw(103, idle, 10n * DOLLAR))).toBeNull();
  });

  it('an unbacked group lets nothing out and no risk in, but idle balances leave', () => {
    const { world, short } = restricted(184);
    const idle = openIn(world, 103, MAIN, 'portfolio');
    mustPass(world.block([deposit(idle, USD, 10n * DOLLAR)]));
    world.priced(150);
    expect(world.engine.state.groups[0]?.unbacked).toBe(500n * DOLLAR);
    expect(rejectionOf(world, withdraw(102, short, 1n))?.code).toBe('groupUnbacked');
    expect(rejectionOf(world, trade(idle, short, 1, 150))?.code).toBe('groupUnbacked');
    expect(rejectionOf(world, withdraw(103, idle, 10n * DOLLAR))).toBeNull();
  });

  it('a settlement asset below its peg makes the group reduce-only, and liquidates nobody', () => {
    const world = createEngineWorld();
    const long = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    mustPass(
      world.priced(200, [
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        trade(long, short, 20_000, 200),
      ]),
    );
    const healthy = figuresOf(world.engine.view, long, world.engine.view.scanned).healthMaintenance;
    const block = world.block(quotes(world.engine.state.timeMs + 15_000, { usd: 0.9, eth: 200 }), 15_000);
    expect(eventsOf(block, 'auctionOpened')).toEqual([]);
    expect(figuresOf(world.engine.view, long, world.engine.view.scanned).healthMaintenance).toBe(healthy);
    expect(rejectionOf(world, trade(long, short, 1, 200))?.code).toBe('reduceOnly');
    expect(rejectionOf(world, withdraw(102, short, 1n))?.code).toBe('reduceOnly');
    expect(rejectionOf(world, trade(short, long, 1_000, 200))).toBeNull();
  });

  it('opening risk needs a minimum of equity: to the tick', () => {
    const world = createEngineWorld();
    const small = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    mustPass(world.priced(200, [deposit(small, USD, DOLLAR - 1n), deposit(short, USD, 1_000n * DOLLAR)]));
    expect(rejectionOf(world, trade(small, short, 1, 200))).toMatchObject({
      code: 'equityTooSmall',
      account: small,
      figures: { equity: DOLLAR - 1n, least: DOLLAR },
    });
    mustPass(world.block([deposit(small, USD, 1n)]));
    expect(rejectionOf(world, trade(small, short, 1, 200))).toBeNull();
  });
});

describe('escrow', () => {
  it('what a bid holds in this block cannot be taken out in this block, nor be bid twice', () => {
    const { world, long } = restricted(184);
    const keeper = openIn(world, 103, MAIN, 'portfolio');
    mustPass(world.block([deposit(keeper, USD, 500n * DOLLAR)]));
    world.priced(178);
    expect(world.engine.state.auctions.has(long)).toBe(true);
    const bid = bidFor({ owner: 103, account: keeper }, long, 100n * DOLLAR);
    const recorded = eventsOf(mustPass(world.block([bid], 0)), 'bidRecorded');
    const escrow = recorded[0]?.escrow ?? 0n;
    expect(escrow).toBe(360_936_180n);
    const free = 500n * DOLLAR - escrow;
    expect(rejectionOf(world, withdraw(103, keeper, free + 1n), [bid])).toMatchObject({ code: 'belowInitialMargin' });
    expect(rejectionOf(world, withdraw(103, keeper, free), [bid])).toBeNull();
    expect(rejectionOf(world, bid, [bid])).toMatchObject({ code: 'bidBeyondCapital' });
    // In the next block it is free again.
    expect(rejectionOf(world, withdraw(103, keeper, 500n * DOLLAR))).toBeNull();
  });
});

describe('spot', () => {
  it('a seller delivers what he has and nothing more', () => {
    const world = createMarketWorld();
    const seller = openIn(world, 101, MAIN, 'portfolio');
    const buyer = openIn(world, 102, MAIN, 'portfolio');
    mustPass(world.block([deposit(seller, ETH, 1_000_000_000n), deposit(buyer, USD, 1_000n * DOLLAR)]));
    const sell = (size: number): Unsigned => fillAt(instrumentId(2), { buyer, seller }, size, 200_000);
    expect(rejectionOf(world, sell(1_001))).toMatchObject({ code: 'insufficientBalance', account: seller });
    const done = mustPass(world.block([sell(1_000)]));
    expect(eventsOf(done, 'traded')[0]?.legs).toEqual([
      { place: 'cash', account: buyer, amount: -200n * DOLLAR },
      { place: 'cash', account: seller, amount: 200n * DOLLAR },
      { place: 'balance', account: buyer, asset: ETH, amount: 1_000_000_000n },
      { place: 'balance', account: seller, asset: ETH, amount: -1_000_000_000n },
    ]);
  });
});

describe('limits of the band', () => {
  it('b is the liquidation fee or half the maintenance rate, whichever is less', () => {
    const world = createEngineWorld();
    const { view, state } = world.engine;
    const mark = ticksPerLot(200_000);
    expect(fillBandTicks(view, ETH_PERP, mark)).toBe(1_000);
    const risk = state.parameters.instruments[ETH_PERP];
    if (risk === undefined) throw new Error('The perpetual is listed.');
    const dear = { ...risk, liquidationFeePpm: ppm(100_000), maintenanceAddOnPpm: ppm(100_000), initialAddOnPpm: ppm(100_000) };
    mustPass(world.block([{ kind: 'proposeBundle', actor: GOVERNOR, changes: [{ kind: 'instrument', value: dear }] }]));
    world.priced(200, [], 60_000);
    // Now half the maintenance rate, (7 % of the worst scenario + 10 % and the latency buffer) / 2, is the lesser.
    const half = fillBandTicks(view, ETH_PERP, mark);
    expect(half).toBeGreaterThan(200_000 * 0.085);
    expect(half).toBeLessThan(200_000 * 0.1);
  });
});
