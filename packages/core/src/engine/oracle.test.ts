import { describe, expect, it } from 'vitest';
import { type AccountId, amount, feedId, height, ownerId, poolId, ppm, price, sourceId, timeMs } from '../numeric/brand.ts';
import { applyBlock } from './engine.ts';
import { figuresOf } from './healthOf.ts';
import { assetView } from './prices.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  ETH,
  feed,
  GOVERNOR,
  MAIN,
  PUBLISHER,
  trade,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { bytesButNonces, copyOf, eventsOf, mustPass, rejectionOf, sameBytes, signAfter } from './testing/inspect.ts';
import { BASKET, createMarketWorld, DOLLAR, LP_SHARE, openIn, quoted, quotes, STAKED_ETH } from './testing/market.ts';

const health = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).healthMaintenance;
const priceOf = (world: EngineWorld, asset: typeof ETH): bigint => {
  const terms = world.engine.state.terms.assets[asset];
  if (terms === undefined) throw new Error('The asset is listed.');
  return assetView(world.engine.state, terms).price;
};

function report(source: number, eth: number, publishTimeMs: number, confidencePpm = 0): Unsigned {
  return {
    kind: 'reportPrices',
    actor: PUBLISHER,
    source: sourceId(source),
    prices: [
      {
        feed: feedId(1),
        price: price(BigInt(Math.round(eth * 1e6)) * 1_000n),
        confidencePpm: ppm(confidencePpm),
        publishTimeMs: timeMs(publishTimeMs),
      },
    ],
  };
}

function leveraged(world: EngineWorld): { readonly long: AccountId; readonly short: AccountId } {
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 1_000n * DOLLAR),
      deposit(short, USD, 10_000n * DOLLAR),
      trade(long, short, 30_000, 200),
    ]),
  );
  return { long, short };
}

/** ETH needs two sources that agree within 3 %. */
function quorumOfTwo(world: EngineWorld): void {
  mustPass(
    world.block([
      { kind: 'registerSource', actor: GOVERNOR, sourceActor: PUBLISHER, weight: 1, feeds: [feedId(1)] },
      {
        kind: 'proposeBundle',
        actor: GOVERNOR,
        changes: [{ kind: 'feed', value: { ...feed(1, 'ETH/USD'), minSources: 2, minWeight: 2 } }],
      },
    ]),
  );
  const at = world.engine.state.timeMs + 60_000;
  world.block([...quotes(at, { usd: 1, eth: 200 }), report(1, 200, at)], 60_000);
}

describe('reports', () => {
  it('of one block take effect whatever their order, the latest publish time of a source winning', () => {
    const world = createEngineWorld();
    quorumOfTwo(world);
    const { timeMs: now } = world.engine.state;
    const reports = [
      report(0, 190, now + 5_000),
      report(0, 180, now + 9_000),
      report(1, 181, now + 7_000),
      report(0, 185, now + 9_000, 100),
    ];
    const results: Uint8Array[] = [];
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 3, 0, 1],
      [1, 0, 3, 2],
    ]) {
      const copy = copyOf(world.engine);
      const commands = signAfter(
        copy,
        order.flatMap((index) => reports[index] ?? []),
      );
      applyBlock(copy, { height: height(copy.state.height + 1), timeMs: timeMs(now + 10_000), commands });
      results.push(bytesButNonces(copy));
    }
    for (const other of results.slice(1)) expect(sameBytes(results[0] ?? new Uint8Array(), other)).toBe(true);
  });

  it('act in the very block that carries them, before its commands', () => {
    const world = createEngineWorld();
    const { long, short } = leveraged(world);
    const block = world.priced(150, [trade(short, long, 1, 150)]);
    expect(block.results.at(-1)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'belowInitialMargin', figures: { equity: -500n * DOLLAR } },
    });
  });
});

describe('two sources that disagree', () => {
  it('are no price: nothing new opens and nobody is liquidated until they agree', () => {
    const world = createEngineWorld({ interestFree: true });
    quorumOfTwo(world);
    const long = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    mustPass(
      world.block([deposit(long, USD, 1_000n * DOLLAR), deposit(short, USD, 10_000n * DOLLAR), trade(long, short, 30_000, 200)]),
    );
    const at = world.engine.state.timeMs + 15_000;
    const apart = world.block([report(0, 170, at), report(1, 200, at)], 15_000);
    expect(world.engine.state.feeds[1]?.quality).toBe('disagreement');
    expect(eventsOf(apart, 'auctionOpened')).toEqual([]);
    const next = world.engine.state.timeMs + 15_000;
    const agreed = world.block([report(0, 170, next), report(1, 171, next)], 15_000);
    expect(world.engine.state.feeds[1]?.quality).toBe('valid');
    expect(eventsOf(agreed, 'auctionOpened')).toMatchObject([{ auction: { account: long } }]);
  });
});

describe('a source', () => {
  const register = (weight: number, feeds: readonly number[]): Unsigned => ({
    kind: 'registerSource',
    actor: GOVERNOR,
    sourceActor: ownerId(900 + weight),
    weight,
    feeds: feeds.map((feed) => feedId(feed)),
  });

  it('that would be the price alone is refused by name, and so is one that names a feed twice', () => {
    const world = createEngineWorld({ interestFree: true });
    mustPass(world.block([register(1, [1])]));
    expect(rejectionOf(world, register(9, [1]))).toMatchObject({
      code: 'invalidParameters',
      figures: { feed: 1, faults: expect.stringContaining('no source of three or more holds half the weight') },
    });
    expect(rejectionOf(world, register(1, [1, 1]))).toMatchObject({ code: 'invalidParameters', figures: { feed: 1 } });
    expect(rejectionOf(world, register(1_000_001, [1]))?.code).toBe('invalidParameters');
    expect(rejectionOf(world, register(1, [1]))).toBeNull();
  });
});

describe('a dead feed', () => {
  it('liquidates nobody who stands on it alone', () => {
    const world = createEngineWorld({ interestFree: true });
    leveraged(world);
    world.priced(184);
    for (let i = 0; i < 5; i += 1) expect(eventsOf(world.block([], 3_600_000), 'auctionOpened')).toEqual([]);
    expect(world.engine.state.feeds[1]?.quality).toBe('stale');
  });

  it('shelters nobody who fails even with its legs valued in his favour, once another of his feeds is alive', () => {
    const world = createMarketWorld({ interestFree: true });
    const long = openIn(world, 101, MAIN, 'portfolio');
    const short = openIn(world, 102, MAIN, 'portfolio');
    // Staked ether stands on two feeds; give the account basket collateral and a perpetual on ether, and let the ratio die.
    mustPass(
      quoted(world, { usd: 1, eth: 200, ratio: 1 }, [
        deposit(long, STAKED_ETH, 1_000_000_000n),
        deposit(long, USD, 900n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        trade(long, short, 30_000, 200),
      ]),
    );
    for (let i = 0; i < 3; i += 1) quoted(world, { usd: 1, eth: 200 }, [], 1_800_000);
    expect(world.engine.state.feeds[3]?.quality).toBe('stale');
    expect(world.engine.state.auctions.size).toBe(0);
    const fall = quoted(world, { usd: 1, eth: 165 });
    expect(health(world, long)).toBeLessThan(0n);
    expect(eventsOf(fall, 'auctionOpened')).toMatchObject([{ auction: { account: long } }]);
  });
});

describe('collateral without a feed of its own', () => {
  it('keeps a loss of its redemption ratio counted when reports of it stop', () => {
    const world = createMarketWorld({ interestFree: true });
    mustPass(quoted(world, { usd: 1, eth: 200, ratio: 0.9 }));
    expect(priceOf(world, STAKED_ETH)).toBe(180_000_000_000n);
    for (let i = 0; i < 3; i += 1) quoted(world, { usd: 1, eth: 200 }, [], 1_800_000);
    expect(world.engine.state.feeds[3]?.quality).toBe('stale');
    expect(priceOf(world, STAKED_ETH)).toBe(180_000_000_000n);
  });

  it('stands on the feeds of its parts: while they are dead nothing is borrowed against it', () => {
    for (const collateral of [BASKET, STAKED_ETH]) {
      const world = createMarketWorld({ interestFree: true });
      const lender = openIn(world, 101, MAIN, 'portfolio');
      const borrower = openIn(world, 102, MAIN, 'overcollateralized');
      const borrow = (size: bigint): Unsigned => ({
        kind: 'borrow',
        actor: ownerId(102),
        account: borrower,
        asset: USD,
        amount: amount(size),
      });
      mustPass(
        quoted(world, { usd: 1, eth: 200, ratio: 1 }, [
          deposit(lender, USD, 10_000n * DOLLAR),
          { kind: 'supply', actor: ownerId(101), account: lender, asset: USD, amount: amount(10_000n * DOLLAR) },
          deposit(borrower, collateral, 1_000_000_000n),
          borrow(100n * DOLLAR),
        ]),
      );
      expect(rejectionOf(world, borrow(1n))).toBeNull();
      for (let i = 0; i < 3; i += 1) quoted(world, { usd: 1, ratio: 1 }, [], 1_800_000);
      expect(world.engine.state.feeds[1]?.quality).toBe('stale');
      expect(rejectionOf(world, borrow(1n))?.code).toBe('feedNotUsable');
    }
  });
});

describe('the restart gate', () => {
  it('after a halt the first prices back liquidate nobody until a quorum spans the gate', () => {
    const world = createEngineWorld({ interestFree: true });
    mustPass(
      world.block([
        {
          kind: 'proposeBundle',
          actor: GOVERNOR,
          changes: [{ kind: 'feed', value: { ...feed(1, 'ETH/USD'), restartGateMs: 120_000 as never } }],
        },
      ]),
    );
    world.priced(200, [], 60_000);
    for (let i = 0; i < 10; i += 1) world.priced(200, [], 60_000);
    const { long } = leveraged(world);
    world.block([], 3_700_000);
    const back = world.priced(170);
    expect(health(world, long)).toBeLessThan(0n);
    expect(eventsOf(back, 'auctionOpened')).toEqual([]);
    expect(eventsOf(world.priced(170, [], 119_999), 'auctionOpened')).toEqual([]);
    expect(eventsOf(world.priced(170, [], 1), 'auctionOpened')).toMatchObject([{ auction: { account: long } }]);
  });
});

describe('values of derived collateral', () => {
  it('staked: base price times a ratio that cannot outgrow its cap, and falls at once', () => {
    const world = createMarketWorld();
    expect(priceOf(world, STAKED_ETH)).toBe(200_000_000_000n);
    quoted(world, { usd: 1, eth: 200, ratio: 1.5 });
    const reported = world.engine.state.feeds[3]?.aggregate?.price ?? 0n;
    expect(reported).toBe(1_500_000_000n);
    // Ten per cent a year since listing: 105 seconds are next to nothing.
    expect(priceOf(world, STAKED_ETH)).toBeLessThan(200_001_000_000n);
    quoted(world, { usd: 1, eth: 200, ratio: 0.8 });
    expect(priceOf(world, STAKED_ETH)).toBe(160_000_000_000n);
  });

  it('basket: its parts at oracle prices, what is above a cap counts nothing', () => {
    const world = createMarketWorld();
    // Half an ether and 100 dollars, each at most 60 %.
    expect(priceOf(world, BASKET)).toBe(200_000_000_000n);
    quoted(world, { usd: 1, eth: 100 });
    const fallen = priceOf(world, BASKET);
    expect(fallen).toBeLessThan(150_000_000_000n);
    expect(fallen).toBeGreaterThan(100_000_000_000n);
  });

  it('LP share: fair at oracle prices, so pushing the pool around within a block does not move it', () => {
    const world = createMarketWorld();
    const provider = openIn(world, 101, MAIN, 'portfolio');
    mustPass(
      quoted(world, { usd: 1, eth: 200 }, [
        deposit(provider, ETH, 100_000_000_000n),
        deposit(provider, USD, 50_000n * DOLLAR),
        {
          kind: 'addLiquidity',
          actor: ownerId(101),
          pool: poolId(0),
          account: provider,
          baseMax: amount(50_000_000_000n),
          quoteMax: amount(10_000n * DOLLAR),
          sharesMin: amount(0n),
        },
      ]),
    );
    const before = priceOf(world, LP_SHARE);
    const equity = figuresOf(world.engine.view, provider, world.engine.view.scanned).equity;
    mustPass(
      world.block([
        {
          kind: 'swap',
          actor: ownerId(101),
          pool: poolId(0),
          account: provider,
          give: 'quote',
          amount: amount(10_000n * DOLLAR),
          receiveMin: amount(0n),
        },
      ]),
    );
    const after = priceOf(world, LP_SHARE);
    // The fee stays in the pool: a little more, never less, though the pool's own price quadrupled.
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after - before).toBeLessThan(before / 500n);
    expect(figuresOf(world.engine.view, provider, world.engine.view.scanned).equity).toBeLessThan(equity);
  });
});
