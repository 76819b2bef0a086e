import { describe, expect, it } from 'vitest';
import { cashOf } from '../ledger/accountStore.ts';
import { checkConservation } from '../ledger/recount.ts';
import { type AccountId, ownerId, ticks } from '../numeric/brand.ts';
import { figuresOf } from './healthOf.ts';
import { lotsOf } from './lookup.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  ETH_PERP,
  MAIN,
  trade,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { eventsOf, mustPass } from './testing/inspect.ts';
import { DOLLAR, openIn } from './testing/market.ts';

const initial = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).healthInitial;

/** Opens an account of the owner with so many dollars. */
function funded(world: EngineWorld, owner: number, dollars: bigint): AccountId {
  const account = openIn(world, owner, MAIN, 'portfolio');
  mustPass(world.priced(200, [deposit(account, USD, dollars * DOLLAR)]));
  return account;
}

describe('deleveraging against more counterparties than a block may look at', () => {
  it('takes those with the most requirement per equity, and goes on with the others in the next block', () => {
    const world = createEngineWorld({ interestFree: true, budget: { adlCandidates: 2 } });
    const long = funded(world, 101, 1_000n);
    // Equal positions; the less equity, the earlier the turn.
    const shorts = [3_000n, 2_000n, 5_000n, 4_000n].map((dollars, index) => funded(world, 102 + index, dollars));
    mustPass(
      world.priced(
        200,
        shorts.map((short) => trade(long, short, 7_500, 200)),
      ),
    );
    world.priced(150);
    const first = eventsOf(world.priced(150, [], 120_000), 'deleveraged');
    const [second, poorest, richest, third] = shorts;
    expect(first.map((event) => [event.counterparty, event.lots])).toEqual([
      [second, 7_500],
      [poorest, 7_500],
    ]);
    expect(lotsOf(world.engine.state, long, ETH_PERP)).toBe(15_000);
    expect(first.reduce((sum, event) => sum + event.paid, 0n)).toBe(250n * DOLLAR);
    const next = eventsOf(world.priced(150), 'deleveraged');
    expect(next.map((event) => [event.counterparty, event.lots])).toEqual([
      [richest, 7_500],
      [third, 7_500],
    ]);
    expect([...first, ...next].reduce((sum, event) => sum + event.paid, 0n)).toBe(500n * DOLLAR);
    expect(cashOf(world.engine.state.ledger.accounts, long)).toBe(0n);
    expect(world.engine.state.auctions.size).toBe(0);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });
});

describe('more protections than a block may run', () => {
  it('take their turn by account id, block by block, and start again behind the last', () => {
    const world = createEngineWorld({ interestFree: true, budget: { protections: 1 } });
    const short = funded(world, 102, 50_000n);
    const protectedOnes = [101, 103, 104].map((owner) => {
      const account = funded(world, owner, 500n);
      const sibling = funded(world, owner, 5_000n);
      const signed: Unsigned = {
        kind: 'setProtection',
        actor: ownerId(owner),
        account,
        protection: { kind: 'topUp', sibling, dailyCap: ticks(5_000n * DOLLAR) },
      };
      mustPass(world.priced(200, [trade(account, short, 15_000, 200), signed]));
      return account;
    });
    const toppedUp = (eth: number): readonly AccountId[] => eventsOf(world.priced(eth), 'toppedUp').map((event) => event.account);
    // Whoever is next when the price falls: three blocks serve all three, each once.
    const served = [toppedUp(184), toppedUp(184), toppedUp(184)];
    expect(served.every((block) => block.length === 1)).toBe(true);
    const order = served.flat();
    expect([...order].sort((a, b) => a - b)).toEqual(protectedOnes);
    // By account id, going round.
    const start = protectedOnes.indexOf(order[0] ?? short);
    expect(order).toEqual([...protectedOnes.slice(start), ...protectedOnes.slice(0, start)]);
    for (const account of protectedOnes) expect(initial(world, account)).toBe(0n);
    expect(toppedUp(184)).toEqual([]);
    expect(checkConservation(world.engine.state.ledger)).toEqual([]);
  });
});
