import { drawBadDebt, hasSpread } from '../charts/badDebtChart.ts';
import { drawWaterfall } from '../charts/waterfallChart.ts';
import { countText, dollarsText } from '../format.ts';
import { type Html, html } from '../html.ts';
import { figureOf, sectionOf, tableOf } from '../parts.ts';
import type { BadDebtChart, CellTable, ReportTable, WaterfallOfCell } from '../reportInput.ts';

/** The waterfall, layer by layer, one chart a cell on one scale. */
export function waterfallSection(cells: readonly WaterfallOfCell[]): Html {
  const most = cells.flatMap(({ layers }) => layers).reduce((high, { microUsd }) => (microUsd > high ? microUsd : high), 0n);
  const figures = cells.map((cell, index) =>
    figureOf({
      title: cell.cell,
      caption: '',
      legend: [],
      chart: drawWaterfall(`waterfall-${index}`, cell, most),
      table: tableOf({
        caption: `Waterfall, ${cell.cell}`,
        columns: [
          { name: 'layer', align: 'left' },
          { name: 'times', align: 'right' },
          { name: 'amount', align: 'right' },
        ],
        rows: cell.layers.map(({ layer, count, microUsd }) => [layer, countText(count), dollarsText(microUsd)]),
      }),
    }),
  );
  return sectionOf({
    id: 'waterfall',
    title: 'The waterfall, layer by layer',
    lead:
      'Who took over what, from the top. Protection, auction, backstop and deleveraging (adl) count the value that changed hands; ' +
      'insurance, socialised and recovery count losses paid. A layer is reached only when the ones above it are exhausted. One scale for all cells.',
    body: figures.length === 0 ? [] : [html`<div class="pair">${figures}</div>`],
  });
}

/** Bad debt by cell, with what happened in reality beside it. */
export function badDebtSection(chart: BadDebtChart): Html {
  const { cells, history } = chart;
  const rows = cells.map((bar) => [bar.cell, dollarsText(bar.medianMicroUsd), dollarsText(bar.worstMicroUsd)]);
  const figure = figureOf({
    title: 'Losses that no liquidation covered',
    caption: chart.caption,
    legend: [
      { name: hasSpread(chart) ? 'median seed' : 'bad debt', role: 'series-1' },
      ...(hasSpread(chart) ? [{ name: 'worst seed', role: 'series-2' }] : []),
      ...(history === null ? [] : [{ name: history.label, role: 'history' }]),
    ],
    chart: drawBadDebt('bad-debt', chart),
    table: tableOf({
      caption: 'Bad debt by cell',
      columns: [
        { name: 'cell', align: 'left' },
        { name: 'median', align: 'right' },
        { name: 'worst', align: 'right' },
      ],
      rows: history === null ? rows : [...rows, [history.label, dollarsText(history.microUsd), '–']],
    }),
  });
  return sectionOf({
    id: 'bad-debt',
    title: 'Bad debt',
    lead: 'What accounts owed beyond everything they held. The caption says whether before or after the layers of the waterfall paid for it.',
    body: cells.length === 0 ? [] : [figure],
  });
}

/** The figures of every cell: median of the seeds, the worst below it. */
export function cellsSection(table: CellTable): Html {
  const { figures, rows, history, seeds } = table;
  const text = (value: bigint | null, index: number): string =>
    value === null ? '–' : figures[index]?.isMicroUsd === true ? dollarsText(value) : countText(value);
  const body = html`<div class="panel scroll" role="region" aria-label="Figures by cell" tabindex="0"><table>
<caption>${seeds === 1 ? 'One seed' : `Median of ${countText(seeds)} seeds; the worst seed in small print`}</caption>
<thead><tr><th scope="col">cell</th>${figures.map(({ name }) => html`<th scope="col" class="right">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row">${row.cell}<span class="sub">${row.description}</span></th>${row.values.map(
        ({ median, worst }, index) =>
          html`<td class="right">${text(median, index)}${seeds === 1 ? null : html`<span class="worst">${text(worst, index)}</span>`}</td>`,
      )}</tr>`,
  )}${
    history === null
      ? null
      : html`<tr class="history"><th scope="row">${history.label}</th>${history.values.map((value, index) => html`<td class="right">${text(value, index)}</td>`)}</tr>`
  }</tbody></table></div>`;
  return sectionOf({
    id: 'cells',
    title: 'Cells side by side',
    lead: 'The same crash under different conditions.',
    body: rows.length === 0 ? [] : [body],
  });
}

/** Tables of the scenario's own. */
export function tablesSection(tables: readonly ReportTable[]): Html {
  return sectionOf({
    id: 'tables',
    title: 'More about this scenario',
    lead: 'Figures that only this scenario has.',
    body: tables.map((table) => html`<div class="panel"><h3>${table.title}</h3>${tableOf(table)}</div>`),
  });
}

/** Where we lose. */
export function lossesSection(losses: readonly string[]): Html {
  return sectionOf({
    id: 'losses',
    title: 'Where we lose',
    lead: 'What this replay shows against the protocol or its parameters, the worst first.',
    body: losses.length === 0 ? [] : [html`<ul class="losses">${losses.map((loss) => html`<li>${loss}</li>`)}</ul>`],
  });
}
