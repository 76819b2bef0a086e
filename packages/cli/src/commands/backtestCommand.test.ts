import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { dailyPriceFiles } from '@plimsoll/lab/backtest/dailyPrices';
import type { BacktestOptions } from '@plimsoll/lab/backtest/types';
import type { ReplayOutcome } from '@plimsoll/lab/replay/types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandContext } from '../commandContext.ts';
import { type BacktestCommandOptions, backtestCommand } from './backtestCommand.ts';

const OUTCOME: ReplayOutcome = {
  exitCode: 1,
  summaryLines: ['FAILED', 'long BTC'],
  json: { kind: 'backtest' },
  reportFile: null,
};

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
beforeAll(async () => {
  for (const path of dailyPriceFiles()) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), '');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS: BacktestCommandOptions = { data: folder, seed: 3, profile: 'plimsoll-default', report: false, json: false };

/** Runs the command with a backtest that only remembers what it was asked. */
async function run(options: Partial<BacktestCommandOptions> = {}): Promise<{
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly BacktestOptions[];
}> {
  const out: string[] = [];
  const err: string[] = [];
  const asked: BacktestOptions[] = [];
  const context: CommandContext = {
    terminal: {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      hasColor: false,
      canRedraw: false,
      columns: 80,
    },
    environment: {},
  };
  const exitCode = await backtestCommand(context, { ...OPTIONS, ...options }, async () => async (given) => {
    asked.push(given);
    given.onProgress(1, 'done');
    return OUTCOME;
  });
  return { exitCode, out: out.join(''), err: err.join(''), asked };
}

describe('backtest', () => {
  test('asks for what the options say, prints the summary, and ends with the exit code of the backtest', async () => {
    const { exitCode, out, err, asked } = await run();
    expect(exitCode).toBe(1);
    expect(out).toBe('FAILED\nlong BTC\n');
    expect(err).toBe('100 %  done\n');
    expect(asked).toMatchObject([{ dataFolder: folder, seed: 3, profile: { name: 'plimsoll-default' }, reportFile: null }]);
    expect(asked[0]?.command).toBe('plimsoll backtest --profile plimsoll-default --seed 3');
  });

  test('with json prints the one document', async () => {
    expect(JSON.parse((await run({ json: true })).out)).toEqual({ kind: 'backtest' });
  });

  test('writes a report named after the profile, or where it is told to', async () => {
    const file = join(folder, 'reports', 'mine.html');
    expect((await run({ report: file })).asked[0]?.reportFile).toBe(resolve(file));
    await expect(run({ report: folder })).rejects.toMatchObject({ code: 'FILE_UNREADABLE', problems: [{ field: '--report' }] });
  });

  test('does not start without the prices, and names what is missing', async () => {
    await expect(run({ data: undefined })).rejects.toMatchObject({ code: 'DATA_MISSING', problems: [{ field: '--data' }] });
    const empty = mkdtempSync(join(tmpdir(), 'plimsoll-'));
    const missing = run({ data: empty });
    await expect(missing).rejects.toMatchObject({ code: 'DATA_MISSING' });
    const files = await missing.catch((error: unknown) =>
      typeof error === 'object' && error !== null && 'problems' in error && Array.isArray(error.problems)
        ? error.problems.length
        : 0,
    );
    expect(files).toBe(dailyPriceFiles().length);
    rmSync(empty, { recursive: true });
  });

  test('refuses a profile that is not there', async () => {
    await expect(run({ profile: 'plimsoll-defualt' })).rejects.toMatchObject({ code: 'PROFILE_UNKNOWN' });
  });
});
