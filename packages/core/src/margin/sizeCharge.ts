/**
 * Square-root impact (cookbook, impact and depth): selling a notional Q into a market whose price moves 1 % for D costs
 * about impact · √(Q/D) of it. Q is the total of the owner's accounts and the account pays for its own share, so
 * splitting a position over accounts does not help.
 *
 *     root   = ⌈√⌈gross · notional / sizeUnit⌉⌉          (sizeUnit = ⌊D / 4^k⌋, sizeRootScale = 2^k)
 *     ppm    = ⌈impactPpm · root / sizeRootScale⌉
 *     charge = ⌈|lots| · notional · ppm / 1 000 000⌉
 */

import { assert } from '../numeric/assert.ts';
import { isqrtUp, mulDivUp } from '../numeric/rounding.ts';
import { PPM_FAST_MAX, scalePpmUp } from './scalePpm.ts';

/** Integers of one row; see `RiskRows`. */
export interface SizeChargeInput {
  /** |lots| of the account and of all accounts of its owner. */
  readonly size: bigint;
  readonly gross: bigint;
  readonly notional: bigint;
  readonly impactPpm: bigint;
  readonly sizeUnit: bigint;
  readonly sizeRootScale: bigint;
}

/** The charge in ticks, exact for any size. */
export function sizeCharge(input: SizeChargeInput): bigint {
  if (input.impactPpm === 0n || input.size === 0n) return 0n;
  assert(input.gross >= input.size, 'The owner holds at least what the account holds.');
  const root = isqrtUp(mulDivUp(input.gross, input.notional, input.sizeUnit));
  const ratePpm = mulDivUp(input.impactPpm, root, input.sizeRootScale);
  return mulDivUp(input.size * input.notional, ratePpm, 1_000_000n);
}

/** The rate of an owner with `gross` lots, in ppm of notional; rises with gross. */
export function sizeChargePpm(
  row: { readonly notional: number; readonly impactPpm: number; readonly sizeUnit: number; readonly sizeRootScale: number },
  gross: number,
): number {
  if (row.impactPpm === 0) return 0;
  const root = isqrtUp(mulDivUp(BigInt(gross), BigInt(row.notional), BigInt(row.sizeUnit)));
  return Number(mulDivUp(BigInt(row.impactPpm), root, BigInt(row.sizeRootScale)));
}

/** Returned by the fast version when it cannot prove its doubles exact. */
export const SIZE_CHARGE_TOO_LARGE: number = -1;

const EXACT_ROOT: number = 2 ** 52;

/**
 * The same for integer-valued doubles with size·notional ≤ 2^50; SIZE_CHARGE_TOO_LARGE where a step might round. Below
 * 2^52 the correctly rounded √z is an integer only if z is a square, so its ceiling is exact.
 */
export function sizeChargeNumber(
  size: number,
  gross: number,
  row: { readonly notional: number; readonly impactPpm: number; readonly sizeUnit: number; readonly sizeRootScale: number },
): number {
  const total = gross * row.notional;
  if (!(total < EXACT_ROOT)) return SIZE_CHARGE_TOO_LARGE;
  const root = Math.ceil(Math.sqrt(Math.ceil(total / row.sizeUnit)));
  const ratePpm = Math.ceil((row.impactPpm * root) / row.sizeRootScale);
  if (!(ratePpm <= PPM_FAST_MAX)) return SIZE_CHARGE_TOO_LARGE;
  return scalePpmUp(size * row.notional, ratePpm);
}
