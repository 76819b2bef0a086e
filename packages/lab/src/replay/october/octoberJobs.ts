/** Runs of cells as jobs for worker threads. */

import type { AuditMode } from '../../audit/auditor.ts';
import { requireDataFolder } from '../../data/dataFolder.ts';
import { generateOctoberShaped } from '../../data/october/generateOctoberShaped.ts';
import { loadOctober2025 } from '../../data/october/october2025.ts';
import type { MultiVenueScenario } from '../../data/types.ts';
import { runJobs } from '../runJobs.ts';
import { serveJobs } from '../serveJobs.ts';
import { OCTOBER_CELLS } from './cells.ts';
import { buildOctoberBook } from './octoberBook.ts';
import { openingOf } from './opening.ts';
import { type OctoberRun, runOctoberCell } from './runOctoberCell.ts';

export type OctoberScenarioName = 'october-shaped' | 'october-2025';

/** One run of one cell. Plain data: it crosses threads. */
export interface OctoberJob {
  readonly scenario: OctoberScenarioName;
  /** Folder of the data; null for the generated scenario. */
  readonly folder: string | null;
  readonly seed: number;
  readonly cell: string;
  readonly leveredPpm: number;
  readonly accountsMax: number;
  readonly audit: AuditMode;
  readonly keepsDetail: boolean;
  readonly untilMs: number | null;
}

/** Runs jobs on `threads` worker threads, or in this thread when there is none; results in the order of the jobs. */
export async function runOctoberJobs(
  jobs: readonly OctoberJob[],
  options: { readonly threads: number; readonly onProgress: (fractions: readonly number[]) => void },
): Promise<readonly OctoberRun[]> {
  if (options.threads === 0) return runHere(jobs, options.onProgress);
  return runJobs({
    entry: new URL('./octoberWorker.mjs', import.meta.url),
    jobs,
    threads: options.threads,
    isResult: isOctoberRun,
    onProgress: options.onProgress,
  });
}

/** Entry of a worker thread. */
export function serveOctober(): void {
  serveJobs(decodeJob, runOctoberJob);
}

/** Runs one job in this thread. */
export async function runOctoberJob(job: OctoberJob, onProgress: (fraction: number) => void): Promise<OctoberRun> {
  const cell = OCTOBER_CELLS.find(({ name }) => name === job.cell);
  if (cell === undefined) throw new Error(`"${job.cell}" is not a cell`);
  const scenario = await scenarioOf(job);
  const opening = openingOf(scenario);
  const book = buildOctoberBook({
    scenario,
    seed: job.seed,
    leveredPpm: job.leveredPpm,
    accountsMax: job.accountsMax,
    isTraded: opening.isTraded,
  });
  return runOctoberCell({
    scenario,
    book,
    opening,
    cell,
    audit: job.audit,
    untilMs: job.untilMs,
    keepsDetail: job.keepsDetail,
    onProgress,
  });
}

const loaded = new Map<string, Promise<MultiVenueScenario>>();

/** The scenario of a job, made or loaded once per thread. */
export function scenarioOf({
  scenario,
  folder,
  seed,
}: Pick<OctoberJob, 'scenario' | 'folder' | 'seed'>): Promise<MultiVenueScenario> {
  const key = scenario === 'october-shaped' ? `shaped/${seed}` : `2025/${folder}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const made =
    scenario === 'october-shaped'
      ? Promise.resolve(generateOctoberShaped(seed))
      : loadOctober2025(requireDataFolder(folder ?? undefined));
  loaded.set(key, made);
  return made;
}

async function runHere(
  jobs: readonly OctoberJob[],
  onProgress: (fractions: readonly number[]) => void,
): Promise<readonly OctoberRun[]> {
  const fractions = jobs.map(() => 0);
  const runs: OctoberRun[] = [];
  for (const [place, job] of jobs.entries()) {
    const run = await runOctoberJob(job, (fraction) => {
      fractions[place] = fraction;
      onProgress(fractions);
    });
    fractions[place] = 1;
    runs.push(run);
  }
  return runs;
}

function decodeJob(value: unknown): OctoberJob {
  if (isOctoberJob(value)) return value;
  throw new Error('a worker was given something else than an October run');
}

function isOctoberJob(value: unknown): value is OctoberJob {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'scenario' in value &&
    'folder' in value &&
    'seed' in value &&
    'cell' in value &&
    'leveredPpm' in value &&
    'accountsMax' in value &&
    'audit' in value &&
    'keepsDetail' in value &&
    'untilMs' in value
  );
}

function isOctoberRun(value: unknown): value is OctoberRun {
  return (
    typeof value === 'object' && value !== null && 'cell' in value && 'sums' in value && 'trace' in value && 'finalHash' in value
  );
}
