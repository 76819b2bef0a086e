import { assert } from '../../numeric/assert.ts';
import type { Price, TimeMs } from '../../numeric/brand.ts';
import { itemAt } from './itemAt.ts';
import { assertPriceHistory, coverageOf, gridOf, type HistoryCoverage, type PriceHistory } from './priceHistory.ts';

/** Length of a return and how returns follow each other. */
export interface ReturnHorizon {
  /** Distance of two neighbouring prices, such as a day. */
  readonly stepMs: number;
  /** Steps in one return, at least one. */
  readonly steps: number;
  /** `overlapping`: one return ends at every step. `separate`: the next one starts where the last one ended. */
  readonly spacing: 'overlapping' | 'separate';
}

/** Returns of several underlyings over the same intervals: a row is one interval, a column one underlying. */
export interface ReturnMatrix {
  /** Rising by name. */
  readonly underlyings: readonly string[];
  /** End of each interval, rising. */
  readonly endsMs: readonly TimeMs[];
  /** price(end) ÷ price(start) − 1, one column per underlying, each as long as `endsMs`. */
  readonly columns: readonly Float64Array[];
  readonly coverage: readonly HistoryCoverage[];
  /** Intervals of the grid that were left out because an underlying has no price at one of their ends. */
  readonly leftOut: number;
}

/**
 * Simple returns over the intervals at whose both ends every underlying has a price. Dependence is kept: a row is one interval for
 * all of them. An interval that lacks a price is left out and counted, never filled.
 * Cost: one hash look-up per price. Error: one division of doubles, relative 2^-52.
 */
export function alignedReturns(histories: readonly PriceHistory[], horizon: ReturnHorizon): ReturnMatrix {
  assert(Number.isSafeInteger(horizon.steps) && horizon.steps >= 1, 'A return spans at least one step.');
  assert(Number.isSafeInteger(horizon.stepMs) && horizon.stepMs >= 1, 'A step is a positive number of milliseconds.');
  for (const history of histories) assertPriceHistory(history);
  const ordered = [...histories].sort((a, b) => (a.underlying < b.underlying ? -1 : a.underlying > b.underlying ? 1 : 0));
  const grid = gridOf(ordered);
  const prices = ordered.map(priceByTime);
  const spanMs = horizon.stepMs * horizon.steps;
  const ends = endsWithPrices(grid, prices, { ...horizon, spanMs });
  return {
    underlyings: ordered.map(({ underlying }) => underlying),
    endsMs: ends.complete,
    columns: prices.map((column) => Float64Array.from(ends.complete, (end) => returnOver(column, end, spanMs))),
    coverage: coverageOf(ordered, grid),
    leftOut: ends.leftOut,
  };
}

/** Returns of one underlying: `alignedReturns` of a single history. */
export function returnsOf(history: PriceHistory, horizon: ReturnHorizon): ReturnMatrix {
  return alignedReturns([history], horizon);
}

/** The rows of a matrix that end in (afterMs, untilMs], all underlyings kept. */
export function returnsBetween(
  matrix: ReturnMatrix,
  period: { readonly afterMs: number; readonly untilMs: number },
): ReturnMatrix {
  const from = matrix.endsMs.findIndex((end) => end > period.afterMs);
  const start = from < 0 ? matrix.endsMs.length : from;
  const past = matrix.endsMs.findIndex((end) => end > period.untilMs);
  const stop = Math.max(start, past < 0 ? matrix.endsMs.length : past);
  return {
    ...matrix,
    endsMs: matrix.endsMs.slice(start, stop),
    columns: matrix.columns.map((column) => column.slice(start, stop)),
  };
}

function priceByTime(history: PriceHistory): ReadonlyMap<number, Price> {
  return new Map(history.timesMs.map((time, index) => [time, itemAt(history.prices, index)]));
}

function endsWithPrices(
  grid: readonly TimeMs[],
  prices: readonly ReadonlyMap<number, Price>[],
  horizon: ReturnHorizon & { readonly spanMs: number },
): { readonly complete: readonly TimeMs[]; readonly leftOut: number } {
  const complete: TimeMs[] = [];
  let leftOut = 0;
  let freeFrom = Number.NEGATIVE_INFINITY;
  const first = grid[0];
  for (const end of grid) {
    const start = end - horizon.spanMs;
    if (first === undefined || start < first) continue;
    if (horizon.spacing === 'separate' && start < freeFrom) continue;
    if (prices.every((column) => column.has(start) && column.has(end))) {
      complete.push(end);
      freeFrom = end;
    } else leftOut += 1;
  }
  return { complete, leftOut };
}

function returnOver(prices: ReadonlyMap<number, Price>, endMs: TimeMs, spanMs: number): number {
  const end = prices.get(endMs);
  const start = prices.get(endMs - spanMs);
  assert(end !== undefined && start !== undefined, 'Both ends of an interval that was kept have a price.');
  return Number(end - start) / Number(start);
}
