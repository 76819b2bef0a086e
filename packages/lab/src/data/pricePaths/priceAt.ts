import type { PriceSeries } from '../types.ts';

/** Place of the last entry at or before `timeMs` in rising times; −1 when all are later. Cost: log2 of the length. */
export function indexAtOrBefore(timesMs: readonly number[], timeMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] ?? Number.POSITIVE_INFINITY) <= timeMs) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

/** The price that a series shows at a time, 1e-9; undefined before its first entry. Never looks ahead. */
export function priceAt(series: Pick<PriceSeries, 'timesMs' | 'pricesNano'>, timeMs: number): bigint | undefined {
  return series.pricesNano[indexAtOrBefore(series.timesMs, timeMs)];
}
