// Integer arithmetic of the auditor, written for it alone: everything is bigint and every division names its rounding.

/** One in fixed point with 27 decimals, as indexes of pools are kept. */
export const RAY = 10n ** 27n;
/** One million: parts per million. */
export const MILLION = 1_000_000n;
/** Milliseconds of a year of 365 days. */
export const YEAR = 31_536_000_000n;

/** ⌊n/d⌋ for d > 0: the quotient drops its fraction, which is one too many below zero. */
export function floorDiv(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  return n < 0n && quotient * d !== n ? quotient - 1n : quotient;
}

/** ⌈n/d⌉ for d > 0: above zero one more than the whole ds below n; else the quotient drops its fraction, which is what it should. */
export function ceilDiv(n: bigint, d: bigint): bigint {
  return n > 0n ? (n - 1n) / d + 1n : n / d;
}

/** n/d to the nearest, a tie to the even neighbour, for d > 0. */
export function nearestDiv(n: bigint, d: bigint): bigint {
  const below = floorDiv(n, d);
  const twice = 2n * (n - below * d);
  if (twice === d) return below % 2n === 0n ? below : below + 1n;
  return twice < d ? below : below + 1n;
}

/** n/d with the fraction dropped, for d > 0. */
export function truncDiv(n: bigint, d: bigint): bigint {
  return n < 0n ? -floorDiv(-n, d) : floorDiv(n, d);
}

/** ⌈√n⌉ for n ≥ 0. */
export function rootUp(n: bigint): bigint {
  const down = rootDown(n);
  return down * down === n ? down : down + 1n;
}

/** ⌊√n⌋ for n ≥ 0: the double nearest to the root is a guess; bisection between bounds around it, each proved by its square. */
export function rootDown(n: bigint): bigint {
  const guess = BigInt(Math.floor(Math.sqrt(Number(n))));
  let width = 1n;
  let low = guess;
  while (low > 0n && low * low > n) {
    low = most(0n, low - width);
    width *= 2n;
  }
  let high = guess + 1n;
  while (high * high <= n) {
    high += width;
    width *= 2n;
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= n) low = middle;
    else high = middle;
  }
  return low;
}

/** Largest common divisor of two positive integers: ⌊a·n/d⌋ is the same for n/d in lowest terms, and much less to divide. */
export function commonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

export function abs(n: bigint): bigint {
  return n < 0n ? -n : n;
}

export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function clamp(n: bigint, low: bigint, high: bigint): bigint {
  return most(low, least(high, n));
}
