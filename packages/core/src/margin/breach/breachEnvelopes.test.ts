import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import deribitErm from '../../../../../profiles/deribit-erm.json' with { type: 'json' };
import plimsollDefault from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import plimsollProvable from '../../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import span16 from '../../../../../profiles/span-16.json' with { type: 'json' };
import { ppm } from '../../numeric/brand.ts';
import type { GroupTransform } from '../../scenarios/scenario.ts';
import type { MarginProfile } from '../profile.ts';
import { jointProfile } from '../testing/arbitraries.ts';
import { holdBands, placesInBoxes, widthShare, withHealth } from '../testing/envelopeChecks.ts';
import {
  BTC_PERPETUAL,
  ETH_CALL,
  ETH_FUTURE,
  ETH_PERPETUAL,
  ETH_PUT,
  ETHER,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  worldInput,
} from '../testing/marginWorld.ts';
import { breachEnvelopes, PRICE_FACTORS } from './breachEnvelopes.ts';

const DEFAULT: MarginProfile = { ...trustedProfile(plimsollDefault), joint: { weightPpm: ppm(0), worstCount: 1, scenarios: [] } };
const PROVABLE = trustedProfile(plimsollProvable);

const lots = fc.integer({ min: -4000, max: 4000 });
const books: fc.Arbitrary<TestAccount> = fc.record({
  positions: fc
    .tuple(lots, lots, lots, lots, fc.integer({ min: -200, max: 200 }))
    .map(([a, b, c, d, e]) => [
      [ETH_PERPETUAL, a] as const,
      [ETH_FUTURE, b] as const,
      [ETH_CALL, c] as const,
      [ETH_PUT, d] as const,
      [BTC_PERPETUAL, e] as const,
    ]),
  balances: fc.bigInt(0n, 5_000_000_000n).map((units) => [[ETHER, units + 1n] as const]),
});

function expectNoBreach(profile: MarginProfile, account: TestAccount, share: number, along: readonly number[]): void {
  const input = worldInput({ profile });
  const { obstacle, missed } = holdBands(input, withHealth(input, account, share), { along, evaluationsMax: 40 });
  expect(obstacle).toBe(null);
  expect(missed).toEqual([]);
}

function withTransform(transform: GroupTransform): MarginProfile {
  return { ...DEFAULT, scenarioSets: DEFAULT.scenarioSets.map((set) => ({ ...set, transform })) };
}

const PROFILES: readonly (readonly [name: string, profile: MarginProfile])[] = [
  ['plimsoll-grid without joint scenarios', DEFAULT],
  ['joint expected shortfall over two underlyings', jointProfile(DEFAULT)],
  ['a loss factor of two', { ...DEFAULT, lossFactor: { maintenancePpm: ppm(2_000_000), initialPpm: ppm(2_000_000) } }],
  [
    'values discounted by sign',
    withTransform({ kind: 'discountBySign', of: 'value', positivePpm: ppm(950_000), negativePpm: ppm(1_040_000) }),
  ],
  ['minus absolute values', withTransform({ kind: 'minusAbsolute' })],
  ['span-16', trustedProfile(span16)],
  ['deribit-erm', trustedProfile(deribitErm)],
];

describe('the bands within which an account cannot breach', () => {
  test.each(PROFILES)('hold no market below maintenance: random books under %s', (_name, profile) => {
    fc.assert(
      fc.property(books, fc.double({ min: 0.02, max: 1, noNaN: true }), placesInBoxes, (account, share, along) => {
        expectNoBreach(profile, account, share, along);
      }),
      { seed: 20_260_318, numRuns: 5 },
    );
  });

  test('hold none for linear books under plimsoll-provable either, and are as wide as the truth', () => {
    const input = worldInput({ profile: PROVABLE });
    const held = withHealth(input, { positions: [[ETH_PERPETUAL, 3000]] }, 0.5);
    const [only] = breachEnvelopes(input, portfolioOf(held)).each;
    expect(only?.volatility).toBe(null);
    expect(widthShare(input, held, only?.price.low ?? 0n)).toBeGreaterThan(0.999);
  });

  test.each([
    ['a long perpetual', [[ETH_PERPETUAL, 3000]]],
    [
      'a short straddle',
      [
        [ETH_CALL, -3000],
        [ETH_PUT, -3000],
      ],
    ],
    ['short puts', [[ETH_PUT, -3000]]],
    [
      'a long call against a short perpetual',
      [
        [ETH_CALL, 3000],
        [ETH_PERPETUAL, -3000],
      ],
    ],
  ] as readonly (readonly [string, TestAccount['positions']])[])(
    'of %s reach at least 99 % of the way to the true breach',
    (_name, positions) => {
      const input = worldInput({ profile: DEFAULT });
      const held = withHealth(input, { positions: positions ?? [] }, 0.5);
      const [only] = breachEnvelopes(input, portfolioOf(held)).each;
      const ends = [only?.price.low ?? 0n, only?.price.high ?? 0n].filter((end) => !LIMITS.includes(end));
      expect(ends.length).toBeGreaterThan(0);
      for (const end of ends) expect(widthShare(input, held, end)).toBeGreaterThan(0.99);
    },
  );

  test('are not given, with the reason, for profiles that the proof does not cover or accounts that are below already', () => {
    const input = worldInput({ profile: DEFAULT });
    const broke = { cash: -9_000_000_000n, positions: [[ETH_PERPETUAL, 3000]] } as const;
    expect(breachEnvelopes(input, portfolioOf(broke)).obstacle).toBe('the account is below maintenance already');
    const skewed = DEFAULT.scenarioSets.map((set) =>
      set.kind === 'grid' ? { ...set, volatility: ['skewLinear'] as const } : set,
    );
    // Its skew moves move the price as well: those that leave it alone are in ruleEnvelopes.test.ts.
    const tilted = worldInput({ profile: { ...DEFAULT, scenarioSets: skewed } });
    const option = { cash: 9_000_000_000n, positions: [[ETH_CALL, 100]] } as const;
    expect(breachEnvelopes(tilted, portfolioOf(option)).obstacle).toContain('skew');
    // A perpetual does not notice a tilt of volatilities.
    const perpetual = { cash: 9_000_000_000n, positions: [[ETH_PERPETUAL, 100]] } as const;
    expect(breachEnvelopes(tilted, portfolioOf(perpetual)).obstacle).toBe(null);
  });
});

const LIMITS: readonly bigint[] = [PRICE_FACTORS.low, PRICE_FACTORS.high];
