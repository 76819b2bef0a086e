/**
 * Risk rows of what is proportional to a price, in doubles wherever doubles are provably right.
 *
 * An entry is the rational (P/Q)·(n/d), value per lot times share of a move, rounded to the nearest integer, a tie to even. Three
 * ways, all with the same result:
 *
 * 1. P·n and Q·d below 2^53: both products are exact, ⌊fl(a/b)⌋ = ⌊a/b⌋ for such integers (proof at `mulDivDownNumber`), and the
 *    remainder a − ⌊a/b⌋·b is exact, so rounding is decided on integers.
 * 2. Else the entry in doubles. Its relative error is below seven roundings, 7·2^-53 < 2^-50. When it is further than that from
 *    every integer and from every half, the true figure rounds as it does, and is not whole.
 * 3. Else bigint.
 */

import { divTowardZero, roundHalfEven } from '../numeric/rounding.ts';

/** A positive rational in ticks per lot. */
export interface LinearValue {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A rational in doubles. `isExact` says that both parts are integers below 2^53; else each is rounded once. */
export interface RationalDoubles {
  readonly numerator: number;
  readonly denominator: number;
  readonly isExact: boolean;
  /** numerator / denominator, within 3·2^-53. */
  readonly quotient: number;
}

const EXACT: number = 9_007_199_254_740_992;
const RELATIVE_ERROR: number = 2 ** -50;
const STEP: bigint = 1_000_000n;

/** The parts in doubles, once common powers of a million are taken out. The denominator is positive. */
export function rationalDoubles(numerator: bigint, denominator: bigint): RationalDoubles {
  let top = numerator;
  let bottom = denominator;
  while (bottom % STEP === 0n && top % STEP === 0n) {
    top = divTowardZero(top, STEP);
    bottom = divTowardZero(bottom, STEP);
  }
  const [a, b] = [Number(top), Number(bottom)];
  return { numerator: a, denominator: b, isExact: Number.isSafeInteger(a) && Number.isSafeInteger(b), quotient: a / b };
}

/**
 * Writes value · share for each move from `offset` on, and returns 0 when all are whole, else 1. `exactly` gives an entry through
 * bigint.
 */
export function fillLinearRow(
  value: RationalDoubles,
  moves: readonly { readonly shareDoubles: RationalDoubles }[],
  target: { readonly matrix: Float64Array; readonly offset: number },
  exactly: (index: number) => { readonly ticks: number; readonly bound: number },
): number {
  const { matrix, offset } = target;
  let bound = 0;
  for (let index = 0; index < moves.length; index += 1) {
    const share = moves[index]?.shareDoubles;
    if (share === undefined) break;
    const top = Math.abs(value.numerator * share.numerator);
    const bottom = value.denominator * share.denominator;
    if (value.isExact && share.isExact && top < EXACT && bottom < EXACT) {
      const below = Math.floor(top / bottom);
      const rest = top - below * bottom;
      const twice = 2 * rest;
      const rounded = twice > bottom || (twice === bottom && below % 2 !== 0) ? below + 1 : below;
      matrix[offset + index] = share.numerator < 0 ? 0 - rounded : rounded;
      if (rest !== 0) bound = 1;
      continue;
    }
    const approximate = value.quotient * share.quotient;
    const guard = Math.abs(approximate) * RELATIVE_ERROR;
    const nearest = roundHalfEven(approximate);
    const gap = Math.abs(approximate - nearest);
    if (gap > guard && gap < 0.5 - guard) {
      matrix[offset + index] = nearest;
      bound = 1;
      continue;
    }
    const entry = exactly(index);
    matrix[offset + index] = entry.ticks;
    if (entry.bound > bound) bound = entry.bound;
  }
  return bound;
}
