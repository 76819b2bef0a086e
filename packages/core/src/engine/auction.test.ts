import { describe, expect, it } from 'vitest';
import { cashOf } from '../ledger/accountStore.ts';
import { fundOf } from '../ledger/ledger.ts';
import { checkConservation } from '../ledger/recount.ts';
import { type AccountId, amount, ownerId, trancheId } from '../numeric/brand.ts';
import { figuresOf } from './healthOf.ts';
import { offerOf } from './steps/liquidation/offer.ts';
import { createEngineWorld, deposit, type EngineWorld, ETH, MAIN, trade, type Unsigned, USD } from './testing/engineWorld.ts';
import { eventsOf, mustPass } from './testing/inspect.ts';
import { bidFor, DOLLAR, openIn } from './testing/market.ts';

function fallen(
  eth: number,
  more: (keeper: AccountId) => readonly Unsigned[] = () => [],
): { readonly world: EngineWorld; readonly long: AccountId; readonly keeper: AccountId } {
  const world = createEngineWorld({ interestFree: true });
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  const keeper = openIn(world, 103, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 1_000n * DOLLAR),
      deposit(short, USD, 10_000n * DOLLAR),
      deposit(keeper, USD, 50_000n * DOLLAR),
      trade(long, short, 30_000, 200),
      ...more(keeper),
    ]),
  );
  world.priced(eth);
  return { world, long, keeper };
}

function reserveOf(world: EngineWorld, account: AccountId): bigint {
  const auction = world.engine.state.auctions.get(account);
  if (auction === undefined) throw new Error('The auction is open.');
  return offerOf(world.engine.view, auction).reserve;
}

describe('the reserve price', () => {
  it('falls from mark to the cutoff, from there to nothing', () => {
    const { world, long } = fallen(178);
    const path: bigint[] = [reserveOf(world, long)];
    for (const stepMs of [150_000, 150_000, 300_000, 1_800_000, 1_800_000]) {
      world.priced(178, [], stepMs);
      path.push(reserveOf(world, long));
    }
    // 340 × 1, 0.95, 0.9, 0.8, 0.4, 0.
    expect(path).toEqual([340n, 323n, 306n, 272n, 136n, 0n].map((dollars) => dollars * DOLLAR));
  });

  it('follows the live mark value, not the one at the start', () => {
    const { world, long } = fallen(178);
    world.priced(177, [], 150_000);
    expect(reserveOf(world, long)).toBe((310n * DOLLAR * 95n) / 100n);
  });

  it('never falls below the standing bid of a backstop that has capacity', () => {
    const { world, long } = fallen(178, (keeper) => [
      { kind: 'fundBackstop', actor: ownerId(103), tranche: trancheId(0), account: keeper, amount: amount(2n * DOLLAR) },
    ]);
    world.priced(178, [], 290_000);
    const before = reserveOf(world, long);
    expect(before).toBeGreaterThanOrEqual(306n * DOLLAR);
    expect(before).toBeLessThan(308n * DOLLAR);
  });

  it('of an insolvent portfolio is what its taker is paid: from nothing up, never more than insurance holds', () => {
    const { world, long } = fallen(150);
    world.priced(150, [], 60_000);
    // Half of 500 would be due, and insurance is empty.
    expect(fundOf(world.engine.state.ledger, MAIN, 'insurance')).toBe(0n);
    expect(reserveOf(world, long)).toBe(0n);
  });

  it('starts anew when the portfolio becomes insolvent, and again when it is solvent', () => {
    const { world, long } = fallen(178);
    world.priced(178, [], 300_000);
    const staged = eventsOf(world.priced(160), 'auctionStaged').at(-1)?.auction;
    expect(staged).toMatchObject({ account: long, stage: 'insolvent', stageAtMs: world.engine.state.timeMs });
    const again = eventsOf(world.priced(178), 'auctionStaged').at(-1)?.auction;
    expect(again).toMatchObject({ account: long, stage: 'liquidation', stageAtMs: world.engine.state.timeMs });
    expect(reserveOf(world, long)).toBe(340n * DOLLAR);
  });
});

describe('a bid', () => {
  it('lives for its block only', () => {
    const { world, long, keeper } = fallen(178);
    mustPass(world.priced(178, [bidFor({ owner: 103, account: keeper }, long, 330n * DOLLAR)]));
    expect(eventsOf(world.priced(178, [], 300_000), 'sliceSold')).toEqual([]);
  });

  it('that its bidder cannot carry whole shrinks to the largest size that passes his own check', () => {
    const { world, long } = fallen(178);
    const small = openIn(world, 104, MAIN, 'portfolio');
    mustPass(world.priced(178, [deposit(small, USD, 300n * DOLLAR)]));
    const block = mustPass(world.priced(178, [bidFor({ owner: 104, account: small }, long, 340n * DOLLAR, 450_000)]));
    const [sold] = eventsOf(block, 'sliceSold');
    expect(sold).toMatchObject({ account: long, taker: small });
    expect(figuresOf(world.engine.view, small, world.engine.view.scanned).healthInitial).toBeGreaterThanOrEqual(0n);
  });

  it('never pays more than its limit for its part, give or take the dust of two roundings', () => {
    const { world, long, keeper } = fallen(172);
    const limit = 170n * DOLLAR + 7n;
    const block = mustPass(world.priced(172, [bidFor({ owner: 103, account: keeper }, long, limit, 333_333)]));
    const [sold] = eventsOf(block, 'sliceSold');
    const size = BigInt(sold?.fractionPpm ?? 0);
    expect(size).toBe(333_333n);
    expect((sold?.price ?? 0n) * 1_000_000n).toBeLessThanOrEqual(limit * size + 2_000_000n);
  });
});

describe('negative cash beside collateral', () => {
  it('that is worth less than it is written off too, and does not gate the group for ever', () => {
    const world = createEngineWorld({ interestFree: true });
    const short = openIn(world, 101, MAIN, 'portfolio');
    const long = openIn(world, 102, MAIN, 'portfolio');
    const keeper = openIn(world, 103, MAIN, 'portfolio');
    mustPass(
      world.priced(200, [
        deposit(short, ETH, 1_000_000_000n),
        deposit(long, USD, 10_000n * DOLLAR),
        deposit(keeper, USD, 10_000n * DOLLAR),
        trade(long, short, 4_000, 200),
        trade(long, keeper, 100, 200),
      ]),
    );
    world.priced(300);
    expect(world.engine.state.auctions.get(short)?.stage).toBe('insolvent');
    const closed = world.priced(300, [], 120_000);
    expect(eventsOf(closed, 'deleveraged')).toMatchObject([
      { account: short, counterparty: long, lots: 4_000, paid: 100n * DOLLAR },
    ]);
    // One ether against 300 owed: nothing left. Then ether falls, and there is a deficit with nothing to deleverage.
    expect(cashOf(world.engine.state.ledger.accounts, short)).toBe(-300n * DOLLAR);
    // Its clock ran out before, so it is written off in the same block.
    const written = eventsOf(world.priced(250), 'lossWritten');
    // 50 and five per cent of the collateral, for whoever takes it.
    expect(written[0]).toMatchObject({ account: short, layer: 'socialised', amount: 62_500_000n });
    expect(world.engine.state.groups[0]?.unbacked).toBe(0n);
    const sale = mustPass(
      world.priced(250, [
        bidFor({ owner: 103, account: keeper }, short, 10n * DOLLAR),
        bidFor({ owner: 102, account: long }, short, 5n * DOLLAR),
      ]),
    );
    expect(eventsOf(sale, 'sliceSold')).toMatchObject([
      { account: short, taker: keeper, price: 5n * DOLLAR, toRecovery: 5n * DOLLAR },
    ]);
    expect(fundOf(world.engine.state.ledger, MAIN, 'recovery')).toBe(5n * DOLLAR);
    expect(cashOf(world.engine.state.ledger.accounts, short)).toBe(0n);
    expect(world.engine.state.auctions.size).toBe(0);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });
});
