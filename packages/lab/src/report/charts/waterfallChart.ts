import { axisLooks, drawChart } from '../drawChart.ts';
import { countText, dollarsDrawn, dollarsText } from '../format.ts';
import type { Html } from '../html.ts';
import { drawnColour, type Role } from '../palette.ts';
import type { WaterfallOfCell } from '../reportInput.ts';

const LAYER_ROLES: readonly Role[] = ['protection', 'auction', 'pool', 'backstop', 'insurance', 'adl', 'socialised', 'recovery'];

/** One bar a layer, in the order of the waterfall; the label gives the amount and how often the layer paid. */
export function drawWaterfall(id: string, cell: WaterfallOfCell, mostMicroUsd: bigint): Html {
  const { layers } = cell;
  return drawChart({
    id,
    width: 520,
    height: 44 + layers.length * 30,
    description: `Waterfall in ${cell.cell}: ${layers.map(({ layer, count, microUsd }) => `${layer} ${dollarsText(microUsd)} in ${countText(count)}`).join(', ')}.`,
    option: {
      grid: { left: 92, right: 130, top: 8, bottom: 28 },
      xAxis: {
        type: 'value',
        max: Math.max(1, dollarsDrawn(mostMicroUsd)),
        splitNumber: 3,
        ...axisLooks(),
        axisLabel: { ...axisLooks().axisLabel, hideOverlap: true, formatter: shortDollars },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: layers.map(({ layer }) => layer),
        ...axisLooks(),
        axisLabel: { ...axisLooks().axisLabel, color: drawnColour('ink') },
      },
      series: [
        {
          type: 'bar',
          silent: true,
          barWidth: 16,
          data: layers.map(({ layer, count, microUsd }) => ({
            value: dollarsDrawn(microUsd),
            itemStyle: { color: drawnColour(roleOf(layer)), borderRadius: [0, 3, 3, 0] },
            label: {
              show: true,
              position: 'right',
              color: count === 0 ? drawnColour('muted') : drawnColour('ink'),
              fontSize: 12,
              formatter: count === 0 ? 'not reached' : `${dollarsText(microUsd)} · ${countText(count)}×`,
            },
          })),
        },
      ],
    },
  });
}

/** '$2 M', '$250 k': axis labels. */
export function shortDollars(dollars: number): string {
  if (dollars >= 1e9) return `$${Math.round(dollars / 1e7) / 100} B`;
  if (dollars >= 1e6) return `$${Math.round(dollars / 1e4) / 100} M`;
  if (dollars >= 1e3) return `$${Math.round(dollars / 10) / 100} k`;
  return `$${Math.round(dollars * 100) / 100}`;
}

function roleOf(layer: string): Role {
  return LAYER_ROLES.find((role) => role === layer) ?? 'history';
}
