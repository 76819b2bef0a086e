import { axisLooks, drawChart } from '../drawChart.ts';
import { countText, momentText } from '../format.ts';
import type { Html } from '../html.ts';
import { drawnColour, type Role } from '../palette.ts';
import type { HealthChart } from '../reportInput.ts';
import { timeAxis } from './priceChart.ts';

export const HEALTH_CLASSES = ['insolvent', 'liquidatable', 'restricted', 'closed', 'healthy'] as const satisfies readonly (Role &
  keyof HealthChart)[];
type HealthClass = (typeof HEALTH_CLASSES)[number];

const SAMPLES_MAX = 360;

/** Accounts by health class, stacked: above all of them, below only those that are not healthy, on a scale of their own. */
export function drawHealth(id: string, chart: HealthChart): Html {
  const samples = worstSamples(chart);
  const troubled: readonly HealthClass[] = ['insolvent', 'liquidatable', 'restricted'];
  return drawChart({
    id,
    width: 1040,
    height: 470,
    description: describe(chart),
    option: {
      grid: [
        { left: 68, right: 20, top: 26, height: 150 },
        { left: 68, right: 20, top: 236, height: 190 },
      ],
      xAxis: [0, 1].map((gridIndex) => ({ ...timeAxis('wide'), gridIndex })),
      yAxis: [countAxis(0, 'all accounts'), countAxis(1, 'accounts restricted, liquidatable or insolvent')],
      series: [
        ...HEALTH_CLASSES.map((healthClass) => areaSeries({ chart, samples, healthClass, panel: 0 })),
        ...troubled.map((healthClass) => areaSeries({ chart, samples, healthClass, panel: 1 })),
      ],
    },
  });
}

/** Places of at most a few hundred samples; of each stretch the one with most accounts below maintenance. */
export function worstSamples(chart: HealthChart): readonly number[] {
  const count = chart.timesMs.length;
  const stretch = Math.max(1, Math.ceil(count / SAMPLES_MAX));
  const kept: number[] = [];
  for (let start = 0; start < count; start += stretch) {
    let worst = start;
    for (let at = start; at < Math.min(count, start + stretch); at += 1) if (below(chart, at) > below(chart, worst)) worst = at;
    kept.push(worst);
  }
  return kept;
}

function areaSeries(input: {
  readonly chart: HealthChart;
  readonly samples: readonly number[];
  readonly healthClass: HealthClass;
  readonly panel: number;
}): object {
  const { chart, samples, healthClass, panel } = input;
  return {
    type: 'line',
    xAxisIndex: panel,
    yAxisIndex: panel,
    stack: `panel-${panel}`,
    step: 'end',
    showSymbol: false,
    silent: true,
    color: drawnColour(healthClass),
    lineStyle: { width: 0 },
    areaStyle: { opacity: 0.92 },
    data: samples.map((at) => [chart.timesMs[at] ?? 0, chart[healthClass][at] ?? 0]),
  };
}

function countAxis(gridIndex: number, name: string): object {
  return {
    type: 'value',
    gridIndex,
    name,
    minInterval: 1,
    nameGap: 10,
    nameTextStyle: { color: drawnColour('muted'), fontSize: 12, align: 'left', padding: [0, 0, 0, -50] },
    ...axisLooks(),
    axisLabel: { ...axisLooks().axisLabel, formatter: (value: number) => countText(Math.round(value)) },
  };
}

function below(chart: HealthChart, at: number): number {
  return (chart.liquidatable[at] ?? 0) + (chart.insolvent[at] ?? 0);
}

function describe(chart: HealthChart): string {
  let worst = 0;
  for (const at of chart.timesMs.keys()) if (below(chart, at) > below(chart, worst)) worst = at;
  const moment = momentText(chart.timesMs[worst] ?? 0);
  const last = chart.timesMs.length - 1;
  return (
    `Accounts by health class in ${chart.cell}: most below maintenance at ${moment}, ${countText(chart.liquidatable[worst] ?? 0)} liquidatable and ` +
    `${countText(chart.insolvent[worst] ?? 0)} insolvent; at the end ${countText(chart.healthy[last] ?? 0)} healthy, ${countText(chart.closed[last] ?? 0)} closed.`
  );
}
