import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../testing/requireData.ts';
import { shippedBlackThursdayFile } from './blackThursday/readScenario.ts';
import { shippedScenarioTexts } from './buildScenarios.ts';

const scenarios = dirname(shippedBlackThursdayFile());
const BYTES_MAX = 2_000_000;

describe('the folder of shipped scenarios', () => {
  it('stays below two megabytes', async () => {
    const sizes = await Promise.all((await readdir(scenarios)).map(async (name) => (await stat(join(scenarios, name))).size));
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(BYTES_MAX);
  });

  it('names every file and keeps it outside the licence grant in DATA-TERMS.md', async () => {
    const terms = await readFile(join(scenarios, 'DATA-TERMS.md'), 'utf8');
    const files = (await readdir(scenarios)).filter((name) => name !== 'DATA-TERMS.md');
    expect(files.filter((name) => !terms.includes(`## ${name}\n`))).toEqual([]);
    expect(terms).toContain('not covered by the project');
  });
});

describeWithData('the shipped scenarios', (folder) => {
  it('are rebuilt from the raw data byte for byte, all of them', async () => {
    const built = await shippedScenarioTexts(folder);
    const shipped = (await readdir(scenarios)).filter((name) => name.endsWith('.json'));
    expect(built.map(({ fileName }) => fileName)).toEqual(shipped);
    for (const { fileName, text } of built) {
      const bytes = await readFile(join(scenarios, fileName));
      expect(bytes.equals(Buffer.from(text, 'utf8'))).toBe(true);
    }
  });
});
