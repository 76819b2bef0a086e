import { resolve } from 'node:path';
import type { ReplayOptions, ReplayOutcome } from '@plimsoll/lab/replay/types';
import { describe, expect, test } from 'vitest';
import type { CommandContext } from '../commandContext.ts';
import { type ReplayCommandOptions, replayCommand } from './replayCommand.ts';

const OPTIONS: ReplayCommandOptions = {
  data: undefined,
  seed: 3,
  seeds: 1,
  cells: 'default',
  audit: 'sampled',
  report: undefined,
  json: false,
};
const OUTCOME: ReplayOutcome = {
  exitCode: 1,
  summaryLines: ['one auction', 'no bad debt'],
  json: { kind: 'replay' },
  reportFile: null,
};

/** Runs the command with a replay that only remembers what it was asked. */
async function run(
  name: string,
  options: Partial<ReplayCommandOptions> = {},
): Promise<{ readonly exitCode: number; readonly out: string; readonly err: string; readonly asked: readonly ReplayOptions[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const asked: ReplayOptions[] = [];
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
  const exitCode = await replayCommand(context, name, { ...OPTIONS, ...options }, async () => async (given) => {
    asked.push(given);
    given.onProgress(1, 'blocks');
    return OUTCOME;
  });
  return { exitCode, out: out.join(''), err: err.join(''), asked };
}

describe('replay', () => {
  test('asks for what the options say, prints the summary, and ends with the exit code of the replay', async () => {
    const { exitCode, out, err, asked } = await run('october-shaped', {
      seed: 9,
      seeds: 20,
      cells: ['one keeper'],
      audit: 'full',
    });
    expect(exitCode).toBe(1);
    expect(out).toBe('one auction\nno bad debt\n');
    expect(err).toBe('100 %  blocks\n');
    expect(asked).toMatchObject([
      { scenario: 'october-shaped', seed: 9, seeds: 20, cells: ['one keeper'], audit: 'full', dataFolder: undefined },
    ]);
  });

  test('writes a report named after the scenario, unless told where or told not to', async () => {
    const reportOf = async (report: ReplayCommandOptions['report']): Promise<string | null | undefined> =>
      (await run('october-shaped', { report })).asked[0]?.reportFile;
    expect(await reportOf(undefined)).toBe(resolve('reports/october-shaped.html'));
    expect(await reportOf('mine.html')).toBe(resolve('mine.html'));
    expect(await reportOf(false)).toBeNull();
  });

  test('with json prints the one document of the replay', async () => {
    const { out } = await run('october-shaped', { json: true });
    expect(JSON.parse(out)).toEqual({ kind: 'replay' });
  });

  test('does not start without the data that the scenario needs', async () => {
    await expect(run('october-2025')).rejects.toMatchObject({ code: 'DATA_MISSING', problems: [{ field: '--data' }] });
    await expect(run('october-2025', { data: import.meta.dirname })).rejects.toMatchObject({ code: 'DATA_MISSING' });
  });
});
