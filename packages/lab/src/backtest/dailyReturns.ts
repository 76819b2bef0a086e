import type { TimeMs } from '@plimsoll/core/numeric';
import { type PriceHistory, returnsOf } from '@plimsoll/core/scenarios';
import { ONE_DAY } from './jointScenarioFile.ts';

/** Daily returns of one underlying, from its first price on. */
export interface DailyReturns {
  readonly underlying: string;
  readonly endsMs: readonly TimeMs[];
  readonly returns: Float64Array;
  /** Days without a price at one of their ends, left out. */
  readonly leftOut: number;
}

/** The returns of each history by itself: a long history is not cut to a short one. */
export function dailyReturnsOf(histories: readonly PriceHistory[]): readonly DailyReturns[] {
  return histories.map((history) => {
    const matrix = returnsOf(history, ONE_DAY);
    return {
      underlying: history.underlying,
      endsMs: matrix.endsMs,
      returns: matrix.columns[0] ?? new Float64Array(),
      leftOut: matrix.leftOut,
    };
  });
}

/** The returns that end by `untilMs`: what was known then. */
export function returnsUntil(series: DailyReturns, untilMs: number): DailyReturns {
  const count = countUntil(series.endsMs, untilMs);
  return { ...series, endsMs: series.endsMs.slice(0, count), returns: series.returns.slice(0, count) };
}

/** How many of the rising times are at or before `untilMs`. */
export function countUntil(endsMs: readonly number[], untilMs: number): number {
  const past = endsMs.findIndex((end) => end > untilMs);
  return past < 0 ? endsMs.length : past;
}
