import { drawHealth, HEALTH_CLASSES, worstSamples } from '../charts/healthChart.ts';
import { countText, momentText } from '../format.ts';
import type { Html } from '../html.ts';
import { figureOf, sectionOf, tableOf } from '../parts.ts';
import type { HealthChart } from '../reportInput.ts';
import { pickEvenly } from '../thinOut.ts';

const TABLE_ROWS_MAX = 16;

export function healthSection(charts: readonly HealthChart[]): Html {
  return sectionOf({
    id: 'health',
    title: 'Accounts by health',
    lead:
      'Healthy accounts meet initial margin. Restricted ones may only become safer. Liquidatable ones are below maintenance and ' +
      'on sale. Insolvent ones owe more than all they hold is worth at mark. Closed ones hold nothing any more, whether sold, deleveraged or ' +
      'closed by their owner. A vault whose borrowing limit is its liquidation line is never restricted; one that is not opened yet is not counted.',
    body: charts.map((chart, index) =>
      figureOf({
        title: `${chart.cell}: accounts by health class`,
        caption: 'Above: all accounts. Below: those in trouble, on a scale of their own.',
        legend: HEALTH_CLASSES.map((name) => ({ name, role: name })),
        chart: drawHealth(`health-${index}`, chart),
        table: tableOf({
          caption: `Accounts by health class, ${chart.cell}`,
          columns: [{ name: 'time', align: 'left' }, ...HEALTH_CLASSES.map((name) => ({ name, align: 'right' as const }))],
          rows: pickEvenly(worstSamples(chart), TABLE_ROWS_MAX).map((at) => [
            momentText(chart.timesMs[at] ?? 0),
            ...HEALTH_CLASSES.map((name) => countText(chart[name][at] ?? 0)),
          ]),
        }),
      }),
    ),
  });
}
