import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OCTOBER_SHAPED_CRASH_MS } from '../../data/october/generateOctoberShaped.ts';
import { OCTOBER_CRASH_MS } from '../../data/october/october2025.ts';
import {
  ADL_ACCOUNTS_FILE,
  ADL_COINS_FILE,
  ADL_TOTALS_FILE,
  HYPERLIQUID_ATTRIBUTION,
} from '../../data/sources/hyperliquidAdl.ts';
import { MULTIVENUE_FIVE_SECONDS_FILE, MULTIVENUE_MINUTE_FILE } from '../../data/sources/multivenueBars.ts';
import { describeWithData } from '../../testing/requireData.ts';
import type { ReplayOptions, ReplayOutcome } from '../types.ts';
import { OCTOBER_CELLS } from './cells.ts';
import { type OctoberLimits, runOctober2025, runOctoberShaped } from './runOctober.ts';

const MINUTE_MS = 60_000;
/** A few accounts and the first minutes of the crash: the whole path, calibration and report included, in seconds. */
const SLOW_TEST_MS = 240_000;
const QUICK = { gridPpm: [500_000, 1_000_000], halvingsMax: 0 };

function optionsOf(scenario: string, change: Partial<ReplayOptions>): ReplayOptions {
  return {
    scenario,
    dataFolder: undefined,
    seed: 1,
    seeds: 1,
    cells: ['no keeper'],
    audit: 'sampled',
    reportFile: null,
    onProgress: () => undefined,
    ...change,
  };
}

async function withReport(
  run: (reportFile: string) => Promise<ReplayOutcome>,
): Promise<{ readonly outcome: ReplayOutcome; readonly page: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-october-'));
  try {
    const outcome = await run(join(folder, 'october.html'));
    return { outcome, page: await readFile(join(folder, 'october.html'), 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the october-shaped replay', () => {
  const limits: OctoberLimits = { accountsMax: 40, untilMs: OCTOBER_SHAPED_CRASH_MS + 8 * MINUTE_MS, threads: 0, ...QUICK };

  it('ends well, says what is synthetic, and shows how the outcome moves with it', { timeout: SLOW_TEST_MS }, async () => {
    const { outcome, page } = await withReport((reportFile) =>
      runOctoberShaped(optionsOf('october-shaped', { reportFile }), limits),
    );
    const text = outcome.summaryLines.join('\n');
    expect(outcome.exitCode).toBe(0);
    expect(text).toContain('The long side is synthetic');
    expect(text).toContain('How the outcome moves with the synthetic long side');
    expect(text).toMatch(/claims \d+, holdings \d+ units of USDC: equal/);
    expect(page).toContain('How the outcome moves with the synthetic long side');
    expect(page).toContain('Every liquidation traced to a quorum');
    expect(page).not.toMatch(/https?:/);
    expect(JSON.stringify(outcome.json)).toContain('"longSide":"synthetic"');
  });

  it('refuses a cell that it does not have, naming those it has', async () => {
    await expect(runOctoberShaped(optionsOf('october-shaped', { cells: ['two keepers'] }), limits)).rejects.toThrow(
      OCTOBER_CELLS[0]?.name,
    );
  });
});

describe('the october-2025 replay', () => {
  it('says that it needs the data folder', async () => {
    await expect(runOctober2025(optionsOf('october-2025', {}))).rejects.toMatchObject({ code: 'DATA_FOLDER_MISSING' });
  });
});

describeWithData(
  'the october-2025 replay over the real data',
  (folder) => {
    const limits: OctoberLimits = { accountsMax: 60, untilMs: OCTOBER_CRASH_MS + 8 * MINUTE_MS, threads: 0, ...QUICK };

    it('prints the attribution and what it may not be used for, and traces every liquidation', {
      timeout: SLOW_TEST_MS,
    }, async () => {
      const { outcome, page } = await withReport((reportFile) =>
        runOctober2025(optionsOf('october-2025', { dataFolder: folder, reportFile, cells: ['ten + backstop'] }), limits),
      );
      const text = outcome.summaryLines.join('\n');
      expect(outcome.exitCode).toBe(0);
      for (const shown of [text, page]) {
        expect(shown).toContain(HYPERLIQUID_ATTRIBUTION);
        expect(shown).toContain('Not for commercial use');
      }
      expect(page).toContain('DOT/USD');
      expect(page).toContain('AAVE/USD');
      expect(page).not.toContain('>BTC/USD<');
      expect(page).toMatch(/Minutes without a quorum/);
      expect(text).toMatch(/DOT on binance-delivery fell to 2\d(\.\d)? % of the agreed price/);
    });
  },
  [MULTIVENUE_MINUTE_FILE, MULTIVENUE_FIVE_SECONDS_FILE, ADL_ACCOUNTS_FILE, ADL_COINS_FILE, ADL_TOTALS_FILE],
);
