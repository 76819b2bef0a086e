// The study as text: what docs/latency.md shows.

import type { CoverageRow, LatencyStudy } from './latencyStudy.ts';

/** A Markdown table of the calibration and of its coverage. Gaps in basis points of log price. */
export function latencyTable({ calibration, rows }: LatencyStudy): string {
  const lines = [
    `half-life ${calibration.halfLifeDays} days, floor ${percent(calibration.volatilityFloor)}, multiplier ${calibration.multiplier.toFixed(3)} ` +
      `(level ${percent(calibration.level)} of the fitting period)`,
    '',
    '| gaps | role | declared | count | median | 95 % | 99 % | 99.9 % | largest | mean buffer | exceed | occasions | covered | worst gap ÷ buffer |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...rows.map(line),
  ];
  return `${lines.join('\n')}\n`;
}

function line(row: CoverageRow): string {
  const cells = [
    row.name,
    row.role,
    `${row.declaredLatencyMs / 60_000} min`,
    String(row.count),
    ...row.quantiles.map(basisPoints),
    basisPoints(row.largestGap),
    basisPoints(row.meanBuffer),
    String(row.exceeded),
    String(row.occasions),
    percent(row.covered),
    row.worstRatio.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

function basisPoints(share: number): string {
  return (share * 10_000).toFixed(0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
