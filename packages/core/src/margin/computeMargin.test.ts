import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import isolatedJson from '../../../../profiles/isolated-linear.json' with { type: 'json' };
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import provableJson from '../../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { ppm } from '../numeric/brand.ts';
import { compileRisk } from './compileRisk.ts';
import { computeEquity, computeMargin, computeMarginExact, marginInDoubles } from './computeMargin.ts';
import { collectLegs } from './legs.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT, BALANCE_SUPPLY } from './portfolio.ts';
import type { MarginProfile } from './profile.ts';
import type { MarginFigures, RiskModel } from './riskModel.ts';
import { fastScenarioTerms } from './scenarioTerms.ts';
import { accountArbitrary, aloneProfile, jointProfile } from './testing/arbitraries.ts';
import {
  BITCOIN,
  BTC_PERPETUAL,
  ETH_CALL,
  ETH_FUTURE,
  ETH_PERPETUAL,
  ETH_PUT,
  ETHER,
  NANO,
  OUTSIDE,
  portfolioOf,
  type TestAccount,
  trustedProfile,
  USDC,
  type WorldOptions,
  withoutJoint,
  worldInput,
} from './testing/marginWorld.ts';

const profile = trustedProfile(withoutJoint(defaultJson));
const provable = trustedProfile(provableJson);
const isolated = trustedProfile(isolatedJson);
const joint = jointProfile(profile);

function modelOf(options: Partial<WorldOptions> = {}): RiskModel {
  return compileRisk(worldInput({ profile, ...options }));
}

const model = modelOf();
const provableModel = modelOf({ profile: provable });
const isolatedModel = modelOf({ profile: isolated });
const jointModel = modelOf({ profile: joint });
const stressedModel = modelOf({
  ethSlowNano: 2700n * NANO,
  ethConfidencePpm: 4_000,
  stableNano: 970_000_000n,
  fundingIndex: 12_345,
  socialIndex: 67,
});
const aloneModel = modelOf({ profile: aloneProfile(profile) });
const MODELS = [model, provableModel, isolatedModel, jointModel, aloneModel, stressedModel];

function marginOf(account: TestAccount, chosen: RiskModel = model): MarginFigures {
  return computeMargin(chosen, portfolioOf(account));
}

describe('a perpetual position', () => {
  // 1000 lots of 0.001 ETH at 3000 USD: notional 3000 USD, bought at mark with 1000 USD.
  const account: TestAccount = { cash: 1_000_000_000n - 3_000_000_000n, positions: [[ETH_PERPETUAL, 1000]] };

  test('costs its worst move and its add-ons under the provable profile, to the tick', () => {
    const figures = marginOf(account, provableModel);
    expect(figures.equity).toBe(1_000_000_000n);
    // Scan range 18 %: 540 USD, 70 % of it at maintenance. Per lot of 3 000 000 ticks: 7000 ppm = 21 000, and 4.973 deviations of 80 %
    // volatility over 90 s = ⌈6720.88⌉ ppm = 20 163; at initial 5000 ppm more.
    expect(figures.maintenance).toBe(378_000_000n + 21_000_000n + 20_163_000n);
    expect(figures.initial).toBe(540_000_000n + 21_000_000n + 20_163_000n + 15_000_000n);
    expect(figures.healthMaintenance).toBe(1_000_000_000n - figures.maintenance);
    expect(figures.healthInitial).toBe(1_000_000_000n - figures.initial);
  });

  test('pays for its size under the default profile: √(3000 / 20 million) × 0.4 %, rounded up', () => {
    const figures = marginOf(account);
    // k = 15: unit ⌊2e13 / 2^30⌋ = 18 626; ⌈3e9 / 18 626⌉ = 161 066; ⌈√⌉ = 402; ⌈4000 · 402 / 2^15⌉ = 50 ppm of 3000 USD.
    expect(figures.maintenance).toBe(378_000_000n + 21_000_000n + 8_109_000n + 150_000n);
  });

  test('has its funding and its share of socialised loss in its value', () => {
    const shifted = modelOf({ fundingIndex: 1_000, socialIndex: 10 });
    expect(marginOf(account, shifted).equity).toBe(1_000_000_000n - 1_010_000n);
    expect(marginOf({ cash: 3_000_000_000n, positions: [[ETH_PERPETUAL, -1000]] }, shifted).equity).toBe(1_000_000n - 10_000n);
  });
});

describe('netting', () => {
  test('is complete between long and short of one underlying and none across underlyings', () => {
    const hedged = marginOf(
      {
        positions: [
          [ETH_PERPETUAL, 1000],
          [ETH_FUTURE, -1000],
        ],
      },
      provableModel,
    );
    const long = marginOf({ positions: [[ETH_PERPETUAL, 1000]] }, provableModel);
    const short = marginOf({ positions: [[ETH_FUTURE, -1000]] }, provableModel);
    const rates = 2n * 20_163_000n + 21_000_000n + 21_003_000n;
    expect(hedged.maintenance).toBe(rates);
    const across = marginOf(
      {
        positions: [
          [ETH_PERPETUAL, 1000],
          [BTC_PERPETUAL, -30],
        ],
      },
      provableModel,
    );
    const bitcoin = marginOf({ positions: [[BTC_PERPETUAL, -30]] }, provableModel);
    expect(across.maintenance).toBe(long.maintenance + bitcoin.maintenance);
    expect(hedged.maintenance).toBeLessThan(long.maintenance + short.maintenance);
  });

  test('counts collateral inside the scenarios against a short', () => {
    // 10 ETH and −10 000 lots of 0.001 ETH: no price risk left.
    const figures = marginOf({ positions: [[ETH_PERPETUAL, -10_000]], balances: [[ETHER, 10n * NANO]] }, provableModel);
    expect(figures.maintenance).toBe(10_000n * (21_000n + 20_163n));
    expect(figures.haircutEquityMaintenance - -30_000_000_000n).toBe(28_500_000_000n);
  });

  test('sees whole risk units only: what is owned rounds down, what is owed rounds up', () => {
    const owned = marginOf({ balances: [[ETHER, 1_999_999n]] }, provableModel);
    const one = marginOf({ balances: [[ETHER, 1_000_000n]] }, provableModel);
    expect(owned.maintenance).toBe(one.maintenance);
    expect(owned.haircutEquityMaintenance).toBe(one.haircutEquityMaintenance);
    expect(owned.equity).toBe(5_999_997n);
    const owed = marginOf({ balances: [[ETHER, 1_000_001n, BALANCE_DEBT]] }, provableModel);
    expect(owed.maintenance).toBe(2n * one.maintenance);
    expect(owed.equity).toBe(-3_000_003n);
  });
});

describe('options', () => {
  test('a long option never needs more than the loss of its whole value and its add-ons', () => {
    const figures = marginOf({ positions: [[ETH_CALL, 1000]] });
    const { rows, rowOfInstrument } = model;
    const row = rowOfInstrument[ETH_CALL] ?? -1;
    const value = BigInt(rows.baseValue[row] ?? 0) * 1000n;
    const addOns = BigInt(rows.initialRate[row] ?? 0) * 1000n;
    expect(figures.initial).toBeLessThanOrEqual(value + addOns + 300_000n);
    expect(figures.equity).toBe(value);
  });

  test('a short option pays its minimum and more than a long one', () => {
    const short = marginOf({ positions: [[ETH_PUT, -1000]] });
    const long = marginOf({ positions: [[ETH_PUT, 1000]] });
    expect(short.maintenance).toBeGreaterThan(long.maintenance + 9_000_000n);
  });

  test('a put protects a long perpetual', () => {
    const naked = marginOf({ positions: [[ETH_PERPETUAL, 1000]] });
    const protectedBook = marginOf({
      positions: [
        [ETH_PERPETUAL, 1000],
        [ETH_PUT, 1000],
      ],
    });
    expect(protectedBook.maintenance).toBeLessThan(naked.maintenance);
  });
});

describe('initial margin', () => {
  const account: TestAccount = { positions: [[ETH_PERPETUAL, 1000]], balances: [[OUTSIDE, 100n * NANO]] };

  test('charges the confidence of a price on notional and on collateral, and maintenance does not', () => {
    const unsure = modelOf({ ethConfidencePpm: 10_000 });
    expect(marginOf(account, unsure).initial - marginOf(account).initial).toBe(30_000_000n);
    expect(marginOf(account, unsure).maintenance).toBe(marginOf(account).maintenance);
    const ether: TestAccount = { balances: [[ETHER, NANO]] };
    expect(marginOf(ether).haircutEquityInitial).toBe(2_775_000_000n);
    expect(marginOf(ether, unsure).haircutEquityInitial).toBe(2_747_250_000n);
    expect(marginOf(ether, unsure).haircutEquityMaintenance).toBe(2_850_000_000n);
  });

  test('charges the gap to the slow price on the net delta of the adverse side only', () => {
    const jumped = modelOf({ ethSlowNano: 2700n * NANO });
    const gapOf = (positions: TestAccount['positions']): bigint =>
      marginOf({ positions: positions ?? [] }, jumped).initial - marginOf({ positions: positions ?? [] }).initial;
    expect(gapOf([[ETH_PERPETUAL, 1000]])).toBe(300_000_000n);
    expect(gapOf([[ETH_PERPETUAL, -1000]])).toBe(0n);
    expect(
      gapOf([
        [ETH_PERPETUAL, 1000],
        [ETH_FUTURE, -400],
      ]),
    ).toBe(180_000_000n);
    const fallen = modelOf({ ethSlowNano: 3300n * NANO });
    expect(
      marginOf({ positions: [[ETH_PERPETUAL, -1000]] }, fallen).initial -
        marginOf({ positions: [[ETH_PERPETUAL, -1000]] }).initial,
    ).toBe(300_000_000n);
  });

  test('rises when the settlement asset falls below its peg threshold', () => {
    // 0.97: shortfall 0.015 × 4 = 6 % more loss factor.
    const depegged = modelOf({ stableNano: 970_000_000n });
    expect(depegged.lossFactorInitialPpm).toBe(1_060_000);
    const perpetual: TestAccount = { positions: [[ETH_PERPETUAL, 1000]] };
    expect(marginOf(perpetual, depegged).initial - marginOf(perpetual).initial).toBe(32_400_000n);
    expect(marginOf(perpetual, depegged).maintenance).toBe(marginOf(perpetual).maintenance);
  });
});

describe('collateral', () => {
  test('counts by bands of the amount', () => {
    // 1000 units at 80 %, 500 more at 40 %: 7 USD each.
    const figures = marginOf({ balances: [[OUTSIDE, 1500n * NANO]] });
    expect(figures.equity).toBe(10_500_000_000n);
    expect(figures.haircutEquityMaintenance).toBe(5_600_000_000n + 1_400_000_000n);
    expect(figures.haircutEquityInitial).toBe(7n * (775n * 1000n + 375n * 500n) * 1000n);
  });

  test('is worth more units of a settlement asset that is worth less', () => {
    const depegged = modelOf({ stableNano: 500_000_000n });
    expect(marginOf({ balances: [[OUTSIDE, NANO]] }, depegged).equity).toBe(14_000_000n);
    expect(marginOf({ cash: 5n }, depegged).equity).toBe(5n);
  });

  test('and positions on a dead feed are valued at the end of the band that favours the account', () => {
    const dead = modelOf({ ethBand: { low: 2900n * NANO, high: 3100n * NANO } });
    expect(marginOf({ positions: [[ETH_PERPETUAL, 1000]] }, dead).equity).toBe(3_100_000_000n);
    expect(marginOf({ positions: [[ETH_PERPETUAL, -1000]] }, dead).equity).toBe(-2_900_000_000n);
    expect(marginOf({ balances: [[ETHER, NANO]] }, dead).equity).toBe(3_100_000_000n);
    expect(marginOf({ balances: [[ETHER, NANO, BALANCE_DEBT]] }, dead).equity).toBe(-2_900_000_000n);
    expect(marginOf({ balances: [[ETHER, NANO]] }, dead).haircutEquityInitial).toBe(2_682_500_000n);
    expect(marginOf({ positions: [[ETH_PERPETUAL, 1000]] }, dead).maintenance).toBe(
      marginOf({ positions: [[ETH_PERPETUAL, 1000]] }).maintenance,
    );
  });
});

describe('an overcollateralized account', () => {
  test('counts collateral at its threshold and its loan to value, debts in full, everything in dollars', () => {
    const depegged = modelOf({ stableNano: 900_000_000n });
    const account: TestAccount = {
      mode: 'overcollateralized',
      cash: -10n,
      balances: [
        [ETHER, NANO],
        [USDC, 1_000_000_000n, BALANCE_DEBT],
        [OUTSIDE, NANO, BALANCE_SUPPLY],
      ],
    };
    const figures = marginOf(account, depegged);
    expect(figures.equity).toBe(-9n + 3_000_000_000n - 900_000_000n + 7_000_000n);
    expect(figures.healthMaintenance).toBe(-9n + 2_400_000_000n - 900_000_000n + 5_600_000n);
    expect(figures.healthInitial).toBe(-9n + 2_100_000_000n - 900_000_000n + 4_900_000n);
    expect([figures.maintenance, figures.initial]).toEqual([0n, 0n]);
  });

  test('rounds what it owns down and what it owes up', () => {
    const odd: TestAccount = {
      mode: 'overcollateralized',
      balances: [
        [ETHER, 1n],
        [ETHER, 1n, BALANCE_DEBT],
      ],
    };
    // One ledger unit of ether is 2.5 ticks: owned 2, owed 3; 80 % of it are 2 and 70 % are 1.75.
    const cheaper = modelOf({ ethNano: 2500n * NANO });
    expect(marginOf(odd, cheaper)).toMatchObject({ equity: -1n, healthMaintenance: -1n, healthInitial: -2n });
  });
});

describe('the joint functional', () => {
  test('blends expected shortfall across underlyings with the worst case per underlying', () => {
    const onlyJoint: MarginProfile = {
      ...joint,
      joint: { ...joint.joint, weightPpm: ppm(1_000_000), worstCount: 2 },
      addOns: { ...joint.addOns, sizePpm: ppm(0) },
    };
    const chosen = modelOf({ profile: onlyJoint });
    const account: TestAccount = {
      positions: [
        [ETH_PERPETUAL, 1000],
        [BTC_PERPETUAL, -30],
      ],
    };
    // Worst two of the four moments for +3000 USD of ether and −3000 USD of bitcoin: ETH −43 %, BTC −39 %: −120 USD;
    // ETH −10 %, BTC +2 %: −360 USD; mean 240.
    const figures = marginOf(account, chosen);
    const rates = 1000n * 29_109n + 30n * BigInt(chosen.rows.maintenanceRate[chosen.rowOfInstrument[BTC_PERPETUAL] ?? -1] ?? 0);
    expect(figures.maintenance).toBe(168_000_000n + rates);
    const half = modelOf({ profile: { ...onlyJoint, joint: { ...onlyJoint.joint, weightPpm: ppm(500_000) } } });
    const stress = 540_000_000n + 420_000_000n;
    expect(marginOf(account, half).maintenance).toBe((((stress + 240_000_000n) / 2n) * 7n) / 10n + rates);
  });
});

describe('the fast path', () => {
  test('agrees with the bigint path to the tick on random accounts of any size', () => {
    fc.assert(
      fc.property(accountArbitrary, fc.constantFrom(...MODELS), (account, chosen) => {
        const portfolio = portfolioOf(account);
        expect(computeMargin(chosen, portfolio)).toEqual(computeMarginExact(chosen, portfolio));
        expect(computeEquity(chosen, portfolio)).toBe(computeMarginExact(chosen, portfolio).equity);
      }),
      { seed: 21, numRuns: 4000 },
    );
  });

  test('gives the two figures of the chokepoint in doubles, or none, whatever the cash', () => {
    let told = 0;
    let untold = 0;
    const cashes = fc.oneof(fc.bigInt(-(2n ** 61n), 2n ** 61n), fc.bigInt(-(2n ** 51n) - 3n, 2n ** 51n + 3n));
    fc.assert(
      fc.property(accountArbitrary, cashes, fc.constantFrom(...MODELS), (account, cash, chosen) => {
        const portfolio = portfolioOf({ ...account, cash, balances: [] });
        const numbers = marginInDoubles(chosen, portfolio);
        if (numbers === null) {
          untold += 1;
          return;
        }
        told += 1;
        const { equity, healthInitial } = computeMarginExact(chosen, portfolio);
        expect(BigInt(numbers.equity)).toBe(equity);
        expect(BigInt(numbers.healthInitial)).toBe(healthInitial);
      }),
      { seed: 24, numRuns: 3000 },
    );
    expect(told).toBeGreaterThan(300);
    expect(untold).toBeGreaterThan(500);
    // A balance may be credited in part: left to `computeMargin`.
    expect(marginInDoubles(model, portfolioOf({ cash: 1n, balances: [[USDC, 5n]] }))).toBeNull();
  });

  test('agrees at the magnitudes where doubles end, and steps aside beyond them', () => {
    // One lot of ether weighs about 10 million ticks, so these lots put the bound from 2^46 to 2^56.
    const boundary = fc
      .tuple(fc.integer({ min: 22, max: 32 }), fc.integer({ min: -1000, max: 1000 }), fc.boolean(), fc.boolean())
      .map(([power, offset, isShort, isHedged]) => {
        const lots = (2 ** power + offset) * (isShort ? -1 : 1);
        const positions: (readonly [number, number])[] = [
          [ETH_PERPETUAL, lots],
          [ETH_FUTURE, isHedged ? -lots + 7 : lots - 7],
          [BTC_PERPETUAL, 3],
        ];
        return { positions };
      });
    let fast = 0;
    let exact = 0;
    fc.assert(
      fc.property(boundary, fc.constantFrom(...MODELS), (account, chosen) => {
        const portfolio = portfolioOf(account);
        expect(computeMargin(chosen, portfolio)).toEqual(computeMarginExact(chosen, portfolio));
        expect(computeEquity(chosen, portfolio)).toBe(computeMarginExact(chosen, portfolio).equity);
        collectLegs(chosen, portfolio);
        if (fastScenarioTerms(chosen, portfolio.workspace)) fast += 1;
        else exact += 1;
      }),
      { seed: 22, numRuns: 2000 },
    );
    expect(fast).toBeGreaterThan(300);
    expect(exact).toBeGreaterThan(300);
  });
});

describe('for every account', () => {
  test('initial margin is at least maintenance margin, and initial health at most maintenance health', () => {
    fc.assert(
      fc.property(accountArbitrary, fc.constantFrom(...MODELS), (account, chosen) => {
        const figures = marginOf(account, chosen);
        expect(figures.initial).toBeGreaterThanOrEqual(figures.maintenance);
        expect(figures.maintenance).toBeGreaterThanOrEqual(0n);
        expect(figures.haircutEquityInitial).toBeLessThanOrEqual(figures.haircutEquityMaintenance);
        expect(figures.haircutEquityMaintenance).toBeLessThanOrEqual(figures.equity);
      }),
      { seed: 23, numRuns: 2000 },
    );
  });

  test('more collateral never lowers health at either level', () => {
    const added = fc.tuple(
      fc.constantFrom(USDC, ETHER, BITCOIN, OUTSIDE),
      fc.bigInt({ min: 1n, max: 10n ** 13n }),
      fc.constantFrom(BALANCE_COLLATERAL, BALANCE_SUPPLY),
    );
    fc.assert(
      fc.property(accountArbitrary, added, fc.constantFrom(...MODELS), (account, [asset, units, kind], chosen) => {
        const before = marginOf(account, chosen);
        const held = (account.balances ?? []).find(([id, , code]) => id === asset && (code ?? BALANCE_COLLATERAL) === kind);
        const others = (account.balances ?? []).filter((balance) => balance !== held);
        const after = marginOf({ ...account, balances: [...others, [asset, (held?.[1] ?? 0n) + units, kind]] }, chosen);
        expect(after.healthMaintenance).toBeGreaterThanOrEqual(before.healthMaintenance);
        expect(after.healthInitial).toBeGreaterThanOrEqual(before.healthInitial);
        expect(after.equity).toBeGreaterThanOrEqual(before.equity);
      }),
      { seed: 24, numRuns: 4000 },
    );
  });

  test('a coherent profile asks no more of a union than of its parts', () => {
    const bounded = fc.tuple(
      fc.uniqueArray(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: -(2 ** 34), max: 2 ** 34 })), {
        maxLength: 6,
        selector: ([id]) => id,
      }),
      fc.uniqueArray(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: -5000, max: 5000 })), {
        maxLength: 6,
        selector: ([id]) => id,
      }),
    );
    fc.assert(
      fc.property(bounded, fc.constantFrom(...MODELS), ([a, b], chosen) => {
        // Both accounts belong to one owner, whose size they pay for together.
        const lotsOf = (positions: readonly (readonly [number, number])[], id: number): number =>
          positions.find(([own]) => own === id)?.[1] ?? 0;
        const gross = (id: number): number => Math.abs(lotsOf(a, id)) + Math.abs(lotsOf(b, id));
        const withGross = (positions: readonly (readonly [number, number])[]) =>
          positions.map(([id, lots]) => [id, lots, gross(id)] as const);
        const union = [0, 1, 2, 3, 4, 5].map((id) => [id, lotsOf(a, id) + lotsOf(b, id), gross(id)] as const);
        const [first, second, joined] = [withGross(a), withGross(b), union].map((positions) => marginOf({ positions }, chosen));
        if (first === undefined || second === undefined || joined === undefined) throw new Error('three accounts were measured');
        expect(joined.maintenance).toBeLessThanOrEqual(first.maintenance + second.maintenance);
        expect(joined.initial).toBeLessThanOrEqual(first.initial + second.initial);
      }),
      { seed: 25, numRuns: 3000 },
    );
  });
});

test('splitting a position over accounts of one owner does not make its size cheaper', () => {
  const whole = marginOf({ positions: [[ETH_PERPETUAL, 1_000_000]] });
  const half = marginOf({ positions: [[ETH_PERPETUAL, 500_000, 1_000_000]] });
  const hidden = marginOf({ positions: [[ETH_PERPETUAL, 500_000]] });
  expect(2n * half.maintenance).toBe(whole.maintenance);
  expect(2n * hidden.maintenance).toBeLessThan(whole.maintenance);
});
