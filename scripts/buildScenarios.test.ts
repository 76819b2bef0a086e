import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shippedBlackThursdayFile } from '../packages/lab/src/data/blackThursday/readScenario.ts';
import { describeWithData } from '../packages/lab/src/testing/requireData.ts';
import { runScript, type ScriptOutcome } from './runScript.testing.ts';

const script = fileURLToPath(new URL('./build-scenarios.ts', import.meta.url));

const run = (...args: readonly string[]): Promise<ScriptOutcome> => runScript(script, args);

describe('the script that builds the scenarios', () => {
  const refused: readonly (readonly [title: string, args: readonly string[], message: RegExp])[] = [
    ['no data folder', [], /--data <folder> or PLIMSOLL_DATA\n$/],
    ['a folder that is not there', ['--data', '/nowhere'], /^\/nowhere: expected an existing folder/],
    ['a folder without the data', ['--data', tmpdir()], /flip_eth_a_auctions\.csv\.gz: expected the file/],
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

describeWithData('the script that builds the scenarios, over the raw data', (folder) => {
  it('writes the shipped bytes', async () => {
    const target = await mkdtemp(join(tmpdir(), 'plimsoll-'));
    try {
      const { code, stdout } = await run('--data', folder, '--to', target);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^black-thursday\.json: \d+ bytes\n$/);
      const built = await readFile(join(target, 'black-thursday.json'));
      expect(built.equals(await readFile(shippedBlackThursdayFile()))).toBe(true);
    } finally {
      await rm(target, { recursive: true, force: true });
    }
  });
});
