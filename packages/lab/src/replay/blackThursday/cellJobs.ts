import type { AuditMode } from '../../audit/auditor.ts';
import { type BlackThursdayPaths, blackThursdayPaths, loadFiveMinuteMarket } from '../../data/blackThursday/paths.ts';
import { readBlackThursday } from '../../data/blackThursday/readScenario.ts';
import type { BlackThursdayScenario } from '../../data/types.ts';
import type { CellOutcome } from '../outcome.ts';
import { runJobs } from '../runJobs.ts';
import { serveJobs } from '../serveJobs.ts';
import { cellNamed } from './cells.ts';
import { runCell, SAMPLE_EVERY_BLOCKS } from './runCell.ts';

/** One run of one cell. Plain data: it crosses threads. */
export interface CellJob {
  readonly cell: string;
  readonly seed: number;
  /** Folder of the real five-minute market; null takes the seeded bridge. */
  readonly marketFolder: string | null;
  readonly audit: AuditMode;
  /** Keeps what charts need. */
  readonly isCharted: boolean;
  /** Stops after so many blocks; null runs the whole window. */
  readonly blocksMax: number | null;
}

/** Runs jobs on `threads` worker threads, results in the order of the jobs. */
export function runCells(
  jobs: readonly CellJob[],
  options: { readonly threads: number; readonly onProgress: (fractions: readonly number[]) => void },
): Promise<readonly CellOutcome[]> {
  return runJobs({
    entry: new URL('./cellWorker.mjs', import.meta.url),
    jobs,
    threads: options.threads,
    isResult: isCellOutcome,
    onProgress: options.onProgress,
  });
}

/** Runs one job in this thread. */
export async function runCellJob(job: CellJob, onProgress: (fraction: number) => void): Promise<CellOutcome> {
  const cell = cellNamed(job.cell);
  if (cell === undefined) throw new Error(`"${job.cell}" is not a cell`);
  const scenario = await scenarioOnce();
  return runCell({
    cell,
    seed: job.seed,
    scenario,
    paths: await pathsOf(scenario, job),
    audit: job.audit,
    blocksMax: job.blocksMax,
    sampleEveryBlocks: job.isCharted ? SAMPLE_EVERY_BLOCKS : null,
    keepsSales: job.isCharted,
    onProgress,
  });
}

/** Entry of a worker thread. */
export function serveCells(): void {
  serveJobs(decodeJob, runCellJob);
}

/** The paths of a job: from the shipped scenario, with the real five-minute market where there is a folder. */
export async function pathsOf(
  scenario: BlackThursdayScenario,
  { seed, marketFolder }: { readonly seed: number; readonly marketFolder: string | null },
): Promise<BlackThursdayPaths> {
  const paths = blackThursdayPaths(scenario, seed);
  return marketFolder === null ? paths : { ...paths, market: await loadFiveMinuteMarket(scenario, marketFolder) };
}

let shipped: Promise<BlackThursdayScenario> | null = null;

function scenarioOnce(): Promise<BlackThursdayScenario> {
  shipped ??= readBlackThursday();
  return shipped;
}

function decodeJob(value: unknown): CellJob {
  if (
    typeof value === 'object' &&
    value !== null &&
    'cell' in value &&
    'seed' in value &&
    'marketFolder' in value &&
    'audit' in value &&
    'isCharted' in value &&
    'blocksMax' in value
  ) {
    const { cell, seed, marketFolder, audit, isCharted, blocksMax } = value;
    if (
      typeof cell === 'string' &&
      typeof seed === 'number' &&
      (marketFolder === null || typeof marketFolder === 'string') &&
      (audit === 'full' || audit === 'sampled' || audit === 'off') &&
      typeof isCharted === 'boolean' &&
      (blocksMax === null || typeof blocksMax === 'number')
    ) {
      return { cell, seed, marketFolder, audit, isCharted, blocksMax };
    }
  }
  throw new Error('a worker was given something else than a cell to run');
}

function isCellOutcome(value: unknown): value is CellOutcome {
  return typeof value === 'object' && value !== null && 'cell' in value && 'finalHash' in value && 'badDebt' in value;
}
