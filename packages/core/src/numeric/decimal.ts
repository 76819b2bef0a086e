/**
 * Decimal text in and out. A value with `decimals` decimals is the integer `text · 10^decimals`.
 *
 * `parseDecimal` refuses what it cannot represent: money never changes by being read. `parseDecimalRounded` is for
 * measured data (candles, volatilities), where the rounding is named by the caller.
 */

import { assert } from './assert.ts';
import { DECIMAL_MAX } from './limits.ts';
import { mulDivRounded, type Rounding } from './rounding.ts';

/** A value, or the reason for refusing the text, as a sentence part that follows the name of a field. */
export type ParsedDecimal = { readonly ok: true; readonly value: bigint } | { readonly ok: false; readonly reason: string };

/** Most decimals that a format may have. */
export const DECIMALS_MAX: number = 36;

/** Longest text that is read. */
export const DECIMAL_TEXT_MAX: number = 128;

const PLAIN: RegExp = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;
const MEASURED: RegExp = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?$/;

/**
 * Reads plain decimal text: an optional minus, digits without leading zeros, optionally a point and more digits. Zeros
 * beyond `decimals` are accepted, other digits there are refused, and so are exponents, spaces, plus signs and magnitudes
 * above `DECIMAL_MAX`. Never throws for a text.
 */
export function parseDecimal(text: string, decimals: number): ParsedDecimal {
  assertDecimals(decimals);
  const length = refusedLength(text);
  if (length !== undefined) return refused(length);
  const match = PLAIN.exec(text);
  if (match === null) return refused(reasonNotPlain(text));
  const [, sign = '', whole = '', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(decimals))) {
    return refused(`must have at most ${decimals} decimals, not ${quoted(text)}`);
  }
  const magnitude = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return withinRange(sign === '-' ? -magnitude : magnitude, text);
}

/**
 * Reads measured data: as `parseDecimal`, and also a plus sign, leading zeros, a bare point (`.5`, `5.`) and an
 * exponent of up to three digits; digits beyond `decimals` are rounded as named, exactly.
 */
export function parseDecimalRounded(text: string, decimals: number, rounding: Rounding): ParsedDecimal {
  assertDecimals(decimals);
  const length = refusedLength(text);
  if (length !== undefined) return refused(length);
  const match = MEASURED.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole.length + fraction.length === 0) {
    return refused(`must be a decimal number, not ${quoted(text)}`);
  }
  const digits = BigInt(whole + fraction);
  const signed = sign === '-' ? -digits : digits;
  const shift = decimals - fraction.length + integerOf(exponent);
  const value = shift >= 0 ? signed * powerOfTen(shift) : mulDivRounded(signed, 1n, powerOfTen(-shift), rounding);
  return withinRange(value, text);
}

/** The shortest plain text that `parseDecimal` reads back to `value`: no trailing zeros, no bare point, no `-0`. */
export function formatDecimal(value: bigint, decimals: number): string {
  const text = formatDecimalFixed(value, decimals, decimals, 'nearest');
  if (decimals === 0) return text;
  return text.replace(/\.?0+$/, '');
}

/**
 * `value` with exactly `shown` decimals, for reports: rounded as named if that is fewer than `decimals`, padded with
 * zeros if more. A negative value that rounds to zero has no sign.
 */
export function formatDecimalFixed(value: bigint, decimals: number, shown: number, rounding: Rounding): string {
  assertDecimals(decimals);
  assertDecimals(shown);
  const scaled =
    shown >= decimals ? value * powerOfTen(shown - decimals) : mulDivRounded(value, 1n, powerOfTen(decimals - shown), rounding);
  const sign = scaled < 0n ? '-' : '';
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(shown + 1, '0');
  if (shown === 0) return sign + digits;
  return `${sign}${digits.slice(0, -shown)}.${digits.slice(-shown)}`;
}

/** 10^exponent for a non-negative integer exponent. */
export function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function assertDecimals(decimals: number): void {
  assert(Number.isInteger(decimals) && decimals >= 0 && decimals <= DECIMALS_MAX, 'A decimal format has 0 to 36 decimals.');
}

function refusedLength(text: string): string | undefined {
  if (text.length === 0) return 'must be a decimal number, not an empty text';
  if (text.length > DECIMAL_TEXT_MAX) {
    return `must be a decimal number of at most ${DECIMAL_TEXT_MAX} characters, not ${text.length}`;
  }
  return undefined;
}

function reasonNotPlain(text: string): string {
  if (/^[+-]?[0-9.]+[eE][+-]?[0-9]+$/.test(text)) {
    return `must be written out without an exponent, not ${quoted(text)}`;
  }
  if (/\s/.test(text)) return `must be a decimal number without spaces, not ${quoted(text)}`;
  return `must be a plain decimal number such as 12 or -0.5, not ${quoted(text)}`;
}

function withinRange(value: bigint, text: string): ParsedDecimal {
  if (value > DECIMAL_MAX || value < -DECIMAL_MAX) {
    return refused(`is out of range: ${quoted(text)}`);
  }
  return { ok: true, value };
}

function refused(reason: string): ParsedDecimal {
  return { ok: false, reason };
}

/** The text in quotes, cut and without control characters, so that it can stand in a message. */
function quoted(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return `"${shown.replace(/[^\x20-\x7e…]/g, '?')}"`;
}

/** A signed integer of at most three digits that the pattern has already accepted. */
function integerOf(text: string): number {
  const exact = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return Number(exact);
}
