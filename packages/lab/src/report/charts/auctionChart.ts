import { drawChart } from '../drawChart.ts';
import { countText, valueText } from '../format.ts';
import type { Html } from '../html.ts';
import { drawnColour } from '../palette.ts';
import type { AuctionChart, AuctionSale } from '../reportInput.ts';
import { pickEvenly } from '../thinOut.ts';
import { type ChartSize, lineSeries, sizeOf, timeAxis, valueAxis } from './priceChart.ts';

export const SALE_LAYERS = ['protection', 'auction', 'pool', 'backstop'] as const satisfies readonly AuctionSale['layer'][];
/** Most sales drawn in one chart. */
export const SALES_DRAWN_MAX = 700;

/** What was paid (dots, by layer) against the market (line) over time; a dot's area grows with the size of the sale. */
export function drawAuctions(id: string, chart: AuctionChart, size: ChartSize): Html {
  const drawn = salesDrawn(chart.sales);
  const largest = drawn.reduce((most, sale) => (sale.microUsd > most ? sale.microUsd : most), 1n);
  const market = chart.marketLine ?? {
    name: 'market',
    label: '',
    timesMs: chart.sales.map(({ timeMs }) => timeMs),
    values: chart.sales.map((sale) => sale.market),
    isStep: true,
  };
  return drawChart({
    id,
    ...sizeOf(size),
    description: `Auctions in ${chart.cell}: ${countText(chart.sales.length)} sales; what was paid in ${chart.unit} against the market. ${spoken(chart.sales)}`,
    option: {
      grid: { left: 68, right: 20, top: 30, bottom: 34 },
      xAxis: timeAxis(size),
      yAxis: valueAxis(chart.unit),
      series: [
        { ...lineSeries(market, 600), color: drawnColour('muted'), lineStyle: { width: 1.2, type: 'solid' } },
        ...SALE_LAYERS.map((layer) => ({
          type: 'scatter',
          silent: true,
          color: drawnColour(layer),
          itemStyle: { opacity: 0.65 },
          data: drawn
            .filter((sale) => sale.layer === layer)
            .map((sale) => ({
              value: [sale.timeMs, Math.round(sale.paid * 1e6) / 1e6],
              symbolSize: dotSize(sale.microUsd, largest),
            })),
        })),
      ],
    },
  });
}

/** The sales that are drawn: all, or an even choice with the fifty worst against the market always among them. */
export function salesDrawn(sales: readonly AuctionSale[]): readonly AuctionSale[] {
  if (sales.length <= SALES_DRAWN_MAX) return sales;
  const worst = new Set([...sales].sort((a, b) => shareOf(a) - shareOf(b) || a.timeMs - b.timeMs).slice(0, 50));
  const rest = pickEvenly(
    sales.filter((sale) => !worst.has(sale)),
    SALES_DRAWN_MAX - worst.size,
  );
  const kept = new Set([...worst, ...rest]);
  return sales.filter((sale) => kept.has(sale));
}

/** Paid over market. */
export function shareOf(sale: AuctionSale): number {
  return sale.market > 0 ? sale.paid / sale.market : Number.NaN;
}

/** The median of the shares; NaN for none. */
export function medianShare(sales: readonly AuctionSale[]): number {
  const shares = sales
    .map(shareOf)
    .filter((share) => !Number.isNaN(share))
    .sort((a, b) => a - b);
  return shares[Math.floor((shares.length - 1) / 2)] ?? Number.NaN;
}

function dotSize(microUsd: bigint, largest: bigint): number {
  return Math.round(40 + 100 * Math.sqrt(Number(microUsd) / Number(largest))) / 10;
}

function spoken(sales: readonly AuctionSale[]): string {
  const median = medianShare(sales);
  return Number.isNaN(median) ? '' : `Half of them paid at least ${valueText(median * 100)} % of the market.`;
}
