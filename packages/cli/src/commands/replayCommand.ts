import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { resolveDataFolder } from '@plimsoll/lab/data/dataFolder';
import type { ReplayOptions, RunReplay } from '@plimsoll/lab/replay/types';
import { nearest } from '@plimsoll/service/portfolio/suggest';
import { type CommandContext, printJson } from '../commandContext.ts';
import { InputError } from '../inputError.ts';
import { SCENARIOS, type ScenarioFacts, scenarioAvailability } from '../scenarioList.ts';
import { createProgress } from '../terminal/progress.ts';

export interface ReplayCommandOptions {
  readonly data: string | undefined;
  readonly seed: number;
  readonly seeds: number;
  readonly cells: ReplayOptions['cells'];
  readonly audit: ReplayOptions['audit'];
  /** A file, `false` for none, or undefined for reports/<scenario>.html. */
  readonly report: string | false | undefined;
  readonly json: boolean;
}

/** `plimsoll replay <scenario>`: returns the exit code of the replay. */
export async function replayCommand(
  context: CommandContext,
  name: string,
  options: ReplayCommandOptions,
  load: () => Promise<RunReplay> = loadReplay,
): Promise<number> {
  const scenario = scenarioNamed(name);
  const dataFolder = resolveDataFolder({ option: options.data, environment: context.environment });
  refuseMissingData(scenario, dataFolder);
  const file = reportFile(scenario, options.report);
  const runReplay = await load();
  const progress = createProgress(context.terminal);
  try {
    const outcome = await runReplay({
      scenario: scenario.name,
      dataFolder,
      seed: options.seed,
      seeds: options.seeds,
      cells: options.cells,
      audit: options.audit,
      reportFile: file,
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

function scenarioNamed(name: string): ScenarioFacts {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = SCENARIOS.map((scenario) => scenario.name);
  const close = nearest(name, names);
  throw new InputError({
    code: 'SCENARIO_UNKNOWN',
    message: `unknown scenario "${name}"`,
    problems: [{ file: null, field: 'scenario', expected: `one of ${names.join(', ')}`, found: `"${name}"` }],
    hint: close === null ? 'plimsoll scenarios lists them.' : `Did you mean ${close}?`,
  });
}

/** Before anything starts: the data that the scenario cannot do without. */
function refuseMissingData(scenario: ScenarioFacts, dataFolder: string | undefined): void {
  const { isAvailable, missing } = scenarioAvailability(scenario, dataFolder);
  if (isAvailable) return;
  if (dataFolder === undefined && scenario.needs.length > 0) {
    throw new InputError({
      code: 'DATA_MISSING',
      message: `${scenario.name} needs data that do not ship`,
      problems: [
        {
          file: null,
          field: '--data',
          expected: `a folder that holds ${scenario.needs.join(', ')}`,
          found: 'none, and no PLIMSOLL_DATA',
        },
      ],
    });
  }
  throw new InputError({
    code: 'DATA_MISSING',
    message: `the data of ${scenario.name} are not complete`,
    problems: missing.map((file) => {
      const path = scenario.needs.includes(file) ? join(dataFolder ?? '', file) : file;
      return { file: path, field: '(the whole file)', expected: `a file of ${scenario.name}`, found: 'no such file' };
    }),
  });
}

/** Where the report goes, tried before minutes of work: the folder is made, and a file can be written in it. */
function reportFile(scenario: ScenarioFacts, report: string | false | undefined): string | null {
  if (report === false) return null;
  const file = resolve(report ?? join('reports', `${scenario.name}.html`));
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
  } catch (cause) {
    throw new InputError({
      code: 'FILE_UNREADABLE',
      message: `the report cannot be written to ${file}`,
      problems: [
        {
          file,
          field: '--report',
          expected: 'a file that can be written',
          found: cause instanceof Error ? cause.message : String(cause),
        },
      ],
      hint: 'Name another file with --report, or write none with --no-report.',
      cause,
    });
  }
  return file;
}

/** The lab is loaded only when something is replayed: the other commands start without it. */
async function loadReplay(): Promise<RunReplay> {
  const module: unknown = await import(REPLAY_MODULE);
  if (hasRunReplay(module)) return module.runReplay;
  throw new Error(`${REPLAY_MODULE} exports no function runReplay`);
}

const REPLAY_MODULE: string = '@plimsoll/lab/replay/runReplay';

function hasRunReplay(module: unknown): module is { readonly runReplay: RunReplay } {
  return typeof module === 'object' && module !== null && 'runReplay' in module && typeof module.runReplay === 'function';
}
