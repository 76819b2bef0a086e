import { drawPrices, lowestOf, roleOfLine } from '../charts/priceChart.ts';
import { clockText, countText, momentText, valueText } from '../format.ts';
import { type Html, html } from '../html.ts';
import { figureOf, sectionOf, tableOf } from '../parts.ts';
import type { PriceChart, PriceLine } from '../reportInput.ts';

/** More charts than this are drawn two in a row. */
const WIDE_CHARTS_MAX = 2;

export function pricesSection(charts: readonly PriceChart[]): Html {
  const size = charts.length > WIDE_CHARTS_MAX ? 'half' : 'wide';
  const figures = charts.map((chart, index) =>
    figureOf({
      title: chart.title,
      caption: chart.caption,
      legend: chart.series.map((line, at) => ({ name: line.name, role: roleOfLine(line, at) })),
      chart: drawPrices(`prices-${index}`, chart, size),
      table: tableOf({
        caption: `${chart.title}, ${chart.unit}`,
        columns: [
          { name: 'series', align: 'left' },
          { name: 'first', align: 'right' },
          { name: 'lowest', align: 'right' },
          { name: 'last', align: 'right' },
          { name: 'points', align: 'right' },
          { name: 'origin', align: 'left' },
        ],
        rows: chart.series.map(rowOf),
      }),
    }),
  );
  return sectionOf({
    id: 'prices',
    title: 'Prices',
    lead: `What the market did and what the protocol was told. ${spanText(charts)}`,
    body: figures.length === 0 ? [] : [size === 'wide' ? html`${figures}` : html`<div class="pair">${figures}</div>`],
  });
}

function rowOf(line: PriceLine): readonly string[] {
  const known = line.values.filter((value) => !Number.isNaN(value));
  const { low, lowMs } = lowestOf(line);
  return [
    line.name,
    valueText(known[0] ?? Number.NaN),
    known.length === 0 ? '–' : `${valueText(low)} at ${clockText(lowMs)}`,
    valueText(known[known.length - 1] ?? Number.NaN),
    countText(known.length),
    line.label,
  ];
}

function spanText(charts: readonly PriceChart[]): string {
  const firsts = charts.flatMap(({ series }) => series.flatMap(({ timesMs }) => timesMs.slice(0, 1)));
  const lasts = charts.flatMap(({ series }) => series.flatMap(({ timesMs }) => timesMs.slice(-1)));
  if (firsts.length === 0) return '';
  return `From ${momentText(Math.min(...firsts))} to ${momentText(Math.max(...lasts))}; all times are UTC.`;
}
