import { type Ppm, ppm } from '@plimsoll/core/numeric';
import {
  meanSquare,
  type ProcyclicalityReport,
  procyclicalityOf,
  speedLimitedSeries,
  valueAtRisk,
  withBuffer,
  withStressedShare,
} from '@plimsoll/core/scenarios';
import { HISTORY_MIN, SEED_COUNT } from './chooseParameters.ts';
import type { DailyReturns } from './dailyReturns.ts';
import { rollingTail, type TailParameters } from './rollingTail.ts';
import { REQUIREMENT_SPEED } from './scanRange.ts';

/** One row of the cookbook's table, on a real series. */
export interface ProcyclicalityRow {
  readonly model: string;
  readonly breaches: number;
  readonly observations: number;
  readonly report: ProcyclicalityReport;
}

const WINDOW = 1_500;
const PLAIN_WINDOW = 1_000;
const STRESSED_SHARE = ppm(250_000);
const BUFFER = ppm(250_000);
/** The stressed rate is that of the most volatile year so far. */
const STRESSED_DAYS = 365;

/**
 * Margin rates of one unit held long, under the models of the cookbook's table: one-day value at risk, every day of the series after a year
 * of history, fitting period and hold-out together (this describes models, it chooses and tests none).
 */
export function procyclicalityTable(series: DailyReturns, confidencePpm: Ppm): readonly ProcyclicalityRow[] {
  const { returns } = series;
  const from = SEED_COUNT + HISTORY_MIN;
  const losses = Array.from(returns.subarray(from), (value) => -value);
  const filtered = (decayPpm: number, volatilityFloor: TailParameters['volatilityFloor']): readonly Ppm[] =>
    rollingTail(
      returns,
      { ewma: { decayPpm: ppm(decayPpm), seedCount: SEED_COUNT }, windowMax: WINDOW, volatilityFloor },
      { confidencePpm, from },
    ).map(({ long }) => ratePpm(long.valueAtRisk));
  const raw = filtered(970_000, 'none');
  const floored = filtered(970_000, 'longRun');
  const stressed = stressedRates(returns, from, confidencePpm);
  const models: readonly (readonly [string, readonly Ppm[]])[] = [
    ['FHS λ=.94', filtered(940_000, 'none')],
    ['FHS λ=.97', raw],
    ['FHS λ=.99', filtered(990_000, 'none')],
    ['plain HS 1000 d', plainRates(returns, from, confidencePpm)],
    ['.97 + long floor', floored],
    ['.97 + 25 % stressed', raw.map((rate, day) => withStressedShare(rate, stressed[day] ?? rate, STRESSED_SHARE))],
    ['.97 + 25 % buffer', buffered(raw)],
    ['.97 + floor + speed limit', speedLimitedSeries(floored, REQUIREMENT_SPEED)],
  ];
  return models.map(([model, rates]) => ({
    model,
    breaches: rates.filter((rate, day) => (losses[day] ?? 0) * 1e6 > rate).length,
    observations: rates.length,
    report: procyclicalityOf(rates),
  }));
}

function ratePpm(value: number): Ppm {
  return ppm(Math.max(1, Math.ceil(value * 1e6)));
}

/** Historical simulation without filter: the last thousand days, each as it was. */
function plainRates(returns: Float64Array, from: number, confidencePpm: Ppm): readonly Ppm[] {
  return Array.from({ length: returns.length - from }, (_, day) => {
    const at = from + day;
    const window = returns.subarray(Math.max(0, at - PLAIN_WINDOW), at);
    return ratePpm(
      valueAtRisk(
        Float64Array.from(window, (value) => -value),
        { confidencePpm },
      ),
    );
  });
}

/** Value at risk of the most volatile year that had ended by then. */
function stressedRates(returns: Float64Array, from: number, confidencePpm: Ppm): readonly Ppm[] {
  let largest = 0;
  let rate = ppm(1);
  const rates: Ppm[] = [];
  for (let at = STRESSED_DAYS; at < returns.length; at += 1) {
    const year = returns.subarray(at - STRESSED_DAYS, at);
    const variance = meanSquare(year);
    if (variance > largest) {
      largest = variance;
      rate = ratePpm(
        valueAtRisk(
          Float64Array.from(year, (value) => -value),
          { confidencePpm },
        ),
      );
    }
    if (at >= from) rates.push(rate);
  }
  return rates;
}

/** The exhaustible buffer against the mean of all rates so far. */
function buffered(raw: readonly Ppm[]): readonly Ppm[] {
  let sum = 0;
  return raw.map((rate, day) => {
    sum += rate;
    return withBuffer(rate, ppm(Math.round(sum / (day + 1))), BUFFER);
  });
}
