import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { historicalOutcome } from '../../data/blackThursday/historicalOutcome.ts';
import { readBlackThursday } from '../../data/blackThursday/readScenario.ts';
import { DataError } from '../../data/dataError.ts';
import { ETH_USD_FIVE_MINUTES_FILE } from '../../data/sources/ethUsdFiveMinutes.ts';
import { writeReport } from '../../report/writeReport.ts';
import type { CellOutcome } from '../outcome.ts';
import type { ReplayOptions, ReplayOutcome } from '../types.ts';
import { blackThursdayReport } from './buildReport.ts';
import type { CellRuns } from './cellFigures.ts';
import { type CellJob, pathsOf, runCells } from './cellJobs.ts';
import { CELLS, MAIN_CELL } from './cells.ts';
import { summaryOf } from './summary.ts';
import { outcomesToJson } from './toJson.ts';

/** Cells run when nothing is asked for: the one shown in full, and the one nearest to what happened. */
const DEFAULT_CELLS: readonly string[] = [MAIN_CELL, 'one keeper, delayed'];
/** Worker threads at most: the replay is to leave a small machine usable. */
const THREADS_MAX = 2;

/** Replays Black Thursday: every asked cell with every seed, two at a time, then summary, JSON and report. */
export async function runBlackThursday(options: ReplayOptions): Promise<ReplayOutcome> {
  const names = cellNames(options.cells);
  const marketFolder = fiveMinuteFolder(options.dataFolder);
  const jobs = names.flatMap((cell) =>
    seedsOf(options).map(
      (seed, place): CellJob => ({ cell, seed, marketFolder, audit: options.audit, isCharted: place === 0, blocksMax: null }),
    ),
  );
  const order = longestFirst(jobs);
  const startedAt = performance.now();
  const outcomes = await runCells(
    order.map(({ job }) => job),
    {
      threads: Math.min(THREADS_MAX, availableParallelism()),
      onProgress: (fractions) => {
        const done = fractions.reduce((sum, fraction) => sum + fraction, 0);
        const finished = fractions.filter((fraction) => fraction === 1).length;
        options.onProgress(done / fractions.length, `${finished} of ${fractions.length} runs done`);
      },
    },
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = order.map(({ place }, index) => ({ place, outcome: outcomes[index] })).sort((a, b) => a.place - b.place);
  const runs = names.map(
    (cell): CellRuns => ({ cell, outcomes: sorted.flatMap(({ outcome }) => (outcome?.cell === cell ? [outcome] : [])) }),
  );
  const scenario = await readBlackThursday();
  const history = historicalOutcome(scenario);
  const main = firstOutcome(runs);
  if (options.reportFile !== null) {
    const paths = await pathsOf(scenario, { seed: options.seed, marketFolder });
    const facts = { seed: options.seed, command: commandOf(options), versions: [{ name: 'node', value: process.version }] };
    await writeReport(blackThursdayReport({ scenario, history, paths, runs, main, facts }), options.reportFile);
  }
  const isNeutral = sorted.every(
    ({ outcome }) => outcome?.balanceSheet.every(({ claims, holdings }) => claims === holdings) === true,
  );
  return {
    exitCode: isNeutral ? 0 : 1,
    summaryLines: summaryOf({ runs, main, history, seconds, reportFile: options.reportFile, isReal: marketFolder !== null }),
    json: outcomesToJson({ runs, history, seconds, command: commandOf(options) }),
    reportFile: options.reportFile,
  };
}

function cellNames(cells: ReplayOptions['cells']): readonly string[] {
  if (cells === 'all') return CELLS.map(({ name }) => name);
  if (cells === 'default') return DEFAULT_CELLS;
  const known = CELLS.map(({ name }) => name);
  for (const cell of cells) {
    if (known.includes(cell)) continue;
    const expected = `one of ${known.map((name) => `"${name}"`).join(', ')}`;
    throw new DataError({ code: 'OPTION_INVALID', file: null, field: '--cell', expected, found: cell });
  }
  return cells;
}

function seedsOf(options: ReplayOptions): readonly number[] {
  return Array.from({ length: Math.max(1, options.seeds) }, (_, place) => options.seed + place);
}

/** The folder when it has the real five-minute market, else null: then the bridge takes its place, and every label says so. */
function fiveMinuteFolder(dataFolder: string | undefined): string | null {
  return dataFolder !== undefined && existsSync(join(dataFolder, ETH_USD_FIVE_MINUTES_FILE)) ? dataFolder : null;
}

/** Cells without liquidators carry their auctions longest: they start first, so that no thread ends up alone with one. */
function longestFirst(jobs: readonly CellJob[]): readonly { readonly job: CellJob; readonly place: number }[] {
  const weight = (cell: string): number => (cell.startsWith('no') ? 2 : cell.startsWith('one') ? 1 : 0);
  return jobs.map((job, place) => ({ job, place })).sort((a, b) => weight(b.job.cell) - weight(a.job.cell) || a.place - b.place);
}

function firstOutcome(runs: readonly CellRuns[]): CellOutcome {
  const found = (runs.find(({ cell }) => cell === MAIN_CELL) ?? runs[0])?.outcomes[0];
  if (found === undefined) throw new Error('a replay has at least one outcome');
  return found;
}

function commandOf({ scenario, seed, seeds, cells, audit }: ReplayOptions): string {
  const parts = ['plimsoll replay', scenario, `--seed ${seed}`];
  if (seeds > 1) parts.push(`--seeds ${seeds}`);
  if (cells === 'all') parts.push('--all-cells');
  else if (cells !== 'default') parts.push(...cells.map((cell) => `--cell "${cell}"`));
  if (audit !== 'sampled') parts.push(`--audit ${audit}`);
  return parts.join(' ');
}
