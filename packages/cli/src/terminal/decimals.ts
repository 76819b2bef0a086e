import { formatDecimal, formatDecimalFixed } from '@plimsoll/core/numeric';

const TICK_DECIMALS = 6;
const PRICE_DECIMALS = 9;

/** Ticks as plain decimal text without trailing zeros, for JSON. */
export function ticksText(ticks: bigint): string {
  return formatDecimal(ticks, TICK_DECIMALS);
}

/** Ticks with all six decimals and commas between thousands, for people: columns that can be added up by hand. */
export function ticksShown(ticks: bigint): string {
  return withCommas(formatDecimalFixed(ticks, TICK_DECIMALS, TICK_DECIMALS, 'nearest'));
}

/** A price in 1e-9 USD as plain decimal text. */
export function priceText(price: bigint): string {
  return formatDecimal(price, PRICE_DECIMALS);
}

/** A price for people: at least two decimals, as many as it has. */
export function priceShown(price: bigint): string {
  const text = formatDecimal(price, PRICE_DECIMALS);
  const decimals = text.split('.')[1]?.length ?? 0;
  return withCommas(decimals >= 2 ? text : formatDecimalFixed(price, PRICE_DECIMALS, 2, 'nearest'));
}

/** Parts per million as percent, with a sign where asked: `-18 %`, `+4.5 %`. */
export function percentShown(ppm: bigint, sign: 'signed' | 'plain'): string {
  const text = formatDecimal(ppm, 4);
  return `${sign === 'signed' && ppm > 0n ? '+' : ''}${text} %`;
}

/** Commas between groups of three whole digits. */
export function withCommas(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
