/**
 * Elementary functions with the same bits on every machine.
 *
 * ECMAScript leaves `Math.exp`, `log`, `pow` to the engine, and engines have changed them between versions. Here are only
 * `+ − × ÷`, comparisons, `Math.floor`, `Math.abs` and `Math.clz32` (which IEEE 754 and ECMAScript fix) and `Math.sqrt` (exactly
 * rounded by the specification since 2024). Powers of two come from an exactly built table, so no bits are reinterpreted.
 *
 * Error bounds below are in units in the last place of the result, tested against bigint series that share no code
 * with this file. Inputs that are not a number give not-a-number; nothing here throws, except `pow` for a base that is not
 * positive and `ldexp` for an exponent that is not an integer.
 */

import { assert } from './assert.ts';

/** ln 2 split so that `k · LN2_HIGH` is exact for |k| < 2^11: the high part has its last 21 bits clear. */
const LN2_HIGH: number = 6.9314718036912381649e-1;
const LN2_LOW: number = 1.90821492927058770002e-10;
const INVERSE_LN2: number = 1.4426950408889634;
const SQRT_HALF: number = 0.7071067811865476;
const SQRT_TWO: number = 1.4142135623730951;
const INVERSE_SQRT_TWO_PI: number = 0.3989422804014327;
const INVERSE_SQRT_PI: number = 0.5641895835477563;

/** Above this the result of `exp` exceeds the largest double; below the other it is under half the smallest. */
const EXP_OVERFLOW: number = 709.782712893384;
const EXP_UNDERFLOW: number = -745.1332191019412;

/**
 * 2^e at index e + 1022, for e from −1022 to 1023: each entry is exact. Read-only by type and never written: freezing it would box
 * every entry and cost `exp` a third of its speed.
 */
const POWERS_OF_TWO: readonly number[] = buildPowersOfTwo();

/** √x, exactly rounded; NaN below zero. */
export function sqrt(x: number): number {
  return Math.sqrt(x);
}

/** x · 2^exponent with one rounding; asserts an integer exponent. */
export function ldexp(x: number, exponent: number): number {
  assert(Number.isInteger(exponent), 'A binary exponent is an integer.');
  if (exponent >= -1022 && exponent <= 1023) return x * powerOfTwo(exponent);
  let value = x;
  let rest = exponent < -4000 ? -4000 : exponent > 4000 ? 4000 : exponent;
  while (rest > 1023) {
    value *= powerOfTwo(1023);
    rest -= 1023;
  }
  // Steps of 2^-969 keep a normal value normal until the last step, which then rounds once.
  while (rest < -1022) {
    value *= powerOfTwo(-969);
    rest += 969;
  }
  return value * powerOfTwo(rest);
}

/**
 * e^x; error below 0.8 ulp for normal results, below 1.3 for subnormal ones; 0 and Infinity beyond the range.
 *
 * x = k·ln 2 + r with |r| ≤ ½·ln 2; e^r by its Taylor series to the 14th power, whose remainder is below 2^-63 of the result. The
 * leading `1 + r` is added with its rounding error kept (Dekker's fast two-sum), so the last addition is the only large one.
 */
export function exp(x: number): number {
  if (x !== x) return x;
  if (x > EXP_OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < EXP_UNDERFLOW) return 0;
  const k = Math.floor(x * INVERSE_LN2 + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const correction = high - r - low; // what r lost in its rounding
  const tail = r * r * expTail(r) + correction * (1 + r);
  const leading = 1 + r;
  const lost = 1 - leading + r;
  return ldexp(leading + (lost + tail), k);
}

/**
 * e^x − 1; error below 2.5 ulp, also next to zero where `exp(x) − 1` has none of its digits left.
 */
export function expm1(x: number): number {
  if (x > -0.34 && x < 0.34) return x + x * x * expTail(x);
  if (x < -40) return x !== x ? x : -1;
  return exp(x) - 1;
}

/**
 * Natural logarithm; error below 1 ulp. −Infinity at zero, NaN below.
 *
 * x = 2^k·m with √½ ≤ m < √2, f = m − 1, s = f/(2+f), and ln m = 2·artanh s = 2s + ⅔s³ + ⅖s⁵ + … . Since 2s = f − s·f, the sum is
 * taken as f − (f²/2 − s·(f²/2 + R)), whose large term f is exact.
 */
export function log(x: number): number {
  if (x !== x || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  const k = binaryExponent(x);
  const f = ldexp(x, 0 - k) - 1;
  if (f === 0) return k * LN2_HIGH + k * LN2_LOW;
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  const r = artanhTail(s * s);
  if (k === 0) return f - (half - s * (half + r));
  return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f);
}

/**
 * ln(1 + x); error below 2 ulp, also next to zero. −Infinity at −1, NaN below.
 */
export function log1p(x: number): number {
  if (!(x > -0.29 && x < 0.41)) {
    const sum = 1 + x;
    const whole = log(sum);
    if (!(sum > 0 && sum < 9_007_199_254_740_992)) return whole;
    return whole + (x - (sum - 1)) / sum; // the second term returns what 1 + x lost
  }
  const s = x / (2 + x);
  const half = 0.5 * x * x;
  return x - (half - s * (half + artanhTail(s * s)));
}

/**
 * x^y for x > 0 (asserted), as e^(y·ln x): relative error at most (2 + 2·|y·ln x|) · 2^-52. Exactly 1 for y = 0 and x = 1.
 */
export function pow(x: number, y: number): number {
  assert(x > 0 || x !== x, 'A power is taken of a positive base.');
  if (y === 0) return 1;
  return exp(y * log(x));
}

/** Density of the standard normal distribution, e^(−x²/2)/√(2π); relative error below 8·2^-53. */
export function normalPdf(x: number): number {
  return gaussian(x) * INVERSE_SQRT_TWO_PI;
}

/**
 * Distribution function of the standard normal; absolute error below 2^-52, relative error below 1e-15 down to −37 where the
 * value is 5.7e-300. Then it underflows gradually to 0 (reached below −38.5). `normalCdf(−x) + normalCdf(x)` is 1 to 2^-52.
 *
 * Rational Chebyshev approximations of erf, erfc and erfcx: W. J. Cody, "Rational Chebyshev approximations for the error
 * function", Mathematics of Computation 23 (1969) 631–637. The factor e^(−x²/2) is formed from x itself, not from x/√2, because a
 * rounding of the argument would be magnified by x² in the tail.
 */
export function normalCdf(x: number): number {
  if (x !== x) return x;
  if (x > 8.5) return 1;
  if (x < -39) return 0;
  const y = Math.abs(x) * SQRT_HALF;
  if (y <= 0.46875) return 0.5 + 0.5 * erfNearZero(x * SQRT_HALF);
  const tail = 0.5 * gaussian(x) * (y <= 4 ? scaledErfcMiddle(y) : scaledErfcFar(y));
  return x < 0 ? tail : 1 - tail;
}

/** e^(−x²/2). The square of x rounded to sixteenths is exact, and the rest of the exponent is small. */
function gaussian(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude < 40)) return x !== x ? x : 0;
  const coarse = Math.floor(magnitude * 16) * 0.0625;
  const rest = (magnitude - coarse) * (magnitude + coarse);
  return exp(-0.5 * coarse * coarse) * exp(-0.5 * rest);
}

/** (e^r − 1 − r)/r² for |r| ≤ 0.36 by its Taylor series; even and odd powers apart, so that two chains run side by side. */
function expTail(r: number): number {
  const z = r * r;
  let even = 1 / 87178291200;
  let odd = 1 / 6227020800;
  even = even * z + 1 / 479001600;
  odd = odd * z + 1 / 39916800;
  even = even * z + 1 / 3628800;
  odd = odd * z + 1 / 362880;
  even = even * z + 1 / 40320;
  odd = odd * z + 1 / 5040;
  even = even * z + 1 / 720;
  odd = odd * z + 1 / 120;
  even = even * z + 1 / 24;
  odd = odd * z + 1 / 6;
  even = even * z + 0.5;
  return even + odd * r;
}

/** 2/3·z + 2/5·z² + … for z = s² ≤ 0.0295, in two chains; the first term left out is below 2^-65. */
function artanhTail(z: number): number {
  const w = z * z;
  let odd = 2 / 23;
  let even = 2 / 25;
  odd = odd * w + 2 / 19;
  even = even * w + 2 / 21;
  odd = odd * w + 2 / 15;
  even = even * w + 2 / 17;
  odd = odd * w + 2 / 11;
  even = even * w + 2 / 13;
  odd = odd * w + 2 / 7;
  even = even * w + 2 / 9;
  odd = odd * w + 2 / 3;
  even = even * w + 2 / 5;
  return z * (odd + z * even);
}

/** erf(y) for |y| ≤ 0.46875 (Cody 1969, table I). */
function erfNearZero(y: number): number {
  const z = y * y;
  let top = 1.85777706184603153e-1 * z;
  top = (top + 3.1611237438705656) * z;
  top = (top + 1.13864154151050156e2) * z;
  top = (top + 3.77485237685302021e2) * z;
  let bottom = z;
  bottom = (bottom + 2.36012909523441209e1) * z;
  bottom = (bottom + 2.44024637934444173e2) * z;
  bottom = (bottom + 1.28261652607737228e3) * z;
  return (y * (top + 3.20937758913846947e3)) / (bottom + 2.84423683343917062e3);
}

/** e^(y²)·erfc(y) for 0.46875 ≤ y ≤ 4 (Cody 1969, table II). */
function scaledErfcMiddle(y: number): number {
  let top = 2.15311535474403846e-8 * y;
  top = (top + 5.64188496988670089e-1) * y;
  top = (top + 8.88314979438837594) * y;
  top = (top + 6.61191906371416295e1) * y;
  top = (top + 2.98635138197400131e2) * y;
  top = (top + 8.8195222124176909e2) * y;
  top = (top + 1.71204761263407058e3) * y;
  top = (top + 2.05107837782607147e3) * y;
  let bottom = y;
  bottom = (bottom + 1.57449261107098347e1) * y;
  bottom = (bottom + 1.17693950891312499e2) * y;
  bottom = (bottom + 5.37181101862009858e2) * y;
  bottom = (bottom + 1.62138957456669019e3) * y;
  bottom = (bottom + 3.29079923573345963e3) * y;
  bottom = (bottom + 4.36261909014324716e3) * y;
  bottom = (bottom + 3.43936767414372164e3) * y;
  return (top + 1.23033935479799725e3) / (bottom + 1.23033935480374942e3);
}

/** e^(y²)·erfc(y) for y ≥ 4 (Cody 1969, table III). */
function scaledErfcFar(y: number): number {
  const z = 1 / (y * y);
  let top = 1.63153871373020978e-2 * z;
  top = (top + 3.05326634961232344e-1) * z;
  top = (top + 3.60344899949804439e-1) * z;
  top = (top + 1.25781726111229246e-1) * z;
  top = (top + 1.60837851487422766e-2) * z;
  let bottom = z;
  bottom = (bottom + 2.56852019228982242) * z;
  bottom = (bottom + 1.87295284992346725) * z;
  bottom = (bottom + 5.27905102951428412e-1) * z;
  bottom = (bottom + 6.05183413124413191e-2) * z;
  const ratio = (z * (top + 6.58749161529837803e-4)) / (bottom + 2.33520497626869185e-3);
  return (INVERSE_SQRT_PI - ratio) / y;
}

/** The k for which x·2^-k lies in [√½, √2); x positive and finite. Every multiplication here is exact. */
function binaryExponent(x: number): number {
  if (x >= SQRT_HALF && x < SQRT_TWO) return 0;
  if (x >= 1 && x < 2_147_483_648) {
    const k = 31 - Math.clz32(x);
    return x * powerOfTwo(0 - k) >= SQRT_TWO ? k + 1 : k;
  }
  if (x < 1 && x > 4.656612873077393e-10) {
    // x·2^-k lies in [½, 1], up to the rounding of 1/x at a power of two, where either neighbour serves.
    const k = Math.clz32(1 / x) - 31;
    return x * powerOfTwo(0 - k) < SQRT_HALF ? k - 1 : k;
  }
  return x < 1 ? smallBinaryExponent(x) : largeBinaryExponent(x);
}

/** As `binaryExponent` for x < 1, doubling up to [1, 2). Subnormal numbers, below 2^-1022, need the first step twice. */
function smallBinaryExponent(x: number): number {
  let k = 0;
  let m = x;
  if (m < 1.4916681462400413e-154) {
    m *= 1.3407807929942597e154;
    k -= 512;
  }
  for (let step = 512; step >= 1; step >>= 1) {
    if (m < powerOfTwo(1 - step)) {
      m *= powerOfTwo(step);
      k -= step;
    }
  }
  return m >= SQRT_TWO ? k + 1 : k;
}

/** As `binaryExponent` for x ≥ 1, halving down to [1, 2). */
function largeBinaryExponent(x: number): number {
  let k = 0;
  let m = x;
  for (let step = 512; step >= 1; step >>= 1) {
    if (m >= powerOfTwo(step)) {
      m *= powerOfTwo(0 - step);
      k += step;
    }
  }
  return m >= SQRT_TWO ? k + 1 : k;
}

function powerOfTwo(exponent: number): number {
  return POWERS_OF_TWO[exponent + 1022] as number; // callers stay within −1022 … 1023
}

function buildPowersOfTwo(): number[] {
  const powers: number[] = [];
  let power = 2.2250738585072014e-308;
  for (let exponent = -1022; exponent <= 1023; exponent += 1) {
    powers.push(power);
    power *= 2;
  }
  return powers;
}
