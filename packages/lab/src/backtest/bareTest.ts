import { type Ppm, ppm } from '@plimsoll/core/numeric';
import { createRandom } from '../random/random.ts';
import { HISTORY_TESTED_MIN, SEED_COUNT } from './chooseParameters.ts';
import type { DailyReturns } from './dailyReturns.ts';
import type { Period } from './periods.ts';
import { rollingTail, type SideForecast, type TailParameters } from './rollingTail.ts';
import { acerbiSzekelyZ2, type SimulatedLevel, simulateZ2 } from './statistics/acerbiSzekely.ts';
import {
  conditionalCoverage,
  independence,
  kupiec,
  type RatioTest,
  type Transitions,
  transitionsOf,
} from './statistics/coverage.ts';
import { type TrafficLightReport, trafficLightReport } from './statistics/trafficLight.ts';

/** Confidence of the bare quantile, and of the expected shortfall that is tested beside it. */
export const QUANTILE_CONFIDENCE = ppm(990_000);
export const SHORTFALL_CONFIDENCE = ppm(975_000);

/** A series with fewer returns than this before and in the hold-out has less than three years of prices. */
export const THREE_YEARS = 3 * 365;

export type Side = 'long' | 'short';

export interface BareResult {
  readonly underlying: string;
  readonly side: Side;
  readonly observations: number;
  readonly breaches: number;
  readonly breachDays: readonly number[];
  readonly coverage: RatioTest;
  readonly transitions: Transitions;
  readonly clustering: RatioTest;
  readonly conditional: RatioTest;
  readonly trafficLight: TrafficLightReport | null;
  readonly meanValueAtRisk: number;
  readonly shortfall: { readonly z2: number; readonly breaches: number; readonly simulated: SimulatedLevel };
  /** Day by day, for charts. */
  readonly days: readonly { readonly endMs: number; readonly loss: number; readonly valueAtRisk: number }[];
}

export interface BareRequest {
  readonly parameters: TailParameters;
  readonly holdOut: Period;
  readonly seed: number;
  readonly draws: number;
}

/** Tests the bare filtered-historical quantile of one unit of each underlying, long and short, on the hold-out. */
export function bareTest(series: readonly DailyReturns[], request: BareRequest): readonly BareResult[] {
  return series
    .filter(({ returns }) => returns.length >= THREE_YEARS)
    .flatMap((one) => {
      const quantile = forecastsIn(one, request, QUANTILE_CONFIDENCE);
      const shortfall = forecastsIn(one, request, SHORTFALL_CONFIDENCE);
      return (['long', 'short'] as const).map((side) => resultOf(one, side, { quantile, shortfall, request }));
    });
}

interface DatedForecast {
  readonly endMs: number;
  readonly long: SideForecast;
  readonly short: SideForecast;
}

function forecastsIn(one: DailyReturns, request: BareRequest, confidencePpm: Ppm): readonly DatedForecast[] {
  const first = one.endsMs.findIndex((end) => end >= request.holdOut.firstEndMs);
  const from = Math.max(first < 0 ? one.endsMs.length : first, SEED_COUNT + HISTORY_TESTED_MIN);
  return rollingTail(one.returns, request.parameters, { confidencePpm, from })
    .map(({ index, long, short }) => ({ endMs: one.endsMs[index] ?? 0, long, short }))
    .filter(({ endMs }) => endMs <= request.holdOut.lastEndMs);
}

function resultOf(
  one: DailyReturns,
  side: Side,
  given: {
    readonly quantile: readonly DatedForecast[];
    readonly shortfall: readonly DatedForecast[];
    readonly request: BareRequest;
  },
): BareResult {
  const days = given.quantile.map((day) => ({ endMs: day.endMs, loss: day[side].loss, valueAtRisk: day[side].valueAtRisk }));
  const isBreach = days.map(({ loss, valueAtRisk }) => loss > valueAtRisk);
  const breaches = isBreach.filter(Boolean).length;
  const probability = 1 - QUANTILE_CONFIDENCE / 1e6;
  const coverage = kupiec({ observations: days.length, breaches, probability });
  const transitions = transitionsOf(isBreach);
  const clustering = independence(transitions);
  return {
    underlying: one.underlying,
    side,
    observations: days.length,
    breaches,
    breachDays: days.filter(({ loss, valueAtRisk }) => loss > valueAtRisk).map(({ endMs }) => endMs),
    coverage,
    transitions,
    clustering,
    conditional: conditionalCoverage(coverage, clustering),
    trafficLight: trafficLightReport(isBreach),
    meanValueAtRisk: days.reduce((sum, day) => sum + day.valueAtRisk, 0) / days.length,
    shortfall: shortfallOf(
      given.shortfall.map((day) => day[side]),
      { ...given.request, label: `${one.underlying}/${side}` },
    ),
    days,
  };
}

function shortfallOf(days: readonly SideForecast[], request: BareRequest & { readonly label: string }): BareResult['shortfall'] {
  const tailProbability = 1 - SHORTFALL_CONFIDENCE / 1e6;
  const random = createRandom(`${request.seed}/z2/${request.label}`);
  const z2 = acerbiSzekelyZ2(days, tailProbability);
  const simulated = simulateZ2({
    observed: z2,
    days: days.map(({ tail }) => tail),
    tailProbability,
    draws: request.draws,
    uniform: random.nextFloat,
  });
  return { z2, breaches: days.filter(({ loss, valueAtRisk }) => loss > valueAtRisk).length, simulated };
}
