import { axisLooks, drawChart } from '../drawChart.ts';
import { dollarsDrawn, dollarsText } from '../format.ts';
import type { Html } from '../html.ts';
import { drawnColour } from '../palette.ts';
import type { BadDebtChart } from '../reportInput.ts';
import { shortDollars } from './waterfallChart.ts';

/** Two bars a cell (median, worst seed) or one where seeds do not differ, and what happened in reality as the last bar. */
export function drawBadDebt(id: string, chart: BadDebtChart): Html {
  const { cells, history } = chart;
  const names = [...cells.map(({ cell }) => cell), ...(history === null ? [] : [history.label])];
  const spoken = cells.map(
    (bar) => `${bar.cell}: median ${dollarsText(bar.medianMicroUsd)}, worst ${dollarsText(bar.worstMicroUsd)}`,
  );
  return drawChart({
    id,
    width: 1040,
    height: 60 + names.length * 44,
    description: `Bad debt by cell. ${spoken.join('; ')}${history === null ? '' : `; ${history.label}: ${dollarsText(history.microUsd)}`}.`,
    option: {
      grid: { left: 230, right: 120, top: 8, bottom: 30 },
      xAxis: {
        type: 'value',
        min: 0,
        ...axisLooks(),
        axisLabel: { ...axisLooks().axisLabel, hideOverlap: true, formatter: shortDollars },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names,
        ...axisLooks(),
        axisLabel: { ...axisLooks().axisLabel, color: drawnColour('ink'), width: 210, overflow: 'truncate' },
      },
      series: [
        bars({ colour: drawnColour('series-1'), amounts: cells.map((bar) => bar.medianMicroUsd), history, isFirst: true }),
        ...(hasSpread(chart)
          ? [bars({ colour: drawnColour('series-2'), amounts: cells.map((bar) => bar.worstMicroUsd), history, isFirst: false })]
          : []),
      ],
    },
  });
}

/** True when the worst seed of some cell differs from its median. */
export function hasSpread({ cells }: BadDebtChart): boolean {
  return cells.some(({ medianMicroUsd, worstMicroUsd }) => medianMicroUsd !== worstMicroUsd);
}

function bars(input: {
  readonly colour: string;
  readonly amounts: readonly bigint[];
  readonly history: BadDebtChart['history'];
  readonly isFirst: boolean;
}): object {
  const cells = input.amounts.map((microUsd) => ({ microUsd, colour: input.colour }));
  const history =
    input.history === null || !input.isFirst ? [] : [{ microUsd: input.history.microUsd, colour: drawnColour('history') }];
  return {
    type: 'bar',
    silent: true,
    barWidth: 13,
    barGap: '15%',
    data: [...cells, ...history].map(({ microUsd, colour }) => ({
      value: dollarsDrawn(microUsd),
      itemStyle: { color: colour, borderRadius: [0, 3, 3, 0] },
      label: { show: true, position: 'right', fontSize: 12, color: drawnColour('ink'), formatter: dollarsText(microUsd) },
    })),
  };
}
