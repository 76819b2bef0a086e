/**
 * Black-76 with its Greeks in 320-bit fixed point: what the core's pricing in doubles is measured against.
 *
 * Shares no code and no method with the core: exp by its Taylor series after halving the argument, ln by the series of artanh, the
 * normal distribution by Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), whose terms are all positive. Inputs are doubles and are taken
 * exactly. Resolution 2^-320; errors stay below 2^-280 for the ranges that `exactGreeks` states.
 */

const BITS = 320n;
const ONE = 1n << BITS;
/** Beyond this Φ is 0 or 1 within 2^-280. */
const REACH = 20n * ONE;
const LN2 = naturalLogarithmNearOne(2n * ONE);
const PI = machinPi();

export interface ExactInputs {
  readonly right: 'call' | 'put';
  readonly forward: number;
  readonly strike: number;
  readonly volatility: number;
  readonly years: number;
  /** Continuous rate of the discount. */
  readonly rate: number;
}

export interface ExactGreeks {
  readonly value: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
  readonly rho: number;
}

/**
 * The six figures, each rounded once to a double at the end. For positive forward, strike, volatility and years between 2^-40 and 2^40
 * with σ√T from 2^-20 to 16, and |rate·years| ≤ 10.
 */
export function exactGreeks(inputs: ExactInputs): ExactGreeks {
  const forward = exactFixed(inputs.forward);
  const strike = exactFixed(inputs.strike);
  const volatility = exactFixed(inputs.volatility);
  const years = exactFixed(inputs.years);
  const rate = exactFixed(inputs.rate);
  const rootYears = squareRoot(years);
  const total = multiply(volatility, rootYears);
  const discount = exponential(-multiply(rate, years));
  const one = total / 2n - divide(naturalLogarithm(divide(strike, forward)), total);
  const cdfOne = normalDistribution(one);
  const cdfTwo = normalDistribution(one - total);
  const call = multiply(forward, cdfOne) - multiply(strike, cdfTwo);
  const isCall = inputs.right === 'call';
  const value = multiply(discount, isCall ? call : call - forward + strike);
  const density = normalDensity(one);
  const scale = multiply(multiply(forward, discount), density);
  const vega = multiply(scale, rootYears);
  const decay = divide(multiply(scale, volatility), 2n * rootYears);
  return {
    value: toDouble(value),
    delta: toDouble(multiply(discount, isCall ? cdfOne : cdfOne - ONE)),
    gamma: toDouble(divide(multiply(discount, density), multiply(forward, total))),
    vega: toDouble(vega),
    theta: toDouble(multiply(rate, value) - decay),
    rho: toDouble(-multiply(years, value)),
  };
}

/** Φ(x) of a double, rounded once. */
export function exactNormalCdf(x: number): number {
  return toDouble(normalDistribution(exactFixed(x)));
}

/** ln x of a positive double, rounded once. */
export function exactLog(x: number): number {
  return toDouble(naturalLogarithm(exactFixed(x)));
}

function multiply(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

function divide(a: bigint, b: bigint): bigint {
  return (a << BITS) / b;
}

/** A double as fixed point, exactly: doubles from 2^-200 on have no bit below 2^-252. */
function exactFixed(x: number): bigint {
  let exponent = 0;
  let mantissa = x;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1;
  }
  if (BigInt(exponent) > BITS) throw new RangeError(`${x} is too small for the reference.`);
  return (BigInt(mantissa) << BITS) >> BigInt(exponent);
}

/** Rounds to the nearest double through 64 leading bits (a second rounding can only matter at an exact tie of those). */
function toDouble(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const length = magnitude.toString(2).length;
  const shift = Math.max(0, length - 64);
  const double = Number(magnitude >> BigInt(shift)) * 2 ** (shift - Number(BITS));
  return value < 0n ? -double : double;
}

function squareRoot(value: bigint): bigint {
  const target = value << BITS;
  let root = 1n << BigInt((target.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + target / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function exponential(x: bigint): bigint {
  const halvings = 24n;
  const reduced = x >> halvings;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n && term !== -1n; n += 1n) {
    term = multiply(term, reduced) / n;
    sum += term;
  }
  let result = sum;
  for (let count = 0n; count < halvings; count += 1n) result = multiply(result, result);
  return result;
}

function naturalLogarithm(x: bigint): bigint {
  let reduced = x;
  let doublings = 0n;
  while (reduced > 2n * ONE) {
    reduced >>= 1n;
    doublings += 1n;
  }
  while (reduced < ONE) {
    reduced <<= 1n;
    doublings -= 1n;
  }
  return naturalLogarithmNearOne(reduced) + doublings * LN2;
}

/** 2·artanh((x − 1)/(x + 1)). */
function naturalLogarithmNearOne(x: bigint): bigint {
  const ratio = divide(x - ONE, x + ONE);
  const square = multiply(ratio, ratio);
  let power = ratio;
  let sum = 0n;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = multiply(power, square);
  }
  return 2n * sum;
}

/** π = 16·arctan(1/5) − 4·arctan(1/239). */
function machinPi(): bigint {
  const inverseTangent = (n: bigint): bigint => {
    let power = ONE / n;
    let sum = power;
    for (let k = 3n, sign = -1n; power !== 0n; k += 2n, sign = -sign) {
      power /= n * n;
      sum += (sign * power) / k;
    }
    return sum;
  };
  return 16n * inverseTangent(5n) - 4n * inverseTangent(239n);
}

function normalDensity(x: bigint): bigint {
  if (x > REACH || x < -REACH) return 0n;
  return divide(exponential(-multiply(x, x) / 2n), squareRoot(2n * PI));
}

function normalDistribution(x: bigint): bigint {
  if (x > REACH) return ONE;
  if (x < -REACH) return 0n;
  const square = multiply(x, x);
  let term = x;
  let sum = x;
  for (let n = 3n; term !== 0n && term !== -1n; n += 2n) {
    term = multiply(term, square) / n;
    sum += term;
  }
  return ONE / 2n + multiply(normalDensity(x), sum);
}
