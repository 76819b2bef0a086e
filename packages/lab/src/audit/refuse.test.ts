import type { Genesis, ParameterChange } from '@plimsoll/core/engine';
import type { MarginProfile } from '@plimsoll/core/margin';
import { amount, assetId, durationMs, groupId, instrumentId, ppm, underlyingId } from '@plimsoll/core/numeric';
import { describe, expect, it } from 'vitest';
import { readMargin, readOption } from '../invariants/readMargin.ts';
import { START_MS, scriptedTerms } from '../invariants/testing/scriptedRun.ts';
import { createWorld, GOVERNOR, MAIN_GROUP, SETTLEMENT, type Unsigned, type World, worldGenesis } from '../worlds/createWorld.ts';
import { defaultAssetRisk, defaultInstrumentRisk, defaultLending, MINUTE_MS } from '../worlds/defaultParameters.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { AuditRefusal } from './auditFailure.ts';
import { type Auditor, createAuditor } from './auditor.ts';

const plain = shippedProfile('plimsoll-grid');
const published = shippedProfile('derive-pmrm2');

function auditorOf(genesis: Genesis, mode: 'full' | 'off' = 'full'): Auditor {
  return createAuditor(genesis, { mode, readMargin, readOption });
}

/** What the auditor refuses; fails the test when it takes the run on. */
function refusalOf(act: () => void): AuditRefusal {
  try {
    act();
  } catch (error) {
    if (error instanceof AuditRefusal) return error;
    throw error;
  }
  throw new Error('the auditor refused nothing');
}

function refusedAtCreation(profile: MarginProfile): AuditRefusal {
  return refusalOf(() => auditorOf(worldGenesis(scriptedTerms(undefined, profile))));
}

/** A world under an auditor from its genesis on. */
function auditedWorld(): World {
  const auditor = auditorOf(worldGenesis(scriptedTerms()));
  return createWorld(scriptedTerms((engine, block, result) => auditor.observe(engine, block, result)));
}

function send(world: World, command: Unsigned, minutes = 1): void {
  world.mustSend(START_MS + minutes * MINUTE_MS, [world.sign(GOVERNOR, command)]);
}

describe('at creation the auditor refuses, by the name of the section,', () => {
  const [grid] = plain.scenarioSets;
  if (grid?.kind !== 'grid') throw new Error('The default profile has a grid.');
  const { volatility } = plain;
  const { basis, contingencies, feedConfidence } = published;
  const { skew } = published.volatility;
  const rules = shippedProfile('derive-srm').rules;
  if (!basis || !contingencies || !feedConfidence || !skew || !rules)
    throw new Error('The published profiles have all sections.');
  const [discounted] = published.scenarioSets;
  if (discounted?.transform.kind !== 'continuousDiscount') throw new Error('The published profile discounts by rate.');
  const joint = {
    ...plain.joint,
    scenarios: [
      {
        name: 'tilt',
        dampeningPpm: ppm(1_000_000),
        otherwisePpm: ppm(0),
        moves: [{ underlying: 'ETH', spotPpm: ppm(0), volatility: 'skewAbsolute' as const }],
      },
    ],
  };

  it.each<readonly [string, Partial<MarginProfile>]>([
    ['rules', { rules }],
    ['basis', { basis }],
    ['contingencies', { contingencies }],
    ['feedConfidence', { feedConfidence }],
    ['optionDiscounting', { optionDiscounting: 'positiveRate' }],
    ['volatility.shift', { volatility: { ...volatility, shift: 'additive' } }],
    ['volatility.skew', { volatility: { ...volatility, skew } }],
    ['scenarioSets[1].transform', { scenarioSets: [grid, { ...grid, transform: discounted.transform }] }],
    ['scenarioSets[0].volatility', { scenarioSets: [{ ...grid, volatility: ['none', 'skewLinear'] }] }],
    ['joint.scenarios[0].moves', { joint }],
  ])('%s', (section, change) => {
    const refusal = refusedAtCreation({ ...plain, ...change });
    expect(refusal.section).toBe(section);
    expect(refusal.message).toBe(`The auditor cannot judge profile "plimsoll-grid": it does not know its section "${section}".`);
  });

  it.each(['derive-pmrm2', 'derive-srm', 'deribit-erm', 'tiered-perpetual'])('the shipped %s', (name) => {
    expect(refusedAtCreation(shippedProfile(name)).message).toContain(`profile "${name}"`);
  });
});

describe('the auditor takes on', () => {
  it.each(['plimsoll-grid', 'plimsoll-default', 'plimsoll-provable', 'isolated-linear', 'span-16'])('the shipped %s', (name) => {
    expect(auditorOf(worldGenesis(scriptedTerms(undefined, shippedProfile(name)))).counts.blocks).toBe(0);
  });

  it('a profile that names what it would do without the section', () => {
    const profile: MarginProfile = {
      ...plain,
      optionDiscounting: 'none',
      convention: 'netMargin',
      volatility: { ...plain.volatility, shift: 'relative' },
    };
    expect(auditorOf(worldGenesis(scriptedTerms(undefined, profile))).counts.blocks).toBe(0);
  });

  it('anything while it is off, and profiles that no group names', () => {
    expect(auditorOf(worldGenesis(scriptedTerms(undefined, published)), 'off').mode).toBe('off');
    const genesis = worldGenesis(scriptedTerms());
    const profiles = [...genesis.parameters.profiles, published];
    expect(auditorOf({ ...genesis, parameters: { ...genesis.parameters, profiles } }).mode).toBe('full');
  });
});

describe('in the block that lists or applies it the auditor refuses', () => {
  it('a perpetual on a function of the price', () => {
    const world = auditedWorld();
    const id = instrumentId(world.engine.state.terms.instruments.length);
    const refusal = refusalOf(() =>
      send(world, {
        kind: 'listInstrument',
        underlying: null,
        group: null,
        terms: {
          id,
          symbol: 'ETH2-PERP',
          group: MAIN_GROUP,
          underlying: underlyingId(0),
          lotUnits: 1_000_000n,
          form: {
            kind: 'perpetual',
            fundingWindowMs: durationMs(3_600_000),
            payoff: { formula: 'square', figures: { unit: 100_000_000_000n } },
          },
        },
        risk: defaultInstrumentRisk(id),
      }),
    );
    expect(refusal.message).toBe('The auditor cannot judge instrument "ETH2-PERP": it does not know its section "payoff".');
  });

  it.each([true, false])('a basket only when scenarios see its parts (%s)', (isInside) => {
    const world = auditedWorld();
    const { assets } = world.engine.state.terms;
    const ether = assets.findIndex(({ symbol }) => symbol === 'ETH');
    const list = (): void =>
      send(world, {
        kind: 'listAsset',
        underlying: null,
        feeds: [],
        terms: {
          id: assetId(assets.length),
          symbol: 'MIX',
          ledgerDecimals: 9,
          supplyCap: amount(10n ** 18n),
          feed: null,
          feedUnit: amount(1_000_000_000n),
          riskUnit: amount(10_000_000n),
          underlying: null,
          form: {
            kind: 'basket',
            parts: [{ asset: assetId(ether), amountPerFeedUnit: amount(500_000_000n), capPpm: ppm(1_000_000) }],
            ...(isInside ? { scenarios: 'parts' as const } : {}),
          },
        },
        risk: defaultAssetRisk(assetId(assets.length)),
        lending: defaultLending(),
        pool: null,
      });
    if (!isInside) {
      list();
      expect(world.engine.state.terms.assets.at(-1)?.symbol).toBe('MIX');
      return;
    }
    expect(refusalOf(list).message).toBe('The auditor cannot judge asset "MIX": it does not know its section "scenarios".');
  });

  it('a bundle that moves a group to a profile with such a section', () => {
    const world = auditedWorld();
    const main = world.engine.state.parameters.groups[0];
    if (main === undefined) throw new Error('The world has a group.');
    const ruled = shippedProfile('derive-srm');
    const changes: readonly ParameterChange[] = [
      { kind: 'profile', value: ruled },
      { kind: 'group', value: { ...main, profile: ruled.name } },
    ];
    send(world, { kind: 'proposeBundle', changes });
    const refusal = refusalOf(() => world.mustSend(START_MS + 12 * MINUTE_MS, []));
    expect(refusal.message).toBe('The auditor cannot judge profile "derive-srm": it does not know its section "rules".');
  });

  it('a new group under such a profile, not the bundle that only brings the profile', () => {
    const world = auditedWorld();
    const main = world.engine.state.parameters.groups[0];
    if (main === undefined) throw new Error('The world has a group.');
    const ruled = shippedProfile('tiered-perpetual');
    send(world, { kind: 'proposeBundle', changes: [{ kind: 'profile', value: ruled }] });
    world.mustSend(START_MS + 12 * MINUTE_MS, []);
    expect(world.engine.state.parameters.profiles.map(({ name }) => name)).toContain(ruled.name);
    const group = groupId(world.engine.state.terms.groups.length);
    const id = instrumentId(world.engine.state.terms.instruments.length);
    const refusal = refusalOf(() =>
      send(
        world,
        {
          kind: 'listInstrument',
          underlying: null,
          group: {
            terms: { id: group, symbol: 'tiers', settlementAsset: SETTLEMENT, kind: 'cross' },
            parameters: { ...main, group, profile: ruled.name },
          },
          terms: {
            id,
            symbol: 'ETH-TIERS',
            group,
            underlying: underlyingId(0),
            lotUnits: 1_000_000n,
            form: { kind: 'perpetual', fundingWindowMs: durationMs(3_600_000) },
          },
          risk: defaultInstrumentRisk(id),
        },
        13,
      ),
    );
    expect(refusal.message).toBe('The auditor cannot judge profile "tiered-perpetual": it does not know its section "rules".');
  });
});
