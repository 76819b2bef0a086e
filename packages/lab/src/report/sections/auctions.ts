import { drawAuctions, medianShare, SALE_LAYERS, SALES_DRAWN_MAX, shareOf } from '../charts/auctionChart.ts';
import { countText, dollarsText, valueText } from '../format.ts';
import { type Html, html } from '../html.ts';
import { figureOf, sectionOf, tableOf } from '../parts.ts';
import type { AuctionChart, AuctionSale } from '../reportInput.ts';

export function auctionsSection(charts: readonly AuctionChart[]): Html {
  const size = charts.length > 1 ? 'half' : 'wide';
  const figures = charts.map((chart, index) =>
    figureOf({
      title: chart.cell,
      caption: `${chart.caption}${thinned(chart)}`,
      legend: [
        { name: 'market', role: 'muted' },
        ...SALE_LAYERS.filter((layer) => chart.sales.some((sale) => sale.layer === layer)).map((layer) => ({
          name: `paid: ${layer}`,
          role: layer,
        })),
      ],
      chart: drawAuctions(`auctions-${index}`, chart, size),
      table: tableOf({
        caption: `What was paid as a share of the market, ${chart.cell}`,
        columns: [
          { name: 'layer', align: 'left' },
          { name: 'sales', align: 'right' },
          { name: 'value at market', align: 'right' },
          { name: 'median paid', align: 'right' },
          { name: 'least paid', align: 'right' },
        ],
        rows: SALE_LAYERS.map((layer) => layerRow(layer, chart.sales)),
      }),
    }),
  );
  return sectionOf({
    id: 'auctions',
    title: 'Auctions against the market',
    lead: 'Each dot is one sale: what the taker paid, against what the market said at that moment. Dots on the line lost nothing.',
    body: figures.length === 0 ? [] : [html`<div class="pair">${figures}</div>`],
  });
}

function layerRow(layer: AuctionSale['layer'], all: readonly AuctionSale[]): readonly string[] {
  const sales = all.filter((sale) => sale.layer === layer);
  const shares = sales.map(shareOf).filter((share) => !Number.isNaN(share));
  const least = shares.reduce((low, share) => Math.min(low, share), Number.POSITIVE_INFINITY);
  return [
    layer,
    countText(sales.length),
    dollarsText(sales.reduce((sum, { microUsd }) => sum + microUsd, 0n)),
    percentOfMarket(medianShare(sales)),
    percentOfMarket(least),
  ];
}

function percentOfMarket(share: number): string {
  return Number.isFinite(share) ? `${valueText(share * 100)} %` : '–';
}

function thinned(chart: AuctionChart): string {
  const { length } = chart.sales;
  return length <= SALES_DRAWN_MAX
    ? ''
    : ` ${countText(SALES_DRAWN_MAX)} of ${countText(length)} sales are drawn, the worst among them; the table counts all.`;
}
