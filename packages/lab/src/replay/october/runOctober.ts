/** The October replays: calibration, cells, summary and report. */

import { availableParallelism } from 'node:os';
import { DataError } from '../../data/dataError.ts';
import { writeReport } from '../../report/writeReport.ts';
import { plain } from '../blackThursday/toJson.ts';
import type { ReplayOptions, ReplayOutcome } from '../types.ts';
import { calibrate, HALVINGS_MAX, LEVERED_GRID_PPM, type RunMany, ratioPpm } from './calibrate.ts';
import { MAIN_OCTOBER_CELL, OCTOBER_CELLS, type OctoberCell } from './cells.ts';
import { countQuorumGaps } from './countQuorumGaps.ts';
import { buildOctoberBook } from './octoberBook.ts';
import { OCTOBER_FIGURES, type OctoberCellRuns, spreadOf } from './octoberFigures.ts';
import { type OctoberJob, type OctoberScenarioName, runOctoberJobs, scenarioOf } from './octoberJobs.ts';
import { faultsOf, type Judged, octoberLosses, octoberVerdict } from './octoberJudgement.ts';
import { octoberReport } from './octoberReport.ts';
import { octoberSummary } from './octoberSummary.ts';
import { openingOf } from './opening.ts';

/** Most short accounts taken from the scenario: a run stays within seconds. */
const ACCOUNTS_MAX = 1_000;
const THREADS_MAX = 2;
/** Share of the progress bar that the calibration takes. */
const CALIBRATION_SHARE = 0.6;

/** How a run may be made smaller, for tests. */
export interface OctoberLimits {
  readonly accountsMax: number;
  readonly untilMs: number | null;
  /** 0 runs in this thread. */
  readonly threads: number;
  /** Grid of the calibration, and how often it halves at most. */
  readonly gridPpm: readonly number[];
  readonly halvingsMax: number;
}

export function octoberLimits(): OctoberLimits {
  return {
    accountsMax: ACCOUNTS_MAX,
    untilMs: null,
    threads: Math.min(THREADS_MAX, availableParallelism()),
    gridPpm: LEVERED_GRID_PPM,
    halvingsMax: HALVINGS_MAX,
  };
}

export function runOctoberShaped(options: ReplayOptions, limits: OctoberLimits = octoberLimits()): Promise<ReplayOutcome> {
  return replay('october-shaped', null, options, limits);
}

/** Needs the data folder: throws DataError without it. */
export function runOctober2025(options: ReplayOptions, limits: OctoberLimits = octoberLimits()): Promise<ReplayOutcome> {
  return replay('october-2025', options.dataFolder ?? null, options, limits);
}

/** Either, by the name in the options. */
export function runOctober(options: ReplayOptions): Promise<ReplayOutcome> {
  return options.scenario === 'october-2025' ? runOctober2025(options) : runOctoberShaped(options);
}

async function replay(
  name: OctoberScenarioName,
  folder: string | null,
  options: ReplayOptions,
  limits: OctoberLimits,
): Promise<ReplayOutcome> {
  const startedAt = performance.now();
  const chosen = cellsOf(options.cells);
  const seeds = Array.from({ length: Math.max(1, options.seeds) }, (_, place) => options.seed + place);
  const job: Omit<OctoberJob, 'cell' | 'leveredPpm'> = {
    scenario: name,
    folder,
    seed: options.seed,
    accountsMax: limits.accountsMax,
    audit: options.audit,
    keepsDetail: false,
    untilMs: limits.untilMs,
  };
  const scenario = await scenarioOf(job);
  const { liquidatedMicroUsd, deleveragedMicroUsd } = scenario.totals;
  const target = ratioPpm({ liquidatedMicroUsd, deleveragedMicroUsd });
  if (target === null) throw new Error('the real cascade deleveraged somebody');
  const calibration = await calibrate(
    job,
    { targetPpm: target, gridPpm: limits.gridPpm, halvingsMax: limits.halvingsMax },
    runner(limits, (fraction, label) => options.onProgress(fraction * CALIBRATION_SHARE, label)),
  );
  const jobs = chosen.flatMap((cell) =>
    seeds.map(
      (seed, place): OctoberJob => ({
        ...job,
        seed,
        cell: cell.name,
        leveredPpm: calibration.leveredPpm,
        keepsDetail: place === 0,
      }),
    ),
  );
  const runs = await runner(limits, (fraction, label) =>
    options.onProgress(CALIBRATION_SHARE + fraction * (1 - CALIBRATION_SHARE), label),
  )(jobs, 'replaying the cells');
  const cells = chosen.map(
    ({ name: cell, description }): OctoberCellRuns => ({ cell, description, runs: runs.filter((run) => run.cell === cell) }),
  );
  const main = (cells.find(({ cell }) => cell === MAIN_OCTOBER_CELL) ?? cells[0])?.runs[0];
  if (main === undefined) throw new Error('a replay has at least one run');
  const opening = openingOf(scenario);
  const book = buildOctoberBook({
    scenario,
    seed: options.seed,
    leveredPpm: calibration.leveredPpm,
    accountsMax: limits.accountsMax,
    isTraded: opening.isTraded,
  });
  const judged: Judged = {
    scenario,
    opening,
    cells,
    main,
    calibration,
    totalMicroUsd: book.totalMicroUsd,
    gaps: countQuorumGaps(scenario),
  };
  const command = commandOf(options);
  if (options.reportFile !== null) {
    const facts = { seed: options.seed, command, versions: [{ name: 'node', value: process.version }] };
    await writeReport(octoberReport({ ...judged, accountsMax: limits.accountsMax, facts }), options.reportFile);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  options.onProgress(1, 'done');
  return {
    exitCode: faultsOf(judged).length === 0 ? 0 : 1,
    summaryLines: octoberSummary({ ...judged, seconds, reportFile: options.reportFile }),
    json: jsonOf(judged, command),
    reportFile: options.reportFile,
  };
}

/** Runs jobs and tells progress of each batch from 0 to 1. */
function runner(limits: OctoberLimits, onProgress: (fraction: number, label: string) => void): RunMany {
  let batches = 0;
  return (jobs, label) => {
    batches += 1;
    const before = 1 - 0.4 ** (batches - 1);
    const share = label === 'replaying the cells' ? 1 : 0.6 * 0.4 ** (batches - 1);
    return runOctoberJobs(jobs, {
      threads: limits.threads,
      onProgress: (fractions) => {
        const done = fractions.reduce((sum, fraction) => sum + fraction, 0) / Math.max(1, fractions.length);
        onProgress(Math.min(1, (label === 'replaying the cells' ? 0 : before) + done * share), label);
      },
    });
  };
}

function cellsOf(cells: ReplayOptions['cells']): readonly OctoberCell[] {
  if (cells === 'all' || cells === 'default') return OCTOBER_CELLS;
  return cells.map((name) => {
    const found = OCTOBER_CELLS.find((cell) => cell.name === name);
    if (found !== undefined) return found;
    const known = OCTOBER_CELLS.map((cell) => `"${cell.name}"`).join(', ');
    throw new DataError({
      code: 'OPTION_INVALID',
      file: null,
      field: '--cell',
      expected: `one of ${known}`,
      found: name,
    });
  });
}

/** For programs: every amount a decimal string, charts left out. */
function jsonOf(judged: Judged, command: string): unknown {
  const { scenario, cells, calibration, totalMicroUsd, main } = judged;
  return plain({
    kind: 'replay',
    scenario: scenario.name,
    command,
    units: 'names that end in MicroUsd: 1e-6 USD; in Ppm: parts per million; in Ms: milliseconds',
    data: {
      label: scenario.label,
      attribution: scenario.attribution ?? null,
      nonCommercial: scenario.nonCommercial,
      longSide: 'synthetic',
    },
    verdict: octoberVerdict(judged),
    whereWeLose: octoberLosses(judged),
    openInterestMicroUsd: totalMicroUsd,
    calibration,
    quorumGaps: judged.gaps,
    venueCounterfactual: main.counterfactual,
    cells: cells.map((cell) => ({
      cell: cell.cell,
      seeds: cell.runs.length,
      figures: OCTOBER_FIGURES.map((figure) => ({
        name: figure.name,
        unit: figure.isMicroUsd ? 'microUsd' : 'count',
        ...spreadOf(figure, cell),
      })),
      runs: cell.runs.map(
        ({ samples: _samples, sales: _sales, agreed: _agreed, counterfactual: _counterfactual, ...run }) => run,
      ),
    })),
  });
}

function commandOf({ scenario, seed, seeds, cells, audit }: ReplayOptions): string {
  const parts = ['plimsoll replay', scenario, `--seed ${seed}`];
  if (scenario === 'october-2025') parts.push('--data <folder>');
  if (seeds > 1) parts.push(`--seeds ${seeds}`);
  if (cells === 'all') parts.push('--all-cells');
  else if (cells !== 'default') parts.push(...cells.map((cell) => `--cell "${cell}"`));
  if (audit !== 'sampled') parts.push(`--audit ${audit}`);
  return parts.join(' ');
}
