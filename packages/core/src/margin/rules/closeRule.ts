/**
 * What one liquidation of a static loan may repay and seize (cookbook B12, B13). All figures are ticks of one USD. The debt that is
 * relieved rounds down and the collateral that is seized rounds up: against the account.
 *
 *     health   = Σ collateral value · liquidation threshold / Σ debt                          (liquidatable below one)
 *     bonus    : seized = ⌈repaid · (1 + bonus)⌉
 *     curve    : seized = ⌈repaid · min(maximum, 1 / (1 − cursor · (1 − threshold)))⌉        (Morpho)
 *     discount : seized = ⌈repaid / max(health, 1 − maximum discount)⌉                       (Euler)
 *
 * A part raises health exactly when health > threshold · (seized / repaid); below that a close factor harms the borrower.
 */

import { assert } from '../../numeric/assert.ts';
import { mulDivDown, mulDivUp } from '../../numeric/rounding.ts';
import { balanceFiguresUsd, cashUsd } from '../collateral.ts';
import { assetOf } from '../legs.ts';
import { BALANCE_DEBT, type Portfolio } from '../portfolio.ts';
import type { RiskModel } from '../riskModel.ts';
import { type CloseRule, type IncentiveRule, type LendingAssetRule, lendingAssetRuleOf } from './ruleSet.ts';

/** A loan as a liquidator sees it: one debt against one collateral, within an account. */
export interface LendingPosition {
  /** Debt in the asset that is repaid, and in all. */
  readonly debt: bigint;
  readonly totalDebt: bigint;
  /** Value of the collateral that is seized, and of all. */
  readonly collateral: bigint;
  readonly totalCollateral: bigint;
  /** Σ collateral value · liquidation threshold, over all. */
  readonly adjustedCollateral: bigint;
  /** Threshold of the seized collateral. */
  readonly thresholdPpm: bigint;
}

/** Why no more is repaid. */
export type CloseLimit = 'whole' | 'closeFactor' | 'dust' | 'collateral';

export interface LoanClose {
  readonly repay: bigint;
  readonly seize: bigint;
  /** Part of the seized collateral that goes to the protocol, ⌊share · (seized − repaid)⌋. */
  readonly toProtocol: bigint;
  /** Debt that no collateral is left for: socialised. */
  readonly badDebt: bigint;
  readonly limit: CloseLimit;
  /** False when what is left has a lower health than before. */
  readonly raisesHealth: boolean;
}

const PPM: bigint = 1_000_000n;

/** An exact ratio; both positive. */
interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export interface LoanRules {
  readonly close: CloseRule;
  readonly incentive: IncentiveRule;
  readonly asset: LendingAssetRule;
}

/** True when the loan may be liquidated: Σ value · threshold < Σ debt. */
export function isLoanLiquidatable(position: LendingPosition): boolean {
  return position.totalDebt > 0n && position.adjustedCollateral < position.totalDebt;
}

/** The largest liquidation that the rules allow; null for a healthy loan, and where the collateral goes to an auction. */
export function largestClose(rules: LoanRules, position: LendingPosition): LoanClose | null {
  if (!isLoanLiquidatable(position) || rules.close.kind === 'auction') return null;
  const incentive = incentiveOf(rules, position);
  const raisesHealth = raises(position, incentive);
  const cap = repayCap(rules.close, position, raisesHealth);
  const fitted = fitCollateral(rules.close, position, incentive, cap);
  const { seize } = fitted;
  const takesAll = seize === position.totalCollateral;
  const gain = seize > fitted.repay ? seize - fitted.repay : 0n;
  return {
    ...fitted,
    toProtocol: mulDivDown(gain, BigInt(rules.asset.protocolSharePpm), PPM),
    badDebt: takesAll ? position.totalDebt - fitted.repay : 0n,
    raisesHealth: raisesHealth || fitted.repay === position.totalDebt,
  };
}

/** Collateral value per debt repaid, as an exact ratio of at least one. */
function incentiveOf(rules: LoanRules, position: LendingPosition): Ratio {
  const { incentive, asset } = rules;
  switch (incentive.kind) {
    case 'bonus':
      return { numerator: PPM + BigInt(asset.bonusPpm), denominator: PPM };
    case 'curve':
      return curveIncentive(incentive, position.thresholdPpm);
    case 'healthDiscount': {
      const leastPpm = PPM - BigInt(incentive.maximumDiscountPpm);
      // health ≥ 1 − maximum discount, by cross multiplication
      if (position.adjustedCollateral * PPM >= position.totalDebt * leastPpm && position.adjustedCollateral > 0n)
        return { numerator: position.totalDebt, denominator: position.adjustedCollateral };
      return { numerator: PPM, denominator: leastPpm };
    }
  }
}

/** min(maximum, 1 / (1 − cursor · (1 − threshold))). */
export function curveIncentive(rule: Extract<IncentiveRule, { kind: 'curve' }>, thresholdPpm: bigint): Ratio {
  const denominator = PPM * PPM - BigInt(rule.cursorPpm) * (PPM - thresholdPpm);
  const maximum = BigInt(rule.maximumPpm);
  if (PPM * PPM * PPM >= maximum * denominator) return { numerator: maximum, denominator: PPM };
  return { numerator: PPM * PPM, denominator };
}

/** health > threshold · incentive ⇔ adjusted · denominator · 10^6 > threshold · numerator · debt */
function raises(position: LendingPosition, incentive: Ratio): boolean {
  return (
    position.adjustedCollateral * incentive.denominator * PPM > position.thresholdPpm * incentive.numerator * position.totalDebt
  );
}

interface Cap {
  readonly repay: bigint;
  readonly limit: CloseLimit;
}

function repayCap(rule: CloseRule, position: LendingPosition, raisesHealth: boolean): Cap {
  const whole: Cap = { repay: position.debt, limit: 'whole' };
  if (rule.kind !== 'closeFactor') return whole;
  const small = BigInt(rule.wholeBelowUsd) * PPM;
  const isWeak = position.adjustedCollateral * PPM <= position.totalDebt * BigInt(rule.wholeAtHealthPpm);
  const isHarmful = rule.harmfulPart === 'whole' && !raisesHealth;
  if (isWeak || isHarmful || position.collateral < small || position.debt < small) return whole;
  const part = mulDivDown(position.totalDebt, BigInt(rule.sharePpm), PPM);
  return part >= position.debt ? whole : { repay: part, limit: 'closeFactor' };
}

interface Fitted extends Cap {
  readonly seize: bigint;
}

/**
 * No more than the collateral pays for; a close that the collateral ends takes all of it. Of a part, the rest of the debt and of the
 * collateral is at least the dust line: otherwise less is repaid.
 */
function fitCollateral(rule: CloseRule, position: LendingPosition, incentive: Ratio, cap: Cap): Fitted {
  const seizedFor = (repay: bigint): bigint => mulDivUp(repay, incentive.numerator, incentive.denominator);
  const payable = (collateral: bigint): bigint => mulDivDown(collateral, incentive.denominator, incentive.numerator);
  const wanted = seizedFor(cap.repay);
  if (wanted >= position.collateral) {
    const paid = payable(position.collateral);
    const taken: Cap = paid < cap.repay ? { repay: paid, limit: 'collateral' } : cap;
    return { ...taken, seize: position.collateral };
  }
  if (rule.kind !== 'closeFactor' || cap.limit === 'whole') return { ...cap, seize: wanted };
  const leave = BigInt(rule.leaveUsd) * PPM;
  const most = smaller(position.debt - leave, payable(larger(position.collateral - leave, 0n)));
  if (cap.repay <= most) return { ...cap, seize: wanted };
  const repay = larger(most, 0n);
  return { repay, limit: 'dust', seize: seizedFor(repay) };
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/**
 * One debt against one collateral of an overcollateralized account, from the model that its margin is computed on. Cash counts as
 * collateral in full, cash owed as debt.
 */
export function lendingPositionOf(
  model: RiskModel,
  portfolio: Portfolio,
  pair: { readonly collateral: number; readonly debt: number },
): LendingPosition {
  assert(portfolio.mode === 'overcollateralized', 'A static loan is an overcollateralized account.');
  const cash = cashUsd(model, portfolio.cash);
  const held = { debt: 0n, totalDebt: 0n, collateral: 0n, totalCollateral: 0n, adjustedCollateral: 0n };
  if (cash < 0n) held.totalDebt -= cash;
  else {
    held.totalCollateral += cash;
    held.adjustedCollateral += cash;
  }
  for (let index = 0; index < portfolio.balanceCount; index += 1) {
    const id = portfolio.balanceAssets[index] ?? -1;
    const kind = portfolio.balanceKinds[index] ?? -1;
    const one = balanceFiguresUsd(assetOf(model, id), kind, portfolio.balanceAmounts[index] ?? 0n);
    if (kind === BALANCE_DEBT) {
      held.totalDebt -= one.value;
      if (id === pair.debt) held.debt -= one.value;
    } else {
      held.totalCollateral += one.value;
      held.adjustedCollateral += one.creditMaintenance;
      if (id === pair.collateral) held.collateral += one.value;
    }
  }
  return { ...held, thresholdPpm: assetOf(model, pair.collateral).liquidationThresholdPpm };
}

/** The lending rules that apply to a collateral asset of the model's profile; null when the profile has none for it. */
export function loanRulesOf(model: RiskModel, collateral: number): LoanRules | null {
  const rules = model.rules?.rules;
  const terms = model.input.assets.find((asset) => asset.terms.id === collateral)?.terms;
  if (rules === undefined || rules.lending === null || terms === undefined) return null;
  const asset = lendingAssetRuleOf(rules, terms.symbol);
  return asset === null ? null : { close: rules.lending.close, incentive: rules.lending.incentive, asset };
}
