/**
 * Prices of the past as the quality of collateral sees them: bars of one length in segments. Segments of different bar lengths may
 * follow one another (two-hour bars, then one-hour bars); they rise in time and do not overlap. A gap is a gap: no return and no
 * horizon is taken across it.
 */

import { assert } from '../../numeric/assert.ts';
import { type DurationMs, durationMs, type Price, type Ticks, type TimeMs, ticks, timeMs } from '../../numeric/brand.ts';
import { mulDivDown, mulDivNearest, mulDivUp } from '../../numeric/rounding.ts';

export interface PriceBar {
  readonly openMs: TimeMs;
  readonly low: Price;
  readonly close: Price;
  /** Value traded in the bar, ticks; null where it is not known. */
  readonly turnover: Ticks | null;
}

export interface PriceSegment {
  readonly barMs: DurationMs;
  /** By rising open time, a multiple of `barMs` apart. */
  readonly bars: readonly PriceBar[];
}

export type PriceHistory = readonly PriceSegment[];

/** Simple return from one close to the next, in 1e-9, to the nearest; `openMs` is that of the later bar. */
export interface BarReturn {
  readonly openMs: TimeMs;
  readonly nano: bigint;
}

const NANO: bigint = 1_000_000_000n;
const PPM: bigint = 1_000_000n;
const DAY_MS: bigint = 86_400_000n;

/** Returns between bars that follow one another without a gap. */
export function barReturns(segment: PriceSegment): readonly BarReturn[] {
  const found: BarReturn[] = [];
  let before: PriceBar | null = null;
  for (const bar of segment.bars) {
    if (before !== null && bar.openMs - before.openMs === segment.barMs) {
      const from: bigint = before.close;
      const to: bigint = bar.close;
      found.push({ openMs: bar.openMs, nano: mulDivNearest(to - from, NANO, from) });
    }
    before = bar;
  }
  return found;
}

/**
 * The fall from each close to the lowest price within the next `horizonMs`, ppm, rounded up, zero where the price never went below.
 * Windows overlap. The horizon is a whole number of bars of every segment (asserted).
 */
export function horizonFalls(history: PriceHistory, horizonMs: DurationMs): readonly number[] {
  const falls: number[] = [];
  for (const { barMs, bars } of history) {
    const span = barsIn(horizonMs, barMs);
    for (let start = 0; start + span < bars.length; start += 1) {
      const fall = fallFrom(bars.slice(start, start + span + 1), barMs);
      if (fall !== null) falls.push(fall);
    }
  }
  return falls;
}

/** The fall from the first bar's close to the lowest low of the others; null when the window has a gap. */
function fallFrom(window: readonly PriceBar[], barMs: DurationMs): number | null {
  const [first, ...rest] = window;
  const last = rest[rest.length - 1];
  if (first === undefined || last === undefined) return null;
  if (last.openMs - first.openMs !== barMs * rest.length) return null;
  const from: bigint = first.close;
  let low: bigint = from;
  for (const bar of rest) if (bar.low < low) low = bar.low;
  return Number(mulDivUp(from - low, PPM, from));
}

/** Bars in the horizon; asserts that it is a whole number, at least one. */
export function barsIn(horizonMs: DurationMs, barMs: DurationMs): number {
  const bars = horizonMs / barMs;
  assert(Number.isInteger(bars) && bars >= 1, 'The liquidation horizon is a whole number of bars of the price history.');
  return bars;
}

/** Time that the bars cover, gaps left out. */
export function coveredMs(history: PriceHistory): DurationMs {
  return durationMs(history.reduce((sum, { barMs, bars }) => sum + barMs * bars.length, 0));
}

/** The last bar, or null of an empty history. */
export function lastBar(history: PriceHistory): PriceBar | null {
  for (let index = history.length - 1; index >= 0; index -= 1) {
    const bars = history[index]?.bars ?? [];
    const bar = bars[bars.length - 1];
    if (bar !== undefined) return bar;
  }
  return null;
}

/** The part of a history whose bars open at or after a time. */
export function historySince(history: PriceHistory, fromMs: number): PriceHistory {
  return history.map(({ barMs, bars }) => ({ barMs, bars: bars.filter((bar) => bar.openMs >= fromMs) }));
}

/** Average value traded a day, ticks, rounded down; null where a bar does not say or nothing is covered. */
export function dailyTurnover(history: PriceHistory): Ticks | null {
  let total = 0n;
  for (const { bars } of history) {
    for (const bar of bars) {
      if (bar.turnover === null) return null;
      total += bar.turnover;
    }
  }
  const covered = coveredMs(history);
  return covered === 0 ? null : ticks(mulDivDown(total, DAY_MS, BigInt(covered)));
}

/** Bars of a multiple of the length, aligned to it: lowest low, last close, turnover added. Open times without a bar stay absent. */
export function aggregateBars(segment: PriceSegment, barMs: DurationMs): PriceSegment {
  const each = barsIn(barMs, segment.barMs);
  if (each === 1) return segment;
  const merged: PriceBar[] = [];
  for (const bar of segment.bars) {
    const openMs = bar.openMs - (bar.openMs % barMs);
    const last = merged[merged.length - 1];
    if (last === undefined || last.openMs !== openMs) merged.push({ ...bar, openMs: timeMs(openMs) });
    else merged[merged.length - 1] = joined(last, bar);
  }
  return { barMs, bars: merged };
}

function joined(first: PriceBar, next: PriceBar): PriceBar {
  const turnover =
    first.turnover === null || next.turnover === null ? null : ticks(BigInt(first.turnover) + BigInt(next.turnover));
  return { openMs: first.openMs, low: next.low < first.low ? next.low : first.low, close: next.close, turnover };
}
