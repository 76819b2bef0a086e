import { describe, expect, it } from 'vitest';
import { cashOf } from '../ledger/accountStore.ts';
import { fundOf } from '../ledger/ledger.ts';
import { FUND_KINDS } from '../ledger/legs.ts';
import { checkConservation } from '../ledger/recount.ts';
import { type AccountId, accountId, amount, ownerId, poolId } from '../numeric/brand.ts';
import { figuresOf } from './healthOf.ts';
import { deposit, type EngineWorld, ETH, MAIN, trade, USD } from './testing/engineWorld.ts';
import { eventsOf, mustPass, rejectionOf } from './testing/inspect.ts';
import { BTC_PERP, bidFor, COMPARTMENT, createMarketWorld, DOLLAR, fillAt, openIn, quoted } from './testing/market.ts';

const equity = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).equity;

describe('a compartment', () => {
  it('keeps its loss to itself: funds, accounts and gate of the main group stay as they were', () => {
    const world = createMarketWorld({ interestFree: true });
    const mainLong = openIn(world, 101, MAIN, 'portfolio');
    const mainShort = openIn(world, 102, MAIN, 'portfolio');
    const long = openIn(world, 101, COMPARTMENT, 'isolated');
    const short = openIn(world, 103, COMPARTMENT, 'isolated');
    mustPass(
      world.block([
        deposit(mainLong, USD, 10_000n * DOLLAR),
        deposit(mainShort, USD, 10_000n * DOLLAR),
        trade(mainLong, mainShort, 10_000, 200),
        { kind: 'fundBackstop', actor: ownerId(102), tranche: 0 as never, account: mainShort, amount: amount(1_000n * DOLLAR) },
        deposit(long, USD, 1_000n * DOLLAR),
        deposit(short, USD, 5_000n * DOLLAR),
        fillAt(BTC_PERP, { buyer: long, seller: short }, 1_000, 8_000_000),
      ]),
    );
    const before = [mainLong, mainShort, accountId(0)].map((account) => equity(world, account));
    const funds = FUND_KINDS.map((kind) => fundOf(world.engine.state.ledger, MAIN, kind));
    const fall = quoted(world, { usd: 1, eth: 200, btc: 6_000, ratio: 1 });
    expect(eventsOf(fall, 'groupGated')).toMatchObject([{ group: COMPARTMENT, unbacked: 1_000n * DOLLAR }]);
    expect(rejectionOf(world, trade(mainLong, mainShort, 1, 200))).toBeNull();
    expect(rejectionOf(world, fillAt(BTC_PERP, { buyer: short, seller: long }, 1, 6_000_000))?.code).toBe('accountInAuction');
    const late = quoted(world, { usd: 1, eth: 200, btc: 6_000, ratio: 1 }, [], 120_000);
    // The main group's tranche takes nothing; the compartment deleverages within itself.
    expect(eventsOf(late, 'sliceSold')).toEqual([]);
    expect(eventsOf(late, 'deleveraged')).toMatchObject([
      { account: long, counterparty: short, lots: 1_000, price: 6_000_000, paid: 1_000n * DOLLAR },
    ]);
    expect(cashOf(world.engine.state.ledger.accounts, long)).toBe(0n);
    expect(equity(world, short)).toBe(6_000n * DOLLAR);
    expect([mainLong, mainShort, accountId(0)].map((account) => equity(world, account))).toEqual(before);
    expect(FUND_KINDS.map((kind) => fundOf(world.engine.state.ledger, MAIN, kind))).toEqual(funds);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
    // Its last position is closed; the account closes.
    expect(rejectionOf(world, { kind: 'closeAccount', actor: ownerId(101), account: long })).toBeNull();
  });
});

describe('AMM pools in an auction', () => {
  it('buy the single collateral of a vault at no worse than the reserve, and the proceeds repay its debt', () => {
    const world = createMarketWorld({ interestFree: true });
    const provider = openIn(world, 101, MAIN, 'portfolio');
    const vault = openIn(world, 102, MAIN, 'overcollateralized');
    mustPass(
      world.block([
        deposit(provider, ETH, 1_000_000_000_000n),
        deposit(provider, USD, 300_000n * DOLLAR),
        {
          kind: 'addLiquidity',
          actor: ownerId(101),
          pool: poolId(0),
          account: provider,
          baseMax: amount(1_000_000_000_000n),
          quoteMax: amount(200_000n * DOLLAR),
          sharesMin: amount(0n),
        },
        { kind: 'supply', actor: ownerId(101), account: provider, asset: USD, amount: amount(50_000n * DOLLAR) },
        deposit(vault, ETH, 10_000_000_000n),
        { kind: 'borrow', actor: ownerId(102), account: vault, asset: USD, amount: amount(1_300n * DOLLAR) },
        { kind: 'withdraw', actor: ownerId(102), account: vault, asset: USD, amount: amount(1_300n * DOLLAR) },
      ]),
    );
    // The pool still stands at 200 when the oracle says 180: it pays more than the reserve.
    const before = figuresOf(world.engine.view, vault, world.engine.view.scanned).equity;
    const block = quoted(world, { usd: 1, eth: 180, btc: 8_000, ratio: 1 });
    const [bought] = eventsOf(block, 'poolBought');
    expect(bought).toMatchObject({ account: vault, fee: 0n });
    expect(bought?.quote).toBe(bought?.repaid);
    expect((bought?.quote ?? 0n) * 1_000n).toBeGreaterThan((bought?.base ?? 0n) * 180n);
    const after = figuresOf(world.engine.view, vault, world.engine.view.scanned);
    expect(after.healthMaintenance).toBeGreaterThanOrEqual(0n);
    expect(after.equity).toBeGreaterThan(before - 200n * DOLLAR);
    expect(world.engine.state.auctions.has(vault)).toBe(false);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });
});

describe('budgets', () => {
  /** Eight longs that fall below maintenance together, the last the largest. */
  function crowd(world: EngineWorld): readonly AccountId[] {
    const short = openIn(world, 150, MAIN, 'portfolio');
    const longs = Array.from({ length: 8 }, (_, index) => openIn(world, 101 + index, MAIN, 'portfolio'));
    mustPass(world.block([deposit(short, USD, 1_000_000n * DOLLAR)]));
    mustPass(world.block(longs.map((account, index) => deposit(account, USD, BigInt(100 + index * 50) * DOLLAR))));
    mustPass(world.block(longs.map((account, index) => trade(account, short, 3_000 + 1_500 * index, 200))));
    return longs;
  }

  it('open no more auctions than fit in a block: the largest shortfalls first, a quarter round by account, all in the end', () => {
    const world = createMarketWorld({ interestFree: true, budget: { auctionsOpened: 4 } });
    const longs = crowd(world);
    const opened = (): readonly AccountId[] =>
      eventsOf(quoted(world, { usd: 1, eth: 176, btc: 8_000, ratio: 1 }), 'auctionOpened').map((event) => event.auction.account);
    const first = opened();
    expect(first).toEqual([longs[7], longs[6], longs[5], longs[0]]);
    const second = opened();
    expect(second).toEqual([longs[4], longs[3], longs[2], longs[1]]);
    expect(opened()).toEqual([]);
    expect(world.engine.state.auctions.size).toBe(8);
  });

  it('visit no more quiet auctions than fit, in turn; those with bids are all visited', () => {
    const world = createMarketWorld({ interestFree: true, budget: { auctionsVisited: 2 } });
    const longs = crowd(world);
    const keeper = openIn(world, 160, MAIN, 'portfolio');
    mustPass(world.block([deposit(keeper, USD, 1_000_000n * DOLLAR)]));
    quoted(world, { usd: 1, eth: 176, btc: 8_000, ratio: 1 });
    expect(world.engine.state.auctions.size).toBe(8);
    const bids = longs.slice(0, 5).map((account) => bidFor({ owner: 160, account: keeper }, account, 2_000n * DOLLAR));
    const sold = eventsOf(mustPass(quoted(world, { usd: 1, eth: 176, btc: 8_000, ratio: 1 }, bids)), 'sliceSold').map(
      (event) => event.account,
    );
    expect(sold).toEqual(longs.slice(0, 5));
    // Three are left; a recovery closes two a block.
    const closed = (): readonly AccountId[] =>
      eventsOf(quoted(world, { usd: 1, eth: 200, btc: 8_000, ratio: 1 }), 'auctionClosed').map((event) => event.account);
    expect([...closed(), ...closed()]).toHaveLength(3);
    expect(world.engine.state.auctions.size).toBe(0);
  });
});
