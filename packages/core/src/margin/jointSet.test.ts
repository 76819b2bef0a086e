/** `plimsoll-default` is `plimsoll-grid` with the joint set that ships beside it and the fitted latency level, and nothing else. */

import { describe, expect, test } from 'vitest';
import { compileRisk } from './compileRisk.ts';
import { explain } from './explain.ts';
import type { MarginProfile } from './profile.ts';
import { portfolioOf, trustedProfile } from './testing/marginWorld.ts';
import { CALM, profileFile, profileInput } from './testing/profileWorld.ts';

const joint = trustedProfile(profileFile('plimsoll-default'));
const plain = trustedProfile(profileFile('plimsoll-grid'));

test('the default profile differs from the grid in its words, its joint part and its latency level only', () => {
  const without = ({ addOns, ...profile }: MarginProfile): object => {
    const { latencyPpm: _latency, latencyVolatilityFloorPpm: _floor, ...others } = addOns;
    return { ...profile, addOns: others, name: '', description: '', source: '', joint: plain.joint };
  };
  expect(without(joint)).toEqual(without(plain));
  expect(joint.addOns).toMatchObject({ latencyPpm: 4_973_000, latencyVolatilityFloorPpm: 500_000 });
});

test('its joint part is the set that ships beside it, averaged over its worst fortieth', () => {
  const set = profileFile('joint-scenarios');
  expect(set).toMatchObject({ rules: { worstCount: joint.joint.worstCount }, scenarios: joint.joint.scenarios });
  expect(joint.joint.scenarios.length).toBe(40 * joint.joint.worstCount);
});

describe('under the default profile', () => {
  const model = compileRisk(profileInput(joint, CALM));
  const ETHER = 0;
  const BITCOIN = 2;

  /** The charge of the joint part, in ticks. */
  function shortfall(positions: readonly (readonly [number, number])[]): bigint {
    const terms = explain(model, portfolioOf({ positions }), 'initial').requirementTerms;
    return terms.find(({ kind }) => kind === 'jointShortfall')?.charge ?? 0n;
  }

  test('what nets between underlyings is what netted in history: a spread costs more than nothing and less than its legs', () => {
    // 33 lots of ether at 3 USD a lot against one of bitcoin at 100: about the same notional.
    const legs = shortfall([[ETHER, 3300]]) + shortfall([[BITCOIN, -100]]);
    const spread = shortfall([
      [ETHER, 3300],
      [BITCOIN, -100],
    ]);
    expect(spread > 0n && spread < legs).toBe(true);
  });

  test('both on one side net a little at most', () => {
    const both = shortfall([
      [ETHER, 3300],
      [BITCOIN, 100],
    ]);
    const legs = shortfall([[ETHER, 3300]]) + shortfall([[BITCOIN, 100]]);
    expect(both <= legs && both * 10n > legs * 8n).toBe(true);
  });
});
