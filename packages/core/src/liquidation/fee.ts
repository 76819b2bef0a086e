/**
 * The fee on a liquidated slice. Only a solvent account pays it, and never so much that the slice would leave it worse
 * than it was: what remains must still pass the rule of acceptance.
 */

import { max, min, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { PPM_ONE, type Ppm, type Ticks, ticks, ZERO_TICKS } from '../numeric/brand.ts';
import { applyPpmUp } from '../numeric/ratio.ts';
import { mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import type { SliceFigures } from './slice.ts';

export interface FeeInput {
  /** Notional of the slice at mark, not negative. */
  readonly notional: Ticks;
  readonly feePpm: Ppm;
  /** Maintenance figures before the slice, and after it with no fee taken. */
  readonly before: SliceFigures;
  readonly after: SliceFigures;
}

/**
 * ⌈notional · fee⌉, cut to what keeps H' ≥ H, E'/R' ≥ E/R and E' ≥ 0. Zero when the account is insolvent before or
 * after, or when the slice by itself is not acceptable.
 */
export function liquidationFee(input: FeeInput): Ticks {
  const { before, after } = input;
  assert(input.notional >= 0n && input.feePpm >= 0, 'The notional of a slice and its fee are not negative.');
  if (before.equity < 0n) return ZERO_TICKS;
  const fee = applyPpmUp(input.notional, input.feePpm);
  const healthRoom = sub(after.health, before.health);
  const equityRoom = sub(after.equity, equityKeepingRatio(before, after));
  // What keeps the ratio is not negative, so this leaves equity at or above zero, and is zero where it is below already.
  return max(ZERO_TICKS, min(fee, min(healthRoom, equityRoom)));
}

/** The least E' with E'·R ≥ E·R'; when R is zero no requirement may have appeared, and then the ratio asks nothing. */
function equityKeepingRatio(before: SliceFigures, after: SliceFigures): Ticks {
  if (before.requirement > 0n) return mulDivUp(before.equity, after.requirement, before.requirement);
  return before.equity > 0n && after.requirement > 0n ? ticks(after.equity + 1n) : ZERO_TICKS;
}

/** Parts of the fee in ppm; they sum to one million. */
export interface FeeSplit {
  readonly toInsurancePpm: Ppm;
  readonly toBackstopPpm: Ppm;
  readonly toProtocolPpm: Ppm;
}

export interface SplitFee {
  readonly insurance: Ticks;
  readonly backstop: Ticks;
  readonly protocol: Ticks;
}

/** What insurance is meant to hold: a share of the open interest valued at its stressed loss, rounded up. */
export function insuranceTarget(input: { readonly stressedOpenInterest: Ticks; readonly targetPpm: Ppm }): Ticks {
  return applyPpmUp(input.stressedOpenInterest, input.targetPpm);
}

/**
 * Splits a fee by parameter; the parts sum to it. Insurance takes its part until it holds its target; what is above goes to
 * backstop and protocol in the proportion of their parts (to the protocol when neither has one). Insurance is rounded up,
 * the backstop down.
 */
export function splitFee(input: {
  readonly fee: Ticks;
  readonly split: FeeSplit;
  readonly insuranceBalance: Ticks;
  readonly insuranceTarget: Ticks;
}): SplitFee {
  const { fee, split } = input;
  assert(fee >= 0n, 'A fee is not negative.');
  assert(
    split.toInsurancePpm + split.toBackstopPpm + split.toProtocolPpm === PPM_ONE,
    'The parts of the liquidation fee sum to one.',
  );
  const missing = max(ZERO_TICKS, sub(input.insuranceTarget, input.insuranceBalance));
  const insurance = min(applyPpmUp(fee, split.toInsurancePpm), missing);
  const rest = sub(fee, insurance);
  const weight = split.toBackstopPpm + split.toProtocolPpm;
  const backstop = weight === 0 ? ZERO_TICKS : mulDivDown(rest, BigInt(split.toBackstopPpm), BigInt(weight));
  return { insurance, backstop, protocol: sub(rest, backstop) };
}
