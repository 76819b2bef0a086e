import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import deribitErm from '../../../../../profiles/deribit-erm.json' with { type: 'json' };
import plimsollDefault from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import plimsollProvable from '../../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import span16 from '../../../../../profiles/span-16.json' with { type: 'json' };
import { ppm } from '../../numeric/brand.ts';
import type { GroupTransform } from '../../scenarios/scenario.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import type { MarginProfile } from '../profile.ts';
import type { RiskInput } from '../riskModel.ts';
import { jointProfile } from '../testing/arbitraries.ts';
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
import type { UnderlyingBox } from './certifyBox.ts';
import { FACTOR_ONE, movedMarket, type UnderlyingFactors } from './marketMove.ts';

const DEFAULT: MarginProfile = { ...trustedProfile(plimsollDefault), joint: { weightPpm: ppm(0), worstCount: 1, scenarios: [] } };
const PROVABLE = trustedProfile(plimsollProvable);
const STILL = { low: FACTOR_ONE, high: FACTOR_ONE };

function health(input: RiskInput, account: TestAccount, factors: readonly UnderlyingFactors[]): bigint {
  return computeMargin(compileRisk(movedMarket(input, factors)), portfolioOf(account)).healthMaintenance;
}

/** Cash that leaves the account `share` of its requirement above it. */
function withHealth(input: RiskInput, account: TestAccount, share: number): TestAccount {
  const now = computeMargin(compileRisk(input), portfolioOf(account));
  const spare = BigInt(Math.round(Number(now.maintenance) * share)) + 1_000n;
  return { ...account, cash: (account.cash ?? 0n) - now.healthMaintenance + spare };
}

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

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });

/** Points of a box: its corners first, then where the shares say. */
function pointsOf(boxes: readonly UnderlyingBox[], along: readonly number[]): readonly (readonly UnderlyingFactors[])[] {
  const between = (low: bigint, high: bigint, share: number): bigint => low + BigInt(Math.round(Number(high - low) * share));
  const points: UnderlyingFactors[][] = [];
  for (let at = 0; at + 4 <= along.length; at += 1) {
    points.push(
      boxes.map(({ underlying, price, volatility }, index) => ({
        underlying,
        price: between(price.low, price.high, along[at + 2 * index] ?? 0),
        volatility: between(volatility.low, volatility.high, along[at + 2 * index + 1] ?? 0),
      })),
    );
  }
  for (const ends of [0, 1, 2, 3])
    points.push(
      boxes.map(({ underlying, price, volatility }) => ({
        underlying,
        price: ends % 2 === 0 ? price.low : price.high,
        volatility: ends < 2 ? volatility.low : volatility.high,
      })),
    );
  return points;
}

function expectNoBreach(profile: MarginProfile, account: TestAccount, share: number, along: readonly number[]): void {
  const input = worldInput({ profile });
  const held = withHealth(input, account, share);
  const { obstacle, each, together } = breachEnvelopes(input, portfolioOf(held), { evaluationsMax: 40 });
  expect(obstacle).toBe(null);
  const claims: (readonly UnderlyingBox[])[] = together === null ? [] : [together];
  for (const { underlying, price, volatility, both } of each) {
    claims.push([{ underlying, price, volatility: STILL }], [both]);
    if (volatility !== null) claims.push([{ underlying, price: STILL, volatility }]);
  }
  for (const claim of claims)
    for (const point of pointsOf(claim, along)) expect(health(input, held, point)).toBeGreaterThanOrEqual(0n);
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
      fc.property(books, fc.double({ min: 0.02, max: 1, noNaN: true }), shares, (account, share, along) => {
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
    expect(breachEnvelopes(worldInput({ profile: { ...DEFAULT, scenarioSets: skewed } }), portfolioOf(broke)).obstacle).toContain(
      'skew',
    );
  });
});

const LIMITS: readonly bigint[] = [PRICE_FACTORS.low, PRICE_FACTORS.high];

/** Distance of a band's end from the price now, as a share of the distance of the first true breach on that side. */
function widthShare(input: RiskInput, account: TestAccount, end: bigint): number {
  const side = end < FACTOR_ONE ? -1 : 1;
  const isHealthy = (share: number): boolean =>
    health(input, account, [{ underlying: 0, price: BigInt(Math.round(1e9 * (1 + side * share))), volatility: FACTOR_ONE }]) >=
    0n;
  let healthy = 0;
  let breached = 0;
  for (let step = 1; breached === 0; step += 1) {
    if (isHealthy(step / 500)) healthy = step / 500;
    else breached = step / 500;
  }
  while (breached - healthy > 1e-7) {
    const middle = (healthy + breached) / 2;
    if (isHealthy(middle)) healthy = middle;
    else breached = middle;
  }
  return (side * Number(end - FACTOR_ONE)) / 1e9 / healthy;
}
