import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml, type Html, trustedHtml } from './html.ts';
import { drawnColour, ROLE_COLOURS } from './palette.ts';

use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

export interface Drawing {
  /** Unique in the report; prefixes every id inside the SVG. */
  readonly id: string;
  /** What the chart shows, read aloud in place of the picture. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
}

/**
 * An inline SVG of an ECharts option, drawn in this process: no script and no request is left in it. Ids are renamed by
 * chart, so that the same input always gives the same text. Cost: 5-30 ms for a few thousand points.
 */
export function drawChart(drawing: Drawing): Html {
  const { width, height } = drawing;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, useUTC: true, textStyle: { fontFamily: 'system-ui, sans-serif' }, ...drawing.option });
    return trustedHtml(inlineSvg(chart.renderToSVGString(), drawing));
  } finally {
    chart.dispose();
  }
}

/** Shared looks: quiet grid, small labels, ink for text. */
export function axisLooks(): {
  readonly axisLine: object;
  readonly axisTick: object;
  readonly axisLabel: { readonly color: string; readonly fontSize: number };
  readonly splitLine: object;
} {
  return {
    axisLine: { lineStyle: { color: drawnColour('rule') } },
    axisTick: { show: false },
    axisLabel: { color: drawnColour('muted'), fontSize: 12 },
    splitLine: { lineStyle: { color: drawnColour('rule') } },
  };
}

function inlineSvg(svg: string, drawing: Drawing): string {
  const { id, description, width, height } = drawing;
  const body = svg
    .slice(svg.indexOf('>') + 1)
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replace(/><\/(?:path|rect|circle)>/g, '/>')
    .replace(/\n+/g, '\n');
  const coloured = ROLE_COLOURS.reduce((text, { drawn, role }) => text.replaceAll(drawn, `var(--${role})`), renameIds(body, id));
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(description)}">${coloured}`;
}

/** ECharts numbers its ids through the whole process; numbered by first appearance they depend on the chart alone. */
function renameIds(svg: string, id: string): string {
  const names = new Map<string, string>();
  return svg.replace(/\bzr\d+-c\d+\b/g, (name) => {
    const known = names.get(name) ?? `${id}-clip-${names.size}`;
    names.set(name, known);
    return known;
  });
}
