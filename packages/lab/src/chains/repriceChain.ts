/** A venue's chain repriced by the core: differences of price, delta and vega from the venue's own. */

import { black76Greeks, createOptionGreeks } from '@plimsoll/core/pricing';
import type { ChainRow } from './deribitChains.ts';

/** Ours minus the venue's. */
export interface RepricingErrors {
  /** In coin, that is as share of the forward. */
  readonly price: readonly number[];
  /** A pure number. */
  readonly delta: readonly number[];
  /** As share of the venue's vega, over rows where that is at least `VEGA_MIN`. */
  readonly vega: readonly number[];
}

/** USD per point. The venue prints five decimals, so below this rounding alone is more than 0.05 %. */
export const VEGA_MIN = 0.01;

/** Prices every row with its own forward, mark volatility and time; no discounting, as the venue's forward prices are. */
export function repriceRows(rows: readonly ChainRow[]): RepricingErrors {
  const errors = { price: [] as number[], delta: [] as number[], vega: [] as number[] };
  const greeks = createOptionGreeks();
  for (const row of rows) {
    const { right, strike, forward, volatility, years } = row;
    black76Greeks({ right, strike, forward, volatility, years, discount: 1 }, greeks);
    errors.price.push(greeks.value / forward - row.markCoin);
    errors.delta.push(greeks.delta - row.delta);
    if (row.vega >= VEGA_MIN) errors.vega.push(greeks.vega / 100 / row.vega - 1);
  }
  return errors;
}

/**
 * The rows with the forward that put-call parity gives, F = K/(1 − c + p) for marks c and p in coin at one strike: it needs no
 * volatility, and it is of the second of the marks, while the forward that the venue prints beside them may be some seconds older.
 * Rows without a partner are left out.
 */
export function withParityForward(rows: readonly ChainRow[]): readonly ChainRow[] {
  const marks = new Map(rows.map((row) => [pairKey(row, row.right), row.markCoin]));
  return rows.flatMap((row) => {
    const call = marks.get(pairKey(row, 'call'));
    const put = marks.get(pairKey(row, 'put'));
    return call === undefined || put === undefined ? [] : [{ ...row, forward: row.strike / (1 - call + put) }];
  });
}

function pairKey(row: ChainRow, right: 'call' | 'put'): string {
  return `${row.currency} ${row.expiryMs} ${row.strike} ${right}`;
}
