import { describe, expect, it } from 'vitest';
import { accountId, ppm } from '../numeric/brand.ts';
import { applyChanges } from './bundles.ts';
import type { ParameterChange, Parameters } from './parameters.ts';
import { advanceShadow, createShadowPass, flippedShare, isShadowDone, type ShadowPass, shadowShare } from './shadowPass.ts';
import { createEngineWorld, deposit, type EngineWorld, ETH_PERP, trade, USD } from './testing/engineWorld.ts';
import { mustPass } from './testing/inspect.ts';

/** Pairs of a long and a short; the longs have ever less beyond what they need, so a dearer set puts the last ones below. */
function worldOf(pairs: number): EngineWorld {
  const world = createEngineWorld({ interestFree: true });
  for (let pair = 0; pair < pairs; pair += 1) {
    const [buyer, seller] = [world.open(100 + 2 * pair), world.open(101 + 2 * pair)];
    const margin = 100_000_000n - BigInt(pair) * 1_000_000n;
    const funds = [deposit(buyer, USD, margin), deposit(seller, USD, 1_000_000_000n)];
    mustPass(world.block([...funds, trade(buyer, seller, 2_000, 200)]));
  }
  return world;
}

function dearer({ engine }: EngineWorld, morePpm: number): Parameters {
  const { parameters } = engine.state;
  const value = parameters.instruments[ETH_PERP];
  if (value === undefined) throw new Error('The perpetual is listed.');
  const change: ParameterChange = {
    kind: 'instrument',
    value: { ...value, maintenanceAddOnPpm: ppm(value.maintenanceAddOnPpm + morePpm) },
  };
  const proposed = applyChanges(parameters, [change]);
  if (proposed === null) throw new Error('What is changed is listed.');
  return proposed;
}

/** The work of each step until the pass is done. */
function stepsOf(world: EngineWorld, pass: ShadowPass, workMax: number): readonly number[] {
  const steps: number[] = [];
  while (!isShadowDone(pass)) steps.push(advanceShadow(world.engine.view, pass, workMax));
  return steps;
}

describe('a shadow application in steps', () => {
  it('comes to the share that one pass over all accounts comes to, whatever a step may do', () => {
    const world = worldOf(24);
    const proposed = dearer(world, 125_000);
    const share = flippedShare(world.engine.view, proposed);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(500_000);
    for (const workMax of [1, 1_000, 10_000]) {
      const pass = createShadowPass(world.engine.view, proposed);
      expect(stepsOf(world, pass, workMax).length).toBeGreaterThan(1);
      expect(shadowShare(pass)).toBe(share);
    }
  });

  it('has more steps when there are more accounts, and none that does more', () => {
    const workMax = 4_096;
    const few = worldOf(10);
    const many = worldOf(40);
    const [ofFew, ofMany] = [few, many].map((world) =>
      stepsOf(world, createShadowPass(world.engine.view, dearer(world, 1_000)), workMax),
    );
    if (ofFew === undefined || ofMany === undefined) throw new Error('Both worlds were walked.');
    expect(ofMany.length).toBeGreaterThan(2 * ofFew.length);
    // One account goes beyond what a step may do, at the first of all with the models of its group.
    const [first = 0, ...rest] = ofMany;
    const oneAccount = 1_024;
    expect(first).toBe(ofFew[0]);
    for (const work of rest) expect(work).toBeLessThan(workMax + oneAccount);
  });

  it('goes on over blocks at the prices with which it began, and leaves out accounts that were opened since', () => {
    const world = worldOf(24);
    const proposed = dearer(world, 125_000);
    const share = flippedShare(world.engine.view, proposed);
    const pass = createShadowPass(world.engine.view, proposed);
    expect(advanceShadow(world.engine.view, pass, 2_000)).toBeGreaterThan(2_000);
    world.priced(210);
    const later = world.open(900);
    stepsOf(world, pass, 1_000);
    expect(pass.row).toBe(later);
    expect(shadowShare(pass)).toBe(share);
    expect(flippedShare(world.engine.view, proposed)).not.toBe(share);
  });

  it('sees in each account what it holds when its turn comes', () => {
    const world = worldOf(24);
    const proposed = dearer(world, 125_000);
    const pass = createShadowPass(world.engine.view, proposed);
    advanceShadow(world.engine.view, pass, 2_000);
    expect(pass.flipped).toBe(0);
    expect(flippedShare(world.engine.view, proposed)).toBeGreaterThan(0);
    // The longs that would fall are given more.
    const { rowCount } = world.engine.state.ledger.accounts;
    const everybody = Array.from({ length: rowCount - 1 }, (_, at) => accountId(1 + at));
    mustPass(world.block(everybody.map((account) => deposit(account, USD, 1_000_000_000n))));
    stepsOf(world, pass, 1_000);
    expect(shadowShare(pass)).toBe(0);
  });
});

describe('a shadow pass', () => {
  it('is not gone on with under another set of parameters', () => {
    const world = worldOf(2);
    const pass = createShadowPass(world.engine.view, dearer(world, 1_000));
    advanceShadow(world.engine.view, pass, 1);
    world.engine.state.parameters = dearer(world, 2_000);
    expect(() => advanceShadow(world.engine.view, pass, 1)).toThrow('under the parameters with which it began');
  });

  it('has no share before every account was judged', () => {
    const world = worldOf(2);
    expect(() => shadowShare(createShadowPass(world.engine.view, dearer(world, 1_000)))).toThrow('every account was judged');
  });
});
