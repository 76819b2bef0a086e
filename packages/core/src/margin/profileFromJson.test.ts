import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import isolatedJson from '../../../../profiles/isolated-linear.json' with { type: 'json' };
import schema from '../../../../profiles/margin-profile.schema.json' with { type: 'json' };
import shippedDefault from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import type { DecodeProblem } from './decode.ts';
import { profileFromJson } from './profileFromJson.ts';
import { addField, edit, placesOf, REMOVED } from './testing/jsonEdits.ts';
import { isValid } from './testing/jsonSchema.ts';
import { withoutJoint } from './testing/marginWorld.ts';

const defaultJson = withoutJoint(shippedDefault);
const SHIPPED: readonly unknown[] = [shippedDefault, provableJson, isolatedJson];

/** Uses every part of the format. */
const RICH: unknown = {
  ...defaultJson,
  scenarioSets: [
    ...defaultJson.scenarioSets,
    {
      kind: 'grid',
      name: 'skew',
      spotScale: 'absolute',
      spotPpm: [0],
      volatility: ['none'],
      dampeningPpm: 0,
      transform: {
        kind: 'perExpiry',
        of: 'value',
        bands: [
          { daysUpTo: 7, positivePpm: 950_000, negativePpm: 1_040_000 },
          { daysUpTo: null, positivePpm: 900_000, negativePpm: 1_100_000 },
        ],
      },
    },
    {
      kind: 'list',
      name: 'absolute',
      scenarios: [{ spotPpm: -1, spotScale: 'absolute', volatility: 'down', dampeningPpm: 1 }],
      transform: { kind: 'minusAbsolute' },
    },
    {
      kind: 'list',
      name: 'discounted',
      scenarios: [{ spotPpm: 1, spotScale: 'absolute', volatility: 'down', dampeningPpm: 1 }],
      transform: { kind: 'discountBySign', of: 'profit', positivePpm: 1, negativePpm: 2_000_000 },
    },
    {
      kind: 'list',
      name: 'tilted',
      scenarios: [{ spotPpm: 0, spotScale: 'absolute', volatility: 'skewLinear', dampeningPpm: 1_000_000 }],
      transform: {
        kind: 'continuousDiscount',
        positive: { basePpm: 950_000, rateMultiplePpm: 0, addPpm: 160_000 },
        negative: { basePpm: 1_040_000, rateMultiplePpm: 0, addPpm: 160_000 },
        isNegativeCappedByRate: true,
        sign: 'minusAbsolute',
      },
    },
  ],
  source: 'A book of models, chapter 2',
  convention: 'netMargin',
  optionDiscounting: 'positiveRate',
  volatility: {
    ...defaultJson.volatility,
    shift: 'relative',
    skew: {
      linear: { capPpm: 250_000, basePpm: -100_000 },
      absolute: { capPpm: 250_000, basePpm: -100_000 },
      widthMinimumPpm: 10_000,
      widthScalePpm: 4_000_000,
      volatilityStaticPpm: 600_000,
      volatilityScalePpm: -100_000,
    },
  },
  basis: { upPpm: 45_000, downPpm: -45_000, addPpm: 500_000, multiplePpm: 2_000_000, rule: 'maximum' },
  contingencies: {
    perpetual: { maintenancePpm: 30_000, initialPpm: 10_000 },
    future: { maintenancePpm: 1, initialPpm: 0 },
    nakedShort: { maintenancePpm: 3_000, initialPpm: 2_000, netting: 'strike' },
    offset: { maintenancePpm: 10_000, initialPpm: 0 },
  },
  feedConfidence: {
    perpetual: { thresholdPpm: 550_000, factorPpm: 1_000_000, feeds: ['spot', 'perpetual'] },
    future: { thresholdPpm: 550_000, factorPpm: 1_000_000, feeds: ['stable'] },
    option: { thresholdPpm: 550_000, factorPpm: 1_000_000, feeds: ['rate', 'volatility'] },
    collateral: { thresholdPpm: 550_000, factorPpm: 1_000_000, feeds: ['collateral', 'spot'] },
  },
  joint: {
    weightPpm: 300_000,
    worstCount: 1,
    scenarios: [
      {
        name: 'crash',
        dampeningPpm: 1_000_000,
        otherwisePpm: -500_000,
        moves: [{ underlying: 'ETH', spotPpm: -430_000, volatility: 'up' }],
      },
    ],
  },
};

function problemsOf(json: unknown): readonly DecodeProblem[] {
  const result = profileFromJson(json);
  return result.ok ? [] : result.problems;
}

describe('a margin profile', () => {
  test('is read when it is well formed', () => {
    for (const json of [...SHIPPED, RICH]) expect(problemsOf(json)).toEqual([]);
    const result = profileFromJson(provableJson);
    expect(result.ok && result.profile.lossFactor).toEqual({ maintenancePpm: 700_000, initialPpm: 1_000_000 });
  });

  test('is refused with every problem at once: where, what was expected, what was found', () => {
    const json = {
      ...defaultJson,
      name: '',
      lossFactor: { maintenancePpm: 0.5, initialPpm: '1' },
      joint: { weightPpm: 1_000_001, worstCount: 0, scenarios: {} },
      addOns: { ...defaultJson.addOns, notionalPrice: 'last', extra: 1 },
    };
    expect(problemsOf(json)).toEqual([
      { path: 'name', expected: 'a text of 1 to 64 characters', found: '""' },
      { path: 'joint.weightPpm', expected: 'an integer from 0 to 1000000', found: '1000001' },
      { path: 'joint.worstCount', expected: 'an integer from 1 to 4096', found: '0' },
      { path: 'joint.scenarios', expected: 'an array of 0 to 4096 items', found: 'an object' },
      { path: 'lossFactor.maintenancePpm', expected: 'an integer from 1 to 4000000', found: '0.5' },
      { path: 'lossFactor.initialPpm', expected: 'an integer from 1 to 4000000', found: '"1"' },
      expect.objectContaining({ path: 'addOns.extra', found: '1' }),
      { path: 'addOns.notionalPrice', expected: 'one of "mark", "index"', found: '"last"' },
    ]);
  });

  test('that is no object at all is one problem', () => {
    for (const [json, found] of [
      [null, 'null'],
      [[], 'an array of 0'],
      ['x', '"x"'],
      [undefined, 'nothing'],
    ] as const) {
      expect(problemsOf(json)).toEqual([{ path: '(the whole document)', expected: 'an object', found }]);
    }
  });

  test('with expiry bands out of order, or with too many scenarios in all, is refused', () => {
    const perExpiry = (days: readonly (number | null)[]) => ({
      ...defaultJson,
      scenarioSets: [
        {
          ...defaultJson.scenarioSets[0],
          transform: {
            kind: 'perExpiry',
            of: 'value',
            bands: days.map((daysUpTo) => ({ daysUpTo, positivePpm: 1, negativePpm: 1 })),
          },
        },
      ],
    });
    const path = 'scenarioSets[0].transform.bands';
    for (const days of [
      [7, 7, null],
      [7, 8],
      [null, 7],
    ])
      expect(problemsOf(perExpiry(days))).toMatchObject([{ path, found: `an array of ${days.length}` }]);
    expect(problemsOf(perExpiry([7, 8, null]))).toEqual([]);
    const crowded = {
      ...defaultJson,
      scenarioSets: [{ ...defaultJson.scenarioSets[0], spotPpm: Array.from({ length: 2049 }, () => 1) }],
    };
    expect(problemsOf(crowded)).toMatchObject([{ path: 'scenarioSets', found: '4098' }]);
  });
});

test('a profile with skew moves and no skew parameters, with a discount the wrong way round, or with a feed named twice is refused', () => {
  const tilted = { kind: 'list', name: 'tilted', transform: { kind: 'identity' } };
  const skew = { spotPpm: 0, spotScale: 'absolute', volatility: 'skewAbsolute', dampeningPpm: 1_000_000 };
  const without = { ...defaultJson, scenarioSets: [{ ...tilted, scenarios: [skew] }] };
  expect(problemsOf(without)).toMatchObject([{ path: 'volatility.skew', found: 'nothing' }]);
  // As in a published configuration (cookbook B2): value owed at 0.95, value owned at 1.05.
  const inverted = {
    kind: 'continuousDiscount',
    positive: { basePpm: 1_050_000, rateMultiplePpm: 0, addPpm: 160_000 },
    negative: { basePpm: 950_000, rateMultiplePpm: 0, addPpm: 160_000 },
    isNegativeCappedByRate: true,
    sign: 'signed',
  };
  const wrong = { ...defaultJson, scenarioSets: [{ ...defaultJson.scenarioSets[0], transform: inverted }] };
  expect(problemsOf(wrong).map(({ path }) => path)).toEqual([
    'scenarioSets[0].transform.positive.basePpm',
    'scenarioSets[0].transform.negative.basePpm',
  ]);
  const feeds = { option: { thresholdPpm: 1, factorPpm: 1, feeds: ['rate', 'rate'] } };
  expect(problemsOf({ ...defaultJson, feedConfidence: feeds })).toMatchObject([{ path: 'feedConfidence.option.feeds' }]);
});

describe('the JSON Schema beside the shipped profiles', () => {
  test('accepts what the decoder accepts', () => {
    for (const json of [...SHIPPED, RICH]) expect(isValid(schema, json)).toBe(true);
  });

  test('and the decoder agree on every single change of a profile: a value replaced, a field removed or added', () => {
    const replacements = [
      null,
      true,
      '',
      'x',
      'up',
      'x'.repeat(65),
      'x'.repeat(1001),
      -1,
      0,
      1,
      0.5,
      366,
      4097,
      1_000_001,
      4_000_001,
      100_000_001,
      -100_000_001,
      [],
      {},
      { kind: 'identity' },
    ];
    const places = placesOf(RICH);
    let refused = 0;
    let accepted = 0;
    for (const place of places) {
      const changed = [
        ...replacements.map((value) => edit(RICH, place, () => value)),
        edit(RICH, place, () => REMOVED),
        edit(RICH, place, addField),
      ];
      for (const json of changed) {
        const decoded = problemsOf(json).filter(({ expected }) => !BEYOND_SCHEMA.some((text) => expected.startsWith(text)));
        expect({ place, json: isValid(schema, json) }).toEqual({ place, json: decoded.length === 0 });
        if (decoded.length === 0) accepted += 1;
        else refused += 1;
      }
    }
    expect(accepted).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(2000);
  });

  test('and the decoder agree on arbitrary JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(isValid(schema, json)).toBe(problemsOf(json).length === 0);
      }),
      { seed: 71, numRuns: 300 },
    );
  });
});

/** What the schema's description says that it cannot. */
const BEYOND_SCHEMA: readonly string[] = ['bands with rising', 'skew parameters'];
