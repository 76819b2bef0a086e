import { assert } from '../../numeric/assert.ts';
import type { Price, TimeMs } from '../../numeric/brand.ts';
import { itemAt } from './itemAt.ts';

/**
 * Observed prices of one underlying, by rising time. What was not observed is not in it: nothing is interpolated and
 * nothing is back-filled, here or anywhere behind it.
 */
export interface PriceHistory {
  readonly underlying: string;
  readonly timesMs: readonly TimeMs[];
  /** Parallel to `timesMs`. */
  readonly prices: readonly Price[];
}

/** What a history has, and what it lacks against a grid of times. */
export interface HistoryCoverage {
  readonly underlying: string;
  readonly firstMs: TimeMs;
  readonly lastMs: TimeMs;
  readonly observed: number;
  /** Times of the grid before the first observation, after the last one, and between the two without one. */
  readonly missingBefore: number;
  readonly missingAfter: number;
  readonly missingBetween: readonly TimeMs[];
}

/** Asserts that times rise strictly and that both columns are equally long and not empty. */
export function assertPriceHistory(history: PriceHistory): void {
  const { timesMs, prices } = history;
  assert(timesMs.length > 0 && timesMs.length === prices.length, 'A price history has one price per time, and at least one.');
  for (let index = 1; index < timesMs.length; index += 1) {
    assert((timesMs[index] as number) > (timesMs[index - 1] as number), 'Times of a price history rise strictly.');
  }
}

/** Every time at which at least one history has a price, rising. */
export function gridOf(histories: readonly PriceHistory[]): readonly TimeMs[] {
  const times = new Set<TimeMs>();
  for (const history of histories) for (const time of history.timesMs) times.add(time);
  return [...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** What each history lacks on the grid, in the order of the histories. */
export function coverageOf(histories: readonly PriceHistory[], grid: readonly TimeMs[]): readonly HistoryCoverage[] {
  return histories.map((history) => {
    assertPriceHistory(history);
    const firstMs = itemAt(history.timesMs, 0);
    const lastMs = itemAt(history.timesMs, history.timesMs.length - 1);
    const observed = new Set(history.timesMs);
    return {
      underlying: history.underlying,
      firstMs,
      lastMs,
      observed: grid.filter((time) => observed.has(time)).length,
      missingBefore: grid.filter((time) => time < firstMs).length,
      missingAfter: grid.filter((time) => time > lastMs).length,
      missingBetween: grid.filter((time) => time > firstMs && time < lastMs && !observed.has(time)),
    };
  });
}
