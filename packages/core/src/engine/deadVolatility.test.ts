import { describe, expect, test } from 'vitest';
import { durationMs, instrumentId, ppm, timeMs } from '../numeric/brand.ts';
import { figuresOf } from './healthOf.ts';
import { createEngineWorld, deposit, type EngineWorld, MAIN, START_MS, type Unsigned, USD } from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';
import { DOLLAR, fillAt, openIn } from './testing/market.ts';
import { listOnEther, optionOn, reportedSmile, smileOf, takesVolatilities } from './testing/optionMarket.ts';

const CALL = instrumentId(1);
const EXPIRY = timeMs(START_MS + 30 * 86_400_000);
const MINUTE_MS = 60_000;
const FEED = { minSources: 1, minWeight: 1, maxAgeMs: durationMs(5 * MINUTE_MS), agreementPpm: ppm(100_000) };

/** A call at the money whose volatility one source reports, with five minutes to live. */
function optionWorld(): EngineWorld {
  const world = createEngineWorld({ interestFree: true });
  mustPass(world.block([listOnEther(CALL, optionOn('call', 200, EXPIRY))]));
  mustPass(world.block([takesVolatilities(world, FEED)]));
  world.priced(200, [], MINUTE_MS);
  world.priced(200, [], MINUTE_MS);
  return world;
}

const quoted = (world: EngineWorld, percent: number): Unsigned =>
  reportedSmile({ smile: smileOf([200, percent]), expiryMs: EXPIRY, publishedMs: world.engine.state.timeMs });

/** Auctions opened while prices are reported for so many minutes and volatilities are not. */
function openedIn(world: EngineWorld, minutes: number, priceUsd: number): number {
  let opened = 0;
  for (let minute = 0; minute < minutes; minute += 1)
    opened += world.priced(priceUsd, [], MINUTE_MS).events.filter(({ kind }) => kind === 'auctionOpened').length;
  return opened;
}

describe('a volatility feed that dies', () => {
  // The governed volatility is 80 %: against the short who was quoted 40, and against the long who was quoted 150.
  test.each([
    { side: 'short', percent: 40, fillPrice: 9_000, collateral: 21n },
    { side: 'long', percent: 150, fillPrice: 34_000, collateral: 23n },
  ])(
    'liquidates nobody by itself: a $side below maintenance at the parameter alone is left alone',
    ({ side, percent, fillPrice, collateral }) => {
      const world = optionWorld();
      const victim = openIn(world, 101, MAIN, 'portfolio');
      const other = openIn(world, 102, MAIN, 'portfolio');
      const sides = side === 'short' ? { buyer: other, seller: victim } : { buyer: victim, seller: other };
      mustPass(world.priced(200, [quoted(world, percent)], 1_000));
      mustPass(world.priced(200, [deposit(victim, USD, collateral * DOLLAR), deposit(other, USD, 10_000n * DOLLAR)], 1_000));
      mustPass(world.priced(200, [quoted(world, percent), fillAt(CALL, sides, 1_000, fillPrice)], 1_000));
      const { view } = world.engine;
      expect(figuresOf(view, victim, view.scanned).healthMaintenance).toBeGreaterThan(0n);
      expect(openedIn(world, 8, 200)).toBe(0);
      expect(figuresOf(view, victim, view.scanned).healthMaintenance).toBeLessThan(0n);
      // Nor does it shelter anybody: when the price itself goes against it, the account fails at both volatilities.
      const against = side === 'short' ? 212 : 120;
      expect(openedIn(world, 3, against)).toBe(1);
    },
  );
});
