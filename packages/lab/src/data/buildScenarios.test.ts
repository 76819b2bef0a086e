import { readFile, stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { describeWithData } from '../testing/requireData.ts';
import { shippedBlackThursdayFile } from './blackThursday/readScenario.ts';
import { shippedScenarioTexts } from './buildScenarios.ts';

describeWithData('the shipped scenarios', (folder) => {
  it('are rebuilt from the raw data byte for byte', async () => {
    const built = await shippedScenarioTexts(folder);
    expect(built.map(({ fileName }) => fileName)).toEqual(['black-thursday.json']);
    const [blackThursday] = built;
    const shipped = await readFile(shippedBlackThursdayFile());
    expect(shipped.equals(Buffer.from(blackThursday?.text ?? '', 'utf8'))).toBe(true);
  });

  it('stay below two megabytes', async () => {
    expect((await stat(shippedBlackThursdayFile())).size).toBeLessThan(2_000_000);
  });
});
