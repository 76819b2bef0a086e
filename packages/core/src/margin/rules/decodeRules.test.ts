import { describe, expect, test } from 'vitest';
import srmJson from '../../../../../profiles/derive-srm.json' with { type: 'json' };
import schema from '../../../../../profiles/margin-profile.schema.json' with { type: 'json' };
import aaveJson from '../../../../../profiles/overcollateralized-aave.json' with { type: 'json' };
import makerJson from '../../../../../profiles/overcollateralized-maker.json' with { type: 'json' };
import morphoJson from '../../../../../profiles/overcollateralized-morpho.json' with { type: 'json' };
import defaultJson from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import tieredJson from '../../../../../profiles/tiered-perpetual.json' with { type: 'json' };
import { compileRisk } from '../compileRisk.ts';
import type { DecodeProblem } from '../decode.ts';
import { lintProfile } from '../lintProfile.ts';
import { profileFromJson } from '../profileFromJson.ts';
import { addField, edit, placesOf, REMOVED } from '../testing/jsonEdits.ts';
import { isValid } from '../testing/jsonSchema.ts';
import { trustedProfile } from '../testing/marginWorld.ts';
import { ruleInput } from '../testing/ruleWorld.ts';

const SHIPPED: readonly unknown[] = [srmJson, tieredJson, aaveJson, morphoJson, makerJson];

const [srmMarket] = srmJson.rules.markets;

/** Every kind of every part of the rules, once. */
const RICH: unknown = {
  ...srmJson,
  rules: {
    markets: [
      { ...srmMarket, underlyings: ['BTC', 'ETH'] },
      {
        ...srmMarket,
        name: 'tier',
        underlyings: ['SOL'],
        options: null,
        linear: {
          price: 'index',
          initialPpm: 50_000,
          maintenance: { kind: 'fractionOfInitial', fractionPpm: 600_000 },
          openInterest: { lowerUsd: 1, upperUsd: 2 },
          size: { kind: 'squareRoot', keepPpm: 800_000, factorPpm: 450 },
        },
      },
      {
        name: 'skewed',
        underlyings: null,
        options: null,
        linear: {
          price: 'mark',
          initialPpm: 20_000,
          maintenance: { kind: 'share', sharePpm: 10_000 },
          openInterest: null,
          size: { kind: 'slope', scaleUnits: 1_000, fractionPpm: 1_000_000, minimumUsd: 1 },
        },
        collateral: null,
        confidence: null,
      },
    ],
    peg: { thresholdPpm: 980_000, factorPpm: 1_200_000 },
    lending: {
      assets: [
        { assets: ['ETH'], loanToValuePpm: 1, liquidationThresholdPpm: 2, bonusPpm: 3, protocolSharePpm: 4 },
        { assets: null, loanToValuePpm: null, liquidationThresholdPpm: null, bonusPpm: 3, protocolSharePpm: 4 },
      ],
      close: aaveJson.rules.lending.close,
      incentive: morphoJson.rules.lending.incentive,
    },
    auction: makerJson.rules.auction,
  },
};

/** The other kinds of the unions. */
const VARIANTS: readonly unknown[] = [
  withPart('incentive', { kind: 'healthDiscount', maximumDiscountPpm: 200_000 }),
  withPart('incentive', { kind: 'bonus' }),
  withPart('close', { kind: 'whole' }),
  withCurve({ kind: 'linear', seconds: 3600 }),
  withCurve({ kind: 'exponential', cutPerTrillion: 999_230_132_966 }),
];

function withPart(name: 'incentive' | 'close', part: unknown): unknown {
  return { ...aaveJson, rules: { ...aaveJson.rules, lending: { ...aaveJson.rules.lending, [name]: part } } };
}

function withCurve(curve: unknown): unknown {
  return { ...makerJson, rules: { ...makerJson.rules, auction: { ...makerJson.rules.auction, curve } } };
}

function problemsOf(json: unknown): readonly DecodeProblem[] {
  const result = profileFromJson(json);
  return result.ok ? [] : result.problems;
}

describe('the rules of a profile', () => {
  test('are read when they are well formed, and only then are scenarios optional', () => {
    for (const json of [...SHIPPED, RICH, ...VARIANTS]) {
      expect(problemsOf(json)).toEqual([]);
      expect(isValid(schema, json)).toBe(true);
    }
    const { rules, ...without } = srmJson;
    expect(rules.markets.length).toBe(4);
    expect(problemsOf(without)).toMatchObject([{ path: 'scenarioSets', expected: 'an array of 1 to 64 items' }]);
    expect(isValid(schema, without)).toBe(false);
    expect(problemsOf({ ...defaultJson, rules: srmJson.rules })).toEqual([]);
  });

  test('are refused by name, every problem at once', () => {
    const broken = {
      ...srmJson,
      rules: {
        ...srmJson.rules,
        markets: [
          {
            ...srmMarket,
            underlyings: [],
            options: { ...srmMarket?.options, initialMaximumPpm: -1, unpairedInitialPpm: 999_999 },
            linear: { ...srmMarket?.linear, maintenance: { kind: 'none' } },
          },
        ],
        peg: undefined,
      },
    };
    expect(problemsOf(broken)).toMatchObject([
      { path: 'rules.markets[0].underlyings', expected: 'an array of 1 to 256 items' },
      { path: 'rules.markets[0].options.initialMaximumPpm', expected: 'an integer from 0 to 100000000', found: '-1' },
      { path: 'rules.markets[0].options.unpairedInitialPpm', expected: 'an integer from 1000000 to 10000000', found: '999999' },
      { path: 'rules.markets[0].linear.maintenance.kind', expected: 'one of "share", "fractionOfInitial"', found: '"none"' },
      { path: 'rules.markets[0].linear.maintenance.sharePpm', expected: 'an integer from 0 to 1000000', found: 'nothing' },
      { path: 'rules.peg', expected: 'an object', found: 'nothing' },
    ]);
  });

  test('and the JSON Schema agree on every single change: a value replaced, a field removed or added', () => {
    const replacements = [
      null,
      true,
      '',
      'x',
      'share',
      'x'.repeat(65),
      -1,
      0,
      1,
      0.5,
      1_000_000,
      1_000_001,
      10_000_001,
      100_000_001,
      31_536_001,
      1_000_000_000_000,
      1_000_000_000_001,
      [],
      {},
      { kind: 'whole' },
      { kind: 'bonus' },
    ];
    let refused = 0;
    let accepted = 0;
    for (const json of [RICH, ...VARIANTS]) {
      for (const place of placesOf(json)) {
        if (place[0] !== 'rules') continue;
        const changed = [
          ...replacements.map((value) => edit(json, place, () => value)),
          edit(json, place, () => REMOVED),
          edit(json, place, addField),
        ];
        for (const document of changed) {
          const isAccepted = problemsOf(document).length === 0;
          expect({ place, valid: isValid(schema, document), document }).toEqual({ place, valid: isAccepted, document });
          if (isAccepted) accepted += 1;
          else refused += 1;
        }
      }
    }
    expect(accepted).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(3000);
  }, 60_000);
});

describe('lints of rules', () => {
  test('find nothing in the shipped profiles', () => {
    for (const json of SHIPPED) expect(lintProfile(trustedProfile(json), null)).toEqual([]);
  });

  test.each([
    [
      'ruleLevelsCross',
      'rules.markets[0].options.initialMinimumPpm',
      { options: { ...srmMarket?.options, maintenanceCallPpm: 140_000 } },
    ],
    ['ruleLevelsCross', 'rules.markets[0].linear', { linear: { ...srmMarket?.linear, initialPpm: 40_000 } }],
    [
      'openInterestCapsCross',
      'rules.markets[0].linear.openInterest',
      { linear: { ...srmMarket?.linear, openInterest: { lowerUsd: 5, upperUsd: 5 } } },
    ],
    [
      'ruleLevelsCross',
      'rules.markets[0].collateral.credit',
      { collateral: { ...srmMarket?.collateral, creditInitialPpm: 900_000 } },
    ],
  ])('%s at %s', (code, path, change) => {
    const json = { ...srmJson, rules: { ...srmJson.rules, markets: [{ ...srmMarket, ...change }] } };
    expect(lintProfile(trustedProfile(json), null)).toMatchObject([{ code, path }]);
  });

  test('name a loan-to-value above the threshold, and the threshold is used for both', () => {
    const [asset] = makerJson.rules.lending.assets;
    const lending = { ...makerJson.rules.lending, assets: [{ ...asset, loanToValuePpm: 700_000 }] };
    const crossed = trustedProfile({ ...makerJson, rules: { ...makerJson.rules, lending } });
    expect(lintProfile(crossed, null)).toMatchObject([
      { code: 'ruleLevelsCross', path: 'rules.lending.assets[0].loanToValuePpm' },
    ]);
    const model = compileRisk(
      ruleInput({
        profile: crossed,
        underlyings: [{ symbol: 'ETH', price: '4' }],
        assets: [{ symbol: 'ETH', underlying: 0, price: '4' }],
      }),
    );
    expect(model.assets[1]).toMatchObject({ loanToValuePpm: 666_666n, liquidationThresholdPpm: 666_666n });
  });

  test('name a hidden market, an auction that is missing or cannot open, and rules that rule nothing', () => {
    const codesOf = (rules: unknown): readonly string[] =>
      lintProfile(trustedProfile({ ...srmJson, rules }), null).map(({ code }) => code);
    expect(codesOf({ ...srmJson.rules, markets: [srmMarket, { ...srmMarket, name: 'again' }] })).toEqual(['ruleUnreachable']);
    expect(codesOf({ ...makerJson.rules, auction: null })).toEqual(['auctionRuleMissing']);
    expect(codesOf({ ...makerJson.rules, auction: { ...makerJson.rules.auction, dustUsd: 22_000_001 } })).toEqual([
      'dustAboveRoom',
    ]);
    expect(codesOf({ markets: [], peg: null, lending: null, auction: null })).toEqual(['rulesChargeNothing']);
  });
});
