import { describe, expect, it } from 'vitest';
import srmJson from '../../../../profiles/derive-srm.json' with { type: 'json' };
import { explain } from '../margin/explain.ts';
import { profileFromJson } from '../margin/profileFromJson.ts';
import { type AccountId, accountId, ppm } from '../numeric/brand.ts';
import { flagAccounts, surelyHealthy } from './healthFilter.ts';
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
import { mustPass, rejectionOf } from './testing/inspect.ts';
import { DOLLAR, openIn } from './testing/market.ts';
import { modelOf } from './view.ts';

const HOUR = 3_600_000;

const propose = (...changes: readonly ParameterChange[]): Unsigned => ({ kind: 'proposeBundle', actor: GOVERNOR, changes });

/** A rich long and short of 30 ETH, then the group moved to the shipped rules of `derive-srm` by a bundle. */
function ruled(): { readonly world: EngineWorld; readonly long: AccountId; readonly short: AccountId } {
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
  const decoded = profileFromJson(srmJson);
  const main = world.engine.state.parameters.groups[0];
  if (!decoded.ok || main === undefined) throw new Error('The shipped profile decodes and the genesis has a group.');
  mustPass(
    world.block([
      propose({ kind: 'profile', value: decoded.profile }, { kind: 'group', value: { ...main, profile: decoded.profile.name } }),
    ]),
  );
  world.priced(200, [], HOUR);
  return { world, long, short };
}

describe('a group under a profile with rules', () => {
  it('has its margin from the rules: 5 % and 6.5 % of the notional of a perpetual, at mark', () => {
    const { world, long } = ruled();
    const { view } = world.engine;
    expect(view.state.parameters.groups[0]?.profile).toBe('derive-srm');
    const figures = figuresOf(view, long, view.scanned);
    const model = modelOf(view, MAIN);
    loadPortfolio(view.state, long, view.scanned);
    const [term] = explain(model, view.scanned, 'maintenance').requirementTerms;
    expect(term).toMatchObject({ kind: 'linearShare', charge: figures.maintenance });
    expect(figures.initial * 50n).toBe(figures.maintenance * 65n);
  });

  it('is decided account by account: the linear filter flags every open account, the healthy ones too', () => {
    const { world } = ruled();
    const { view, state } = world.engine;
    const rows = Array.from({ length: accountCount(state) }, (_, row) => accountId(row));
    expect(flagAccounts(view, 0, rows.length)).toEqual(rows);
    const healthy = rows.filter((account) => figuresOf(view, account, view.scanned).healthMaintenance >= 0n);
    expect(healthy.length).toBe(rows.length);
    for (const account of rows) expect(surelyHealthy(view, account)).toBe(false);
  });

  it('refuses a fill that the rules do not margin, and opens an auction for a long that has fallen below them', () => {
    const { world, long, short } = ruled();
    expect(rejectionOf(world, trade(long, short, 400_000, 200))).toMatchObject({ code: 'belowInitialMargin' });
    expect(world.engine.state.auctions.size).toBe(0);
    // 30 ETH bought at 200 with 2000 dollars: at 140, 200 dollars are left against a maintenance of 5 % of 4200.
    world.priced(140, [], 60_000);
    world.priced(140, [], 60_000);
    const { view } = world.engine;
    expect(figuresOf(view, long, view.scanned).healthMaintenance).toBeLessThan(0n);
    expect(world.engine.state.auctions.size).toBe(1);
  });
});

it('a bundle whose rules charge less at initial than at maintenance is refused', () => {
  const { world } = ruled();
  const decoded = profileFromJson(srmJson);
  if (!decoded.ok || decoded.profile.rules === undefined) throw new Error('The shipped profile decodes.');
  const [market] = decoded.profile.rules.markets;
  if (market?.linear == null) throw new Error('The shipped profile margins perpetuals.');
  const linear = { ...market.linear, initialPpm: ppm(40_000) };
  const value = { ...decoded.profile, rules: { ...decoded.profile.rules, markets: [{ ...market, linear }] } };
  expect(rejectionOf(world, propose({ kind: 'profile', value }))).toMatchObject({ code: 'invalidParameters' });
});
