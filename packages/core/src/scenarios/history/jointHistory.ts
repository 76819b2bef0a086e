/**
 * Joint scenarios from history: every scenario is one past interval in which all underlyings moved together, so dependence is that
 * which happened and is never assumed. `historicalJointScenarios` takes the moves as they were; `filteredJointScenarios`
 * rescales each underlying to today's volatility (filtered historical simulation).
 *
 * The set that ships, `profiles/joint-scenarios.json`, is made by `filteredJointScenarios` from daily closes of ten underlyings
 * (scripts/build-joint-scenarios.ts; docs/backtest.md states its rules and its errors). A set covers only the underlyings and
 * intervals that have data.
 */

import { assert } from '../../numeric/assert.ts';
import { type Ppm, ppm, type TimeMs } from '../../numeric/brand.ts';
import { sqrt } from '../../numeric/deterministicMath.ts';
import { roundHalfEven } from '../../numeric/rounding.ts';
import type { JointScenario, VolatilityMove } from '../scenario.ts';
import { type EwmaParameters, ewmaVariances, longRunVariances, meanSquare } from './ewma.ts';
import { itemAt } from './itemAt.ts';
import { type RepresentativeRows, representativeRows } from './representativeRows.ts';
import type { ReturnMatrix } from './returns.ts';

/** What a scenario says besides the spot moves. */
export interface JointLabels {
  /** Name of the scenario that ends at this time. */
  readonly nameOf: (endMs: TimeMs) => string;
  /** Implied volatility of an underlying goes up in a scenario that moves it by this many standard deviations or more (ppm of one); else it stays. */
  readonly volatilityUpFromPpm: Ppm;
}

export interface FilteredJointRules {
  readonly ewma: EwmaParameters;
  /** Most intervals that the set is taken from, the latest ones. */
  readonly windowMax: number;
  /** `longRun`: volatility is at least that of all returns so far. `none`: whatever the forecast says. */
  readonly volatilityFloor: 'longRun' | 'none';
  /** Rows that stand for the window (`representativeRows`), or null for every interval of it. */
  readonly representative: { readonly count: number; readonly worstCount: number } | null;
}

export interface JointSet {
  readonly scenarios: readonly JointScenario[];
  /** Ends of the intervals behind the scenarios, parallel to them. */
  readonly endsMs: readonly TimeMs[];
  /** Standard deviation over the horizon that each underlying is scaled to; for a historical set that of its history. */
  readonly volatilities: readonly { readonly underlying: string; readonly perHorizon: number; readonly isFloor: boolean }[];
  readonly selection: RepresentativeRows | null;
}

/** Passes of `representativeRows`; it settles in fewer on every history tried. */
const PASSES_MAX: number = 20;

/** Past moves as they were, each interval of the matrix one scenario. */
export function historicalJointScenarios(matrix: ReturnMatrix, labels: JointLabels): JointSet {
  const deviations = matrix.columns.map((column) => sqrt(meanSquare(column)));
  return {
    scenarios: matrix.endsMs.map((endMs, row) =>
      scenarioOf(matrix.underlyings, labels, { endMs, moves: rowOf(matrix.columns, row), deviations }),
    ),
    endsMs: matrix.endsMs,
    volatilities: matrix.underlyings.map((underlying, index) => ({
      underlying,
      perHorizon: deviations[index] as number,
      isFloor: false,
    })),
    selection: null,
  };
}

/**
 * Past moves rescaled to the volatility forecast after the last interval of the matrix: r* = σ_T · (r_k ÷ σ_k) for each underlying, all of
 * one date kept together. Asserts that the history is longer than the seed. Cost: rows × underlyings², once per set.
 */
export function filteredJointScenarios(matrix: ReturnMatrix, rules: FilteredJointRules, labels: JointLabels): JointSet {
  const residuals = standardisedReturns(matrix, rules);
  const volatilities = volatilitiesAfter(matrix, rules);
  const selection = selectionOf(matrix.underlyings, residuals.columns, rules);
  const rows = selection === null ? residuals.endsMs.map((_, row) => row) : selection.rows;
  return jointSetOf({ underlyings: matrix.underlyings, residuals, volatilities, rows, selection, labels });
}

/** Returns in standard deviations of their own forecast, the latest `windowMax` of them; the seed is left out. */
export interface StandardisedReturns {
  readonly endsMs: readonly TimeMs[];
  readonly columns: readonly Float64Array[];
}

/** z_k = r_k ÷ σ_k with the forecast before r_k; 0 where nothing had ever moved. */
export function standardisedReturns(
  matrix: ReturnMatrix,
  rules: { readonly ewma: EwmaParameters; readonly windowMax: number },
): StandardisedReturns {
  const { seedCount } = rules.ewma;
  assert(matrix.endsMs.length > seedCount, 'The history is longer than the seed of its volatility.');
  const from = Math.max(seedCount, matrix.endsMs.length - rules.windowMax);
  const columns = matrix.columns.map((column) => {
    const variances = ewmaVariances(column, rules.ewma);
    return Float64Array.from(column.subarray(from), (value, index) => {
      const variance = variances[from + index] as number; // from + index < column.length
      return variance > 0 ? value / sqrt(variance) : 0;
    });
  });
  return { endsMs: matrix.endsMs.slice(from), columns };
}

/** Volatility over the horizon after the last return, and whether the floor set it. */
export function volatilitiesAfter(
  matrix: ReturnMatrix,
  rules: Pick<FilteredJointRules, 'ewma' | 'volatilityFloor'>,
): JointSet['volatilities'] {
  return matrix.columns.map((column, index) => {
    const forecast = ewmaVariances(column, rules.ewma)[column.length] as number; // one more than returns
    const longRun = longRunVariances(column, rules.ewma.seedCount)[column.length] as number;
    const isFloor = rules.volatilityFloor === 'longRun' && longRun > forecast;
    return { underlying: itemAt(matrix.underlyings, index), perHorizon: sqrt(isFloor ? longRun : forecast), isFloor };
  });
}

/** Scenarios out of standardised rows and volatilities: what `filteredJointScenarios` does after choosing the rows. */
export function jointSetOf(input: {
  readonly underlyings: readonly string[];
  readonly residuals: StandardisedReturns;
  readonly volatilities: JointSet['volatilities'];
  readonly rows: readonly number[];
  readonly selection: RepresentativeRows | null;
  readonly labels: JointLabels;
}): JointSet {
  const { underlyings, residuals, volatilities, labels } = input;
  const deviations = volatilities.map(({ perHorizon }) => perHorizon);
  const endsMs = input.rows.map((row) => itemAt(residuals.endsMs, row));
  const scenarios = input.rows.map((row, index) => {
    const moves = rowOf(residuals.columns, row).map((value, column) => value * (deviations[column] as number));
    return scenarioOf(underlyings, labels, { endMs: itemAt(endsMs, index), moves, deviations });
  });
  return { scenarios, endsMs, volatilities, selection: input.selection };
}

function selectionOf(
  names: readonly string[],
  columns: readonly Float64Array[],
  rules: FilteredJointRules,
): RepresentativeRows | null {
  return rules.representative === null
    ? null
    : representativeRows(names, columns, { ...rules.representative, passesMax: PASSES_MAX });
}

function rowOf(columns: readonly Float64Array[], row: number): readonly number[] {
  return columns.map((column) => column[row] as number);
}

function scenarioOf(
  underlyings: readonly string[],
  labels: JointLabels,
  row: { readonly endMs: TimeMs; readonly moves: readonly number[]; readonly deviations: readonly number[] },
): JointScenario {
  const upFrom = labels.volatilityUpFromPpm / 1e6;
  const moves = underlyings.map((underlying, index) => {
    const move = row.moves[index] as number; // one move per underlying
    const volatility: VolatilityMove = Math.abs(move) >= upFrom * (row.deviations[index] as number) ? 'up' : 'none';
    return { underlying, spotPpm: movePpm(move), volatility };
  });
  return {
    name: labels.nameOf(row.endMs),
    dampeningPpm: ppm(1_000_000),
    moves,
    otherwisePpm: null,
  };
}

/**
 * A move in ppm of the price: the nearest integer, a tie to even, and no less than −1 000 000 (a price does not fall below zero, where a
 * rescaled loss can). One risk array serves longs and shorts, so rounding favours neither; the error is at most half a ppm.
 */
export function movePpm(move: number): Ppm {
  return ppm(Math.max(-1_000_000, roundHalfEven(move * 1e6)));
}
