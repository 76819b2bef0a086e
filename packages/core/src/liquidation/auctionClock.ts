/**
 * The reserve price of an auction as a function of time. While the portfolio is worth something, the reserve falls
 * from the start to a cutoff quickly and from there to nothing slowly (the two-phase clock of cookbook B10), and never below
 * what the backstop stands ready to pay. A portfolio worth less than nothing is handed over with a payment that grows from
 * nothing to the whole deficit.
 */

import { add, max, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type DurationMs, PPM_ONE, type Ppm, ppm, type Ticks, ZERO_TICKS } from '../numeric/brand.ts';
import { applyPpmDown, applyPpmUp } from '../numeric/ratio.ts';
import { mulDivUp } from '../numeric/rounding.ts';

export interface AuctionParameters {
  /** Reserve at the start, as a fraction of mark value: 1,000,000 is mark. */
  readonly startPpm: Ppm;
  /** From start to cutoff. Positive. */
  readonly fastMs: DurationMs;
  /** Fraction of mark value where the fast phase ends; at most the start. */
  readonly cutoffPpm: Ppm;
  /** From cutoff to nothing. Positive. */
  readonly slowMs: DurationMs;
  /** From paying nothing to paying the whole deficit. Positive. */
  readonly insolventMs: DurationMs;
  /** The backstop's standing bid is mark value less this. */
  readonly backstopDiscountPpm: Ppm;
  /** Bounds of the fraction that one clearing sells of a solvent account; 0 < min ≤ max ≤ one. */
  readonly minFractionPpm: Ppm;
  readonly maxFractionPpm: Ppm;
  /** Maintenance health is lifted to this share of the requirement, so that the next tick does not undo it. */
  readonly bufferPpm: Ppm;
}

/** True when the parameters are inside the ranges stated at each of them. */
export function areAuctionParametersSound(parameters: AuctionParameters): boolean {
  return (
    parameters.startPpm > 0 &&
    parameters.cutoffPpm >= 0 &&
    parameters.cutoffPpm <= parameters.startPpm &&
    parameters.fastMs > 0 &&
    parameters.slowMs > 0 &&
    parameters.insolventMs > 0 &&
    parameters.backstopDiscountPpm >= 0 &&
    parameters.backstopDiscountPpm <= PPM_ONE &&
    parameters.minFractionPpm > 0 &&
    parameters.minFractionPpm <= parameters.maxFractionPpm &&
    parameters.maxFractionPpm <= PPM_ONE &&
    parameters.bufferPpm >= 0
  );
}

/** d(t): fraction of mark value at `elapsedMs`, rounded up (the account is the seller). */
export function discountFactorPpm(parameters: AuctionParameters, elapsedMs: DurationMs): Ppm {
  const { startPpm, cutoffPpm, fastMs, slowMs } = parameters;
  const inFast = elapsedMs < fastMs;
  const factor = inFast
    ? linearRampUp({ from: BigInt(startPpm), to: BigInt(cutoffPpm), elapsedMs, lengthMs: fastMs })
    : linearRampUp({ from: BigInt(cutoffPpm), to: 0n, elapsedMs: elapsedMs - fastMs, lengthMs: slowMs });
  return ppm(Number(factor));
}

/** What the backstop stands ready to pay for a portfolio of positive value: value · (1 − discount), rounded down. */
export function standingBid(parameters: AuctionParameters, value: Ticks): Ticks {
  assert(value > 0n, 'The backstop has a standing bid for a portfolio that is worth something.');
  return applyPpmDown(value, ppm(PPM_ONE - parameters.backstopDiscountPpm));
}

export interface ReserveInput {
  readonly parameters: AuctionParameters;
  /** Time since the current stage (solvent or insolvent) began. */
  readonly elapsedMs: DurationMs;
  /** Mark value of the whole portfolio on sale: equity less reserved cash. */
  readonly value: Ticks;
  /** Whether a tranche can still take something; then the reserve stays at or above its standing bid. */
  readonly backstopHasCapacity: boolean;
}

/**
 * The least that is accepted for the whole portfolio, in ticks. Positive value: ⌈value · d(t)⌉ or the standing bid if
 * higher. Negative value: minus the payment to the taker, ⌊|value| · min(1, t/insolventMs)⌋.
 */
export function reservePrice(input: ReserveInput): Ticks {
  const { parameters, elapsedMs, value } = input;
  if (value > 0n) {
    const falling = applyPpmUp(value, discountFactorPpm(parameters, elapsedMs));
    return input.backstopHasCapacity ? max(falling, standingBid(parameters, value)) : falling;
  }
  return linearRampUp({ from: ZERO_TICKS, to: value, elapsedMs, lengthMs: parameters.insolventMs });
}

/** The fraction that one clearing sells: the target within its bounds; everything when insolvent. */
export function auctionFraction(parameters: AuctionParameters, sale: { readonly target: Ppm; readonly value: Ticks }): Ppm {
  if (sale.value <= 0n) return PPM_ONE;
  return ppm(Math.min(Math.max(sale.target, parameters.minFractionPpm), parameters.maxFractionPpm));
}

/** from + (to − from) · min(1, elapsed/length), rounded up. */
export function linearRampUp<T extends bigint>(ramp: {
  readonly from: T;
  readonly to: T;
  readonly elapsedMs: number;
  readonly lengthMs: number;
}): T {
  assert(ramp.elapsedMs >= 0 && ramp.lengthMs > 0, 'A ramp has a length, and its time does not run before its start.');
  if (ramp.elapsedMs >= ramp.lengthMs) return ramp.to;
  return add(ramp.from, mulDivUp(sub(ramp.to, ramp.from), BigInt(ramp.elapsedMs), BigInt(ramp.lengthMs)));
}
