import { type Ppm, ppm } from '@plimsoll/core/numeric';
import type { DailyReturns } from './dailyReturns.ts';
import { rollingTail, type SideForecast, type TailParameters } from './rollingTail.ts';

/** Returns that seed the variance of every filter in the backtest. */
export const SEED_COUNT = 30;
/** A forecast needs a year of standardised returns behind it. */
export const HISTORY_MIN = 365;

/** The same on the hold-out: the youngest series have 334 standardised returns when it begins. */
export const HISTORY_TESTED_MIN = 300;

const DECAYS: readonly number[] = [0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99];
const WINDOWS: readonly number[] = [365, 500, 750, 1000, 1500];

export interface ParameterScore {
  readonly parameters: TailParameters;
  /** Mean pinball loss ÷ mean |return|, averaged over underlyings and sides: lower is better. */
  readonly score: number;
  readonly breachShare: number;
}

export interface ParameterChoice {
  readonly chosen: TailParameters;
  readonly scores: readonly ParameterScore[];
  /** Underlyings with enough days in the fitting period to take part, and the others. */
  readonly underlyings: readonly string[];
  readonly tooShort: readonly string[];
}

/**
 * Decay and window of the bare quantile, by least pinball loss on the fitting period (BoE WP 525: counting exceptions cannot tell
 * decays apart; the pinball loss, which is least in expectation at the true quantile, can). One pair for all underlyings and both sides. An
 * underlying takes part with a year of forecasts or more. Ties go to the smaller grid place.
 */
export function chooseParameters(fitting: readonly DailyReturns[], confidencePpm: Ppm): ParameterChoice {
  const from = SEED_COUNT + HISTORY_MIN;
  const usable = fitting.filter(({ returns }) => returns.length >= from + HISTORY_MIN);
  if (usable.length === 0) throw new RangeError(`no series has ${from + HISTORY_MIN} days before the hold-out`);
  const scores = DECAYS.flatMap((decay) =>
    WINDOWS.map((windowMax) => {
      const parameters = {
        ewma: { decayPpm: ppm(Math.round(decay * 1e6)), seedCount: SEED_COUNT },
        windowMax,
        volatilityFloor: 'none',
      } as const;
      return scoreOf(usable, parameters, { confidencePpm, from });
    }),
  );
  const best = scores.reduce((least, score) => (score.score < least.score ? score : least));
  return {
    chosen: best.parameters,
    scores,
    underlyings: usable.map(({ underlying }) => underlying),
    tooShort: fitting.filter((series) => !usable.includes(series)).map(({ underlying }) => underlying),
  };
}

function scoreOf(
  fitting: readonly DailyReturns[],
  parameters: TailParameters,
  request: { readonly confidencePpm: Ppm; readonly from: number },
): ParameterScore {
  const share = 1 - request.confidencePpm / 1e6;
  const sides = fitting.flatMap(({ returns }) => {
    const forecasts = rollingTail(returns, parameters, request);
    const scale = mean(forecasts.map(({ long }) => Math.abs(long.loss)));
    return [forecasts.map(({ long }) => long), forecasts.map(({ short }) => short)].map((side) => ({
      score: mean(side.map((day) => pinball(day, share))) / scale,
      breachShare: mean(side.map((day) => (day.loss > day.valueAtRisk ? 1 : 0))),
    }));
  });
  return {
    parameters,
    score: mean(sides.map(({ score }) => score)),
    breachShare: mean(sides.map(({ breachShare }) => breachShare)),
  };
}

/** (1 − share)·excess where the loss exceeded the level, share·slack where it did not. */
function pinball(day: SideForecast, share: number): number {
  const excess = day.loss - day.valueAtRisk;
  return excess > 0 ? (1 - share) * excess : -share * excess;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
