import type { ReferenceBook } from './referenceBooks.ts';
import type { RequirementDay } from './requirementDays.ts';
import { clusteringOneSided, kupiec, type Transitions, tooManyBreaches, transitionsOf } from './statistics/coverage.ts';
import { type TrafficLightReport, trafficLightReport } from './statistics/trafficLight.ts';

/** What the requirement of one book did on its days. Figures of money are shares of the book's size. */
export interface RequirementResult {
  readonly book: ReferenceBook;
  readonly observations: number;
  readonly breaches: number;
  readonly breachDays: readonly number[];
  /** Probability of as many breaches or more at 1 % a day; of clustering as strong or stronger. One-sided both. */
  readonly tooMany: number;
  readonly clustered: number;
  readonly transitions: Transitions;
  /** Kupiec's statistic, which over-coverage raises too: shown, never a test here. */
  readonly kupiecStatistic: number;
  readonly trafficLight: TrafficLightReport | null;
  readonly meanInitial: number;
  readonly meanMaintenance: number;
  readonly maintenanceBreaches: number;
  readonly largestLoss: number;
  /** Largest loss beyond the initial requirement, 0 when none. */
  readonly largestShortfall: number;
  /** Mean initial requirement ÷ the level that 1 % of the days exceeded, looking back: above one is margin beyond need. */
  readonly overCoverage: number;
  readonly days: readonly RequirementDay[];
}

const PROBABILITY = 0.01;

/** The figures and the one-sided tests of one book. */
export function requirementResult(book: ReferenceBook, days: readonly RequirementDay[]): RequirementResult {
  const isBreach = days.map(({ loss, initial }) => loss > initial);
  const breaches = isBreach.filter(Boolean).length;
  const input = { observations: days.length, breaches, probability: PROBABILITY };
  const transitions = transitionsOf(isBreach);
  const losses = days.map(({ loss }) => loss).sort((a, b) => b - a);
  const needed = losses[Math.floor(PROBABILITY * losses.length)] ?? Number.NaN;
  const meanInitial = mean(days.map(({ initial }) => initial));
  return {
    book,
    observations: days.length,
    breaches,
    breachDays: days.filter(({ loss, initial }) => loss > initial).map(({ endMs }) => endMs),
    tooMany: tooManyBreaches(input),
    clustered: clusteringOneSided(transitions),
    transitions,
    kupiecStatistic: kupiec(input).statistic,
    trafficLight: trafficLightReport(isBreach),
    meanInitial,
    meanMaintenance: mean(days.map(({ maintenance }) => maintenance)),
    maintenanceBreaches: days.filter(({ loss, maintenance }) => loss > maintenance).length,
    largestLoss: losses[0] ?? Number.NaN,
    largestShortfall: Math.max(0, ...days.map(({ loss, initial }) => loss - initial)),
    overCoverage: meanInitial / needed,
    days,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
