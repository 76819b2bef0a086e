/** The figures by which cells are compared, and how seeds are summed up. */

import { countText, dollarsText } from '../../report/format.ts';
import type { OctoberRun } from './runOctoberCell.ts';

/** All runs of one cell, first seed first. */
export interface OctoberCellRuns {
  readonly cell: string;
  readonly description: string;
  readonly runs: readonly OctoberRun[];
}

export interface OctoberFigure {
  readonly name: string;
  readonly isMicroUsd: boolean;
  /** Which way is worse. */
  readonly worst: 'high' | 'low';
  readonly of: (run: OctoberRun) => bigint;
}

export const OCTOBER_FIGURES: readonly OctoberFigure[] = [
  { name: 'accounts liquidated', isMicroUsd: false, worst: 'high', of: ({ sums }) => BigInt(sums.accountsLiquidated) },
  { name: 'liquidated', isMicroUsd: true, worst: 'high', of: ({ sums }) => sums.liquidatedMicroUsd },
  { name: 'deleveraged', isMicroUsd: true, worst: 'high', of: ({ sums }) => sums.deleveragedMicroUsd },
  { name: 'bad debt', isMicroUsd: true, worst: 'high', of: ({ sums }) => sums.badDebtMicroUsd },
  { name: 'socialised', isMicroUsd: true, worst: 'high', of: ({ sums }) => sums.socialisedMicroUsd },
  { name: 'keepers earn', isMicroUsd: true, worst: 'low', of: ({ keepersMicroUsd }) => keepersMicroUsd },
  { name: 'backstop earns', isMicroUsd: true, worst: 'low', of: ({ backstopMicroUsd }) => backstopMicroUsd },
];

export function octoberFigure(name: string): OctoberFigure {
  const found = OCTOBER_FIGURES.find((figure) => figure.name === name);
  if (found === undefined) throw new RangeError(`there is no figure "${name}"`);
  return found;
}

/** Median (the lower of two middles) and worst over the seeds of a cell; zeros when it has no run. */
export function spreadOf(figure: OctoberFigure, { runs }: OctoberCellRuns): { readonly median: bigint; readonly worst: bigint } {
  const values = runs.map(figure.of).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const median = values[(values.length - 1) >>> 1] ?? 0n;
  const worst = (figure.worst === 'high' ? values[values.length - 1] : values[0]) ?? 0n;
  return { median, worst };
}

/** '$1.1 M to $2.7 M, the most in "no keeper"': from the lowest to the highest over all cells and seeds. */
export function rangeText(figure: OctoberFigure, cells: readonly OctoberCellRuns[]): string {
  const values = cells.flatMap(({ cell, runs }) => runs.map((run) => ({ cell, value: figure.of(run) })));
  const sorted = [...values].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  const low = sorted[0]?.value ?? 0n;
  const high = sorted[sorted.length - 1]?.value ?? 0n;
  const text = (value: bigint): string => (figure.isMicroUsd ? dollarsText(value) : countText(value));
  const most = sorted.find(({ value }) => value === high)?.cell ?? '';
  return low === high ? text(low) : `${text(low)} to ${text(high)}, the most in "${most}"`;
}

/** '2.62', rounded down to hundredths; '–' for none. */
export function ratioText(partsPerMillion: number | null): string {
  if (partsPerMillion === null) return '–';
  const hundredths = Math.floor(partsPerMillion / 10_000);
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}

/** '45 %', to a tenth. */
export function percentText(partsPerMillion: number): string {
  return `${Math.round(partsPerMillion / 1_000) / 10} %`;
}

/** '12.5 min', to a tenth. */
export function minutesText(ms: number): string {
  return `${Math.round(ms / 6_000) / 10}`;
}
