/**
 * The smallest slice that is enough. Selling the fraction f of everything but the reserved cash C at price P for the whole
 * (fee F for the whole) leaves
 *
 *     haircut equity  HE' = (HE − C)·(1 − f) + C + f·(P − F)
 *     requirement     R'  = R·(1 − f)
 *
 * and HE' = (1 + buffer)·R' holds for
 *
 *     f = A / (A + C + P − F),   A = (1 + buffer)·R − HE  (positive while the account is below its buffer)
 *
 * which is the fraction of cookbook B10 with margin BM = −A, and the shortage rule of B9 when all equity is reserved cash.
 * Size charges fall faster than linearly and haircut bands favour smaller amounts, so the account ends at or above its buffer.
 */

import { assert } from '../numeric/assert.ts';
import { PPM_ONE, type Ppm, ppm, type Ticks } from '../numeric/brand.ts';
import { mulDivUp } from '../numeric/rounding.ts';

const ONE: bigint = BigInt(PPM_ONE);

export interface TargetInput {
  /** Haircut equity at maintenance, reserved cash included. */
  readonly haircutEquity: Ticks;
  /** Maintenance requirement, not negative. */
  readonly requirement: Ticks;
  /** Cash of earlier clearings; it stays with the account. */
  readonly reservedCash: Ticks;
  /** What the whole portfolio without reserved cash fetches at the clearing price; negative if the taker is paid. */
  readonly price: Ticks;
  /** Liquidation fee on the whole, not negative; zero for insolvent accounts. */
  readonly fee: Ticks;
  readonly bufferPpm: Ppm;
}

export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The exact fraction, between zero (already at its buffer) and one (no part is enough). */
export function targetFractionExact(input: TargetInput): Fraction {
  assert(input.requirement >= 0n && input.fee >= 0n, 'A requirement and a fee are not negative.');
  const { haircutEquity, requirement, reservedCash, price, fee } = widened(input);
  const missing = requirement * (ONE + BigInt(input.bufferPpm)) - haircutEquity * ONE;
  if (missing <= 0n) return { numerator: 0n, denominator: 1n };
  const gained = (reservedCash + price - fee) * ONE;
  if (gained <= 0n) return { numerator: 1n, denominator: 1n };
  return { numerator: missing, denominator: missing + gained };
}

/** The fraction in ppm, rounded up: zero when nothing need be sold, 1,000,000 when no part is enough. */
export function targetFractionPpm(input: TargetInput): Ppm {
  const { numerator, denominator } = targetFractionExact(input);
  return ppm(Number(mulDivUp(numerator, ONE, denominator)));
}

interface WideInput {
  readonly haircutEquity: bigint;
  readonly requirement: bigint;
  readonly reservedCash: bigint;
  readonly price: bigint;
  readonly fee: bigint;
}

function widened(input: TargetInput): WideInput {
  return input;
}
