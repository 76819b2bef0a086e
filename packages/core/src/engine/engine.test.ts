import { describe, expect, it } from 'vitest';
import { checkConservation } from '../ledger/recount.ts';
import { ownerId, ppm, ticks } from '../numeric/brand.ts';
import { createEngineWorld, deposit, ETH, trade, USD } from './testing/engineWorld.ts';

describe('the walking skeleton', () => {
  it('carries a deposit, a perpetual, a price fall and an auction through every layer and stays neutral to the unit', () => {
    const world = createEngineWorld();
    const long = world.open(10);
    const short = world.open(11);
    const keeper = world.open(12);
    const opened = world.priced(200, [
      deposit(long, USD, 1_000_000_000n),
      deposit(short, USD, 10_000_000_000n),
      deposit(keeper, USD, 50_000_000_000n),
      trade(long, short, 30_000, 200),
    ]);
    expect(opened.results.map((result) => (result.kind === 'rejected' ? result.rejection : 'ok'))).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
    ]);
    expect(world.health(long).equity).toBe(1_000_000_000n);
    const fallen = world.priced(178);
    expect(world.health(long).equity).toBe(1_000_000_000n - 30_000n * 22_000n);
    expect(fallen.events.filter((event) => event.kind === 'auctionOpened')).toHaveLength(1);
    const bid = world.priced(178, [
      { kind: 'bid', actor: ownerId(12), account: keeper, liquidated: long, sizePpm: ppm(1_000_000), limit: ticks(340_000_000n) },
    ]);
    const sold = bid.events.filter((event) => event.kind === 'sliceSold');
    expect(sold).toHaveLength(1);
    expect(world.health(long).healthMaintenance).toBeGreaterThanOrEqual(0n);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });

  it('refuses to open more than initial margin allows and changes nothing but the nonce', () => {
    const world = createEngineWorld();
    const long = world.open(10);
    const short = world.open(11);
    world.priced(200, [deposit(long, USD, 100_000_000n), deposit(short, USD, 10_000_000_000n)]);
    const block = world.priced(200, [trade(long, short, 30_000, 200)]);
    const [, result] = block.results;
    expect(result?.kind === 'rejected' && result.rejection.code).toBe('belowInitialMargin');
    expect(world.health(long).maintenance).toBe(0n);
  });

  it('sells out a vault whose debt outgrows its collateral', () => {
    const world = createEngineWorld();
    const lender = world.open(10);
    const vault = world.open(11, 'overcollateralized');
    const keeper = world.open(12);
    const block = world.priced(200, [
      deposit(lender, USD, 10_000_000_000n),
      { kind: 'supply', actor: ownerId(10), account: lender, asset: USD, amount: 10_000_000_000n as never },
      deposit(vault, ETH, 10_000_000_000n),
      deposit(keeper, USD, 10_000_000_000n),
      { kind: 'borrow', actor: ownerId(11), account: vault, asset: USD, amount: 1_300_000_000n as never },
      { kind: 'withdraw', actor: ownerId(11), account: vault, asset: USD, amount: 1_300_000_000n as never },
    ]);
    expect(block.results.map((result) => (result.kind === 'rejected' ? result.rejection : 'ok'))).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
    ]);
    world.priced(180);
    expect(world.engine.state.auctions.has(vault)).toBe(true);
    const bid = world.priced(180, [
      {
        kind: 'bid',
        actor: ownerId(12),
        account: keeper,
        liquidated: vault,
        sizePpm: ppm(1_000_000),
        limit: ticks(500_000_000n),
      },
    ]);
    expect(bid.events.filter((event) => event.kind === 'sliceSold')).toHaveLength(1);
    expect(world.health(vault).healthMaintenance).toBeGreaterThanOrEqual(0n);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });
});
