import { formatDecimalFixed } from '@plimsoll/core/numeric';

const MICRO_DECIMALS = 6;
/** From here on dollars are shown in millions: tables stay narrow, and nobody reads the cents of a crash. */
const MILLION_FROM_MICRO_USD = 10_000_000n * 1_000_000n;

/** 1e-6 USD for people: '$0', '$1,234', '$62.84 M'; cents below one hundred dollars. Rounded to the nearest. */
export function dollarsText(microUsd: bigint): string {
  const size = microUsd < 0n ? -microUsd : microUsd;
  const sign = microUsd < 0n ? '−' : '';
  if (size === 0n) return '$0';
  if (size >= MILLION_FROM_MICRO_USD)
    return `${sign}$${withCommas(formatDecimalFixed(size, MICRO_DECIMALS + 6, 2, 'nearest'))} M`;
  return `${sign}$${withCommas(formatDecimalFixed(size, MICRO_DECIMALS, size < 100_000_000n ? 2 : 0, 'nearest'))}`;
}

/** Dollars as a double, only to draw with. */
export function dollarsDrawn(microUsd: bigint): number {
  return Number(microUsd) / 1e6;
}

/** A whole number with commas. */
export function countText(count: number | bigint): string {
  return withCommas(String(count));
}

/** An exact amount in ledger units as decimal text with every decimal it has, and commas. */
export function exactText(amount: bigint, decimals: number): string {
  return withCommas(formatDecimalFixed(amount, decimals, decimals, 'nearest'));
}

/** A drawn value for people: four significant digits, commas, a dash where there is none. */
export function valueText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const decimals = size >= 1_000 || size === 0 ? 0 : Math.min(9, Math.max(0, 3 - Math.floor(Math.log10(size))));
  const scaled = BigInt(Math.round(size * 10 ** decimals));
  return (value < 0 && scaled > 0n ? '−' : '') + withCommas(formatDecimalFixed(scaled, decimals, decimals, 'nearest'));
}

/** The same without trailing zeros, for axes. */
export function axisText(value: number): string {
  const text = valueText(value);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Time of day, UTC: '14:05'. */
export function clockText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 16);
}

/** Day and time of day, UTC: '2020-03-12 14:05 UTC'. */
export function momentText(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Commas between groups of three whole digits. */
export function withCommas(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
