import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import aaveJson from '../../../../../profiles/overcollateralized-aave.json' with { type: 'json' };
import morphoJson from '../../../../../profiles/overcollateralized-morpho.json' with { type: 'json' };
import { ppm } from '../../numeric/brand.ts';
import { compileRisk } from '../compileRisk.ts';
import { computeMargin } from '../computeMargin.ts';
import { BALANCE_COLLATERAL, BALANCE_DEBT } from '../portfolio.ts';
import type { MarginProfile } from '../profile.ts';
import { portfolioOf, trustedProfile } from '../testing/marginWorld.ts';
import { ruleInput } from '../testing/ruleWorld.ts';
import {
  curveIncentive,
  isLoanLiquidatable,
  type LendingPosition,
  type LoanClose,
  type LoanRules,
  largestClose,
  lendingPositionOf,
  loanRulesOf,
} from './closeRule.ts';
import type { CloseRule, IncentiveRule } from './ruleSet.ts';

const AAVE = trustedProfile(aaveJson);
const MORPHO = trustedProfile(morphoJson);
const DOLLAR = 1_000_000n;
const ETHER = 1;
const BITCOIN = 2;

interface Loan {
  readonly ether: bigint;
  readonly bitcoin?: bigint;
  /** Dollars owed. */
  readonly debt: number;
  readonly price: string;
  readonly thresholdPpm: number;
}

/** A loan of dollars against ether (milli-units) through the core, and the largest liquidation of it. */
function closeOf(profile: MarginProfile, loan: Loan): { position: LendingPosition; close: LoanClose | null; health: bigint } {
  const weights = { loanToValuePpm: loan.thresholdPpm, liquidationThresholdPpm: loan.thresholdPpm };
  const model = compileRisk(
    ruleInput({
      profile,
      underlyings: [{ symbol: 'ETH', price: loan.price }],
      assets: [
        { symbol: 'ETH', underlying: 0, price: loan.price, ...weights },
        { symbol: 'BTC', underlying: null, price: '50000', ...weights },
      ],
    }),
  );
  const portfolio = portfolioOf({
    mode: 'overcollateralized',
    balances: [
      [ETHER, loan.ether * 1_000_000n, BALANCE_COLLATERAL],
      [BITCOIN, (loan.bitcoin ?? 0n) * 1_000_000n, BALANCE_COLLATERAL],
      [0, BigInt(Math.round(loan.debt * 1e6)), BALANCE_DEBT],
    ],
  });
  const rules = loanRulesOf(model, ETHER);
  if (rules === null) throw new Error('The profile lends.');
  const position = lendingPositionOf(model, portfolio, { collateral: ETHER, debt: 0 });
  const figures = computeMargin(model, portfolio);
  expect(position.adjustedCollateral - position.totalDebt).toBe(figures.healthMaintenance);
  expect(isLoanLiquidatable(position)).toBe(figures.healthMaintenance < 0n);
  return { position, close: largestClose(rules, position), health: figures.healthMaintenance };
}

/** The shipped close-factor profile with another way to close or to pay. */
function lending(change: { readonly close?: CloseRule; readonly incentive?: IncentiveRule }): MarginProfile {
  if (AAVE.rules === undefined || AAVE.rules.lending === null) throw new Error('The profile lends.');
  return { ...AAVE, rules: { ...AAVE.rules, lending: { ...AAVE.rules.lending, ...change } } };
}

function published(): CloseRule {
  const close = AAVE.rules?.lending?.close;
  if (close?.kind !== 'closeFactor') throw new Error('The profile has a close factor.');
  return { ...close, harmfulPart: 'allow' };
}

describe('a close factor', () => {
  test('leaves a healthy loan alone', () => {
    expect(closeOf(AAVE, { ether: 10_000n, debt: 16_000, price: '2000', thresholdPpm: 800_000 }).close).toBeNull();
  });

  test('takes half of the total debt, pays the bonus, and gives the protocol its share of it', () => {
    // Health 16 000 / 16 400 = 0.9756, above 0.8 · 1.05 = 0.84: a part helps.
    const { close } = closeOf(AAVE, { ether: 10_000n, debt: 16_400, price: '2000', thresholdPpm: 800_000 });
    expect(close).toEqual({
      repay: 8_200n * DOLLAR,
      seize: 8_610n * DOLLAR,
      toProtocol: 41n * DOLLAR,
      badDebt: 0n,
      limit: 'closeFactor',
      raisesHealth: true,
    });
  });

  test('opens the whole debt at health 0.95 and below', () => {
    const above = closeOf(AAVE, { ether: 10_000n, debt: 16_842.1, price: '2000', thresholdPpm: 800_000 });
    expect(above.close?.limit).toBe('closeFactor');
    const below = closeOf(AAVE, { ether: 10_000n, debt: 16_842.2, price: '2000', thresholdPpm: 800_000 });
    expect(below.close).toMatchObject({ limit: 'whole', repay: 16_842_200_000n, raisesHealth: true });
  });

  test('opens the whole debt when debt or collateral is below 2000 dollars', () => {
    const { close } = closeOf(AAVE, { ether: 1_000n, debt: 1_640, price: '2000', thresholdPpm: 800_000 });
    expect(close).toMatchObject({ limit: 'whole', repay: 1_640n * DOLLAR });
    const atLine = closeOf(AAVE, { ether: 1_250n, debt: 2_050, price: '2000', thresholdPpm: 800_000 });
    expect(atLine.close).toMatchObject({ limit: 'closeFactor', repay: 1_025n * DOLLAR });
  });

  test('leaves at least 1000 dollars of collateral by taking less', () => {
    // 2200 of ether beside bitcoin: half of the debt would seize all but 152.5.
    const { close, position } = closeOf(AAVE, { ether: 1_100n, bitcoin: 52n, debt: 3_900, price: '2000', thresholdPpm: 800_000 });
    expect(close).toMatchObject({ limit: 'dust', raisesHealth: true });
    expect(position.collateral - (close?.seize ?? 0n)).toBe(1_000n * DOLLAR);
    expect(close?.repay).toBe(1_142_857_142n);
  });

  test('leaves at least 1000 dollars of the debt that is repaid by repaying less', () => {
    const rules: LoanRules | null = loanRulesFrom(AAVE);
    const position: LendingPosition = {
      debt: 5_500n * DOLLAR,
      totalDebt: 10_000n * DOLLAR,
      collateral: 12_000n * DOLLAR,
      totalCollateral: 12_000n * DOLLAR,
      adjustedCollateral: 9_800n * DOLLAR,
      thresholdPpm: 816_666n,
    };
    expect(largestClose(rules, position)).toMatchObject({ repay: 4_500n * DOLLAR, limit: 'dust' });
    expect(largestClose(rules, { ...position, debt: 4_800n * DOLLAR })).toMatchObject({ repay: 4_800n * DOLLAR, limit: 'whole' });
  });

  test('as published repays a part that lowers health; ours opens the whole debt there', () => {
    // Threshold 0.95 · 1.05 = 0.9975: a health of 0.98 falls with every part.
    const loan: Loan = { ether: 10_000n, debt: 19_387, price: '2000', thresholdPpm: 950_000 };
    const { close, position } = closeOf(lending({ close: published() }), loan);
    expect(close).toMatchObject({ limit: 'closeFactor', raisesHealth: false, repay: 9_693_500_000n });
    const before = Number(position.adjustedCollateral) / Number(position.totalDebt);
    const seized = (Number(close?.seize) * 950_000) / 1e6;
    const after = (Number(position.adjustedCollateral) - seized) / Number(position.totalDebt - (close?.repay ?? 0n));
    expect(after).toBeLessThan(before);
    expect(closeOf(AAVE, loan).close).toMatchObject({ limit: 'collateral', seize: 20_000n * DOLLAR });
  });

  test('raises health exactly when health > threshold · (1 + bonus)', () => {
    const rules = loanRulesFrom(lending({ close: published() }));
    fc.assert(
      fc.property(
        fc.integer({ min: 500_000, max: 980_000 }),
        fc.bigInt({ min: 10_000n * DOLLAR, max: 10_000_000n * DOLLAR }),
        fc.integer({ min: 951_000, max: 999_000 }),
        (threshold, collateral, healthPpm) => {
          const adjusted = (collateral * BigInt(threshold)) / 1_000_000n;
          const debt = (adjusted * 1_000_000n) / BigInt(healthPpm);
          const close = largestClose(rules, {
            debt,
            totalDebt: debt,
            collateral,
            totalCollateral: collateral,
            adjustedCollateral: adjusted,
            thresholdPpm: BigInt(threshold),
          });
          if (close === null || close.limit !== 'closeFactor') return;
          // Cross-multiplied with the unrounded seizure; one tick of rounding up may lower health by itself.
          const left = adjusted - (BigInt(threshold) * close.seize) / 1_000_000n;
          const gained = left * debt - adjusted * (debt - close.repay);
          if (close.raisesHealth) expect(gained).toBeGreaterThan(-2n * debt);
          else expect(gained).toBeLessThanOrEqual(2n * debt);
        },
      ),
      { seed: 13, numRuns: 300 },
    );
  });
});

function loanRulesFrom(profile: MarginProfile): LoanRules {
  const { lending: rule } = profile.rules ?? {};
  const [asset] = rule?.assets ?? [];
  if (rule == null || asset === undefined) throw new Error('The profile lends.');
  return { close: rule.close, incentive: rule.incentive, asset };
}

/** The published conditions on a repayment, in dollars: at most the close factor, at most what there is, and no dust on either side. */
function isAllowed(position: LendingPosition, repay: number): boolean {
  const dollars = (value: bigint): number => Number(value) / 1e6;
  const health = Number(position.adjustedCollateral) / Number(position.totalDebt);
  const [debt, collateral] = [dollars(position.debt), dollars(position.collateral)];
  const isPart = health > 0.95 && debt >= 2000 && collateral >= 2000;
  if (repay > (isPart ? Math.min(debt, dollars(position.totalDebt) / 2) : debt) + 1e-9) return false;
  const seized = repay * 1.05;
  if (seized > collateral) return false;
  const [debtLeft, collateralLeft] = [debt - repay, collateral - seized];
  return debtLeft < 1e-9 || collateralLeft < 2e-6 || (debtLeft >= 1000 && collateralLeft >= 1000);
}

describe('the published conditions of a close factor, checked another way', () => {
  test('allow what is repaid and nothing that is larger', () => {
    const rules = loanRulesFrom(lending({ close: published() }));
    const amount = fc.oneof(fc.bigInt({ min: 1n, max: 4_000n }), fc.bigInt({ min: 2_000n, max: 50_000n }));
    let parts = 0;
    let dusty = 0;
    fc.assert(
      fc.property(amount, amount, amount, fc.integer({ min: 940_000, max: 999_999 }), (debt, other, collateral, healthPpm) => {
        const totalDebt = (debt + other) * DOLLAR;
        const adjustedCollateral = (totalDebt * BigInt(healthPpm)) / 1_000_000n;
        const position: LendingPosition = {
          debt: debt * DOLLAR,
          totalDebt,
          collateral: collateral * DOLLAR,
          totalCollateral: collateral * DOLLAR * 3n,
          adjustedCollateral,
          thresholdPpm: 800_000n,
        };
        const close = largestClose(rules, position);
        if (close === null) throw new Error('The loan is unhealthy.');
        if (close.limit === 'closeFactor') parts += 1;
        if (close.limit === 'dust') dusty += 1;
        const repay = Number(close.repay) / 1e6;
        // Nothing at all is always allowed. A tick below, so that the roundings of the core do not matter.
        if (repay > 1e-6) expect(isAllowed(position, repay - 1e-6) || isAllowed(position, repay)).toBe(true);
        const larger = Array.from({ length: 400 }, (_, step) => repay + 2e-6 + ((Number(debt) - repay) * (step + 1)) / 400);
        expect(larger.filter((more) => more <= Number(debt) && isAllowed(position, more))).toEqual([]);
      }),
      { seed: 583, numRuns: 400 },
    );
    expect(parts).toBeGreaterThan(20);
    expect(dusty).toBeGreaterThan(5);
  });
});

describe('V82: the incentive of Morpho, through the core', () => {
  test.each([
    [385_000, 1.15],
    [625_000, 1.126760563],
    [770_000, 1.074113856],
    [860_000, 1.043841336],
    [915_000, 1.026167265],
    [945_000, 1.016776817],
    [965_000, 1.01061142],
    [980_000, 1.006036217],
  ])('a threshold of %s ppm pays %s', (thresholdPpm, factor) => {
    const incentive = MORPHO.rules?.lending?.incentive;
    if (incentive?.kind !== 'curve') throw new Error('The profile has a curve.');
    const { numerator, denominator } = curveIncentive(incentive, BigInt(thresholdPpm));
    // Nine printed digits of the published formula.
    expect(Math.abs(Number(numerator) / Number(denominator) - factor)).toBeLessThanOrEqual(5e-10);
    // The loan is just unhealthy; its collateral pays for all of it while threshold · factor < 1, and it always does here.
    const value = 1_000_000;
    const debt = (value * thresholdPpm) / 1e6 + 1;
    const { close } = closeOf(MORPHO, { ether: 500_000n, debt, price: '2000', thresholdPpm });
    expect(close).toMatchObject({ limit: 'whole', badDebt: 0n });
    expect(Math.abs(Number(close?.seize) / Number(close?.repay) - factor)).toBeLessThanOrEqual(1e-9);
  });
});

describe('V77: the health discount of Euler, through the core', () => {
  const euler = lending({ close: { kind: 'whole' }, incentive: { kind: 'healthDiscount', maximumDiscountPpm: ppm(200_000) } });

  test('basic.t.sol:54-105: all the collateral for nine tenths of the debt, half a unit socialised', () => {
    const { close } = closeOf(euler, { ether: 10_000n, debt: 5, price: '0.5', thresholdPpm: 900_000 });
    expect(close).toMatchObject({ repay: 4_500_000n, seize: 5n * DOLLAR, badDebt: 500_000n, limit: 'collateral' });
  });

  test('never discounts beyond the maximum', () => {
    // Health 10 · 0.2 · 0.9 / 5 = 0.36: the discount stops at a fifth.
    const { close } = closeOf(euler, { ether: 10_000n, debt: 5, price: '0.2', thresholdPpm: 900_000 });
    expect(close).toMatchObject({ repay: 1_600_000n, seize: 2n * DOLLAR, badDebt: 3_400_000n });
  });
});

describe('any liquidation', () => {
  test('repays no more than is owed, seizes no more than there is, and never less value than it repays while there is enough', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 15n });
    const rules = [AAVE, MORPHO, lending({ close: published() })].map(loanRulesFrom);
    fc.assert(
      fc.property(
        fc.constantFrom(...rules),
        amount,
        amount,
        amount,
        amount,
        fc.integer({ min: 0, max: 1_000_000 }),
        (rule, debt, otherDebt, collateral, other, threshold) => {
          const thresholdPpm = BigInt(threshold);
          const position: LendingPosition = {
            debt,
            totalDebt: debt + otherDebt,
            collateral,
            totalCollateral: collateral + other,
            adjustedCollateral: ((collateral + other) * thresholdPpm) / 1_000_000n,
            thresholdPpm,
          };
          const close = largestClose(rule, position);
          expect(close === null).toBe(!isLoanLiquidatable(position));
          if (close === null) return;
          expect(close.repay).toBeGreaterThanOrEqual(0n);
          expect(close.repay).toBeLessThanOrEqual(debt);
          expect(close.seize).toBeLessThanOrEqual(collateral);
          expect(close.seize).toBeGreaterThanOrEqual(close.repay);
          expect(close.toProtocol).toBeLessThanOrEqual(close.seize - close.repay);
        },
      ),
      { seed: 82, numRuns: 500 },
    );
  });
});
