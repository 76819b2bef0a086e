import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ETH_USD_FIVE_MINUTES_FILE } from '@plimsoll/lab/data/sources/ethUsdFiveMinutes';
import {
  ADL_ACCOUNTS_FILE,
  ADL_COINS_FILE,
  ADL_TOTALS_FILE,
  HYPERLIQUID_ATTRIBUTION,
} from '@plimsoll/lab/data/sources/hyperliquidAdl';
import { MULTIVENUE_FIVE_SECONDS_FILE, MULTIVENUE_MINUTE_FILE } from '@plimsoll/lab/data/sources/multivenueBars';
import { describe, expect, test } from 'vitest';
import { SCENARIOS, scenarioAvailability } from './scenarioList.ts';
import { REPOSITORY } from './testing/runPlimsoll.ts';

const named = (name: string): (typeof SCENARIOS)[number] => {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};

describe('the list of scenarios', () => {
  test('asks for the files that the lab reads', () => {
    const files = [MULTIVENUE_MINUTE_FILE, MULTIVENUE_FIVE_SECONDS_FILE, ADL_ACCOUNTS_FILE, ADL_COINS_FILE, ADL_TOTALS_FILE];
    expect([...named('october-2025').needs].sort()).toEqual(files.sort());
    expect(named('black-thursday').refinedBy?.files).toEqual([ETH_USD_FIVE_MINUTES_FILE]);
  });

  test('repeats the attribution that the data ask for', () => {
    expect(named('october-2025').terms).toContain(HYPERLIQUID_ATTRIBUTION);
  });

  test('says shipped only of what ships', () => {
    for (const { name, source } of SCENARIOS)
      expect(existsSync(join(REPOSITORY, 'scenarios', `${name}.json`))).toBe(source === 'shipped');
  });

  test('a scenario is available when every file that it needs is there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-scenarios-'));
    try {
      const october = named('october-2025');
      expect(scenarioAvailability(october, undefined)).toMatchObject({ isAvailable: false, missing: october.needs });
      for (const file of october.needs.slice(1)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), '');
      }
      expect(scenarioAvailability(october, folder)).toMatchObject({ isAvailable: false, missing: [october.needs[0]] });
      mkdirSync(dirname(join(folder, october.needs[0] ?? '')), { recursive: true });
      writeFileSync(join(folder, october.needs[0] ?? ''), '');
      expect(scenarioAvailability(october, folder)).toMatchObject({ isAvailable: true, missing: [] });
      expect(scenarioAvailability(named('black-thursday'), folder)).toMatchObject({ isAvailable: true, isRefined: false });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
