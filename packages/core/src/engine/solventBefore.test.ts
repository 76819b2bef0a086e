import { describe, expect, it } from 'vitest';
import type { AccountId } from '../numeric/brand.ts';
import { lots, ticksPerLot } from '../numeric/brand.ts';
import { fillLegs } from './fill.ts';
import { figuresOf } from './healthOf.ts';
import { isSurelySolventBefore } from './solventBefore.ts';
import { createEngineWorld, deposit, type EngineWorld, ETH, ETH_PERP, MAIN, trade, USD } from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';
import { DOLLAR, openIn } from './testing/market.ts';

/** A long of 30 ETH at 200 with 1,000 dollars and a short with 10,000, at a price. */
function bookAt(eth: number): { readonly world: EngineWorld; readonly long: AccountId; readonly short: AccountId } {
  const world = createEngineWorld({ interestFree: true });
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 1_000n * DOLLAR),
      deposit(short, USD, 10_000n * DOLLAR),
      trade(long, short, 30_000, 200),
    ]),
  );
  world.priced(eth);
  return { world, long, short };
}

/** What the filter says of an account before it buys or sells at a price, and its exact equity now. */
function asked(world: EngineWorld, account: AccountId, size: number, perLot: number): readonly [boolean, bigint] {
  const { view } = world.engine;
  const legs = fillLegs(view, { account, instrument: ETH_PERP, lots: lots(size), price: ticksPerLot(perLot) });
  const after = figuresOf(view, account, view.after, legs);
  const said = isSurelySolventBefore(view, account, Number(after.equity), legs);
  return [said, figuresOf(view, account, view.before).equity];
}

describe('whether an account was surely solvent before a fill', () => {
  it('is answered from its figures after it, also when the fill turns the position over or is far from mark', () => {
    for (const [size, perLot] of [
      [1, 180_000],
      [-10_000, 180_000],
      [-45_000, 150_000],
      [45_000, 1],
      [-30_000, 999_999],
    ] as const) {
      const { world, long, short } = bookAt(180);
      expect(asked(world, long, size, perLot)).toEqual([true, 400n * DOLLAR]);
      expect(asked(world, short, size, perLot)).toEqual([true, 10_600n * DOLLAR]);
    }
  });

  it('is denied to an insolvent account that a fill far from mark would make rich', () => {
    const { world, long } = bookAt(160);
    expect(asked(world, long, 30_000, 1)).toEqual([false, -200n * DOLLAR]);
    expect(asked(world, long, -60_000, 999_999)).toEqual([false, -200n * DOLLAR]);
    const { view } = world.engine;
    const legs = fillLegs(view, { account: long, instrument: ETH_PERP, lots: lots(30_000), price: ticksPerLot(1) });
    expect(figuresOf(view, long, view.after, legs).healthInitial).toBeGreaterThan(0n);
  });

  it('is left to the exact figures at zero equity, and for legs that are not a fill against cash', () => {
    const { world, long } = bookAt(200);
    world.priced(200 - 1_000 / 30);
    const { view } = world.engine;
    const nothing = openIn(world, 103, MAIN, 'portfolio');
    expect(asked(world, nothing, 1, 160_000)).toEqual([false, 0n]);
    const legs = [{ place: 'balance', account: long, asset: ETH, amount: 5n as never }] as const;
    expect(isSurelySolventBefore(view, long, Number(figuresOf(view, long, view.after, legs).equity), legs)).toBe(false);
  });
});
