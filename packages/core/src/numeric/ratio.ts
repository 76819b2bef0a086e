/** Ratios in parts per million, and the crossings between bigint and integer-valued double. */

import { assert } from './assert.ts';
import {
  type DurationMs,
  durationMs,
  type Lots,
  PPM_ONE,
  type Ppm,
  type Ticks,
  type TicksPerLot,
  type TimeMs,
  ticks,
  timeMs,
} from './brand.ts';
import { mulDivDown, mulDivDownNumber, mulDivUp, mulDivUpNumber } from './rounding.ts';

const EXACT: bigint = 2n ** 53n;
const EXACT_NUMBER: number = 9_007_199_254_740_992;
const PPM_ONE_BIGINT: bigint = BigInt(PPM_ONE);

/** ⌊a · p⌋: a credit. */
export function applyPpmDown<T extends bigint>(a: T, p: Ppm): T {
  return mulDivDown(a, BigInt(p), PPM_ONE_BIGINT);
}

/** ⌈a · p⌉: a debit or a requirement. */
export function applyPpmUp<T extends bigint>(a: T, p: Ppm): T {
  return mulDivUp(a, BigInt(p), PPM_ONE_BIGINT);
}

/** ⌊a · p⌋ for integer-valued doubles, exact; asserts that the result is a safe integer. */
export function applyPpmDownNumber<T extends number>(a: T, p: Ppm): T {
  return mulDivDownNumber(a, p, PPM_ONE);
}

/** ⌈a · p⌉ for integer-valued doubles, exact; asserts that the result is a safe integer. */
export function applyPpmUpNumber<T extends number>(a: T, p: Ppm): T {
  return mulDivUpNumber(a, p, PPM_ONE);
}

/** The same integer as a double; asserts |t| ≤ 2^53, where that is exact. */
export function ticksToNumber(t: Ticks): number {
  assert(t <= EXACT && t >= -EXACT, 'Ticks become a double only up to 2^53, where that is exact.');
  return Number(t);
}

/** The same integer as bigint ticks; asserts that n is an integer of magnitude at most 2^53. */
export function numberToTicks(n: number): Ticks {
  assert(Number.isInteger(n) && n <= EXACT_NUMBER && n >= -EXACT_NUMBER, 'Ticks come from integer-valued doubles up to 2^53.');
  return ticks(BigInt(n));
}

/** The nearest double, a tie to even (ECMAScript fixes this): relative error at most 2^-53, for display and filters. */
export function bigintToApproximateNumber(value: bigint): number {
  return Number(value);
}

/** `lots · perLot`, exact, through bigint: the slow path of a scenario product, and the value of a fill. */
export function lotsTimesTicks(held: Lots, perLot: TicksPerLot): Ticks {
  return ticks(BigInt(held) * BigInt(perLot));
}

/** The time `duration` after `time`. */
export function timeAfter(time: TimeMs, duration: DurationMs): TimeMs {
  return timeMs(time + duration);
}

/** The time from `from` to `to`; asserts that `to` is not the earlier one. */
export function durationBetween(from: TimeMs, to: TimeMs): DurationMs {
  return durationMs(to - from);
}
