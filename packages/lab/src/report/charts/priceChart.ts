import { axisLooks, drawChart } from '../drawChart.ts';
import { axisText, clockText, momentText, valueText } from '../format.ts';
import type { Html } from '../html.ts';
import { drawnColour, type Role, seriesRole } from '../palette.ts';
import type { PriceChart, PriceLine } from '../reportInput.ts';
import { thinOut } from '../thinOut.ts';

export type ChartSize = 'wide' | 'half';

/** Width and height in SVG units; a half chart is one of two in a row. */
export function sizeOf(size: ChartSize): { readonly width: number; readonly height: number } {
  return size === 'wide' ? { width: 1040, height: 380 } : { width: 520, height: 250 };
}

/** Prices over time, one line a series, with marked moments. */
export function drawPrices(id: string, chart: PriceChart, size: ChartSize): Html {
  const pointsMax = size === 'wide' ? 1_200 : 500;
  return drawChart({
    id,
    ...sizeOf(size),
    description: `${chart.title} in ${chart.unit} over time: ${chart.series.map(spokenLine).join('; ')}.`,
    option: {
      grid: { left: 68, right: 20, top: 30, bottom: 34 },
      xAxis: timeAxis(size),
      yAxis: valueAxis(chart.unit),
      series: chart.series.map((line, index) => ({
        ...lineSeries(line, pointsMax),
        color: drawnColour(roleOfLine(line, index)),
        ...(index === 0 ? { markLine: markLines(chart.marks) } : {}),
      })),
    },
  });
}

/** Ink for the line that matters most, else the colour of its place. */
export function roleOfLine(line: PriceLine, index: number): Role {
  return line.isMain === true ? 'ink' : seriesRole(index);
}

/** A line of prices as an ECharts series. */
export function lineSeries(line: PriceLine, pointsMax: number): object {
  return {
    type: 'line',
    data: thinOut(line, pointsMax).map(([timeMs, value]) => [timeMs, Number.isNaN(value) ? '-' : rounded(value)]),
    step: line.isStep ? 'end' : false,
    showSymbol: false,
    lineStyle: { width: line.isMain === true ? 2.2 : 1.5 },
    z: line.isMain === true ? 4 : 3,
    silent: true,
  };
}

export function timeAxis(size: ChartSize): object {
  return {
    type: 'time',
    ...axisLooks(),
    splitLine: { show: false },
    splitNumber: size === 'wide' ? 9 : 4,
    axisLabel: { ...axisLooks().axisLabel, hideOverlap: true, formatter: (timeMs: number) => clockText(timeMs) },
  };
}

export function valueAxis(unit: string): object {
  return {
    type: 'value',
    scale: true,
    name: unit,
    nameGap: 12,
    nameTextStyle: { color: drawnColour('muted'), fontSize: 12, align: 'left', padding: [0, 0, 0, -50] },
    ...axisLooks(),
    axisLabel: { ...axisLooks().axisLabel, formatter: axisText },
  };
}

/** Vertical dashed lines with their labels. */
export function markLines(marks: PriceChart['marks']): object {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: drawnColour('muted'), type: 'dashed', width: 1 },
    label: { color: drawnColour('ink'), fontSize: 11, textBorderWidth: 0 },
    data: marks.map(({ timeMs, label }) => ({ xAxis: timeMs, label: { formatter: label } })),
  };
}

/** Six significant digits are more than a pixel, and half the text. */
function rounded(value: number): number {
  if (value === 0) return 0;
  const scale = 10 ** (5 - Math.floor(Math.log10(Math.abs(value))));
  return Math.round(value * scale) / scale;
}

function spokenLine(line: PriceLine): string {
  const { low, lowMs } = lowestOf(line);
  const first = line.values.find((value) => !Number.isNaN(value));
  if (first === undefined) return `${line.name} has no values`;
  return `${line.name} from ${valueText(first)}, lowest ${valueText(low)} at ${momentText(lowMs)}`;
}

/** The lowest value of a line and when it stood; NaN when it has none. */
export function lowestOf(line: PriceLine): { readonly low: number; readonly lowMs: number } {
  let low = Number.NaN;
  let lowMs = line.timesMs[0] ?? 0;
  for (const [index, value] of line.values.entries()) {
    if (Number.isNaN(value) || value >= low) continue;
    low = value;
    lowMs = line.timesMs[index] ?? 0;
  }
  return { low, lowMs };
}
