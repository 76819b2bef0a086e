import { type Benchmark, timedOneByOne } from '@plimsoll/lab/bench/benchmark';
import type { Command } from '../src/engine/commands.ts';
import { applyBlock, type Block } from '../src/engine/engine.ts';
import { createEngineWorld, deposit, type EngineWorld, PUBLISHER, trade, USD } from '../src/engine/testing/engineWorld.ts';
import { type AccountId, feedId, height, ppm, price, sourceId, timeMs } from '../src/numeric/brand.ts';

const ACCOUNTS = 100;
const TRADES = 1_000;
const WARM_BLOCKS = 5;
const BLOCKS = 20;
const BLOCK_MS = 15_000;
/** Above every nonce that setting up has used. */
const FIRST_NONCE = 1_000_000;

/** A world with `ACCOUNTS` accounts in cash and small alternating positions. */
function populated(): { readonly world: EngineWorld; readonly accounts: readonly AccountId[] } {
  const world = createEngineWorld();
  const accounts = Array.from({ length: ACCOUNTS }, (_, index) => world.open(100 + index));
  world.priced(
    200,
    accounts.map((account) => deposit(account, USD, 1_000_000_000_000n)),
  );
  return { world, accounts };
}

/** Block number `index` from here: fresh prices, and trades between accounts that are not neighbours in memory. */
function blockOf(world: EngineWorld, accounts: readonly AccountId[], index: number): Block {
  const { state } = world.engine;
  const atMs = timeMs(state.timeMs + (index + 1) * BLOCK_MS);
  const report = (feed: number, nano: bigint) => ({
    feed: feedId(feed),
    price: price(nano),
    confidencePpm: ppm(0),
    publishTimeMs: atMs,
  });
  const prices = [report(0, 1_000_000_000n), report(1, 200_000_000_000n)];
  const nonce = FIRST_NONCE + index * TRADES;
  const trades = Array.from({ length: TRADES }, (_, at): Command => {
    const buyer = accounts[(at * 7) % ACCOUNTS] as AccountId;
    const seller = accounts[(at * 7 + 1 + (at % 50)) % ACCOUNTS] as AccountId;
    return { ...trade(buyer, seller, 1 + (at % 5), 200), nonce: nonce + at } as Command; // cast-ok: the nonce is what `trade` leaves out
  });
  return {
    height: height(state.height + 1 + index),
    timeMs: atMs,
    commands: [{ kind: 'reportPrices', actor: PUBLISHER, nonce, source: sourceId(0), prices }, ...trades],
  };
}

export const benches: readonly Benchmark[] = [
  {
    name: 'a whole trade, two accounts, decided and applied (in blocks of 1,000, prices and hashing included)',
    unit: 'trade',
    goal: 'p50 at most 10 µs',
    run: () => {
      const { world, accounts } = populated();
      // Commands arrive as objects: making them is not part of deciding and applying them.
      const blocks = Array.from({ length: WARM_BLOCKS + BLOCKS }, (_, index) => blockOf(world, accounts, index));
      let next = 0;
      const apply = (): void => {
        const block = blocks[next];
        next += 1;
        if (block === undefined) throw new Error('as many blocks as are measured were made');
        const { results } = applyBlock(world.engine, block);
        if (results.some((result) => result.kind === 'rejected')) throw new Error('every trade of the benchmark passes');
      };
      for (let warm = 0; warm < WARM_BLOCKS; warm += 1) apply();
      return timedOneByOne(BLOCKS, apply, TRADES);
    },
  },
];
