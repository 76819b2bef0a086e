/**
 * Reference model of Euler v2's health-driven liquidation discount (cookbook B12; vector V77).
 *
 * Formulas: euler-xyz/euler-vault-kit `src/EVault/modules/Liquidation.sol:120-184` and the loan-to-value ramp of
 * `src/EVault/shared/types/LTVConfig.sol:35-68`, re-implemented. All figures are wads; debt is measured in the unit of
 * account. Divisions drop the fraction, as the source's.
 */
import { divideTowardZero, divideWad, maximum, multiplyWad, WAD } from './fixedPoint.ts';

export type EulerPosition = {
  /** Collateral, units. */
  readonly collateral: bigint;
  /** Value of one unit of collateral. */
  readonly collateralPrice: bigint;
  /** Liquidation loan-to-value, wads of one. */
  readonly liquidationLtv: bigint;
  readonly debt: bigint;
  /** Largest discount a liquidator may get, wads of one. */
  readonly maximumDiscount: bigint;
};

export type EulerLiquidation = {
  /** Debt the liquidator takes over. */
  readonly repay: bigint;
  /** Units of collateral the liquidator receives. */
  readonly yield: bigint;
  /** Debt left without collateral: socialised over the depositors. */
  readonly socialisedDebt: bigint;
};

/**
 * The largest liquidation: discount factor = max(health score, 1 − maximum discount) with health score = collateral value ·
 * LTV / debt; all the debt against debt / factor of collateral value, or, when the collateral is worth less, all the
 * collateral against its value · factor. A healthy position is not liquidated (`undefined`).
 */
export function eulerMaxLiquidation(position: EulerPosition): EulerLiquidation | undefined {
  const value = multiplyWad(position.collateral, position.collateralPrice);
  const adjusted = multiplyWad(value, position.liquidationLtv);
  if (position.debt === 0n || adjusted > position.debt) return undefined;
  const healthScore = divideWad(adjusted, position.debt);
  const factor = maximum(healthScore, WAD - position.maximumDiscount);
  const wanted = divideWad(position.debt, factor);
  if (value < wanted) {
    const repay = multiplyWad(value, factor);
    return { repay, yield: position.collateral, socialisedDebt: position.debt - repay };
  }
  const units = divideTowardZero(wanted * position.collateral, value);
  return { repay: position.debt, yield: units, socialisedDebt: 0n };
}

/** Liquidation loan-to-value on its way down: target + (old − target) · remaining / ramp. Borrowing uses the target at once. */
export function eulerRampedLiquidationLtv(inputs: {
  readonly oldLtv: bigint;
  readonly targetLtv: bigint;
  readonly remainingSeconds: bigint;
  readonly rampSeconds: bigint;
}): bigint {
  if (inputs.remainingSeconds <= 0n || inputs.targetLtv >= inputs.oldLtv) return inputs.targetLtv;
  const drop = (inputs.oldLtv - inputs.targetLtv) * inputs.remainingSeconds;
  return inputs.targetLtv + divideTowardZero(drop, inputs.rampSeconds);
}
