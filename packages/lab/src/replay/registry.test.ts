import { describe, expect, it } from 'vitest';
import { SCENARIOS, scenarioNamed } from './registry.ts';
import { runReplay } from './runReplay.ts';

const options = {
  scenario: 'black-thursday',
  dataFolder: undefined,
  seed: 1,
  seeds: 1,
  cells: ['nobody at all'],
  audit: 'off' as const,
  reportFile: null,
  onProgress: () => {},
};

describe('the list of scenarios', () => {
  it('loads the code of every scenario that it names', async () => {
    expect(SCENARIOS.map(({ name }) => name)).toEqual(['black-thursday', 'october-2025', 'october-shaped']);
    for (const { load } of SCENARIOS) expect(await load()).toBeTypeOf('function');
  });

  it('refuses a name that it does not know, and a cell that the scenario does not have', async () => {
    expect(() => scenarioNamed('black-friday')).toThrow('unknown scenario "black-friday"');
    await expect(runReplay(options)).rejects.toThrow(/^--cell: expected one of "no keeper, delayed".*found "nobody at all"/);
  });
});
