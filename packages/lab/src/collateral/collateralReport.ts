import type { Amount } from '@plimsoll/core/numeric';
import { axisLooks, drawChart } from '../report/drawChart.ts';
import { withCommas } from '../report/format.ts';
import { type Html, html, trustedHtml } from '../report/html.ts';
import { drawnColour } from '../report/palette.ts';
import { figureOf, tableOf } from '../report/parts.ts';
import { reportCss } from '../report/styles.ts';
import {
  bandRows,
  type DerivationLine,
  derivation,
  gradeOf,
  type HaircutPoint,
  haircutPoints,
  heldLines,
  missingLines,
  percent,
  priceLine,
  scoreRows,
} from './describeCollateral.ts';
import type { CollateralReport } from './judgeCollateral.ts';

/** The judgement as one HTML page: inline styles and SVG, no script, nothing fetched. The same input gives the same text. */
export function renderCollateralReport(report: CollateralReport, held: Amount | null): string {
  const { asset } = report.request;
  const { total } = report.quality.score;
  const title = `Collateral quality of ${asset.symbol}`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Plimsoll</title><style>${trustedHtml(reportCss())}</style></head>
<body><main><header><h1>${title}</h1><p class="quiet">${asset.what}; ${priceLine(report)}</p>
<section class="verdict ${total >= 60 ? 'held' : total >= 40 ? 'mixed' : 'failed'}" aria-label="Score"><strong>${total} of 100</strong><p>${gradeOf(total)}</p></section></header>
${scoreTable(report)}
${pictureOf(report)}
${derivation(report).map(({ title: name, lines }) => html`<section><h2>${name}</h2>${linesTable('Figures, and where they come from', lines)}</section>`)}
${scheduleTable(report)}
${held === null ? null : html`<section><h2>The amount held</h2>${linesTable('Figures, and where they come from', heldLines(report, held))}</section>`}
${missingOf(report)}
<footer class="quiet small"><p>Made by plimsoll collateral. docs/collateral.md has the method, its sources and its limits.</p></footer>
</main></body></html>
`;
  return page.text;
}

function scoreTable(report: CollateralReport): Html {
  return tableOf({
    caption: 'The score is for people; no parameter depends on it',
    columns: [
      { name: 'part', align: 'left' },
      { name: 'points', align: 'right' },
      { name: 'of', align: 'right' },
    ],
    rows: scoreRows(report),
  });
}

function linesTable(caption: string, lines: readonly DerivationLine[]): Html {
  return tableOf({
    caption,
    columns: [
      { name: 'figure', align: 'left' },
      { name: 'value', align: 'left' },
      { name: 'where it comes from', align: 'left' },
    ],
    rows: lines.map(({ name, figure, from }) => [name, figure, from]),
  });
}

function pictureOf(report: CollateralReport): Html {
  const outside = haircutPoints(report, 'outside');
  const inside = haircutPoints(report, 'inside');
  const { symbol } = report.request.asset;
  return figureOf({
    title: 'Haircut by size',
    caption: `Average haircut of an amount of ${symbol} of that value, one account.`,
    legend: [
      { name: 'outside the scenarios', role: 'series-1' },
      { name: 'inside the scenarios, which charge the move themselves', role: 'series-2' },
    ],
    chart: drawChart({
      id: 'haircut-by-size',
      width: 1040,
      height: 380,
      description: `Average haircut of ${symbol} by value held: ${spoken(outside)}.`,
      option: {
        grid: { left: 60, right: 24, top: 20, bottom: 44 },
        xAxis: {
          type: 'log',
          name: 'USD held',
          nameLocation: 'middle',
          nameGap: 28,
          ...axisLooks(),
          nameTextStyle: { color: drawnColour('muted'), fontSize: 12 },
          axisLabel: { ...axisLooks().axisLabel, formatter: (value: number) => withCommas(String(value)) },
        },
        yAxis: {
          type: 'value',
          min: 0,
          max: 100,
          ...axisLooks(),
          axisLabel: { ...axisLooks().axisLabel, formatter: '{value} %' },
        },
        series: [lineOf(outside, 'series-1'), lineOf(inside, 'series-2')],
      },
    }),
    table: tableOf({
      caption: 'Average haircut by value held',
      columns: [
        { name: 'USD held', align: 'right' },
        { name: 'outside', align: 'right' },
        { name: 'inside', align: 'right' },
      ],
      rows: outside.map(({ usd, haircutPpm }, index) => [
        withCommas(String(usd)),
        percent(haircutPpm),
        percent(inside[index]?.haircutPpm ?? 1_000_000),
      ]),
    }),
  });
}

function lineOf(points: readonly HaircutPoint[], role: 'series-1' | 'series-2'): object {
  return {
    type: 'line',
    data: points.map(({ usd, haircutPpm }) => [usd, haircutPpm / 10_000]),
    showSymbol: false,
    silent: true,
    color: drawnColour(role),
    lineStyle: { width: 2 },
  };
}

function spoken(points: readonly HaircutPoint[]): string {
  const [first] = points;
  const last = points[points.length - 1];
  if (first === undefined || last === undefined) return 'no sizes';
  return `${percent(first.haircutPpm)} at ${withCommas(String(first.usd))} USD, ${percent(last.haircutPpm)} at ${withCommas(String(last.usd))} USD`;
}

function scheduleTable(report: CollateralReport): Html {
  const { symbol } = report.request.asset;
  const columns = [
    { name: `${symbol} held, up to`, align: 'left' },
    { name: 'USD', align: 'right' },
    { name: 'haircut of the part', align: 'right' },
    { name: 'of all so far', align: 'right' },
  ] as const;
  const rowsOf = (where: 'outside' | 'inside'): readonly (readonly string[])[] =>
    bandRows(report, where).map(({ upToUnits, upToUsd, haircut, average }) => [
      upToUnits ?? 'beyond',
      upToUsd ?? '',
      haircut,
      average ?? '',
    ]);
  return html`<section><h2>Schedule</h2>
${tableOf({ caption: 'An asset outside the scenarios', columns, rows: rowsOf('outside') })}
${tableOf({ caption: 'An asset inside the scenarios, which charge the move of the market themselves', columns, rows: rowsOf('inside') })}</section>`;
}

function missingOf(report: CollateralReport): Html | null {
  const lines = missingLines(report);
  if (lines.length === 0) return null;
  return html`<section><h2>Missing</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}
