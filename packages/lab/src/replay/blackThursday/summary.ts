import type { HistoricalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import { countText, dollarsText } from '../../report/format.ts';
import type { CellOutcome } from '../outcome.ts';
import { type CellRuns, figureNamed, spreadOf } from './cellFigures.ts';
import { belowOracleIn, lossesOf, verdictOf } from './losses.ts';

export interface SummaryInput {
  readonly runs: readonly CellRuns[];
  readonly main: CellOutcome;
  readonly history: HistoricalOutcome;
  readonly seconds: number;
  readonly reportFile: string | null;
  /** Whether the market was the real five-minute series. */
  readonly isReal: boolean;
}

const WIDTH = 96;
const LOSSES_SHOWN = 6;

/** What a risk manager reads first, line by line. */
export function summaryOf(input: SummaryInput): readonly string[] {
  const { runs, main, history } = input;
  const seeds = runs[0]?.outcomes.length ?? 0;
  const losses = lossesOf(runs, history);
  return [
    'Black Thursday, 12-13 March 2020',
    '',
    ...wrapped(verdictOf({ runs, main, history }).text, ''),
    '',
    ...cellTable(runs, history),
    seeds > 1
      ? `Median of ${seeds} seeds, below it the worst of them, figure by figure.`
      : 'One seed; --seeds 20 gives median and worst.',
    '',
    'Where we lose',
    ...losses.slice(0, LOSSES_SHOWN).flatMap((loss) => wrapped(loss, '- ')),
    ...(losses.length > LOSSES_SHOWN ? [`- and ${losses.length - LOSSES_SHOWN} more, all in the report`] : []),
    '',
    `Balance sheet at the end of "${main.cell}", to the unit`,
    ...main.balanceSheet.map(
      ({ asset, claims, holdings }) =>
        `  ${asset.padEnd(4)} claims ${String(claims).padStart(20)}   holdings ${String(holdings).padStart(20)}   ${claims === holdings ? 'equal' : 'NOT EQUAL'}`,
    ),
    '',
    ...wrapped(`Checks: ${main.audit}.`, ''),
    ...wrapped(
      `Prices: the oracle is a single source; the market is ${input.isReal ? "a vendor's five-minute average" : 'reconstructed from two-hour candles'}, also single-source. Nothing here says how the protocol resists manipulation of either.`,
      '',
    ),
    `${runs.reduce((sum, { outcomes }) => sum + outcomes.length, 0)} runs of ${countText(main.blocks)} blocks in ${Math.round(input.seconds)} s; last block ${main.finalHash.slice(0, 16)}…`,
    ...(input.reportFile === null ? [] : [`Report: ${input.reportFile}`]),
  ];
}

const COLUMNS: readonly { readonly title: string; readonly figure: string; readonly width: number }[] = [
  { title: 'ETH sold', figure: 'ETH of vaults sold', width: 9 },
  { title: 'below market', figure: 'vault owners sold below market by', width: 13 },
  { title: '~nothing', figure: 'won for nearly nothing', width: 9 },
  { title: 'bad debt', figure: 'bad debt', width: 12 },
  { title: 'deleveraged', figure: 'winners deleveraged', width: 12 },
  { title: 'unsold', figure: 'auctions open at the end', width: 7 },
  { title: 'backstop', figure: 'backstop earns', width: 11 },
];

function cellTable(runs: readonly CellRuns[], history: HistoricalOutcome): readonly string[] {
  const row = (name: string, values: readonly string[]): string =>
    `${name.padEnd(25)}${values.map((value, place) => ` ${value.padStart(COLUMNS[place]?.width ?? 0)}`).join('')}`;
  const text = (figure: ReturnType<typeof figureNamed>, value: bigint | null): string =>
    value === null ? '–' : figure.isMicroUsd ? dollarsText(value) : countText(value);
  return [
    row(
      '',
      COLUMNS.map(({ title }) => title),
    ),
    ...runs.flatMap((cell) => {
      const line = (name: string, end: 'median' | 'worst'): string =>
        row(
          name,
          COLUMNS.map(({ figure }) => text(figureNamed(figure), spreadOf(figureNamed(figure), cell)[end])),
        );
      return cell.outcomes.length === 1
        ? [line(cell.cell, 'median')]
        : [line(cell.cell, 'median'), line('  worst seed', 'worst')];
    }),
    row(
      'what happened',
      COLUMNS.map(({ figure }) => text(figureNamed(figure), figureNamed(figure).history(history))),
    ),
    ...wrapped(
      `(what happened: whole vaults sold, for ${dollarsText(belowOracleIn(history))} less than the delayed oracle in force said; how far below the market of the moment is not known)`,
      '',
    ),
  ];
}

/** Lines of at most WIDTH characters; the first carries the mark, the others are indented as far. */
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
