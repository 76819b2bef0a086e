import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dailyPriceFiles } from '../packages/lab/src/backtest/dailyPrices.ts';
import { describeWithData } from '../packages/lab/src/testing/requireData.ts';
import { runScript, type ScriptOutcome } from './runScript.testing.ts';

const script = fileURLToPath(new URL('./build-joint-scenarios.ts', import.meta.url));
const shipped = fileURLToPath(new URL('../profiles/joint-scenarios.json', import.meta.url));

const run = (...args: readonly string[]): Promise<ScriptOutcome> => runScript(script, args);

describe('the script that builds the joint scenarios', () => {
  const refused: readonly (readonly [title: string, args: readonly string[], message: RegExp])[] = [
    ['no data folder', [], /--data <folder> or PLIMSOLL_DATA\n$/],
    ['a folder without the data', ['--data', tmpdir()], /ADAUSDT_2h\.csv\.gz: expected the file/],
    ['an unknown option', ['--date', tmpdir()], /Unknown option '--date'/],
  ];
  for (const [title, args, message] of refused) {
    it(`refuses ${title} in one line, with exit code 2 and no stack`, async () => {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split('\n').length).toBe(1);
    });
  }
});

describe('the joint scenarios that ship', () => {
  it('are 120, over ten underlyings, one day each, and no two of the same day', async () => {
    const file: unknown = JSON.parse(await readFile(shipped, 'utf8'));
    expect(file).toMatchObject({
      population: { days: 1549, daysPerScenario: { least: 12, most: 13 } },
      rules: { worstCount: 3 },
    });
    const scenarios = isObject(file) && Array.isArray(file['scenarios']) ? file['scenarios'] : [];
    expect(scenarios.length).toBe(120);
    expect(new Set(scenarios.map((scenario: unknown) => (isObject(scenario) ? scenario['name'] : null))).size).toBe(120);
    for (const scenario of scenarios) {
      const moves = isObject(scenario) && Array.isArray(scenario['moves']) ? scenario['moves'] : [];
      expect(moves.length).toBe(10);
    }
  });
});

describeWithData(
  'the script that builds the joint scenarios, over the raw data',
  (folder) => {
    it('writes the shipped bytes', async () => {
      const target = await mkdtemp(join(tmpdir(), 'plimsoll-'));
      try {
        const file = join(target, 'joint-scenarios.json');
        const { code, stdout } = await run('--data', folder, '--to', file);
        expect(code).toBe(0);
        expect(stdout).toMatch(/^joint-scenarios\.json: \d+ bytes\n$/);
        expect((await readFile(file)).equals(await readFile(shipped))).toBe(true);
      } finally {
        await rm(target, { recursive: true, force: true });
      }
    });
  },
  dailyPriceFiles(),
);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
