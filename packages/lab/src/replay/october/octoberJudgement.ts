/** What the replay shows, in sentences: the verdict, and where we lose. */

import type { MultiVenueScenario } from '../../data/types.ts';
import { countText, dollarsText } from '../../report/format.ts';
import type { Verdict } from '../../report/reportInput.ts';
import type { Calibration } from './calibrate.ts';
import {
  minutesText,
  type OctoberCellRuns,
  octoberFigure,
  percentText,
  rangeText,
  ratioText,
  spreadOf,
} from './octoberFigures.ts';
import type { Opening } from './opening.ts';
import type { QuorumGaps } from './priceTape.ts';
import type { OctoberRun } from './runOctoberCell.ts';

export interface Judged {
  readonly scenario: MultiVenueScenario;
  readonly opening: Opening;
  readonly cells: readonly OctoberCellRuns[];
  /** First seed of the main cell. */
  readonly main: OctoberRun;
  readonly calibration: Calibration;
  readonly totalMicroUsd: bigint;
  /** Over the whole scenario. */
  readonly gaps: readonly QuorumGaps[];
}

/** Faults: things that must hold in every run and did not. Empty when all held. */
export function faultsOf({ cells }: Pick<Judged, 'cells'>): readonly string[] {
  return cells.flatMap(({ cell, runs }) =>
    runs.flatMap((run) => [
      ...(run.claims === run.holdings ? [] : [`${cell}: claims differ from holdings by ${run.holdings - run.claims} units`]),
      ...run.trace.untraced.map((what) => `${cell}: ${what}`),
    ]),
  );
}

export function octoberVerdict(judged: Judged): Verdict {
  const { main, cells, scenario, calibration } = judged;
  const faults = faultsOf(judged);
  const { sums, trace } = main;
  const venues = main.counterfactual.reduce((sum, { accounts }) => sum + accounts, 0);
  const seeds = cells[0]?.runs.length ?? 0;
  const over = `Over ${cells.length === 1 ? 'the cell' : `all ${countText(cells.length)} cells`}${seeds === 1 ? '' : ` and ${countText(seeds)} seeds`}`;
  const range = (name: string): string => rangeText(octoberFigure(name), cells);
  const text = [
    cells.length * seeds > 1
      ? `${over}: deleveraged ${range('deleveraged')}; bad debt ${range('bad debt')}; socialised ${range('socialised')}.`
      : '',
    `In the cell "${main.cell}", ${countText(sums.accountsLiquidated)} of ${countText(main.accounts)} accounts were liquidated, ${dollarsText(sums.liquidatedMicroUsd)} of positions;`,
    `${dollarsText(sums.deleveragedMicroUsd)} of them were closed by deleveraging winners.`,
    sums.socialisedMicroUsd < 1_000_000n
      ? 'No loss was socialised.'
      : `${dollarsText(sums.socialisedMicroUsd)} of losses were socialised.`,
    trace.untraced.length === 0
      ? `Every position in ${countText(trace.slices + trace.deleveragings)} liquidation fills was priced by a quorum of at least ${trace.fewestSources} sources within 3 % (a fill that moves cash alone has no price to trace).`
      : `${countText(trace.untraced.length)} LIQUIDATIONS CANNOT BE TRACED TO A QUORUM.`,
    scenario.collapses.length === 0 || trace.untraced.length > 0
      ? ''
      : `No venue liquidated anybody by itself: ${countText(scenario.collapses.length)} collapses on one venue would have put ${countText(venues)} more accounts below their line.`,
    faults.length === 0 ? 'Claims equal holdings to the unit.' : '',
    `The long side is synthetic; its leverage is calibrated so that liquidated to deleveraged stands at ${ratioText(calibration.reachedPpm)} (real: ${ratioText(calibration.targetPpm)}).`,
  ];
  const runs = cells.flatMap((cell) => cell.runs);
  const isQuiet = runs.every((run) => run.sums.deleveragedMicroUsd === 0n && run.sums.socialisedMicroUsd < 1_000_000n);
  return { tone: faults.length > 0 ? 'failed' : isQuiet ? 'held' : 'mixed', text: text.filter((part) => part !== '').join(' ') };
}

/** Where we lose, the dearest first; every rule is applied to every cell. */
export function octoberLosses(judged: Judged): readonly string[] {
  const { cells, calibration, main, totalMicroUsd } = judged;
  const money = cells.flatMap((cell) => [
    ...lossOf(
      cell,
      'deleveraged',
      (median, worst) => `${cell.cell}: winners are closed against their will for ${median}${worst}.`,
    ),
    ...lossOf(
      cell,
      'bad debt',
      (median, worst) => `${cell.cell}: accounts end ${median}${worst} below zero before the layers below pay for it.`,
    ),
    ...lossOf(
      cell,
      'socialised',
      (median, worst) => `${cell.cell}: ${median}${worst} of losses are shared by everybody who holds a position.`,
    ),
    ...lossOf(
      cell,
      'backstop earns',
      (median, worst) =>
        `${cell.cell}: the backstop loses ${median}${worst}; it takes portfolios that fall further while it works them off.`,
    ),
    ...lossOf(
      cell,
      'keepers earn',
      (median, worst) => `${cell.cell}: keepers together lose ${median}${worst}: they buy at prices they see late.`,
    ),
  ]);
  const worstGaps = judged.gaps
    .filter(({ noPriceMs }) => noPriceMs >= 60_000)
    .sort((a, b) => b.noPriceMs - a.noPriceMs)
    .slice(0, 3)
    .map(
      ({ asset, noPriceMs, longestMs }) =>
        `${asset} has no agreed price for ${minutesText(noPriceMs)} minutes (longest stretch ${minutesText(longestMs)}): nobody is liquidated on it then, and nobody can close either side in an auction.`,
    );
  const gated = main.rejections.filter(({ code }) => code.endsWith('groupUnbacked')).reduce((sum, { count }) => sum + count, 0);
  return [
    ...money.sort((a, b) => (a.micro > b.micro ? -1 : a.micro < b.micro ? 1 : 0)).map(({ text }) => text),
    ...worstGaps,
    ...(gated === 0
      ? []
      : [
          `${main.cell}: while deficits exceed what stands behind them the group takes no new risk, and ${countText(gated)} sales of keepers into the outside books are refused: the gate also holds up those who unwind.`,
        ]),
    ...(calibration.isReached
      ? []
      : [
          `The calibration did not reach its target: ${ratioText(calibration.reachedPpm)} instead of ${ratioText(calibration.targetPpm)}.`,
        ]),
    `The book is a stand-in: ${dollarsText(totalMicroUsd)} of open interest, longs invented, everybody without a hedge elsewhere; figures scale with it and prove nothing about the real venue.`,
  ];
}

function lossOf(
  cell: OctoberCellRuns,
  name: string,
  say: (median: string, worst: string) => string,
): readonly { readonly micro: bigint; readonly text: string }[] {
  const { median, worst } = spreadOf(octoberFigure(name), cell);
  const size = (value: bigint): bigint => (octoberFigure(name).worst === 'low' ? -value : value);
  if (size(worst) < 1_000_000n) return [];
  const middle = size(median) > 0n ? size(median) : 0n;
  return [
    {
      micro: size(worst),
      text: say(dollarsText(middle), cell.runs.length > 1 ? ` (worst seed ${dollarsText(size(worst))})` : ''),
    },
  ];
}

/** Share of open interest, for texts. */
export function shareText(part: bigint, whole: bigint): string {
  return whole === 0n ? '–' : percentText(Number((part * 1_000_000n) / whole));
}
