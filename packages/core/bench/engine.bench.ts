import { type Benchmark, timedOneByOne } from '@plimsoll/lab/bench/benchmark';
import { createEngineWorld, deposit, trade, USD } from '../src/engine/testing/engineWorld.ts';
import type { AccountId } from '../src/numeric/brand.ts';

/** A world with `count` accounts in cash and small alternating positions. */
function populated(count: number): {
  readonly world: ReturnType<typeof createEngineWorld>;
  readonly accounts: readonly AccountId[];
} {
  const world = createEngineWorld();
  const accounts = Array.from({ length: count }, (_, index) => world.open(100 + index));
  world.priced(
    200,
    accounts.map((account) => deposit(account, USD, 1_000_000_000_000n)),
  );
  return { world, accounts };
}

export const benches: readonly Benchmark[] = [
  {
    name: 'a whole trade, two accounts, decided and applied (in blocks of 1,000, hashing included)',
    unit: 'trade',
    run: () => {
      const { world, accounts } = populated(100);
      const commands = Array.from({ length: 1_000 }, (_, index) => {
        const buyer = accounts[(index * 7) % 100] as AccountId;
        const seller = accounts[(index * 7 + 1 + (index % 50)) % 100] as AccountId;
        return trade(buyer, seller, 1 + (index % 5), 200);
      });
      for (let warm = 0; warm < 5; warm += 1) world.priced(200, commands);
      return timedOneByOne(20, () => void world.priced(200, commands), 1_000);
    },
  },
];
