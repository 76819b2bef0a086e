/**
 * Division with a named rounding. Bare `/` on bigint truncates toward zero, which rounds losses and profits in
 * opposite directions; nothing outside this folder divides without saying which way. Policy: credit rounds down, debit
 * and requirement round up.
 *
 * The result carries the brand of the first argument; divisors must be positive (asserted).
 */

import { assert, unreachable } from './assert.ts';

/** The directions of rounding. `nearest` takes the even neighbour of a tie. */
export type Rounding = 'down' | 'up' | 'towardZero' | 'awayFromZero' | 'nearest';

/** ⌊a·b/d⌋, toward −∞. */
export function mulDivDown<T extends bigint>(a: T, b: bigint, d: bigint): T {
  return floorDivide(a * b, d) as T;
}

/** ⌈a·b/d⌉, toward +∞. */
export function mulDivUp<T extends bigint>(a: T, b: bigint, d: bigint): T {
  return ceilDivide(a * b, d) as T;
}

/** a·b/d, the fraction dropped. */
export function mulDivTowardZero<T extends bigint>(a: T, b: bigint, d: bigint): T {
  assertDivisor(d);
  return ((a * b) / d) as T;
}

/** a·b/d, a fraction rounded to the larger magnitude. */
export function mulDivAwayFromZero<T extends bigint>(a: T, b: bigint, d: bigint): T {
  const product = a * b;
  return (product < 0n ? floorDivide(product, d) : ceilDivide(product, d)) as T;
}

/** a·b/d to the nearest integer, a tie to the even one. */
export function mulDivNearest<T extends bigint>(a: T, b: bigint, d: bigint): T {
  const product = a * b;
  const below = floorDivide(product, d);
  const twiceRest = 2n * (product - below * d);
  if (twiceRest < d) return below as T;
  if (twiceRest > d) return (below + 1n) as T;
  return ((below & 1n) === 0n ? below : below + 1n) as T;
}

/** a·b/d in the direction that `rounding` names. */
export function mulDivRounded<T extends bigint>(a: T, b: bigint, d: bigint, rounding: Rounding): T {
  switch (rounding) {
    case 'down':
      return mulDivDown(a, b, d);
    case 'up':
      return mulDivUp(a, b, d);
    case 'towardZero':
      return mulDivTowardZero(a, b, d);
    case 'awayFromZero':
      return mulDivAwayFromZero(a, b, d);
    case 'nearest':
      return mulDivNearest(a, b, d);
    default:
      return unreachable(rounding);
  }
}

/** ⌊a/d⌋, toward −∞. */
export function divDown<T extends bigint>(a: T, d: bigint): T {
  return floorDivide(a, d) as T;
}

/** ⌈a/d⌉, toward +∞. */
export function divUp<T extends bigint>(a: T, d: bigint): T {
  return ceilDivide(a, d) as T;
}

/** a/d, the fraction dropped. */
export function divTowardZero<T extends bigint>(a: T, d: bigint): T {
  assertDivisor(d);
  return (a / d) as T;
}

/** ⌊√n⌋; asserts n ≥ 0. Newton's iteration from a floating estimate: a few divisions. */
export function isqrtDown(n: bigint): bigint {
  assert(n >= 0n, 'A square root is taken of a number that is not negative.');
  if (n < 1n << 52n) return BigInt(Math.floor(Math.sqrt(Number(n))));
  // One step from any positive start lands at or above the root (arithmetic against geometric mean); from there the
  // iteration falls strictly until it meets ⌊√n⌋.
  let root = rootEstimate(n);
  root = (root + n / root) >> 1n;
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** ⌈√n⌉; asserts n ≥ 0. */
export function isqrtUp(n: bigint): bigint {
  const root = isqrtDown(n);
  return root * root === n ? root : root + 1n;
}

/**
 * ⌊a·b/d⌋ for safe integers, exact even where a·b is beyond 2^53; asserts that the result is a safe integer.
 *
 * Fast path: a product p = a·b of magnitude below 2^53 is exact, and rounding p/d to a double never carries it onto an
 * integer k that it does not equal, so ⌊fl(p/d)⌋ = ⌊p/d⌋. By symmetry take p > 0.
 * From below: fl(p/d) = k > p/d needs k − p/d ≤ half the spacing of doubles under k < k·2^-53, so p > N·(1 − 2^-53) with
 * N = k·d. If N ≤ 2^53 then N − p < 1, impossible for integers N > p. If N > 2^53 then p > 2^53 − 1, impossible for p < 2^53.
 * From above: fl(p/d) = k < p/d needs 1/d ≤ p/d − k ≤ half the spacing over k ≤ k·2^-53, so k·d ≥ 2^53 > p, impossible.
 */
export function mulDivDownNumber<T extends number>(a: T, b: number, d: number): T {
  const product = a * b;
  if (product < EXACT && product > -EXACT && isDivisor(d)) {
    return (Math.floor(product / d) + 0) as T;
  }
  return throughBigint(a, b, d, 'down') as T;
}

/** ⌈a·b/d⌉ for safe integers, exact as `mulDivDownNumber`. */
export function mulDivUpNumber<T extends number>(a: T, b: number, d: number): T {
  const product = a * b;
  if (product < EXACT && product > -EXACT && isDivisor(d)) {
    return (Math.ceil(product / d) + 0) as T;
  }
  return throughBigint(a, b, d, 'up') as T;
}

/** a·b/d for safe integers with the fraction dropped, exact as `mulDivDownNumber`. */
export function mulDivTowardZeroNumber<T extends number>(a: T, b: number, d: number): T {
  const product = a * b;
  if (product < EXACT && product > -EXACT && isDivisor(d)) {
    return (Math.trunc(product / d) + 0) as T;
  }
  return throughBigint(a, b, d, 'towardZero') as T;
}

/** a·b/d for safe integers to the nearest, a tie to even; exact, always through bigint. */
export function mulDivNearestNumber<T extends number>(a: T, b: number, d: number): T {
  return throughBigint(a, b, d, 'nearest') as T;
}

/** The nearest integer, a tie to even, never a negative zero; asserts that x is finite. */
export function roundHalfEven(x: number): number {
  assert(Number.isFinite(x), 'Only a finite number can be rounded.');
  const magnitude = Math.abs(x);
  if (magnitude >= HAS_NO_FRACTION) return x;
  const below = Math.floor(magnitude);
  const rest = magnitude - below; // exact: a multiple of the last bit of the magnitude, and smaller than it
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const rounded = up ? below + 1 : below;
  return x < 0 ? 0 - rounded : rounded;
}

/** ⌊x⌋, never a negative zero; asserts that x is finite. */
export function roundDown(x: number): number {
  assert(Number.isFinite(x), 'Only a finite number can be rounded.');
  return Math.floor(x) + 0;
}

/** ⌈x⌉, never a negative zero; asserts that x is finite. */
export function roundUp(x: number): number {
  assert(Number.isFinite(x), 'Only a finite number can be rounded.');
  return Math.ceil(x) + 0;
}

/** 2^53: products below it are exact. */
const EXACT: number = 9_007_199_254_740_992;
/** 2^52: a double from here on is an integer. */
const HAS_NO_FRACTION: number = 4_503_599_627_370_496;

function floorDivide(n: bigint, d: bigint): bigint {
  assertDivisor(d);
  const quotient = n / d;
  return n < 0n && quotient * d !== n ? quotient - 1n : quotient;
}

function ceilDivide(n: bigint, d: bigint): bigint {
  assertDivisor(d);
  const quotient = n / d;
  return n > 0n && quotient * d !== n ? quotient + 1n : quotient;
}

function assertDivisor(d: bigint): void {
  assert(d > 0n, 'A divisor is positive.');
}

function isDivisor(d: number): boolean {
  return d > 0 && Number.isSafeInteger(d);
}

function throughBigint(a: number, b: number, d: number, rounding: Rounding): number {
  assert(
    Number.isSafeInteger(a) && Number.isSafeInteger(b) && isDivisor(d),
    'Exact division takes safe integers and a positive divisor.',
  );
  const result = Number(mulDivRounded(BigInt(a), BigInt(b), BigInt(d), rounding));
  assert(Number.isSafeInteger(result), 'The result of an exact division is a safe integer.');
  return result;
}

/** A positive integer near √n, for n ≥ 2^52. */
function rootEstimate(n: bigint): bigint {
  const approximate = Math.sqrt(Number(n));
  if (Number.isFinite(approximate)) return BigInt(Math.floor(approximate));
  return 1n << BigInt(n.toString(16).length * 2);
}
