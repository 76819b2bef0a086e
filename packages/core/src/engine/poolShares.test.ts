/** What margin makes of a moved price for a share of a pool, against what the engine makes of it once the price is there. */

import { describe, expect, it } from 'vitest';
import { movedInput } from '../margin/liquidationPrice.ts';
import { amount, ownerId, poolId, underlyingId } from '../numeric/brand.ts';
import { assetView } from './prices.ts';
import { deposit, type EngineWorld, ETH, MAIN, USD } from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';
import { createMarketWorld, DOLLAR, LP_SHARE, openIn, quoted } from './testing/market.ts';
import { modelOf } from './view.ts';

function shareNow({ engine }: EngineWorld) {
  const model = modelOf(engine.view, MAIN).input;
  // In this world the collateral is outside the scenarios, so that nothing would move it; here it moves with ether.
  const assets = model.assets.map((asset) =>
    asset.terms.id === ETH ? { ...asset, terms: { ...asset.terms, underlying: underlyingId(0) } } : asset,
  );
  const input = { ...model, assets };
  const found = input.assets.find(({ terms }) => terms.id === LP_SHARE);
  const ether = input.underlyings.find(({ terms }) => terms.id === 0);
  if (found === undefined || ether === undefined) throw new Error('The share and ether are listed.');
  return { input, share: found, ether: ether.view.price };
}

function pooled(): EngineWorld {
  const world = createMarketWorld();
  const account = openIn(world, 101, MAIN, 'portfolio');
  mustPass(
    quoted(world, { usd: 1, eth: 200 }, [deposit(account, USD, 10_000n * DOLLAR), deposit(account, ETH, 20_000_000_000n)]),
  );
  mustPass(
    quoted(world, { usd: 1, eth: 200 }, [
      {
        kind: 'addLiquidity',
        actor: ownerId(101),
        pool: poolId(0),
        account,
        baseMax: amount(10_000_000_000n),
        quoteMax: amount(2_000n * DOLLAR),
        sharesMin: amount(0n),
      },
    ]),
  );
  return world;
}

describe('a share of a pool', () => {
  it('is worth at a moved price what the engine prices it at when the feed gets there, to the last digit', () => {
    const world = pooled();
    const before = shareNow(world);
    expect(before.share.pool).toMatchObject({
      base: ETH,
      quote: USD,
      baseReserve: 10_000_000_000n,
      quoteReserve: 2_000n * DOLLAR,
    });
    expect(movedInput(before.input, 0, before.ether, before.ether)).toEqual(before.input);
    mustPass(quoted(world, { usd: 1, eth: 207.31 }));
    const after = shareNow(world);
    const moved = movedInput(before.input, 0, after.ether, before.ether);
    expect(after.share.view.price).not.toBe(before.share.view.price);
    expect(moved.assets.find(({ terms }) => terms.id === LP_SHARE)?.view.price).toBe(after.share.view.price);
    expect(assetView(world.engine.state, after.share.terms)).toEqual(after.share.view);
  });
});
