import fc from 'fast-check';
import { ppm } from '../../numeric/brand.ts';
import type { JointScenario } from '../../scenarios/scenario.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT, BALANCE_SUPPLY } from '../portfolio.ts';
import type { MarginProfile } from '../profile.ts';
import { ETHER, INSTRUMENT_COUNT, OUTSIDE, type TestAccount, USDC } from './marginWorld.ts';

const lots = fc.oneof(
  fc.integer({ min: -5000, max: 5000 }),
  fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
  fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
);

/** Accounts of every shape and size. */
export const accountArbitrary: fc.Arbitrary<TestAccount> = fc.record({
  cash: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
  positions: fc.uniqueArray(
    fc
      .tuple(fc.nat({ max: INSTRUMENT_COUNT - 1 }), lots, fc.nat({ max: 1000 }))
      .map(([id, held, more]) => [id, held, Math.abs(held) + more] as const),
    { maxLength: INSTRUMENT_COUNT, selector: ([id]) => id },
  ),
  balances: fc.uniqueArray(
    fc.tuple(
      fc.constantFrom(USDC, ETHER, OUTSIDE),
      fc.oneof(fc.bigInt({ min: 1n, max: 10n ** 10n }), fc.bigInt({ min: 1n, max: 10n ** 15n })),
      fc.constantFrom(BALANCE_COLLATERAL, BALANCE_SUPPLY, BALANCE_DEBT),
    ),
    { maxLength: 5, selector: ([id, , kind]) => id * 3 + kind },
  ),
});

/** The profile with a synthetic set of four joint moments that carries 30 % of the functional. */
export function jointProfile(profile: MarginProfile): MarginProfile {
  const moment = (name: string, eth: number, btc: number): JointScenario => ({
    name,
    dampeningPpm: ppm(1_000_000),
    moves: [
      { underlying: 'ETH', spotPpm: ppm(eth), volatility: 'up' },
      { underlying: 'BTC', spotPpm: ppm(btc), volatility: 'up' },
    ],
    otherwisePpm: ppm(-500_000),
  });
  const scenarios = [
    moment('crash', -430_000, -390_000),
    moment('rotation', -100_000, 20_000),
    moment('melt-up', 250_000, 180_000),
    moment('quiet', 5_000, -3_000),
  ];
  return { ...profile, joint: { weightPpm: ppm(300_000), worstCount: 2, scenarios } };
}

/** The same four moments without a word about bitcoin, which therefore stands alone. */
export function aloneProfile(profile: MarginProfile): MarginProfile {
  const { joint, ...rest } = jointProfile(profile);
  const scenarios = joint.scenarios.map((one) => ({
    ...one,
    moves: one.moves.filter(({ underlying }) => underlying !== 'BTC'),
    otherwisePpm: null,
  }));
  return { ...rest, joint: { ...joint, scenarios } };
}
