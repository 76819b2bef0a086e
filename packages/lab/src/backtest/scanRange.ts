import { type Ppm, ppm, sqrt } from '@plimsoll/core/numeric';
import { ewmaVariances, type SpeedLimit, speedLimitedSeries } from '@plimsoll/core/scenarios';
import { HISTORY_TESTED_MIN, SEED_COUNT } from './chooseParameters.ts';
import { DAY_MS } from './dailyPrices.ts';
import type { DailyReturns } from './dailyReturns.ts';
import { rollingTail, type TailParameters } from './rollingTail.ts';

/**
 * The tail behind the scan range: decay 0.97 with a long-run volatility floor, recommended beforehand and not fitted here.
 */
export const REQUIREMENT_TAIL: TailParameters = {
  ewma: { decayPpm: ppm(970_000), seedCount: SEED_COUNT },
  windowMax: 1_500,
  volatilityFloor: 'longRun',
};

/** At most 10 % a day up, and never below three quarters of the raw figure. */
export const REQUIREMENT_SPEED: SpeedLimit = { risePpm: ppm(100_000), hardStopPpm: ppm(750_000) };

/** The scan range of one underlying, known at the start of each day. */
export interface ScanRanges {
  readonly underlying: string;
  /** By the end of the day that it holds for. */
  readonly byEndMs: ReadonlyMap<number, Ppm>;
  /** Volatility of one day, EWMA without floor, by the same ends: what modelled options are priced from. */
  readonly dailyVolatility: ReadonlyMap<number, number>;
}

/**
 * How the backtest sets the scan range, each day from the days before it: the larger of the two sides' one-day value at risk at 99 %,
 * filtered with the floor, in ppm rounded up, then the speed limit. A series starts when it has 300 standardised returns.
 */
export function scanRangesOf(series: DailyReturns, confidencePpm: Ppm): ScanRanges {
  const from = SEED_COUNT + HISTORY_TESTED_MIN;
  const forecasts = rollingTail(series.returns, REQUIREMENT_TAIL, { confidencePpm, from });
  const plain = rollingTail(series.returns, { ...REQUIREMENT_TAIL, volatilityFloor: 'none' }, { confidencePpm, from });
  const raw = forecasts.map(({ long, short }) =>
    ppm(Math.max(1, Math.ceil(Math.max(long.valueAtRisk, short.valueAtRisk) * 1e6))),
  );
  const limited = speedLimitedSeries(raw, REQUIREMENT_SPEED);
  const endOf = (index: number): number => series.endsMs[index] ?? 0;
  const byEndMs = new Map(forecasts.map(({ index }, day) => [endOf(index), limited[day] ?? ppm(1)]));
  const dailyVolatility = new Map(plain.map(({ index, deviation }) => [endOf(index), deviation]));
  // The day after the last: its volatility is known and prices what books hold at the end; no requirement is tested on its scan range.
  const nextMs = endOf(series.returns.length - 1) + DAY_MS;
  const next = ewmaVariances(series.returns, REQUIREMENT_TAIL.ewma)[series.returns.length] ?? 0;
  byEndMs.set(nextMs, limited[limited.length - 1] ?? ppm(1));
  dailyVolatility.set(nextMs, sqrt(next));
  return { underlying: series.underlying, byEndMs, dailyVolatility };
}
