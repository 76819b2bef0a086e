// Integer arithmetic of the auditor, written for it alone: everything is bigint and every division names its rounding.

/** One in fixed point with 27 decimals, as indexes of pools are kept. */
export const RAY = 10n ** 27n;
/** One million: parts per million. */
export const MILLION = 1_000_000n;
/** Milliseconds of a year of 365 days. */
export const YEAR = 31_536_000_000n;

/** ⌊n/d⌋ for d > 0. */
export function floorDiv(n: bigint, d: bigint): bigint {
  const rest = ((n % d) + d) % d;
  return (n - rest) / d;
}

/** ⌈n/d⌉ for d > 0. */
export function ceilDiv(n: bigint, d: bigint): bigint {
  return -floorDiv(-n, d);
}

/** n/d to the nearest, a tie to the even neighbour, for d > 0. */
export function nearestDiv(n: bigint, d: bigint): bigint {
  const doubled = floorDiv(2n * n + d, 2n * d);
  const isTie = 2n * n + d === doubled * 2n * d;
  return isTie && doubled % 2n !== 0n ? doubled - 1n : doubled;
}

/** n/d with the fraction dropped, for d > 0. */
export function truncDiv(n: bigint, d: bigint): bigint {
  return n < 0n ? -floorDiv(-n, d) : floorDiv(n, d);
}

/** ⌈√n⌉ by bisection, for n ≥ 0. */
export function rootUp(n: bigint): bigint {
  const down = rootDown(n);
  return down * down === n ? down : down + 1n;
}

/** ⌊√n⌋ by bisection, for n ≥ 0. */
export function rootDown(n: bigint): bigint {
  let low = 0n;
  let high = 1n;
  while (high * high <= n) high *= 2n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle * middle <= n) low = middle;
    else high = middle;
  }
  return low;
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
