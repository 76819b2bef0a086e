import { countText, dollarsText } from '../../report/format.ts';
import { minutesText, OCTOBER_FIGURES, percentText, ratioText, spreadOf } from './octoberFigures.ts';
import { faultsOf, type Judged, octoberLosses, octoberVerdict } from './octoberJudgement.ts';

const WIDTH = 96;
const LOSSES_SHOWN = 6;

export interface OctoberSummary extends Judged {
  readonly seconds: number;
  readonly reportFile: string | null;
}

/** What a risk manager reads first, line by line. */
export function octoberSummary(input: OctoberSummary): readonly string[] {
  const { scenario, main, cells, calibration } = input;
  const faults = faultsOf(input);
  const losses = octoberLosses(input);
  const seeds = cells[0]?.runs.length ?? 0;
  return [
    scenario.title,
    '',
    ...wrapped(octoberVerdict(input).text, ''),
    '',
    ...cellLines(input),
    seeds > 1
      ? `Median of ${seeds} seeds, below it the worst of them, figure by figure.`
      : 'One seed; --seeds 20 gives median and worst.',
    '',
    `How the outcome moves with the synthetic long side ("${main.cell}")`,
    `${'levered share'.padStart(15)}${'liquidated'.padStart(15)}${'deleveraged'.padStart(15)}${'ratio'.padStart(9)}${'bad debt'.padStart(13)}`,
    ...calibration.points.map(
      (point) =>
        `${percentText(point.leveredPpm).padStart(15)}${dollarsText(point.liquidatedMicroUsd).padStart(15)}${dollarsText(point.deleveragedMicroUsd).padStart(15)}${ratioText(ratioOf(point)).padStart(9)}${dollarsText(point.badDebtMicroUsd).padStart(13)}${point.leveredPpm === calibration.leveredPpm ? '  <- calibrated' : ''}`,
    ),
    '',
    ...quorumLines(input),
    'Where we lose',
    ...losses.slice(0, LOSSES_SHOWN).flatMap((loss) => wrapped(loss, '- ')),
    ...(losses.length > LOSSES_SHOWN ? [`- and ${losses.length - LOSSES_SHOWN} more, all in the report`] : []),
    '',
    `Balance sheet at the end of "${main.cell}": claims ${main.claims}, holdings ${main.holdings} units of USDC: ${main.claims === main.holdings ? 'equal' : 'NOT EQUAL'}`,
    ...faults.slice(0, 10).flatMap((fault) => wrapped(fault, '! ')),
    ...wrapped(`Checks: ${main.audit}.`, ''),
    ...wrapped(`Data: ${scenario.label}; ${scenario.depthLabel}. The long side is synthetic.`, ''),
    ...(scenario.attribution === undefined ? [] : [scenario.attribution]),
    ...(scenario.nonCommercial ? ['Not for commercial use: the terms of the data forbid it.'] : []),
    `${countText(cells.reduce((sum, { runs }) => sum + runs.length, 0) + calibration.points.length)} runs of ${countText(main.blocks)} blocks in ${Math.round(input.seconds)} s; last block ${main.finalHash.slice(0, 16)}…`,
    ...(input.reportFile === null ? [] : [`Report: ${input.reportFile}`]),
  ];
}

function cellLines({ cells }: OctoberSummary): readonly string[] {
  const widths = OCTOBER_FIGURES.map(({ name }) => Math.max(name.length, 10) + 2);
  const row = (name: string, values: readonly string[]): string =>
    `${name.padEnd(15)}${values.map((value, place) => value.padStart(widths[place] ?? 0)).join('')}`;
  return [
    row(
      '',
      OCTOBER_FIGURES.map(({ name }) => name),
    ),
    ...cells.flatMap((cell) => {
      const line = (name: string, end: 'median' | 'worst'): string =>
        row(
          name,
          OCTOBER_FIGURES.map((figure) => {
            const value = spreadOf(figure, cell)[end];
            return figure.isMicroUsd ? dollarsText(value) : countText(value);
          }),
        );
      return cell.runs.length === 1 ? [line(cell.cell, 'median')] : [line(cell.cell, 'median'), line('  worst seed', 'worst')];
    }),
  ];
}

/** Minutes without a quorum, and what one venue's price would have done. */
function quorumLines({ main, gaps: all }: OctoberSummary): readonly string[] {
  const gaps = all.filter(({ noPriceMs }) => noPriceMs > 0);
  const minutes = gaps.map(({ asset, noPriceMs }) => `${asset} ${minutesText(noPriceMs)}`).join(', ');
  return [
    ...wrapped(
      `Minutes without a quorum: ${gaps.length === 0 ? 'none on any asset' : `${minutes}${gaps.length === all.length ? '' : '; none on the others'}`}.`,
      '',
    ),
    ...main.counterfactual.map(
      ({ collapse, accounts, deepestPpm, onOurPrice }) =>
        `${collapse.asset} on ${collapse.venue} fell to ${percentText(deepestPpm)} of the agreed price: ${accounts} more accounts liquidated had it been believed (ours in those minutes: ${onOurPrice})`,
    ),
    '',
  ];
}

function ratioOf(point: { readonly liquidatedMicroUsd: bigint; readonly deleveragedMicroUsd: bigint }): number | null {
  return point.deleveragedMicroUsd === 0n ? null : Number((point.liquidatedMicroUsd * 1_000_000n) / point.deleveragedMicroUsd);
}

function wrapped(text: string, mark: string): readonly string[] {
  const lines: string[] = [];
  let line = mark;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== mark.trim()) {
      lines.push(line.trimEnd());
      line = ' '.repeat(mark.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
