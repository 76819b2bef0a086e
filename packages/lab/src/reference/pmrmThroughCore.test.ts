/**
 * The published PMRM 2 cases and random books, through the core's own path (compileRisk, computeMargin, explain) with the shipped
 * profile and with the parameters of the published cases. The reference model beside this file is written independently, in doubles.
 */
import { compileRisk, computeMargin, computeMarginExact, explain, type MarginProfile } from '@plimsoll/core/margin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { pmrmMargin } from './derivePmrm.ts';
import type { PmrmExpiry, PmrmOption, PmrmPortfolio } from './derivePmrmInputs.ts';
import { pmrmFixtureProfile, pmrmParametersOf } from './pmrmProfiles.ts';
import { pmrmThroughCore } from './pmrmThroughCore.ts';

const SHIPPED = shippedProfile('derive-pmrm2');
const FIXTURE = pmrmFixtureProfile(SHIPPED);
/** Of the vectors where quantized risk arrays are in between. */
const RELATIVE = 1e-6;
const SECONDS = 794_852;

const EMPTY: PmrmPortfolio = {
  cash: 0,
  spotPrice: 3000,
  spotConfidence: 1,
  stablePrice: 1.00019088635,
  expiries: [],
  collaterals: [],
};

/** Net margins in dollars, after checking that both paths and the explanation agree to the tick. */
function netMargins(
  profile: MarginProfile,
  portfolio: PmrmPortfolio,
): { readonly initial: number; readonly maintenance: number } {
  const core = pmrmThroughCore(profile, portfolio);
  const model = compileRisk(core.input);
  const figures = computeMargin(model, core.portfolio);
  expect(figures).toEqual(computeMarginExact(model, core.portfolio));
  const explained = {
    initial: explain(model, core.portfolio, 'initial'),
    maintenance: explain(model, core.portfolio, 'maintenance'),
  };
  expect([explained.initial.requirement, explained.maintenance.requirement]).toEqual([figures.initial, figures.maintenance]);
  expect([explained.initial.health, explained.maintenance.health]).toEqual([figures.healthInitial, figures.healthMaintenance]);
  return { initial: Number(figures.healthInitial) / 1e6, maintenance: Number(figures.healthMaintenance) / 1e6 };
}

function expectWithin(actual: number, expected: number, relative: number): void {
  const gap = Math.abs(actual - expected) / Math.abs(expected);
  expect(gap, `${actual} against ${expected}: ${gap}`).toBeLessThanOrEqual(relative);
}

function ethereum(options: readonly PmrmOption[]): PmrmPortfolio {
  return {
    ...EMPTY,
    spotPrice: 2681.6029850999994,
    expiries: [
      {
        secondsToExpiry: SECONDS,
        forwardVariable: 2682.9997436016715,
        forwardFixed: 0,
        rate: 0.15,
        confidence: 0.95,
        options,
      },
    ],
  };
}

describe('published cases through the core', () => {
  it('V1: cash is its own margin', () => {
    expect(netMargins(FIXTURE, { ...EMPTY, cash: 1000 })).toEqual({ initial: 1000, maintenance: 1000 });
  });

  it('V2: a naked short call, at 5e-10', () => {
    const expiry: PmrmExpiry = {
      secondsToExpiry: SECONDS,
      forwardVariable: 95776.67392708939,
      forwardFixed: 0,
      rate: 0.15,
      confidence: 0.95,
      options: [{ strike: 100_000, kind: 'call', amount: -1, volatility: 0.453803924321583 }],
    };
    const { initial, maintenance } = netMargins(FIXTURE, { ...EMPTY, spotPrice: 95663.50604855, expiries: [expiry] });
    expectWithin(initial, -14604.048120144837, 5e-10);
    expectWithin(maintenance, -11824.858703959073, 5e-10);
  });

  it('V3: a call spread far out of the money, at 4e-7', () => {
    const { initial, maintenance } = netMargins(
      FIXTURE,
      ethereum([
        { strike: 4000, kind: 'call', amount: -1, volatility: 0.8795543651099665 },
        { strike: 4200, kind: 'call', amount: 1, volatility: 0.8833255402190362 },
      ]),
    );
    expectWithin(initial, -35.75844560967082, 4e-7);
    expectWithin(maintenance, -25.96404757080802, 4e-7);
  });

  it('V4: one perpetual with funding owed to it, to the cent and the tick', () => {
    const portfolio = { ...EMPTY, perpetual: { size: 1, price: 3100, confidence: 1, unrealised: 10 } };
    expect(netMargins(FIXTURE, portfolio)).toEqual({ initial: -608, maintenance: -481.4 });
  });

  it('V5: collateral cancels a short, and doubt in the feeds is charged initially, at 1e-8', () => {
    const portfolio: PmrmPortfolio = {
      ...EMPTY,
      spotPrice: 100_000,
      spotConfidence: 0.2,
      perpetual: { size: -1, price: 100_000, confidence: 0.1, unrealised: 0 },
      collaterals: [
        { amount: 1, price: 100_000, confidence: 1, isRiskCancelling: true, initialHaircut: 0.015, maintenanceHaircut: 0.03 },
      ],
    };
    const { initial, maintenance } = netMargins(FIXTURE, portfolio);
    expectWithin(initial, -76506.39347229843, 1e-8);
    expectWithin(maintenance, 95478.73931898379, 1e-8);
  });

  it('V6: a far tail decides for a call nearly twice the spot away', () => {
    const tails = [
      [0.34, 4],
      [0.67, 2],
      [1.5, 1],
      [2, 0],
      [6, 1 / 27],
    ] as const;
    // A share above one is not a dampening: the two falls are out of the call's way and count in full.
    const dampened = tails.map(([shock, damping]) => [shock, Math.min(damping, 1)] as const);
    const { initial, maintenance } = netMargins(
      pmrmFixtureProfile(SHIPPED, dampened),
      ethereum([{ strike: 5000, kind: 'call', amount: -1, volatility: 0.8833255402190362 }]),
    );
    expectWithin(initial, -424.4454628676273, RELATIVE);
    expectWithin(maintenance, -336.8748627115811, RELATIVE);
  });
});

describe('random books through the core and through the reference model', () => {
  const percent = (minimum: number, maximum: number): fc.Arbitrary<number> =>
    fc.integer({ min: minimum, max: maximum }).map((hundredths) => hundredths / 100);
  const whole = fc.integer({ min: -20, max: 20 }).filter((lots) => lots !== 0);
  const option = fc.record({
    strike: fc.integer({ min: 5, max: 120 }).map((hundreds) => hundreds * 50),
    kind: fc.constantFrom('call' as const, 'put' as const),
    amount: whole,
    volatility: percent(5, 500),
  });
  const expiry: fc.Arbitrary<PmrmExpiry> = fc
    .record({
      seconds: fc.oneof(
        fc.integer({ min: 1, max: 1799 }),
        fc.integer({ min: 1800, max: 86_400 }),
        fc.integer({ min: 86_400, max: 2 * 31_536_000 }),
      ),
      forward: percent(250_000, 350_000),
      fixedShare: percent(95, 105),
      rate: percent(0, 40),
      confidence: percent(0, 100),
      options: fc.array(option, { minLength: 1, maxLength: 5 }),
    })
    .map(({ seconds, forward, fixedShare, rate, confidence, options }) => {
      const left = Math.min(1, seconds / 1800);
      return {
        secondsToExpiry: seconds,
        forwardVariable: forward * left,
        forwardFixed: Math.round(forward * fixedShare * (1 - left) * 1e9) / 1e9,
        rate,
        confidence,
        options,
      };
    });
  const book: fc.Arbitrary<PmrmPortfolio> = fc.record(
    {
      cash: fc.integer({ min: -100_000, max: 100_000 }),
      spotPrice: percent(260_000, 340_000),
      spotConfidence: percent(10, 100),
      stablePrice: percent(90, 103),
      perpetual: fc.record({
        size: whole,
        price: percent(260_000, 340_000),
        confidence: percent(0, 100),
        unrealised: fc.integer({ min: -500, max: 500 }),
      }),
      expiries: fc.uniqueArray(expiry, { maxLength: 3, selector: ({ secondsToExpiry }) => secondsToExpiry }),
      collaterals: fc.array(
        fc.record({
          amount: fc.integer({ min: 1, max: 20_000 }).map((milli) => milli / 1000),
          price: percent(100, 300_000),
          confidence: percent(10, 100),
          isRiskCancelling: fc.boolean(),
          maintenanceHaircut: percent(0, 5),
          initialHaircut: percent(0, 5),
        }),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['cash', 'spotPrice', 'spotConfidence', 'stablePrice', 'expiries', 'collaterals'] },
  );

  /** Every lot may cost a few ticks of stated rounding bound. */
  function roundingAllowance(portfolio: PmrmPortfolio): number {
    const contracts = portfolio.expiries.flatMap(({ options }) => options).reduce((sum, { amount }) => sum + Math.abs(amount), 0);
    const units = portfolio.collaterals.reduce((sum, { amount }) => sum + amount * 1000, 0);
    return (10 + 12 * contracts + 3 * units + 2 * Math.abs(portfolio.perpetual?.size ?? 0)) * 1e-6;
  }

  /** Outside the scenarios the core knows no spot feed of a collateral: there its own is the least confident one in these books. */
  function comparable(portfolio: PmrmPortfolio): PmrmPortfolio {
    const collaterals = portfolio.collaterals.map((each) =>
      each.isRiskCancelling ? each : { ...each, confidence: Math.min(each.confidence, portfolio.spotConfidence) },
    );
    return { ...portfolio, collaterals };
  }

  function expectAgreement(profile: MarginProfile, portfolio: PmrmPortfolio): void {
    const core = netMargins(profile, portfolio);
    const parameters = pmrmParametersOf(profile);
    for (const level of ['initial', 'maintenance'] as const) {
      const reference = pmrmMargin(portfolio, parameters, level);
      const scale =
        -reference.worstLoss * reference.lossFactor +
        reference.maintenanceContingency +
        reference.initialContingency +
        Math.abs(reference.markToMarket);
      const gap = Math.abs(core[level] - reference.margin);
      expect(gap, `${level}: ${core[level]} against ${reference.margin}`).toBeLessThanOrEqual(
        RELATIVE * scale + roundingAllowance(portfolio),
      );
    }
  }

  it.each([
    ['the shipped profile', SHIPPED],
    ['the parameters of the published cases', FIXTURE],
  ])('agree at 1e-6 under %s', (_, profile) => {
    fc.assert(
      fc.property(book, (portfolio) => expectAgreement(profile, comparable(portfolio))),
      { seed: 20_260_312, numRuns: 150 },
    );
  });
});
