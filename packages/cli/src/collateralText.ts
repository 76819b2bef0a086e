/** The judgement of collateral for people: the derivation, the schedule, a picture, the score. */

import type { Amount } from '@plimsoll/core/numeric';
import {
  bandRows,
  type DerivationLine,
  derivation,
  gradeOf,
  haircutPoints,
  heldLines,
  missingLines,
  percent,
  priceLine,
  scoreRows,
} from '@plimsoll/lab/collateral/describeCollateral';
import type { CollateralReport } from '@plimsoll/lab/collateral/judgeCollateral';
import { withCommas } from './terminal/decimals.ts';
import type { Paint, StyleName } from './terminal/style.ts';
import { type Column, formatTable } from './terminal/table.ts';

const LEFT: Column = { align: 'left' };
const RIGHT: Column = { align: 'right' };
const CHART_CELLS = 40;

export interface CollateralTextOptions {
  readonly held: Amount | null;
  readonly reportFile: string | null;
  readonly paint: Paint;
}

export function collateralText(report: CollateralReport, { held, reportFile, paint }: CollateralTextOptions): string {
  const { asset } = report.request;
  const { total } = report.quality.score;
  const lines = [
    paint('bold', `${asset.symbol}: ${asset.what}`),
    priceLine(report),
    '',
    paint(toneOf(total), `score ${total} of 100: ${gradeOf(total)}`),
    ...formatTable(
      [LEFT, RIGHT, LEFT],
      scoreRows(report).map(([name, points, of]) => [`  ${name}`, points, `of ${of}`]),
    ),
    ...derivation(report).flatMap(({ title, lines: step }, index) => [
      '',
      paint('bold', `${index + 1}. ${title}`),
      ...derivationLines(step, paint),
    ]),
    '',
    paint('bold', 'Haircut by size'),
    ...scheduleLines(report, paint),
    '',
    ...chartLines(report, paint),
    ...(held === null ? [] : ['', paint('bold', 'The amount held'), ...derivationLines(heldLines(report, held), paint)]),
    ...missing(report, paint),
    ...(reportFile === null ? [] : ['', `Report: ${reportFile}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function toneOf(total: number): StyleName {
  if (total >= 60) return 'green';
  return total >= 40 ? 'yellow' : 'red';
}

/** Name and figure in columns, the reason under them. */
function derivationLines(step: readonly DerivationLine[], paint: Paint): readonly string[] {
  const table = formatTable(
    [LEFT, LEFT],
    step.map(({ name, figure }) => [`  ${name}`, figure]),
  );
  return step.flatMap(({ from }, index) => [table[index] ?? '', paint('dim', `    ${from}`)]);
}

function scheduleLines(report: CollateralReport, paint: Paint): readonly string[] {
  const inside = bandRows(report, 'inside');
  const outside = bandRows(report, 'outside');
  const rows = outside.map(({ upToUnits, upToUsd, haircut, average }) => [
    `  ${upToUnits === null ? 'beyond' : `to ${upToUnits}`}`,
    upToUsd === null ? '' : `${upToUsd} USD`,
    haircut,
    average ?? '',
  ]);
  const [header = '', ...body] = formatTable(
    [LEFT, RIGHT, RIGHT, RIGHT],
    [[`  ${report.request.asset.symbol} held`, 'value', 'haircut', 'of all so far'], ...rows],
  );
  const residual = inside.map(({ upToUnits, haircut }) => `${haircut} ${upToUnits === null ? 'beyond' : `to ${upToUnits}`}`);
  return [
    paint('dim', header),
    ...body,
    paint('dim', `  inside the scenarios, which charge the move themselves: ${residual.join(', ')}`),
  ];
}

/** A bar for each size: # is what the haircut takes. */
function chartLines(report: CollateralReport, paint: Paint): readonly string[] {
  const points = haircutPoints(report, 'outside');
  const rows = points.map(({ usd, haircutPpm }) => {
    const cells = Math.ceil((haircutPpm * CHART_CELLS) / 1_000_000);
    return [`  ${withCommas(String(usd))} USD`, `|${'#'.repeat(cells)}${'.'.repeat(CHART_CELLS - cells)}|`, percent(haircutPpm)];
  });
  return [...formatTable([RIGHT, LEFT, RIGHT], rows), paint('dim', '  average haircut of an amount of that value')];
}

function missing(report: CollateralReport, paint: Paint): readonly string[] {
  const lines = missingLines(report);
  if (lines.length === 0) return [];
  return ['', paint('yellow', 'Missing'), ...lines.map((line) => `  ${line}`)];
}
