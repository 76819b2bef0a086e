import { describe, expect, test } from 'vitest';
import { durationMs, groupId, instrumentId, ppm, timeMs, underlyingId, venueId } from '../numeric/brand.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  GOVERNOR,
  MAIN,
  type Unsigned,
  USD,
  VENUE,
} from './testing/engineWorld.ts';
import { fillAt, perpetualRisk } from './testing/market.ts';

const SQUARED = instrumentId(1);
const DOLLAR = 1_000_000n;

/** A perpetual on ETH² / 100 USD: 400 USD a unit at 200 USD, 0.4 USD a lot. */
function listing(formula: string): Unsigned {
  return {
    kind: 'listInstrument',
    actor: GOVERNOR,
    underlying: null,
    group: null,
    terms: {
      id: SQUARED,
      symbol: 'ETH2-PERP',
      group: groupId(0),
      underlying: underlyingId(0),
      lotUnits: 1_000_000n,
      form: {
        kind: 'perpetual',
        fundingWindowMs: durationMs(3_600_000),
        payoff: { formula, figures: { unit: 100_000_000_000n } },
      },
    },
    risk: perpetualRisk(SQUARED),
  };
}

function premiumReport(world: EngineWorld, premiumPpm: number): Unsigned {
  return {
    kind: 'reportPremiums',
    actor: VENUE,
    venue: venueId(0),
    premiums: [{ instrument: SQUARED, premiumPpm: ppm(premiumPpm), publishTimeMs: timeMs(world.engine.state.timeMs + 15_000) }],
  };
}

describe('a perpetual on the square of a price in the engine', () => {
  test('is listed by its terms, traded at its own mark, and gains and loses along its curve', () => {
    const world = createEngineWorld({ interestFree: true });
    expect(world.priced(200, [listing('square')]).results.map(({ kind }) => kind)).not.toContain('rejected');
    const [long, short] = [world.open(11), world.open(12)];
    const fill = fillAt(SQUARED, { buyer: long, seller: short }, 1000, 400_000);
    const funded = [deposit(long, USD, 1_000n * DOLLAR), deposit(short, USD, 1_000n * DOLLAR)];
    expect(world.priced(200, [...funded, fill]).results.map(({ kind }) => kind)).not.toContain('rejected');
    expect(world.health(long).equity).toBe(1_000n * DOLLAR);
    // 220² / 100 is 484 USD: the unit gained 84, and a fall to 180 loses only 76.
    world.priced(220);
    expect(world.health(long).equity).toBe(1_084n * DOLLAR);
    expect(world.health(short).equity).toBe(916n * DOLLAR);
    world.priced(180);
    expect(world.health(long).equity).toBe(924n * DOLLAR);
    expect(world.health(short).maintenance).toBeGreaterThan(world.health(long).maintenance);
  });

  test('pays funding on the payoff at the index, as much as the other side receives', () => {
    const world = createEngineWorld({ interestFree: true });
    world.priced(200, [listing('square')]);
    const [long, short] = [world.open(11), world.open(12)];
    const fill = fillAt(SQUARED, { buyer: long, seller: short }, 1000, 400_000);
    world.priced(200, [deposit(long, USD, 1_000n * DOLLAR), deposit(short, USD, 1_000n * DOLLAR), fill]);
    for (let step = 0; step < 480; step += 1) world.priced(200, [premiumReport(world, 10_000)]);
    const funding = world.engine.state.instruments[SQUARED]?.funding;
    // The cap is 0.1 % an hour and the first hour's average is paid over the second: of the payoff's 400 000 ticks, not of the price's 200 000.
    expect(funding?.index).toBe(400);
    expect(world.health(long).equity + world.health(short).equity).toBe(2_000n * DOLLAR);
  });

  test('is not listed with a formula that the core does not know', () => {
    const world = createEngineWorld();
    const results = world.priced(200, [listing('cube')]).results;
    expect(results.map(({ kind }) => kind)).toContain('rejected');
    expect(world.engine.state.terms.groups[0]?.id).toBe(MAIN);
  });
});
