import { describe, expect, test } from 'vitest';
import ermJson from '../../../../profiles/deribit-erm.json' with { type: 'json' };
import pmrmJson from '../../../../profiles/derive-pmrm2.json' with { type: 'json' };
import srmJson from '../../../../profiles/derive-srm.json' with { type: 'json' };
import isolatedJson from '../../../../profiles/isolated-linear.json' with { type: 'json' };
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { ppm } from '../numeric/brand.ts';
import { type LintContext, lintProfile } from './lintProfile.ts';
import type { MarginProfile } from './profile.ts';
import { jointProfile } from './testing/arbitraries.ts';
import { trustedProfile, worldInput } from './testing/marginWorld.ts';

const profile = trustedProfile(defaultJson);
const provable = trustedProfile(provableJson);
const world = worldInput({ profile });
const context: LintContext = {
  assets: world.assets.map((asset) => asset.parameters),
  assetTerms: world.assets.map((asset) => asset.terms),
  underlyings: world.underlyings.map((underlying) => underlying.parameters),
};

function codesOf(changed: Partial<MarginProfile>, against: LintContext | null = null): readonly string[] {
  return lintProfile({ ...profile, ...changed }, against).map((lint) => lint.code);
}

test('the shipped profiles have nothing to be said about them, alone and with ordinary parameters', () => {
  for (const json of [defaultJson, provableJson, isolatedJson]) {
    expect(lintProfile(trustedProfile(json), null)).toEqual([]);
    expect(lintProfile(trustedProfile(json), context)).toEqual([]);
  }
  expect(lintProfile(jointProfile(profile), context)).toEqual([]);
});

describe('a profile is told that', () => {
  const [grid, tails] = profile.scenarioSets;
  if (grid?.kind !== 'grid' || tails?.kind !== 'list') throw new Error('the default profile is a grid and tails');

  test('initial margin is below maintenance', () => {
    const lossFactor = { maintenancePpm: ppm(900_000), initialPpm: ppm(800_000) };
    const [lint] = lintProfile({ ...profile, lossFactor }, null);
    expect(lint).toEqual({
      code: 'initialBelowMaintenance',
      path: 'lossFactor.initialPpm',
      sentence: 'Initial margin is at least maintenance margin: lossFactor.initialPpm 800000 is below maintenancePpm 900000.',
    });
  });

  test('a weight or a dampening is no share', () => {
    expect(codesOf({ joint: { ...jointProfile(profile).joint, weightPpm: ppm(1_000_001) } })).toEqual(['weightOutOfRange']);
    expect(
      codesOf({ scenarioSets: [{ ...grid, spotPpm: [ppm(-1), ppm(0), ppm(1)], volatility: ['up'], dampeningPpm: ppm(-1) }] }),
    ).toEqual(['dampeningOutOfRange', 'dampeningOutOfRange', 'dampeningOutOfRange']);
  });

  test('joint scenarios are missing or fewer than are averaged', () => {
    expect(codesOf({ joint: { weightPpm: ppm(1), worstCount: 1, scenarios: [] } })).toEqual(['jointWithoutScenarios']);
    expect(codesOf({ joint: { ...jointProfile(profile).joint, worstCount: 5 } })).toEqual(['worstCountTooLarge']);
  });

  test('a discount is on the wrong side of one, in a set or in a band (as in a published configuration, cookbook B2)', () => {
    const inverted = { positivePpm: ppm(1_050_000), negativePpm: ppm(950_000) };
    const bySign = { kind: 'discountBySign' as const, of: 'value' as const, ...inverted };
    expect(lintProfile({ ...profile, scenarioSets: [grid, { ...tails, transform: bySign }] }, null)).toMatchObject([
      { code: 'discountWrongSide', path: 'scenarioSets[1].transform' },
    ]);
    const bands = [
      { daysUpTo: 7, positivePpm: ppm(950_000), negativePpm: ppm(1_040_000) },
      { daysUpTo: null, ...inverted },
    ];
    const perExpiry = { kind: 'perExpiry' as const, of: 'value' as const, bands };
    expect(lintProfile({ ...profile, scenarioSets: [{ ...grid, transform: perExpiry }, tails] }, null)).toMatchObject([
      { code: 'discountWrongSide', path: 'scenarioSets[0].transform.bands[1]' },
    ]);
  });

  test('scenarios move the price one way only, or never leave it alone', () => {
    expect(codesOf({ scenarioSets: [{ ...grid, spotPpm: [ppm(0), ppm(1)] }] })).toEqual(['oneSidedShocks']);
    expect(codesOf({ scenarioSets: [{ ...grid, spotPpm: [ppm(-1), ppm(1)] }] })).toEqual(['noUnshockedScenario']);
    expect(codesOf({ linearOnly: true, scenarioSets: [{ ...grid, spotPpm: [ppm(-1), ppm(1)] }] })).toEqual([]);
  });

  test('two sets have one name', () => {
    expect(codesOf({ scenarioSets: [grid, { ...tails, name: grid.name }] })).toEqual(['duplicateSetName']);
  });

  test('collateral would hurt, when haircut plus worst damped shock passes one', () => {
    const haircuts = [{ upTo: null, haircutPpm: ppm(880_000) }];
    const harsh: LintContext = {
      ...context,
      assets: context.assets.map((asset) => (asset.asset === 1 ? { ...asset, haircuts } : asset)),
    };
    const lints = lintProfile(profile, harsh);
    // Maintenance 0.88 + 0.7 × 0.18 = 1.006; initial 0.905 + 1.4 × 0.18.
    expect(lints.map((lint) => lint.code)).toEqual(['collateralHurts', 'collateralHurts']);
    expect(lints[0]?.sentence).toContain(
      'the haircut of ETH (880000 ppm) plus its worst damped shock (126000 ppm) is 1006000 ppm',
    );
    const wide: LintContext = {
      ...context,
      underlyings: context.underlyings.map((one) => ({ ...one, scanRangePpm: ppm(900_000) })),
    };
    expect(codesOf({}, wide)).toContain('collateralHurts');
  });

  test('an option does not belong to a linear profile', () => {
    const instruments = world.instruments.map((instrument) => instrument.terms);
    expect(lintProfile(provable, { ...context, instruments }).map((lint) => lint.code)).toEqual([
      'optionInLinearProfile',
      'optionInLinearProfile',
    ]);
    expect(lintProfile(profile, { ...context, instruments })).toEqual([]);
  });
});

test('a profile that calls itself coherent and holds what is known not to be is told so, part by part', () => {
  for (const [json, path] of [
    [srmJson, 'rules.markets'],
    [ermJson, 'contingencies.offset'],
    [pmrmJson, 'feedConfidence.perpetual'],
  ] as const) {
    expect(lintProfile(trustedProfile(json), null)).toEqual([]);
    const found = lintProfile({ ...trustedProfile(json), coherent: true }, null);
    expect(found.map(({ code, path: at }) => [code, at])).toEqual([['coherentUnproved', path]]);
  }
});
