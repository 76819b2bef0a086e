import { describe, expect, it } from 'vitest';
import { type AccountId, durationMs, groupId, instrumentId, ownerId, ppm, underlyingId } from '../numeric/brand.ts';
import { figuresOf, isLiquidatable } from './healthOf.ts';
import type { GlobalParameters, ParameterChange } from './parameters.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  ETH_PERP,
  GOVERNOR,
  MAIN,
  trade,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { eventsOf, mustPass, rejectionOf } from './testing/inspect.ts';
import { DOLLAR, fillAt, openIn, perpetualRisk, quotes } from './testing/market.ts';

const HOUR = 3_600_000;

/** A long of 30 ETH that is at 8 % above its line and a well-funded short; half of each's notional is the other's. */
function leveraged(overrides: Parameters<typeof createEngineWorld>[0] = {}): {
  readonly world: EngineWorld;
  readonly long: AccountId;
  readonly short: AccountId;
} {
  const world = createEngineWorld({ interestFree: true, ...overrides });
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 800n * DOLLAR),
      deposit(short, USD, 50_000n * DOLLAR),
      trade(long, short, 30_000, 200),
    ]),
  );
  return { world, long, short };
}

const scan = (scanRangePpm: number): ParameterChange => ({
  kind: 'underlying',
  value: {
    underlying: underlyingId(0),
    scanRangePpm: ppm(scanRangePpm),
    annualVolatilityPpm: ppm(800_000),
    depthOnePercent: 5_000_000_000_000n,
  },
});
const propose = (...changes: readonly ParameterChange[]): Unsigned => ({ kind: 'proposeBundle', actor: GOVERNOR, changes });
const globals = (world: EngineWorld, change: Partial<GlobalParameters>): ParameterChange => ({
  kind: 'global',
  value: { ...world.engine.state.parameters.global, ...change },
});
const health = (world: EngineWorld, account: AccountId): bigint =>
  figuresOf(world.engine.view, account, world.engine.view.scanned).healthMaintenance;

/** Lets flips through, so that what protects is grace alone. */
function withoutFlipLimit(world: EngineWorld): void {
  mustPass(world.block([propose(globals(world, { maxFlipPpm: ppm(1_000_000) }))]));
  world.priced(200, [], 60_000);
}

describe('parameter bundles', () => {
  it('take effect when their timelock ends and not before, at once for new risk', () => {
    const { world, long, short } = leveraged();
    mustPass(world.block([propose(scan(101_000))]));
    expect(eventsOf(world.priced(200, [], 59_999), 'bundleApplied')).toEqual([]);
    expect(eventsOf(world.priced(200, [], 1), 'bundleApplied')).toHaveLength(1);
    expect(world.engine.state.parameters.underlyings[0]?.scanRangePpm).toBe(101_000);
    expect(world.engine.state.parameterHistory).toHaveLength(1);
    void [long, short];
  });

  it('are refused when they would make more than the allowed share of open interest liquidatable', () => {
    const { world } = leveraged();
    const refused = rejectionOf(world, propose(scan(300_000)));
    expect(refused?.code).toBe('flipsTooMuch');
    expect(Number(refused?.figures['flippedPpm'])).toBeGreaterThan(400_000);
    expect(refused?.figures['mostPpm']).toBe(10_000);
  });

  it('that were fine when proposed are refused, by name, when they would flip too much when due', () => {
    const { world } = leveraged();
    mustPass(world.block([propose(scan(140_000))]));
    const due = world.priced(190, [], 60_000);
    expect(eventsOf(due, 'bundleCancelled')).toMatchObject([{ reason: 'refused' }]);
    expect(world.engine.state.parameters.underlyings[0]?.scanRangePpm).toBe(100_000);
  });

  it('can be cancelled until they are due', () => {
    const { world } = leveraged();
    const [proposed] = eventsOf(mustPass(world.block([propose(scan(101_000))])), 'bundleProposed');
    mustPass(world.block([{ kind: 'cancelBundle', actor: GOVERNOR, bundle: proposed?.bundle.id ?? -1 }]));
    expect(eventsOf(world.priced(200, [], 60_000), 'bundleApplied')).toEqual([]);
    expect(rejectionOf(world, { kind: 'cancelBundle', actor: GOVERNOR, bundle: proposed?.bundle.id ?? -1 })?.code).toBe(
      'unknownBundle',
    );
  });

  it('are atomic: one bad change refuses all of them', () => {
    const { world } = leveraged();
    expect(rejectionOf(world, propose(scan(101_000), { kind: 'instrument', value: perpetualRisk(instrumentId(44)) }))?.code).toBe(
      'invalidParameters',
    );
    expect(
      rejectionOf(
        world,
        propose(
          scan(101_000),
          globals(world, { budget: { ...world.engine.state.parameters.global.budget, auctionsVisited: 0 } }),
        ),
      )?.code,
    ).toBe('invalidParameters');
    expect(rejectionOf(world, propose(scan(0)))?.code).toBe('invalidParameters');
    expect(
      rejectionOf(world, propose({ kind: 'instrument', value: { ...perpetualRisk(ETH_PERP), liquidationFeePpm: ppm(-1) } }))
        ?.code,
    ).toBe('invalidParameters');
  });
});

describe('the grace rule', () => {
  it('a bundle that tightens margin liquidates nobody for the grace time, and whoever is still below after it', () => {
    const { world, long } = leveraged();
    withoutFlipLimit(world);
    mustPass(world.block([propose(scan(300_000))]));
    const applied = world.priced(200, [], 60_000);
    expect(eventsOf(applied, 'bundleApplied')).toHaveLength(1);
    expect(health(world, long)).toBeLessThan(0n);
    expect(world.engine.state.below.has(long)).toBe(true);
    expect(eventsOf(applied, 'auctionOpened')).toEqual([]);
    for (let passed = 0; passed < HOUR; passed += HOUR / 4)
      expect(eventsOf(world.priced(200, [], HOUR / 4), 'auctionOpened')).toEqual([]);
    expect(isLiquidatable(world.engine.view, long)).toBe(false);
    const after = world.priced(200, [], 1);
    expect(eventsOf(after, 'auctionOpened')).toMatchObject([{ auction: { account: long, stage: 'liquidation' } }]);
  });

  it('an account that falls below the older set too is liquidated at once', () => {
    const { world, long } = leveraged();
    withoutFlipLimit(world);
    mustPass(world.block([propose(scan(300_000))]));
    world.priced(200, [], 60_000);
    expect(eventsOf(world.priced(185), 'auctionOpened')).toMatchObject([{ auction: { account: long } }]);
  });

  it('a loosening followed by a tightening shelters nobody: an older set that also fails does not protect, any that holds does', () => {
    const { world, long } = leveraged();
    withoutFlipLimit(world);
    mustPass(world.block([propose(scan(50_000))]));
    world.priced(200, [], 60_000);
    mustPass(world.block([propose(scan(100_000))]));
    world.priced(200, [], 60_000);
    expect(world.engine.state.parameterHistory).toHaveLength(3);
    const block = world.priced(184);
    expect(health(world, long)).toBeLessThan(0n);
    expect(eventsOf(block, 'auctionOpened')).toEqual([]);
    expect(eventsOf(world.priced(178), 'auctionOpened')).toHaveLength(1);
  });

  it('has a floor that no bundle goes below', () => {
    const { world } = leveraged();
    for (const change of [{ graceMs: durationMs(59_999) }, { timelockMs: durationMs(0) }]) {
      expect(rejectionOf(world, propose(globals(world, change)))?.code).toBe('invalidParameters');
    }
  });

  it('cannot be cut by the bundle that tightens: the older set protects for the grace that was in force with it', () => {
    const { world, long } = leveraged();
    withoutFlipLimit(world);
    mustPass(world.block([propose(scan(300_000), globals(world, { graceMs: durationMs(60_000) }))]));
    expect(eventsOf(world.priced(200, [], 60_000), 'auctionOpened')).toEqual([]);
    expect(eventsOf(world.priced(200, [], HOUR), 'auctionOpened')).toEqual([]);
    expect(health(world, long)).toBeLessThan(0n);
    expect(eventsOf(world.priced(200, [], 1), 'auctionOpened')).toHaveLength(1);
  });

  it('parameters alone liquidate nobody, whatever they are: random tightenings at an unchanged price open no auction within the grace time', () => {
    for (const range of [105_000, 120_000, 180_000, 250_000, 400_000, 800_000]) {
      const { world, long, short } = leveraged();
      withoutFlipLimit(world);
      mustPass(
        world.block([
          propose(scan(range), {
            kind: 'instrument',
            value: { ...perpetualRisk(ETH_PERP), maintenanceAddOnPpm: ppm(range / 10), initialAddOnPpm: ppm(range / 10) },
          }),
        ]),
      );
      let waited = 0;
      for (const stepMs of [60_000, 1, 599_999, HOUR - 600_000]) {
        waited += stepMs;
        expect(eventsOf(world.priced(200, [], stepMs), 'auctionOpened')).toEqual([]);
      }
      expect(waited).toBe(HOUR + 60_000);
      expect(world.engine.state.auctions.size).toBe(0);
      void [long, short];
    }
  });

  it('a group listed after a bundle, with a profile that the bundle brought, is judged without stopping the node', () => {
    const { world } = leveraged();
    const profile = world.engine.state.parameters.profiles[0];
    const main = world.engine.state.parameters.groups[0];
    if (profile === undefined || main === undefined) throw new Error('The genesis has a profile and a group.');
    mustPass(world.block([propose({ kind: 'profile', value: { ...profile, name: 'second' } })]));
    world.priced(200, [], 60_000);
    const group = groupId(1);
    const perp = instrumentId(1);
    mustPass(
      world.block([
        {
          kind: 'listInstrument',
          actor: GOVERNOR,
          underlying: null,
          group: {
            terms: { id: group, symbol: 'second', settlementAsset: USD, kind: 'isolated' },
            parameters: { ...main, group, profile: 'second' },
          },
          terms: {
            id: perp,
            symbol: 'ETH-2',
            group,
            underlying: underlyingId(0),
            lotUnits: 1_000_000n,
            form: { kind: 'perpetual', fundingWindowMs: durationMs(HOUR) },
          },
          risk: perpetualRisk(perp),
        },
      ]),
    );
    const [long, short] = [openIn(world, 103, group, 'isolated'), openIn(world, 104, group, 'isolated')];
    mustPass(
      world.priced(200, [
        deposit(long, USD, 100n * DOLLAR),
        deposit(short, USD, 10_000n * DOLLAR),
        fillAt(perp, { buyer: long, seller: short }, 3_000, 200_000),
      ]),
    );
    const fall = world.block(quotes(world.engine.state.timeMs + 15_000, { usd: 1, eth: 178 }), 15_000);
    expect(eventsOf(fall, 'auctionOpened').map((event) => event.auction.account)).toContain(long);
    void ownerId;
  });
});
