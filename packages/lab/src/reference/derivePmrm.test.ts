import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sviVolatility } from './black76.ts';
import { pmrmMargin, pmrmNakedShorts, pmrmSkewMultiplier, pmrmStaticDiscounts, pmrmVolatilityShocks } from './derivePmrm.ts';
import type { PmrmExpiry, PmrmOption, PmrmParameters, PmrmPortfolio } from './derivePmrmInputs.ts';
import { PMRM_FIXTURE_PARAMETERS, PMRM_REGULAR_SCENARIOS, PMRM_SKEW_SCENARIOS, PMRM_TAIL_SCENARIOS } from './derivePmrmInputs.ts';

/** Relative tolerance of the vectors' header for pure pricing; the source asserts 1e-8. */
const PRICING_TOLERANCE = 1e-9;

const EMPTY: PmrmPortfolio = {
  cash: 0,
  spotPrice: 3000,
  spotConfidence: 1,
  stablePrice: 1.00019088635,
  expiries: [],
  collaterals: [],
};

function expectClose(actual: number, expected: number): void {
  const gap = Math.abs(actual - expected);
  expect(gap, `${actual} against ${expected}`).toBeLessThanOrEqual(PRICING_TOLERANCE * Math.abs(expected));
}

function margins(
  portfolio: PmrmPortfolio,
  parameters: PmrmParameters = PMRM_FIXTURE_PARAMETERS,
): { readonly initial: number; readonly maintenance: number } {
  return {
    initial: pmrmMargin(portfolio, parameters, 'initial').margin,
    maintenance: pmrmMargin(portfolio, parameters, 'maintenance').margin,
  };
}

/** Worst P&L over the regular, tail and skew scenarios, in the order of the fixture parameters. */
function worstByClass(portfolio: PmrmPortfolio): readonly [number, number, number] {
  const { scenarioPnls } = pmrmMargin(portfolio, PMRM_FIXTURE_PARAMETERS, 'maintenance');
  const regular = PMRM_REGULAR_SCENARIOS.length;
  const tails = regular + PMRM_TAIL_SCENARIOS.length;
  expect(scenarioPnls.length).toBe(tails + PMRM_SKEW_SCENARIOS.length);
  return [
    Math.min(...scenarioPnls.slice(0, regular)),
    Math.min(...scenarioPnls.slice(regular, tails)),
    Math.min(...scenarioPnls.slice(tails)),
  ];
}

describe('PMRM 2 without options', () => {
  it('V1 test_1_collateral_cash_only.json:420: cash is its own margin', () => {
    const { initial, maintenance } = margins({ ...EMPTY, cash: 1000 });
    expect(initial).toBe(1000);
    expect(maintenance).toBe(1000);
  });

  it('V4 test_29_perps_basic_perp.json:423: one perpetual with funding owed to it', () => {
    const portfolio = { ...EMPTY, perpetual: { size: 1, price: 3100, confidence: 1, unrealised: 10 } };
    const { initial, maintenance } = margins(portfolio);
    expectClose(initial, -608);
    expectClose(maintenance, -481.4);
    const [regular, tail, skew] = worstByClass(portfolio);
    expectClose(regular, -558);
    expectClose(tail, -111.6);
    expect(Math.abs(skew)).toBe(0);
  });

  it('V5 test_32_perps_perp_hedging.json:434: collateral cancels a short, and doubt in the feeds is charged initially', () => {
    const portfolio: PmrmPortfolio = {
      ...EMPTY,
      spotPrice: 100_000,
      spotConfidence: 0.2,
      perpetual: { size: -1, price: 100_000, confidence: 0.1, unrealised: 0 },
      collaterals: [
        {
          amount: 1,
          price: 100_000,
          confidence: 1,
          isRiskCancelling: true,
          initialHaircut: 0.015,
          maintenanceHaircut: 0.03,
        },
      ],
    };
    const { initial, maintenance } = margins(portfolio);
    expectClose(initial, -76506.39347229843);
    expectClose(maintenance, 95478.73931898379);
    const [regular, tail] = worstByClass(portfolio);
    expectClose(regular, -3.4352985484001692);
    expectClose(tail, -0.6870597096799174);
  });

  it('charges more initially, and the same at maintenance, when the cash asset loses its peg', () => {
    const portfolio = { ...EMPTY, perpetual: { size: 1, price: 3000, confidence: 1, unrealised: 0 } };
    const pegged = margins({ ...portfolio, stablePrice: 1 });
    const slipped = margins({ ...portfolio, stablePrice: 0.93 });
    expectClose(slipped.initial - pegged.initial, -540 * 0.1);
    expect(slipped.maintenance).toBe(pegged.maintenance);
  });
});

const SECONDS = 794_852;

function ethereum(options: readonly PmrmOption[]): PmrmPortfolio {
  const expiry = {
    secondsToExpiry: SECONDS,
    forwardVariable: 2682.9997436016715,
    forwardFixed: 0,
    rate: 0.15,
    confidence: 0.95,
    options,
  };
  return { ...EMPTY, spotPrice: 2681.6029850999994, expiries: [expiry] };
}

describe('PMRM 2 with options', () => {
  const surface = {
    a: 0.002138900837067276,
    b: 0.04163976582038121,
    rho: -0.29089434907604955,
    m: -0.026351062568175803,
    sigma: 0.062563079314213912,
    forward: 95776.67392708939,
    tau: 0.02520611364789,
  };

  it('V2 test_12_risk_cancelling_naked_short_call.json:463: a naked short call', () => {
    const volatility = sviVolatility(surface, 100_000);
    expectClose(volatility, 0.453803924321583);
    const expiry: PmrmExpiry = {
      secondsToExpiry: SECONDS,
      forwardVariable: 95776.67392708939,
      forwardFixed: 0,
      rate: 0.15,
      confidence: 0.95,
      options: [{ strike: 100_000, kind: 'call', amount: -1, volatility: 0.453803924321583 }],
    };
    const portfolio = { ...EMPTY, spotPrice: 95663.50604855, expiries: [expiry] };
    const maintenance = pmrmMargin(portfolio, PMRM_FIXTURE_PARAMETERS, 'maintenance');
    expectClose(maintenance.margin, -11824.858703959073);
    expectClose(pmrmMargin(portfolio, PMRM_FIXTURE_PARAMETERS, 'initial').margin, -14604.048120144837);
    expectClose(maintenance.markToMarket, -1186.4185694587657);
    expectClose(maintenance.basisContingency, -947.2098049301085);
    const [regular, tail, skew] = worstByClass(portfolio);
    expectClose(regular, -12939.312020443322);
    expect(maintenance.scenarioPnls.indexOf(regular)).toBe(0);
    expectClose(tail, -3383.043325666785);
    expectClose(skew, -43.43395259503018);
    const shocks = pmrmVolatilityShocks(SECONDS, PMRM_FIXTURE_PARAMETERS);
    expectClose(shocks.up, 1.712811375927374);
    expectClose(shocks.down, 0.6079537432399443);
  });

  it('V3 test_18_structures_OTM_call_spread.json:478: a call spread far out of the money', () => {
    const portfolio = ethereum([
      { strike: 4000, kind: 'call', amount: -1, volatility: 0.8795543651099665 },
      { strike: 4200, kind: 'call', amount: 1, volatility: 0.8833255402190362 },
    ]);
    const { initial, maintenance } = margins(portfolio);
    expectClose(initial, -35.75844560967082);
    expectClose(maintenance, -25.96404757080802);
    const [regular, tail, skew] = worstByClass(portfolio);
    expectClose(regular, -22.15596034331399);
    expectClose(tail, -6.016806447312971);
    expectClose(skew, -0.42564850725437114);
    const discounts = pmrmStaticDiscounts({ secondsToExpiry: SECONDS, rate: 0.15 }, PMRM_FIXTURE_PARAMETERS);
    expectClose(discounts.positive, 0.9445087287221925);
    expectClose(discounts.negative, 1.0037878445554764);
    const skewed = pmrmSkewMultiplier({
      kind: 'linear',
      strike: 4000,
      forward: 2682.9997436016715,
      secondsToExpiry: SECONDS,
      skew: PMRM_FIXTURE_PARAMETERS.skew,
    });
    expectClose(skewed, 1.1420620229941945);
  });

  it('V6 test_38_tails_super_otm.json:453: a far tail decides for a call nearly twice the spot away', () => {
    const tails = [
      [0.34, 4],
      [0.67, 2],
      [1.5, 1],
      [2, 0],
      [6, 1 / 27],
    ] as const;
    const tailScenarios = tails.map(([spotShock, damping]) => ({ spotShock, volatility: 'up' as const, damping }));
    const parameters: PmrmParameters = {
      ...PMRM_FIXTURE_PARAMETERS,
      scenarios: [...PMRM_REGULAR_SCENARIOS, ...tailScenarios, ...PMRM_SKEW_SCENARIOS],
    };
    const portfolio = ethereum([{ strike: 5000, kind: 'call', amount: -1, volatility: 0.8833255402190362 }]);
    const { initial, maintenance } = margins(portfolio, parameters);
    expectClose(initial, -424.4454628676273);
    expectClose(maintenance, -336.8748627115811);
    const { scenarioPnls } = pmrmMargin(portfolio, parameters, 'maintenance');
    const regular = PMRM_REGULAR_SCENARIOS.length;
    expectClose(Math.min(...scenarioPnls.slice(0, regular)), -10.435667282358105);
    expectClose(Math.min(...scenarioPnls.slice(regular, regular + tails.length)), -411.0369709292312);
  });

  it('nets calls and puts of one strike before it counts naked shorts', () => {
    const option = (strike: number, kind: 'call' | 'put', amount: number): PmrmOption => ({
      strike,
      kind,
      amount,
      volatility: 1,
    });
    const [expiry] = ethereum([
      option(2000, 'call', -3),
      option(2000, 'put', 1),
      option(3000, 'call', -1),
      option(4000, 'put', 5),
    ]).expiries;
    expect(expiry === undefined ? undefined : pmrmNakedShorts(expiry)).toBe(3);
  });
});

describe('PMRM 2 as a risk measure', () => {
  const leg = fc.record({
    strike: fc.constantFrom(2000, 2400, 2700, 3000, 4000),
    kind: fc.constantFrom('call' as const, 'put' as const),
    amount: fc.integer({ min: -5, max: 5 }),
    volatility: fc.constant(0.8),
  });
  const book = fc.record({ options: fc.array(leg, { maxLength: 4 }), size: fc.integer({ min: -3, max: 3 }) });
  type Book = { readonly options: readonly PmrmOption[]; readonly size: number };
  const perpetual = (size: number, confidence: number): PmrmPortfolio['perpetual'] & object => ({
    size,
    price: 2681,
    confidence,
    unrealised: 0,
  });
  const maintenanceOf = ({ options, size }: Book): number =>
    margins({ ...ethereum(options), perpetual: perpetual(size, 1) }).maintenance;

  it('never asks more at maintenance for two books together than for each alone', () => {
    fc.assert(
      fc.property(book, book, (one, other) => {
        const together = { options: [...one.options, ...other.options], size: one.size + other.size };
        const parts = maintenanceOf(one) + maintenanceOf(other);
        expect(maintenanceOf(together)).toBeGreaterThanOrEqual(parts - 1e-9 * Math.max(1, Math.abs(parts)));
      }),
      { seed: 20200313, numRuns: 200 },
    );
  });

  it('may ask more initially: a perpetual with a doubtful feed makes the options beside it doubtful too', () => {
    const options = ethereum([{ strike: 3000, kind: 'call', amount: -1, volatility: 0.8 }]);
    const doubtful = perpetual(1, 0.1);
    const parts = margins(options).initial + margins({ ...ethereum([]), perpetual: doubtful }).initial;
    expect(margins({ ...options, perpetual: doubtful }).initial).toBeLessThan(parts - 1000);
  });
});
