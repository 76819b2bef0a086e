// exp, log and the normal distribution in binary fixed point, for prices of options that share nothing with the core's doubles: plain
// series, all of whose terms are positive, in bigint. Errors stay below 2^-110 of one, far under the bounds that are checked with them.

import { floorDiv, rootDown } from './exact.ts';

const BITS = 128n;
/** One in fixed point. */
export const ONE: bigint = 1n << BITS;
const HALF: bigint = ONE >> 1n;
const LN_TWO: bigint = 2n * inverseTangent(floorDiv(ONE, 3n));
/** √(2π), π after Machin: 16·atan(1/5) − 4·atan(1/239). */
const ROOT_TWO_PI: bigint = rootDown(2n * (16n * arcTangentOfInverse(5n) - 4n * arcTangentOfInverse(239n)) * ONE);
/** Beyond this many deviations a tail is below 2^-125. */
const TAIL: bigint = 13n * ONE;

/** a · b, rounded down. */
export function times(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

/** n/d in fixed point, rounded down, for d > 0. */
export function fixed(n: bigint, d: bigint): bigint {
  return floorDiv(n << BITS, d);
}

/** √n for n ≥ 0 in fixed point. */
export function fixedRoot(n: bigint): bigint {
  return rootDown(n << BITS);
}

/** e^x: 2^k · e^r with r below ln 2, the series at r / 256, squared eight times. */
export function fixedExp(x: bigint): bigint {
  const k = floorDiv(x, LN_TWO);
  const r = (x - k * LN_TWO) >> 8n;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term > 0n; n += 1n) {
    term = floorDiv(times(term, r), n);
    sum += term;
  }
  for (let square = 0; square < 8; square += 1) sum = times(sum, sum);
  return k < 0n ? sum >> -k : sum << k;
}

/** ln x for x > 0: k · ln 2 + 2 · atanh((m − 1)/(m + 1)) with m from 1 to 2. */
export function fixedLog(x: bigint): bigint {
  if (x <= 0n) throw new RangeError('The logarithm is taken of something positive.');
  const k = BigInt(x.toString(2).length - 1) - BITS;
  const m = k < 0n ? x << -k : x >> k;
  const z = floorDiv((m - ONE) << BITS, m + ONE);
  return k * LN_TWO + 2n * inverseTangent(z);
}

/** Φ(x) = ½ ± (x + x³/3 + x⁵/(3·5) + …) / (√(2π) · e^(x²/2)). */
export function fixedNormal(x: bigint): bigint {
  const size = x < 0n ? -x : x;
  if (size >= TAIL) return x < 0n ? 0n : ONE;
  const squared = times(size, size);
  let term = size;
  let sum = size;
  for (let n = 3n; term > 0n; n += 2n) {
    term = floorDiv(times(term, squared), n);
    sum += term;
  }
  // Dividing by e^(x²/2) keeps every digit of it; multiplying by the little that e^(−x²/2) is would keep few.
  const beyond = floorDiv(sum << BITS, times(fixedExp(squared >> 1n), ROOT_TWO_PI));
  return x < 0n ? HALF - beyond : HALF + beyond;
}

/** atanh(z) = z + z³/3 + z⁵/5 + … for 0 ≤ z < 1. */
function inverseTangent(z: bigint): bigint {
  const squared = times(z, z);
  let power = z;
  let sum = z;
  for (let n = 3n; power > 0n; n += 2n) {
    power = times(power, squared);
    sum += floorDiv(power, n);
  }
  return sum;
}

/** atan(1/n) = 1/n − 1/(3·n³) + 1/(5·n⁵) − …, for the number π alone. */
function arcTangentOfInverse(n: bigint): bigint {
  let power = floorDiv(ONE, n);
  let sum = power;
  for (let at = 3n, sign = -1n; power > 0n; at += 2n, sign = -sign) {
    power = floorDiv(power, n * n);
    sum += sign * floorDiv(power, at);
  }
  return sum;
}
