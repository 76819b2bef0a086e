/**
 * Exact fixed point for the reference models whose sources are integer programs (Solidity, Go, Rust).
 *
 * Deliberately independent of the core's `numeric` folder: a reference model that shared arithmetic with what it judges
 * would repeat its mistakes. A *wad* is an integer counting 1e-18; a *ray* counts 1e-27. Every division names its
 * rounding; this is the only file of the folder that divides bigints.
 */

/** One, in wads. */
export const WAD: bigint = 10n ** 18n;

/** One, in rays. */
export const RAY: bigint = 10n ** 27n;

/** Floor (toward minus infinity) of numerator / denominator, whatever the signs. Throws on a zero denominator. */
export function divideDown(numerator: bigint, denominator: bigint): bigint {
  const quotient = divideTowardZero(numerator, denominator);
  const isExact = quotient * denominator === numerator;
  const isNegative = numerator < 0n !== denominator < 0n;
  return !isExact && isNegative ? quotient - 1n : quotient;
}

/** Ceiling (toward plus infinity) of numerator / denominator, whatever the signs. Throws on a zero denominator. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return -divideDown(-numerator, denominator);
}

/** Division as Solidity, Rust and Go's `Quo` do it: the fraction is dropped, toward zero. Throws on a zero denominator. */
export function divideTowardZero(numerator: bigint, denominator: bigint): bigint {
  if (denominator === 0n) throw new RangeError('Division by zero in a reference model.');
  return numerator / denominator;
}

/** a · b of two wads, in wads, rounded toward zero (Derive's `multiplyDecimal`). */
export function multiplyWad(a: bigint, b: bigint): bigint {
  return divideTowardZero(a * b, WAD);
}

/** a / b of two wads, in wads, rounded toward zero (Derive's `divideDecimal`). */
export function divideWad(a: bigint, b: bigint): bigint {
  return divideTowardZero(a * WAD, b);
}

/**
 * Reads decimal text as an integer count of 10^-decimals, exactly.
 *
 * Throws when the text is not plain decimal notation or has more fraction digits than `decimals`: no silent rounding.
 */
export function parseFixed(text: string, decimals: number): bigint {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole + fraction === '') throw new RangeError(`"${text}" is not a plain decimal number.`);
  if (fraction.length > decimals) throw new RangeError(`"${text}" has more than ${decimals} fraction digits.`);
  const magnitude = BigInt(`${whole}${fraction.padEnd(decimals, '0')}` || '0');
  return match[1] === '-' ? -magnitude : magnitude;
}

/** Reads decimal text as wads (18 decimals), exactly. */
export function wad(text: string): bigint {
  return parseFixed(text, 18);
}

/** Reads decimal text as rays (27 decimals), exactly. */
export function ray(text: string): bigint {
  return parseFixed(text, 27);
}

export function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function absolute(a: bigint): bigint {
  return a < 0n ? -a : a;
}
