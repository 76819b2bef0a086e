import { describe, expect, it } from 'vitest';
import srmJson from '../../../../profiles/derive-srm.json' with { type: 'json' };
import tieredJson from '../../../../profiles/tiered-perpetual.json' with { type: 'json' };
import { explain } from '../margin/explain.ts';
import type { MarginProfile } from '../margin/profile.ts';
import { profileFromJson } from '../margin/profileFromJson.ts';
import { type AccountId, accountId, height, ppm, timeMs } from '../numeric/brand.ts';
import { encodeSnapshot } from '../wire/snapshot.ts';
import { applyBlock, replayBlock } from './engine.ts';
import { flagAccounts, flagAllAccounts } from './healthFilter.ts';
import { figuresOf } from './healthOf.ts';
import { loadPortfolio } from './loadPortfolio.ts';
import { accountCount } from './lookup.ts';
import type { ParameterChange } from './parameters.ts';
import {
  createEngineWorld,
  deposit,
  type EngineWorld,
  GOVERNOR,
  MAIN,
  trade,
  type Unsigned,
  USD,
} from './testing/engineWorld.ts';
import { copyOf, mustPass, outcomes, rejectionOf, sameBytes, signAfter } from './testing/inspect.ts';
import { DOLLAR, marketListings, openIn } from './testing/market.ts';
import { modelOf } from './view.ts';

const HOUR = 3_600_000;

const propose = (...changes: readonly ParameterChange[]): Unsigned => ({ kind: 'proposeBundle', actor: GOVERNOR, changes });

function shipped(json: unknown): MarginProfile {
  const decoded = profileFromJson(json);
  if (!decoded.ok) throw new Error('The shipped profile decodes.');
  return decoded.profile;
}

/** A rich long and short of 30 ETH, then the group moved to the shipped rules of `derive-srm`, or others, by a bundle. */
function ruled(profile: MarginProfile = shipped(srmJson)): {
  readonly world: EngineWorld;
  readonly long: AccountId;
  readonly short: AccountId;
} {
  const world = createEngineWorld({ interestFree: true, graceMs: 60_000 });
  const long = openIn(world, 101, MAIN, 'portfolio');
  const short = openIn(world, 102, MAIN, 'portfolio');
  mustPass(
    world.priced(200, [
      deposit(long, USD, 2_000n * DOLLAR),
      deposit(short, USD, 50_000n * DOLLAR),
      trade(long, short, 30_000, 200),
    ]),
  );
  const main = world.engine.state.parameters.groups[0];
  if (main === undefined) throw new Error('The genesis has a group.');
  mustPass(
    world.block([propose({ kind: 'profile', value: profile }, { kind: 'group', value: { ...main, profile: profile.name } })]),
  );
  world.priced(200, [], HOUR);
  return { world, long, short };
}

describe('a group under a profile with rules', () => {
  it('has its margin from the rules: 6.5 % and 10 % of the notional of a perpetual, at mark', () => {
    const { world, long } = ruled();
    const { view } = world.engine;
    expect(view.state.parameters.groups[0]?.profile).toBe('derive-srm');
    const figures = figuresOf(view, long, view.scanned);
    const model = modelOf(view, MAIN);
    loadPortfolio(view.state, long, view.scanned);
    const [term] = explain(model, view.scanned, 'maintenance').requirementTerms;
    expect(term).toMatchObject({ kind: 'linearShare', charge: figures.maintenance });
    expect(figures.initial * 65n).toBe(figures.maintenance * 100n);
  });

  it('is decided account by account: the linear filter flags every open account, the healthy ones too', () => {
    const { world } = ruled();
    const { view, state } = world.engine;
    const rows = Array.from({ length: accountCount(state) }, (_, row) => accountId(row));
    expect(flagAllAccounts(view)).toEqual(rows);
    expect(flagAccounts(view, Int32Array.from(rows))).toEqual(rows);
    const healthy = rows.filter((account) => figuresOf(view, account, view.scanned).healthMaintenance >= 0n);
    expect(healthy.length).toBe(rows.length);
  });

  it('refuses a fill that the rules do not margin, and opens an auction for a long that has fallen below them', () => {
    const { world, long, short } = ruled();
    expect(rejectionOf(world, trade(long, short, 400_000, 200))).toMatchObject({ code: 'belowInitialMargin' });
    expect(world.engine.state.auctions.size).toBe(0);
    // 30 ETH bought at 200 with 2000 dollars: at 140, 200 dollars are left against a maintenance of 6.5 % of 4200.
    world.priced(140, [], 60_000);
    world.priced(140, [], 60_000);
    const { view } = world.engine;
    expect(figuresOf(view, long, view.scanned).healthMaintenance).toBeLessThan(0n);
    expect(world.engine.state.auctions.size).toBe(1);
  });
});

it('a bundle whose rules charge less at initial than at maintenance is refused', () => {
  const { world } = ruled();
  const profile = shipped(srmJson);
  const market = profile.rules?.markets[0];
  if (profile.rules === undefined || market?.linear == null) throw new Error('The shipped profile margins perpetuals.');
  const linear = { ...market.linear, initialPpm: ppm(40_000) };
  const value = { ...profile, rules: { ...profile.rules, markets: [{ ...market, linear }] } };
  expect(rejectionOf(world, propose({ kind: 'profile', value }))).toMatchObject({ code: 'invalidParameters' });
});

/**
 * The shipped tiers with open-interest caps within reach of a small market: 5 % up to 4 000 USD of open interest, all of the notional
 * from 14 000 on, no charge for size.
 */
function tiered(): MarginProfile {
  const profile = shipped(tieredJson);
  const market = profile.rules?.markets.find(({ name }) => name === 'mid');
  if (profile.rules === undefined || market?.linear == null) throw new Error('The shipped profile has a tier in the middle.');
  const linear = { ...market.linear, openInterest: { lowerUsd: 4_000, upperUsd: 14_000 }, size: null };
  return { ...profile, rules: { ...profile.rules, markets: [{ ...market, underlyings: ['ETH'], linear }] } };
}

/** The long and the short of 30 ETH under `tiered`, and two rich accounts without positions. */
function tieredWorld(): ReturnType<typeof ruled> & { readonly buyer: AccountId; readonly seller: AccountId } {
  const made = ruled(tiered());
  const buyer = openIn(made.world, 103, MAIN, 'portfolio');
  const seller = openIn(made.world, 104, MAIN, 'portfolio');
  mustPass(made.world.priced(200, [deposit(buyer, USD, 50_000n * DOLLAR), deposit(seller, USD, 50_000n * DOLLAR)]));
  return { ...made, buyer, seller };
}

describe('open interest under a profile with rules', () => {
  it('raises the initial requirement of the next block, and the maintenance requirement never', () => {
    const { world, long, short, buyer, seller } = tieredWorld();
    // Open interest of 30 ETH is 6 000 USD, a fifth of the way from 4 000 to 14 000: 5 % + 95 % / 5 = 24 %.
    expect(world.health(long)).toMatchObject({ initial: 1_440n * DOLLAR, maintenance: 180n * DOLLAR });
    mustPass(world.block([trade(buyer, seller, 20_000, 200)]));
    // 50 ETH are 10 000 USD, three fifths of the way: 62 %.
    expect(world.health(long)).toMatchObject({ initial: 3_720n * DOLLAR, maintenance: 180n * DOLLAR });
    expect(world.health(short)).toMatchObject({ initial: 3_720n * DOLLAR, maintenance: 180n * DOLLAR });
    expect(rejectionOf(world, trade(long, seller, 1, 200))).toMatchObject({ code: 'belowInitialMargin' });
    mustPass(world.block([trade(seller, buyer, 20_000, 200)]));
    expect(world.health(long)).toMatchObject({ initial: 1_440n * DOLLAR, maintenance: 180n * DOLLAR });
    expect(world.engine.state.auctions.size).toBe(0);
  });

  it('is one figure for all decisions of a block, that of its beginning, even when the models are compiled again within it', () => {
    const { world, long, buyer, seller } = tieredWorld();
    const grow = trade(buyer, seller, 40_000, 200);
    const add = trade(long, seller, 1_000, 200);
    // 31 ETH at 24 % are 1 488 USD of the 2 000 that the long has; at the 100 % of the next block they are 6 200.
    expect(rejectionOf(world, add, [grow])).toBeNull();
    expect(rejectionOf(world, add, [grow, ...marketListings()])).toBeNull();
    mustPass(world.block([grow]));
    expect(rejectionOf(world, add)).toMatchObject({ code: 'belowInitialMargin' });
    // Below initial, what makes it safer still passes.
    mustPass(world.block([trade(seller, long, 1_000, 200)]));
  });

  it('leaves a node that was restored, and one that replays, with the hashes, state and figures of the one that lived', () => {
    const { world, long, buyer, seller } = tieredWorld();
    const replica = copyOf(world.engine);
    const met = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const restored = copyOf(world.engine);
      const sized = 4_000 + round * 1_000;
      const commands = signAfter(world.engine, [
        round % 3 === 2 ? trade(seller, buyer, sized, 200) : trade(buyer, seller, sized, 200),
        round % 2 === 0 ? trade(long, seller, 500, 200) : trade(seller, long, 500, 200),
        ...(round === 4 ? marketListings() : []),
        trade(buyer, long, 100, 200),
      ]);
      const { state } = world.engine;
      const at = { height: height(state.height + 1), timeMs: timeMs(state.timeMs + 1_000), commands };
      const lived = applyBlock(world.engine, at);
      for (const outcome of outcomes(lived)) met.add(outcome.split(' ')[0] ?? '');
      expect(sameBytes(applyBlock(restored, at).hash, lived.hash)).toBe(true);
      replayBlock(replica, lived);
      expect(sameBytes(encodeSnapshot(replica.state), encodeSnapshot(state))).toBe(true);
      for (const { view } of [restored, replica])
        expect(figuresOf(view, long, view.scanned)).toEqual(figuresOf(world.engine.view, long, world.engine.view.scanned));
    }
    expect([...met].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual(['belowInitialMargin', 'ok']);
  });

  it('reaches no model of a profile without rules', () => {
    const world = createEngineWorld();
    const { view } = world.engine;
    const { instruments } = modelOf(view, MAIN).input;
    expect(instruments.length).toBe(1);
    for (const instrument of instruments) expect(instrument).not.toHaveProperty('openInterestLots');
  });
});
