import { expect, it } from 'vitest';
import { createMarketWorld, quoted, DOLLAR, ETH_SPOT, fillAt, marketListings } from './testing/market.ts';
import { createEngineWorld, deposit, ETH, USD } from './testing/engineWorld.ts';
import { mustPass, outcomes } from './testing/inspect.ts';
it('smoke', () => {
  const raw = createEngineWorld();
  console.log(outcomes(raw.block(marketListings())));
  const world = createMarketWorld();
  const a = world.open(10); const b = world.open(11);
  mustPass(quoted(world, { eth: 200 }, [deposit(a, USD, 1000n * DOLLAR), deposit(b, USD, 1000n * DOLLAR)]));
  console.log(outcomes(world.block([fillAt(ETH_SPOT, { buyer: a, seller: b }, 1000, 200_000)])));
});
