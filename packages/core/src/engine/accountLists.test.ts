import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../numeric/brand.ts';
import { auctionedAccounts, createAccountLists, forgetLists, waitingAccounts } from './accountLists.ts';
import type { EngineState } from './state.ts';
import { createEngineWorld, deposit, MAIN, trade, USD } from './testing/engineWorld.ts';
import { DOLLAR, openIn } from './testing/market.ts';

const ascending = (a: number, b: number): number => a - b;

/** What the lists must be, made anew of canonical state. */
function fresh(state: EngineState): { readonly auctions: readonly AccountId[]; readonly waiting: readonly AccountId[] } {
  const lists = createAccountLists();
  return { auctions: auctionedAccounts(lists, state), waiting: [...waitingAccounts(lists, state)].sort(ascending) };
}

describe('who has an auction and who waits for one', () => {
  it('is after every block what canonical state says', () => {
    let auctions = 0;
    let waits = 0;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 130, max: 260 }), { minLength: 4, maxLength: 14 }),
        fc.integer({ min: 1, max: 3 }),
        (prices, auctionsOpened) => {
          // So few are opened a block that others wait.
          const world = createEngineWorld({ budget: { auctionsOpened, auctionsVisited: 2 } });
          const maker = openIn(world, 100, MAIN, 'portfolio');
          world.priced(200, [deposit(maker, USD, 1_000_000n * DOLLAR)]);
          const traders = Array.from({ length: 8 }, (_, index) => openIn(world, 101 + index, MAIN, 'portfolio'));
          world.priced(
            200,
            traders.flatMap((trader, index) => [
              deposit(trader, USD, BigInt(600 + 150 * index) * DOLLAR),
              index % 2 === 0 ? trade(trader, maker, 20_000, 200) : trade(maker, trader, 20_000, 200),
            ]),
          );
          const { state, view } = world.engine;
          for (const ether of prices) {
            world.priced(ether);
            const { auctions: open, waiting } = fresh(state);
            expect(auctionedAccounts(view.lists, state)).toEqual(open);
            expect([...waitingAccounts(view.lists, state)].sort(ascending)).toEqual(waiting);
            auctions += open.length;
            waits += waiting.length;
          }
          forgetLists(view.lists);
          expect(auctionedAccounts(view.lists, state)).toEqual(fresh(state).auctions);
        },
      ),
      { seed: 815, numRuns: 40 },
    );
    // Both lists were put to use.
    expect(auctions).toBeGreaterThan(100);
    expect(waits).toBeGreaterThan(20);
  });
});
