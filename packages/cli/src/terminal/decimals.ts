import { formatDecimal, formatDecimalFixed } from '@plimsoll/core/numeric';

const TICK_DECIMALS = 6;
const PRICE_DECIMALS = 9;

/** Ticks with all six decimals and commas between thousands, for people: columns that can be added up by hand. */
export function ticksShown(ticks: bigint): string {
  return withCommas(formatDecimalFixed(ticks, TICK_DECIMALS, TICK_DECIMALS, 'nearest'));
}

/** A price for people: at least two decimals, as many as it has. */
export function priceShown(price: bigint): string {
  const text = formatDecimal(price, PRICE_DECIMALS);
  const decimals = text.split('.')[1]?.length ?? 0;
  return withCommas(decimals >= 2 ? text : formatDecimalFixed(price, PRICE_DECIMALS, 2, 'nearest'));
}

/** Commas between groups of three whole digits. */
export function withCommas(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
