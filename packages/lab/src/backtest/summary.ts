import { dayOf } from './dailyPrices.ts';
import type { RequirementResult } from './requirementTest.ts';
import type { BacktestResult, TestFamily } from './types.ts';

/** A share as per cent. */
export function percentText(share: number, decimals: number): string {
  return `${(share * 100).toFixed(decimals)} %`;
}

/** A probability with as many digits as it is worth. */
export function probabilityText(value: number): string {
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

/** What a risk manager reads first. */
export function verdictText(result: BacktestResult): string {
  const rejected = result.families.flatMap(({ decides, name, results }) =>
    decides ? results.filter(({ isRejected }) => isRejected).map((one) => `${one.name} (${name})`) : [],
  );
  const { holdOut } = result.periods;
  const span = `${dayOf(holdOut.firstEndMs)} to ${dayOf(holdOut.lastEndMs)}`;
  const scope = `${result.bare.length} one-sided books on days that chose no parameter (${span})`;
  return rejected.length === 0
    ? `No test rejects, Holm-corrected at 5 %: ${scope}.`
    : `${rejected.length} rejected, Holm-corrected at 5 %, of ${scope}: ${rejected.join('; ')}.`;
}

/** The summary on the terminal, line by line. */
export function summaryLines(result: BacktestResult, reportFile: string | null): readonly string[] {
  const { chosen } = result.choice;
  return [
    `Backtest of ${result.profile}: ${result.held ? 'passed' : 'FAILED'}`,
    verdictText(result),
    '',
    `Chosen on days up to ${dayOf(result.periods.fitting.lastEndMs)} by least pinball loss: decay ${chosen.ewma.decayPpm / 1e6}, window ${chosen.windowMax} days.`,
    '',
    'Bare filtered-historical quantile, 99 % over one day, hold-out:',
    ...aligned([
      ['book', 'days', 'breaches', 'expected', 'Kupiec p', 'indep. p', 'cond. p', 'worst 250 d', 'Z2', 'Z2 p'],
      ...result.bare.map((one) => [
        `${one.side} ${one.underlying}`,
        String(one.observations),
        String(one.breaches),
        (one.observations * 0.01).toFixed(1),
        probabilityText(one.coverage.pValue),
        probabilityText(one.clustering.pValue),
        probabilityText(one.conditional.pValue),
        one.trafficLight === null ? '-' : `${one.trafficLight.worst} ${one.trafficLight.worstZone}`,
        one.shortfall.z2.toFixed(2),
        probabilityText(one.shortfall.simulated.pValue),
      ]),
    ]),
    '',
    'Initial requirement against the loss of one day, hold-out:',
    ...aligned(requirementCells(result.requirement.filter(({ book }) => !book.isModelled))),
    '',
    'Modelled books, outside pass or fail:',
    ...modelledLines(result),
    '',
    ...result.families.map(familyLine),
    ...(reportFile === null ? [] : ['', `Report: ${reportFile}`]),
  ];
}

function modelledLines(result: BacktestResult): readonly string[] {
  const modelled = [...result.requirement.filter(({ book }) => book.isModelled), ...result.basis];
  return modelled.length === 0
    ? ['  none: no option chains and no funding rates were given']
    : aligned(requirementCells(modelled));
}

function requirementCells(results: readonly RequirementResult[]): readonly (readonly string[])[] {
  return [
    [
      'book',
      'days',
      'breaches',
      'too many p',
      'cluster p',
      'mean initial',
      'over-coverage',
      'largest loss',
      'beyond initial',
      'beyond maint.',
    ],
    ...results.map((one) => [
      one.book.name,
      String(one.observations),
      String(one.breaches),
      probabilityText(one.tooMany),
      probabilityText(one.clustered),
      percentText(one.meanInitial, 1),
      `${one.overCoverage.toFixed(2)}x`,
      percentText(one.largestLoss, 1),
      percentText(one.largestShortfall, 1),
      `${one.maintenanceBreaches} d`,
    ]),
  ];
}

function familyLine({ name, decides, results }: TestFamily): string {
  const rejected = results.filter(({ isRejected }) => isRejected);
  const least = results.reduce((low, one) => (one.adjusted < low.adjusted ? one : low), results[0] ?? { name: '', adjusted: 1 });
  const outcome = rejected.length === 0 ? 'none rejected' : `rejected: ${rejected.map((one) => one.name).join(', ')}`;
  return `${decides ? 'decides ' : 'reported'}  ${name}: ${outcome} of ${results.length}; least corrected p ${probabilityText(least.adjusted)} (${least.name})`;
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? `  ${cell.padEnd(widths[0] ?? 0)}` : cell.padStart((widths[column] ?? 0) + 2)))
      .join(''),
  );
}
