import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import srmJson from '../../../../../profiles/derive-srm.json' with { type: 'json' };
import aaveJson from '../../../../../profiles/overcollateralized-aave.json' with { type: 'json' };
import makerJson from '../../../../../profiles/overcollateralized-maker.json' with { type: 'json' };
import morphoJson from '../../../../../profiles/overcollateralized-morpho.json' with { type: 'json' };
import defaultJson from '../../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import tieredJson from '../../../../../profiles/tiered-perpetual.json' with { type: 'json' };
import sizedJson from '../../../../../profiles/tiered-perpetual-sized.json' with { type: 'json' };
import { durationMs, ppm, timeMs } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin, computeMarginExact } from '../computeMargin.ts';
import { explain } from '../explain.ts';
import { isSafer } from '../isSafer.ts';
import { boundRows } from '../linearBound.ts';
import { lintProfile } from '../lintProfile.ts';
import { liquidationPrices } from '../liquidationPrice.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT } from '../portfolio.ts';
import type { MarginProfile } from '../profile.ts';
import type { MarginFigures, RiskModel } from '../riskModel.ts';
import { portfolioOf, type TestAccount, trustedProfile } from '../testing/marginWorld.ts';
import { MAKER_FIXTURE, SRM_FIXTURE as SRM } from '../testing/publishedFixtures.ts';
import { type InstrumentSketch, nano, optionForm, PERPETUAL, RULE_NOW_MS, ruleInput } from '../testing/ruleWorld.ts';

const SHIPPED_SRM = trustedProfile(srmJson);
const TIERED = trustedProfile(tieredJson);
const SIZED = trustedProfile(sizedJson);
const PROFILES = [
  SRM,
  SHIPPED_SRM,
  TIERED,
  SIZED,
  trustedProfile(aaveJson),
  trustedProfile(morphoJson),
  trustedProfile(makerJson),
  MAKER_FIXTURE,
];
const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** Strikes and expiries from one end of what is valid to the other; volatility 500 %, a negative rate, doubtful feeds. */
const STRIKES = ['0.000001', '1500', '2000', '2500', '1000000000'];
const EXPIRIES_MS = [RULE_NOW_MS + SECOND_MS, RULE_NOW_MS + 10 * DAY_MS, RULE_NOW_MS + 900 * DAY_MS];

const INSTRUMENTS: readonly InstrumentSketch[] = [
  { underlying: 0, form: PERPETUAL, mark: '2001', lotUnits: 1_000_000n, openInterestLots: 40_000_000 },
  { underlying: 1, form: PERPETUAL, mark: '28020', lotUnits: 1_000_000n, confidencePpm: 150_000 },
  { underlying: 0, form: { kind: 'future', expiryMs: timeMs(EXPIRIES_MS[1] ?? 0) }, mark: '2010', lotUnits: 1_000_000n },
  ...EXPIRIES_MS.flatMap((expiryMs, place) =>
    STRIKES.flatMap((strike): readonly InstrumentSketch[] =>
      (['call', 'put'] as const).map((right) => ({
        underlying: 0,
        form: optionForm(right, strike, expiryMs),
        mark: place === 0 ? '2000' : '2012.5',
        lotUnits: 1_000_000n,
        volatilityPpm: place === 2 ? 5_000_000 : 500_000,
      })),
    ),
  ),
];

function world(profile: MarginProfile, change: { readonly stable?: string; readonly ether?: string } = {}): RiskModel {
  const expiries = EXPIRIES_MS.map((expiryMs) => ({
    expiryMs: timeMs(expiryMs),
    ratePpm: ppm(-50_000),
    volatilityConfidencePpm: ppm(300_000),
  }));
  return compileRisk(
    ruleInput({
      profile,
      stable: change.stable ?? '0.97',
      underlyings: [
        { symbol: 'ETH', price: change.ether ?? '2000', confidencePpm: 350_000, expiries },
        { symbol: 'BTC', price: '28000' },
      ],
      instruments: INSTRUMENTS,
      assets: [
        { symbol: 'ETH', underlying: 0, price: change.ether ?? '2000' },
        { symbol: 'BTC', underlying: 1, price: '28000' },
      ],
    }),
  );
}

const MODELS = PROFILES.map((profile) => world(profile));

const lots = fc.oneof(fc.integer({ min: -5_000, max: 5_000 }), fc.integer({ min: -(2 ** 40), max: 2 ** 40 }));
const account: fc.Arbitrary<TestAccount> = fc.record({
  cash: fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
  positions: fc.uniqueArray(
    fc
      .tuple(fc.nat({ max: INSTRUMENTS.length - 1 }), lots, fc.nat({ max: 1_000 }))
      .map(([id, held, more]) => [id, held, Math.abs(held) + more] as const),
    { maxLength: 12, selector: ([id]) => id },
  ),
  balances: fc.uniqueArray(
    fc.tuple(fc.constantFrom(1, 2), fc.bigInt({ min: 1n, max: 10n ** 13n }), fc.constantFrom(BALANCE_COLLATERAL, BALANCE_DEBT)),
    { maxLength: 4, selector: ([id, , kind]) => id * 3 + kind },
  ),
});

describe('every profile with rules, on any book', () => {
  test('asks no less at initial than at maintenance, never less than nothing, and explains it to the tick', () => {
    fc.assert(
      fc.property(account, fc.constantFrom(...MODELS), (one, model) => {
        const portfolio = portfolioOf(one);
        const figures = computeMargin(model, portfolio);
        expect(figures.initial).toBeGreaterThanOrEqual(figures.maintenance);
        expect(figures.maintenance).toBeGreaterThanOrEqual(0n);
        expect(figures.haircutEquityInitial).toBeLessThanOrEqual(figures.haircutEquityMaintenance);
        expect(computeMarginExact(model, portfolio)).toEqual(figures);
        for (const level of ['maintenance', 'initial'] as const) {
          const explained = explain(model, portfolio, level);
          expect(explained.requirement).toBe(figures[level]);
          const health = level === 'initial' ? figures.healthInitial : figures.healthMaintenance;
          expect(explained.health).toBe(health);
          for (const term of explained.requirementTerms) expect(term.charge).toBeGreaterThan(0n);
        }
      }),
      { seed: 31, numRuns: 400 },
    );
  });

  test('does not depend on the order of positions', () => {
    fc.assert(
      fc.property(account, fc.constantFrom(...MODELS), fc.nat(), (one, model, turn) => {
        const positions = [...(one.positions ?? [])];
        const at = positions.length === 0 ? 0 : turn % positions.length;
        const turned = { ...one, positions: [...positions.slice(at), ...positions.slice(0, at)].reverse() };
        expect(computeMargin(model, portfolioOf(turned))).toEqual(computeMargin(model, portfolioOf(one)));
      }),
      { seed: 32, numRuns: 200 },
    );
  });

  test('a position sold again costs nothing: only the difference of two lots is held', () => {
    const flat = computeMargin(MODELS[0] as RiskModel, portfolioOf({ cash: 7n, positions: [[0, 0]] }));
    expect(flat).toMatchObject({ maintenance: 0n, initial: 0n, healthInitial: 7n });
  });

  test('more cash raises health by as much, and more collateral never lowers it', () => {
    fc.assert(
      fc.property(account, fc.constantFrom(...MODELS), fc.bigInt({ min: 1n, max: 10n ** 12n }), (one, model, more) => {
        const before = computeMargin(model, portfolioOf(one));
        const richer = computeMargin(model, portfolioOf({ ...one, cash: (one.cash ?? 0n) + more }));
        expect(richer.healthInitial - before.healthInitial).toBe(more);
        const others = (one.balances ?? []).filter(([id, , kind]) => id !== 1 || kind !== BALANCE_COLLATERAL);
        const held = one.balances?.find(([id, , kind]) => id === 1 && kind === BALANCE_COLLATERAL)?.[1] ?? 0n;
        const fuller = computeMargin(model, portfolioOf({ ...one, balances: [...others, [1, held + more, BALANCE_COLLATERAL]] }));
        expect(fuller.healthMaintenance).toBeGreaterThanOrEqual(before.healthMaintenance);
      }),
      { seed: 33, numRuns: 200 },
    );
  });
});

describe('a model with rules', () => {
  test('is never plain: the linear filter refuses it', () => {
    for (const model of MODELS) {
      expect(model.isPlain).toBe(false);
      expect(() => boundRows(model, new Float64Array(model.rows.count))).toThrow('models without rules');
    }
  });

  test('adds its rules to the scenarios of a profile that has both, and leaves what no rule covers to them', () => {
    const scenarios = trustedProfile({ ...defaultJson, addOns: { ...defaultJson.addOns, confidencePpm: 0 } });
    const { rules } = SRM;
    if (rules === undefined) throw new Error('The profile has rules.');
    const pegOnly: MarginProfile = { ...scenarios, rules: { ...rules, markets: [] } };
    const plain = computeMargin(world(scenarios), portfolioOf({ positions: [[0, 1_000]] }));
    const both = computeMargin(world(pegOnly), portfolioOf({ positions: [[0, 1_000]] }));
    expect(both.maintenance).toBe(plain.maintenance);
    // (0.98 − 0.97) · 1.2 · 2000 · 1 unit
    expect(both.initial - plain.initial).toBe(24_000_000n);
  });

  test('charges in full what no rule covers, and the lint names it', () => {
    const model = world(TIERED);
    const call = 3 + STRIKES.length * 2 + 2 * 2;
    const terms = (quantity: number) =>
      explain(model, portfolioOf({ positions: [[call, quantity]] }), 'maintenance').requirementTerms;
    expect(terms(-1_000)).toMatchObject([{ kind: 'unruled', charge: 2_012_500_000n }]);
    const { input } = model;
    const lints = lintProfile(TIERED, {
      assets: [],
      assetTerms: [],
      underlyings: [],
      instruments: input.instruments.map(({ terms: one }) => one),
      underlyingTerms: input.underlyings.map(({ terms: one }) => one),
    });
    expect(lints.filter(({ code }) => code === 'instrumentWithoutRule').length).toBe(30);
    const value = computeMargin(model, portfolioOf({ positions: [[call, 1_000]] }));
    expect(value.healthMaintenance).toBe(0n);
  });

  test('charges a perpetual on the square of a price as the underlying that it moves like', () => {
    const square: InstrumentSketch = {
      underlying: 0,
      form: {
        ...PERPETUAL,
        kind: 'perpetual',
        fundingWindowMs: durationMs(3_600_000),
        payoff: { formula: 'square', figures: { unit: 1_000_000_000_000n } },
      },
      mark: '2000',
      lotUnits: 1_000_000n,
    };
    const input = ruleInput({ profile: SRM, underlyings: [{ symbol: 'ETH', price: '2000' }], instruments: [square] });
    const { maintenance } = computeMargin(compileRisk(input), portfolioOf({ positions: [[0, 1_000]] }));
    // Worth 2000² / 1000 = 4000, moving four dollars for one of ether: an exposure of 8000, of which 5 % are asked.
    expect(maintenance).toBe(400_000_000n);
  });

  test('counts collateral by its rule, whatever the listing says, and charges a debt above its value', () => {
    const model = world(SRM, { stable: '1' });
    const collateral = computeMargin(model, portfolioOf({ balances: [[1, 1_000_000_000n, BALANCE_COLLATERAL]] }));
    expect(collateral.haircutEquityMaintenance).toBe(1_600_000_000n);
    const debt = computeMargin(model, portfolioOf({ cash: 9_000_000_000n, balances: [[1, 1_000_000_000n, BALANCE_DEBT]] }));
    expect(debt).toMatchObject({ maintenance: 2_000_000_000n, healthMaintenance: 5_000_000_000n });
    expect(
      explain(model, portfolioOf({ balances: [[1, 1_000_000_000n, BALANCE_DEBT]] }), 'maintenance').requirementTerms,
    ).toEqual([{ kind: 'debtWeight', underlying: 0, instrument: -1, asset: 1, expiryMs: null, charge: 2_000_000_000n }]);
  });
});

describe('what the rest of margin makes of rules', () => {
  test('isSafer: closing part of a perpetual is safer, adding to it is not', () => {
    const model = world(SRM);
    const at = (quantity: number): MarginFigures =>
      computeMargin(model, portfolioOf({ cash: 100_000_000n - BigInt(quantity) * 2_001_000n, positions: [[0, quantity]] }));
    expect(isSafer(at(1_000), at(900))).toBe(true);
    expect(isSafer(at(1_000), at(1_100))).toBe(false);
  });

  test('liquidation prices: a perpetual of 2001 dollars with 300 of margin is liquidated where 5 % of notional is left', () => {
    const model = world(SRM, { stable: '1' });
    const portfolio = portfolioOf({ cash: 300_000_000n - 2_001_000_000n, positions: [[0, 1_000]] });
    const { below, above } = liquidationPrices(model.input, portfolio, 0);
    expect(above).toBeNull();
    // 300 + (m − 2001) = 0.05 · m at m = 1790.526…, an index of 1789.631…
    expect(below).not.toBeNull();
    const mark = (Number(below) * 2001) / 2000;
    expect(Math.abs(mark - 1_790_526_315_789.47)).toBeLessThanOrEqual(2_000_000);
  });
});

describe('derive-srm is not coherent', () => {
  /** Ether at 2000, forward 2002.83305, volatility 50 %, ten days and eight hours: the call of V9 and the box of V19. */
  const expiryMs = RULE_NOW_MS + 10 * DAY_MS + 28_800_000;
  const at = (right: 'call' | 'put', strike: string): InstrumentSketch => ({
    underlying: 0,
    form: optionForm(right, strike, expiryMs),
    mark: '2002.83305',
  });
  const model = compileRisk(
    ruleInput({
      profile: SHIPPED_SRM,
      underlyings: [{ symbol: 'ETH', price: '2000' }],
      instruments: [at('call', '1500'), at('call', '1000'), at('put', '1000'), at('call', '2000'), at('put', '2000')],
    }),
  );
  const marginOf = (positions: TestAccount['positions'] & object): MarginFigures =>
    computeMargin(model, portfolioOf({ positions }));
  const call = [[0, -1]] as const;
  const box = [
    [1, -1],
    [2, 1],
    [3, 1],
    [4, -1],
  ] as const;

  test('the counterexample of docs/rule-profiles.md: a call sold and a box sold ask 428.578694 more together than apart', () => {
    const parts = marginOf(call).maintenance + marginOf(box).maintenance;
    const whole = marginOf([...call, ...box]).maintenance;
    expect(marginOf(call).maintenance).toBe(180_000_000n);
    expect(marginOf(box).maintenance).toBe(0n);
    expect(whole).toBe(608_578_694n);
    expect(whole - parts).toBe(428_578_694n);
  });
});

describe('tiered-perpetual is not coherent', () => {
  test('the counterexample of docs/rule-profiles.md: a position that doubles the market asks more than twice as much', () => {
    const initial = (quantity: number, openInterestLots: number): bigint => {
      const model = compileRisk(
        ruleInput({
          profile: TIERED,
          underlyings: [{ symbol: 'DOGE', price: '0.2' }],
          instruments: [{ underlying: 0, form: PERPETUAL, mark: '0.2', openInterestLots }],
        }),
      );
      return computeMargin(model, portfolioOf({ positions: [[0, quantity]] })).initial;
    };
    // 5 % of 35 million dollars up to 40 million of open interest; at 70 million 5 % + 95 % · 30/60 = 52.5 %.
    expect(initial(175_000_000, 175_000_000)).toBe(1_750_000_000_000n);
    expect(initial(350_000_000, 350_000_000)).toBe(36_750_000_000_000n);
  });
});

describe('tiered-perpetual-sized is not coherent', () => {
  test('the counterexample of docs/rule-profiles.md: two accounts of 2500 bitcoin ask less apart than as one of 5000', () => {
    const model = compileRisk(
      ruleInput({
        profile: SIZED,
        underlyings: [{ symbol: 'BTC', price: '100000' }],
        instruments: [{ underlying: 0, form: PERPETUAL, mark: '100000' }],
      }),
    );
    const initial = (quantity: number): bigint => computeMargin(model, portfolioOf({ positions: [[0, quantity]] })).initial;
    // 0.8 · 2 % + 450 ppm · √2500 = 3.85 %; · √5000 = 31 820 ppm, rounded up: 4.782 %.
    expect(initial(2500)).toBe(9_625_000_000_000n);
    expect(initial(5000)).toBe(23_910_000_000_000n);
    expect(initial(5000)).toBeGreaterThan(2n * initial(2500));
  });
});

test('prices of tests are exact decimals', () => {
  expect(nano('2002.83305')).toBe(2_002_833_050_000n);
});
