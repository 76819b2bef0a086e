import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dailyPriceFiles } from '@plimsoll/lab/backtest/dailyPrices';
import type { RunBacktest } from '@plimsoll/lab/backtest/types';
import { resolveDataFolder } from '@plimsoll/lab/data/dataFolder';
import type { LoadedProfile } from '@plimsoll/service/portfolio/shippedProfiles';
import { type CommandContext, printJson } from '../commandContext.ts';
import { InputError } from '../inputError.ts';
import { loadProfile } from '../profileLibrary.ts';
import { createProgress } from '../terminal/progress.ts';

export interface BacktestCommandOptions {
  readonly data: string | undefined;
  readonly seed: number;
  readonly profile: string;
  /** A file, `false` for none, or undefined for reports/backtest-<profile>.html. */
  readonly report: string | false | undefined;
  readonly json: boolean;
}

/** `plimsoll backtest`: returns 0 when no test that decides rejects, 1 when one does. */
export async function backtestCommand(
  context: CommandContext,
  options: BacktestCommandOptions,
  load: () => Promise<RunBacktest> = loadBacktest,
): Promise<number> {
  const { profile } = loadProfile(options.profile);
  refuseUntestable(profile, options.profile);
  const dataFolder = requirePrices(resolveDataFolder({ option: options.data, environment: context.environment }));
  const reportFile = writableReport(profile.name, options.report);
  const runBacktest = await load();
  const progress = createProgress(context.terminal);
  try {
    const outcome = await runBacktest({
      dataFolder,
      seed: options.seed,
      profile,
      reportFile,
      command: `plimsoll backtest --profile ${options.profile} --seed ${options.seed}`,
      onProgress: progress.report,
    });
    progress.finish();
    if (options.json) printJson(context, outcome.json);
    else context.terminal.out(`${outcome.summaryLines.join('\n')}\n`);
    return outcome.exitCode;
  } finally {
    progress.finish();
  }
}

/** A profile of rules without scenarios has nothing that a history of prices could set day by day. */
function refuseUntestable(profile: LoadedProfile['profile'], file: string): void {
  if (profile.scenarioSets.length > 0 && profile.rules === undefined) return;
  throw new InputError({
    code: 'PROFILE_INVALID',
    message: `${profile.name} cannot be backtested`,
    problems: [
      { file, field: 'scenarioSets', expected: 'scenarios whose scan range the backtest sets', found: 'published rules instead' },
    ],
    hint: 'Name a profile with scenarios, such as plimsoll-default.',
  });
}

/** Before minutes of work: the prices that the backtest cannot do without. */
function requirePrices(dataFolder: string | undefined): string {
  const files = dailyPriceFiles();
  if (dataFolder === undefined) {
    throw new InputError({
      code: 'DATA_MISSING',
      message: 'the backtest needs data that do not ship',
      problems: [
        {
          file: null,
          field: '--data',
          expected: `a folder that holds the daily prices: ${files.length} files of candles, from ${files[0]} on (docs/backtest.md)`,
          found: 'none, and no PLIMSOLL_DATA',
        },
      ],
    });
  }
  const missing = files.filter((path) => !existsSync(join(dataFolder, path)));
  if (missing.length === 0) return dataFolder;
  throw new InputError({
    code: 'DATA_MISSING',
    message: 'the price history is not complete',
    problems: missing.map((path) => ({
      file: join(dataFolder, path),
      field: '(the whole file)',
      expected: 'candles of the backtest',
      found: 'no such file',
    })),
  });
}

/** Where the report goes, tried before the work: the folder is made, and a file can be written in it. */
function writableReport(profile: string, report: string | false | undefined): string | null {
  if (report === false) return null;
  const file = resolve(report ?? join('reports', `backtest-${profile}.html`));
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new InputError({
      code: 'FILE_UNREADABLE',
      message: `the report cannot be written to ${file}`,
      problems: [{ file, field: '--report', expected: 'a file that can be written', found }],
      hint: 'Name another file with --report, or write none with --no-report.',
      cause,
    });
  }
  return file;
}

/** The lab is loaded only when something is tested: the other commands start without it. */
async function loadBacktest(): Promise<RunBacktest> {
  const module: unknown = await import(BACKTEST_MODULE);
  if (hasRunBacktest(module)) return module.runBacktest;
  throw new Error(`${BACKTEST_MODULE} exports no function runBacktest`);
}

const BACKTEST_MODULE: string = '@plimsoll/lab/backtest/runBacktest';

function hasRunBacktest(module: unknown): module is { readonly runBacktest: RunBacktest } {
  return typeof module === 'object' && module !== null && 'runBacktest' in module && typeof module.runBacktest === 'function';
}
