/** Bands under rules, for static loans, in the averaging window, and under a basis and continuous discounts. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import plimsollGrid from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { durationMs, ppm, timeMs } from '../../numeric/brand.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT } from '../portfolio.ts';
import type { MarginProfile } from '../profile.ts';
import type { RiskInput } from '../riskModel.ts';
import {
  type BandsHeld,
  healthIn,
  holdBands,
  missedOnLadder,
  placesInBoxes,
  widthShare,
  withDip,
  withHealth,
} from '../testing/envelopeChecks.ts';
import {
  BITCOIN,
  BTC_PERPETUAL,
  DAY_MS,
  ETH_CALL,
  ETH_FUTURE,
  ETH_PERPETUAL,
  ETH_PUT,
  ETHER,
  NOW_MS,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  USDC,
  worldInput,
} from '../testing/marginWorld.ts';
import { profileFile } from '../testing/profileWorld.ts';
import { SRM_FIXTURE } from '../testing/publishedFixtures.ts';
import { breachEnvelopes, PRICE_FACTORS } from './breachEnvelopes.ts';
import { FACTOR_ONE } from './marketMove.ts';

const NANO = 1_000_000_000n;
const SEED = 20_261_122;

const shipped = (name: string): MarginProfile => trustedProfile(profileFile(name));

interface Looked {
  runs: number;
  /** Accounts that are healthy now and breach somewhere within the searched prices, perhaps between two healthy markets. */
  dips: number;
}

/** Holds the bands of random accounts against the full computation, and counts what was looked at. */
function expectNoneMissed(input: RiskInput, accounts: fc.Arbitrary<TestAccount>, numRuns: number): Looked {
  const looked: Looked = { runs: 0, dips: 0 };
  fc.assert(
    fc.property(accounts, fc.double({ min: 0.02, max: 1, noNaN: true }), placesInBoxes, (account, share, along) => {
      const held: BandsHeld = holdBands(input, withHealth(input, account, share), { along, evaluationsMax: 40 });
      expect(held.obstacle).toBe(null);
      expect(held.missed).toEqual([]);
      looked.runs += 1;
      const dipped = withDip(input, account, { underlying: 0, share: share / 10 });
      if (dipped === null) return;
      looked.dips += 1;
      expect(missedOnLadder(input, dipped, 0)).toEqual([]);
    }),
    { seed: SEED, numRuns },
  );
  expect(looked.dips * 2).toBeGreaterThan(numRuns);
  return looked;
}

const lots = fc.integer({ min: -4000, max: 4000 });
const few = fc.integer({ min: -200, max: 200 });
const ether = fc.bigInt(1n, 5n * NANO);

const linearBooks: fc.Arbitrary<TestAccount> = fc.record({
  positions: fc.tuple(lots, lots, few).map(
    ([perpetual, future, bitcoin]) =>
      [
        [ETH_PERPETUAL, perpetual],
        [ETH_FUTURE, future],
        [BTC_PERPETUAL, bitcoin],
      ] as const,
  ),
  balances: fc.tuple(ether, fc.bigInt(1n, NANO)).map(
    ([collateral, debt]) =>
      [
        [ETHER, collateral, BALANCE_COLLATERAL],
        [BITCOIN, debt / 100n, BALANCE_DEBT],
      ] as const,
  ),
});

const optionBooks: fc.Arbitrary<TestAccount> = fc.record({
  positions: fc.tuple(lots, lots, lots, few).map(
    ([perpetual, call, put, bitcoin]) =>
      [
        [ETH_PERPETUAL, perpetual],
        [ETH_CALL, call],
        [ETH_PUT, put],
        [BTC_PERPETUAL, bitcoin],
      ] as const,
  ),
  balances: ether.map((units) => [[ETHER, units]] as const),
});

describe('a static loan', () => {
  const loans: fc.Arbitrary<TestAccount> = fc
    .tuple(ether, fc.bigInt(1n, 10n * NANO), fc.bigInt(1n, 20_000_000_000n))
    .map(([collateral, bitcoin, dollars]) => ({
      mode: 'overcollateralized',
      balances: [
        [ETHER, collateral, BALANCE_COLLATERAL],
        [BITCOIN, bitcoin / 100n, BALANCE_COLLATERAL],
        [USDC, dollars, BALANCE_DEBT],
      ],
    }));

  test.each([
    'overcollateralized-aave',
    'overcollateralized-morpho',
    'overcollateralized-maker',
    'plimsoll-grid',
    'derive-pmrm2',
  ])('has bands under %s, and none of them misses a breach', (name) => {
    expect(expectNoneMissed(worldInput({ profile: shipped(name) }), loans, 8).runs).toBe(8);
  });

  test('has the band that is worked out by hand: down to debt over collateral at its threshold, and up without end', () => {
    const input = worldInput({ profile: shipped('overcollateralized-maker') });
    // Ten ether at 3000 count for 0.666666 · 30 000 = 19 999.98 against 15 000: a factor of 0.75000075.
    const account: TestAccount = {
      mode: 'overcollateralized',
      balances: [
        [ETHER, 10n * NANO, BALANCE_COLLATERAL],
        [USDC, 15_000_000_000n, BALANCE_DEBT],
      ],
    };
    const [only] = breachEnvelopes(input, portfolioOf(account)).each;
    expect(only?.price.high).toBe(5n * FACTOR_ONE);
    // A band ends where a step of ten millionths cannot be proved any more.
    expect(only?.price.low).toBeGreaterThanOrEqual(750_000_751n);
    expect(only?.price.low).toBeLessThan(750_020_751n);
    expect(only?.volatility).toBe(null);
  });
});

describe('under rules', () => {
  test.each(['tiered-perpetual', 'tiered-perpetual-sized', 'derive-srm'])(
    'linear books have bands under %s, and none of them misses a breach',
    (name) => {
      const input = worldInput({ profile: shipped(name) });
      // Debts in ether and bitcoin have their weights in the rules too.
      expect(expectNoneMissed(input, linearBooks, 8).runs).toBe(8);
    },
  );

  test.each([
    ['derive-srm', shipped('derive-srm')],
    ['derive-srm as its vectors are published', SRM_FIXTURE],
  ])('options have bands under %s, whichever requirement is the cheaper', (_, profile) => {
    expect(expectNoneMissed(worldInput({ profile }), optionBooks, 6).runs).toBe(6);
  });

  test.each([
    ['a long perpetual', [[ETH_PERPETUAL, 3000]]],
    ['sold calls', [[ETH_CALL, -3000]]],
    ['sold puts', [[ETH_PUT, -3000]]],
    [
      'a straddle sold',
      [
        [ETH_CALL, -3000],
        [ETH_PUT, -3000],
      ],
    ],
    [
      'covered calls sold',
      [
        [ETH_CALL, -3000],
        [ETH_PERPETUAL, 3000],
      ],
    ],
  ] as readonly (readonly [string, TestAccount['positions']])[])(
    'the bands of %s reach at least 99 %% of the way to the true breach',
    (_, positions) => {
      const input = worldInput({ profile: shipped('derive-srm') });
      const held = withHealth(input, { positions: positions ?? [] }, 0.5);
      const [only] = breachEnvelopes(input, portfolioOf(held)).each;
      const ends = [only?.price.low ?? 0n, only?.price.high ?? 0n].filter(
        (end) => end !== FACTOR_ONE / 10n && end !== 5n * FACTOR_ONE,
      );
      expect(ends.length).toBeGreaterThan(0);
      for (const end of ends) expect(widthShare(input, held, end)).toBeGreaterThan(0.99);
    },
  );

  test('a dip between two healthy markets, where the cheaper requirement changes, ends the band before it', () => {
    const input = {
      ...worldInput({ profile: shipped('derive-srm'), ethNano: 1_500n * NANO }),
      timeMs: timeMs(NOW_MS + 30 * DAY_MS - 1000),
    };
    // A put sold at 3200 and a perpetual sold, a second before expiry: option by option they ask 3488 − 1.09 F, at worst payoff 3200 from
    // F = 264 down. With −1.065 F of the perpetual health falls from 1500 to 264, and rises again below.
    const account: TestAccount = {
      positions: [
        [ETH_PUT, -1000],
        [ETH_PERPETUAL, -1000],
      ],
    };
    const healthAt = (held: TestAccount, dollars: bigint): bigint =>
      healthIn(input, held, [{ underlying: 0, price: (dollars * FACTOR_ONE) / 1500n, volatility: FACTOR_ONE }]);
    // Five dollars short at the bottom.
    const dipped: TestAccount = { ...account, cash: -healthAt(account, 264n) - 5_000_000n };
    const at = (dollars: bigint): bigint => healthAt(dipped, dollars);
    expect([at(1500n) >= 0n, at(264n) >= 0n, at(150n) >= 0n]).toEqual([true, false, true]);
    expect(missedOnLadder(input, dipped, 0)).toEqual([]);
    const [only] = breachEnvelopes(input, portfolioOf(dipped)).each;
    expect(only?.price.low).toBeGreaterThan((264n * FACTOR_ONE) / 1500n);
  });

  test('options beside scenarios, and payoffs, have none and say why', () => {
    const { rules } = SRM_FIXTURE;
    if (rules === undefined) throw new Error('The profile has rules.');
    const both: MarginProfile = { ...trustedProfile(plimsollGrid), rules };
    const option = portfolioOf({ cash: 10n ** 12n, positions: [[ETH_CALL, -10]] });
    expect(breachEnvelopes(worldInput({ profile: both }), option).obstacle).toContain('rules beside scenarios');
    const perpetual: TestAccount = { positions: [[ETH_PERPETUAL, 700]] };
    const input = worldInput({ profile: both });
    const held = holdBands(input, withHealth(input, perpetual, 0.5), { along: [0, 0.3, 0.5, 0.7, 1], evaluationsMax: 40 });
    expect(held).toMatchObject({ obstacle: null, missed: [] });
  });
});

/** Twenty minutes into a window of thirty before the one expiry of the world: two thirds of the average are taken. */
function averagingInput(profile: MarginProfile): RiskInput {
  const input = worldInput({ profile });
  const expiryMs = timeMs(NOW_MS + 30 * DAY_MS);
  const averaging = { fixed: 1_950n * NANO, remainingMs: durationMs(600_000), windowMs: durationMs(1_800_000) };
  return {
    ...input,
    timeMs: timeMs(expiryMs - 600_000),
    underlyings: input.underlyings.map((one) => ({ ...one, expiries: [{ expiryMs, ratePpm: ppm(0), averaging }] })),
  };
}

describe('while the settlement average is taken', () => {
  test.each(['plimsoll-grid', 'deribit-erm', 'derive-srm'])('%s: options and futures have bands that miss no breach', (name) => {
    const input = averagingInput(shipped(name));
    expect(expectNoneMissed(input, optionBooks, 5).runs).toBe(5);
    expect(expectNoneMissed(input, linearBooks, 4).runs).toBe(4);
  });

  test('a band is wider for what is fixed already', () => {
    const profile = shipped('plimsoll-grid');
    const positions = [[ETH_FUTURE, 3000]] as const;
    const bandOf = (input: RiskInput): bigint => {
      const held = { positions, cash: -7_500_000_000n };
      return breachEnvelopes(input, portfolioOf(held)).each[0]?.price.low ?? 0n;
    };
    const fixed = averagingInput(profile);
    const free = { ...fixed, underlyings: fixed.underlyings.map(({ expiries: _, ...one }) => one) };
    expect(bandOf(fixed)).toBeLessThan(bandOf(free));
    expect(bandOf(free)).toBeLessThan(FACTOR_ONE);
  });
});

describe('under a basis and continuous discounts', () => {
  const pmrm = shipped('derive-pmrm2');
  const isMagnitude = ({ transform }: MarginProfile['scenarioSets'][number]): boolean =>
    transform.kind === 'continuousDiscount' && transform.sign !== 'signed';
  const plain: MarginProfile = { ...pmrm, scenarioSets: pmrm.scenarioSets.filter((set) => !isMagnitude(set)) };
  /** So that nothing stands before the skew moves and the magnitudes of discounted values that come with them. */
  const skewed: MarginProfile = { ...pmrm, scenarioSets: pmrm.scenarioSets.filter(isMagnitude) };
  const { basis: _, contingencies: __, ...bare } = skewed;

  test.each([
    ['without options', linearBooks],
    ['with options', optionBooks],
  ])('derive-pmrm2: books %s have bands that miss no breach', (_name, books) => {
    expect(expectNoneMissed(worldInput({ profile: pmrm }), books, 4).runs).toBe(4);
  });

  test('its skew moves alone: none is missed where they decide, and where an expiry is worth nothing inside the band', () => {
    expect(plain.scenarioSets.length + skewed.scenarioSets.length).toBe(pmrm.scenarioSets.length);
    expect(expectNoneMissed(worldInput({ profile: skewed }), optionBooks, 3).runs).toBe(3);
    expect(expectNoneMissed(worldInput({ profile: bare }), optionBooks, 5).runs).toBe(5);
    expect(expectNoneMissed(averagingInput(skewed), optionBooks, 2).runs).toBe(2);
  });

  test('a reversal whose value changes its sign has a band that is all but the true distance', () => {
    const input = worldInput({ profile: bare });
    const reversal: TestAccount = {
      positions: [
        [ETH_CALL, 2000],
        [ETH_PUT, -2000],
      ],
    };
    const held = { ...reversal, cash: 1_000_000_000n - healthIn(input, reversal, []) };
    const [only] = breachEnvelopes(input, portfolioOf(held)).each;
    expect(only?.price.low ?? 0n).toBeGreaterThan(PRICE_FACTORS.low);
    expect(only?.price.low ?? 0n).toBeLessThan(FACTOR_ONE);
    expect(widthShare(input, held, only?.price.low ?? 0n)).toBeGreaterThan(0.98);
  });

  test('without skew moves too', () => {
    expect(expectNoneMissed(worldInput({ profile: plain }), optionBooks, 4).runs).toBe(4);
  });

  test('a basis that is added to the worst scenario is covered as one that replaces it', () => {
    const { basis } = pmrm;
    if (basis === undefined) throw new Error('The profile has a basis.');
    const added: MarginProfile = { ...plain, basis: { ...basis, rule: 'sum' } };
    expect(expectNoneMissed(worldInput({ profile: added }), optionBooks, 5).runs).toBe(5);
  });

  test.each([
    ['with', pmrm],
    ['without', plain],
  ])('the band of sold calls is all but the true distance, %s skew moves', (_name, profile) => {
    const input = worldInput({ profile });
    const held = withHealth(input, { positions: [[ETH_CALL, -3000]] }, 0.5);
    const [only] = breachEnvelopes(input, portfolioOf(held)).each;
    expect(widthShare(input, held, only?.price.high ?? 0n)).toBeGreaterThan(0.99);
  });
});
