import { sqrt } from '@plimsoll/core/numeric';
import {
  alignedReturns,
  ewmaVariances,
  type JointScenario,
  jointSetOf,
  longRunVariances,
  type PriceHistory,
  type RepresentativeRows,
  representativeRows,
  standardisedReturns,
} from '@plimsoll/core/scenarios';
import { countUntil } from './dailyReturns.ts';
import { ONE_DAY, SHIPPED_JOINT_LABELS, SHIPPED_JOINT_RULES } from './jointScenarioFile.ts';

/**
 * The joint scenarios that the shipped rules would have made on an earlier day, from what was known then: the shipped set itself
 * looks back from its last day and would be foresight in a backtest. The rows are chosen anew each calendar month, their moves are rescaled
 * each day. Null while there are fewer days than scenarios.
 */
export function createJointAsOf(
  histories: readonly PriceHistory[],
  size: { readonly count: number; readonly worstCount: number },
): (timeMs: number) => readonly JointScenario[] | null {
  const matrix = alignedReturns(histories, ONE_DAY);
  const { ewma } = SHIPPED_JOINT_RULES;
  // A standardised return divides by a forecast that knew only the past, so one pass over all days serves every earlier day.
  const residuals = standardisedReturns(matrix, { ewma, windowMax: matrix.endsMs.length });
  const forecasts = matrix.columns.map((column) => ewmaVariances(column, ewma));
  const longRuns = matrix.columns.map((column) => longRunVariances(column, ewma.seedCount));
  let month = '';
  let selection: RepresentativeRows | null = null;
  return (timeMs) => {
    const known = countUntil(residuals.endsMs, timeMs);
    if (known < size.count) return null;
    const now = new Date(timeMs).toISOString().slice(0, 7);
    if (now !== month || selection === null) {
      const columns = residuals.columns.map((column) => column.subarray(0, known));
      selection = representativeRows(matrix.underlyings, columns, { ...size, passesMax: 20 });
      month = now;
    }
    const at = countUntil(matrix.endsMs, timeMs);
    const volatilities = matrix.underlyings.map((underlying, index) => {
      const forecast = forecasts[index]?.[at] ?? 0;
      const longRun = longRuns[index]?.[at] ?? 0;
      return { underlying, perHorizon: sqrt(Math.max(forecast, longRun)), isFloor: longRun > forecast };
    });
    const { underlyings } = matrix;
    return jointSetOf({ underlyings, residuals, volatilities, rows: selection.rows, selection, labels: SHIPPED_JOINT_LABELS })
      .scenarios;
  };
}
