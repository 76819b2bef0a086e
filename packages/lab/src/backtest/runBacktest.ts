import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReplayOutcome } from '../replay/types.ts';
import { backtestJson } from './backtestJson.ts';
import { renderBacktest } from './backtestReport.ts';
import { computeBacktest } from './computeBacktest.ts';
import { loadDailyPrices } from './dailyPrices.ts';
import { FUNDING_FILE, loadDailyFunding } from './fundingBasis.ts';
import { FITTING_UNTIL_MS } from './periods.ts';
import { summaryLines } from './summary.ts';
import type { BacktestOptions } from './types.ts';
import { CHAINS_FOLDER, measureVolatilityPremium } from './volatilityPremium.ts';

/** Simulations behind each critical value of the expected-shortfall test. */
const DRAWS = 2_000;

/**
 * Loads the data, runs the backtest and writes the report. Prices must be there; without option chains or funding the
 * modelled books are left out and the report says so. Exit code 1 when a test that decides rejects. Throws DataError. Under a minute of one core.
 */
export async function runBacktest(options: BacktestOptions): Promise<ReplayOutcome> {
  const { dataFolder, onProgress, reportFile, seed } = options;
  onProgress(0, 'reading prices');
  const histories = await loadDailyPrices(dataFolder);
  onProgress(0.06, 'reading option chains and funding');
  const premium = existsSync(join(dataFolder, CHAINS_FOLDER)) ? await measureVolatilityPremium(dataFolder, histories) : null;
  const funding = existsSync(join(dataFolder, FUNDING_FILE)) ? await loadDailyFunding(dataFolder) : null;
  const result = computeBacktest({
    histories,
    premium,
    funding,
    profile: options.profile,
    seed,
    fittingUntilMs: FITTING_UNTIL_MS,
    draws: DRAWS,
    onProgress,
  });
  onProgress(0.97, 'writing the report');
  if (reportFile !== null) {
    await mkdir(dirname(reportFile), { recursive: true });
    await writeFile(reportFile, renderBacktest(result, { seed, command: options.command }), 'utf8');
  }
  onProgress(1, 'done');
  return {
    exitCode: result.held ? 0 : 1,
    summaryLines: summaryLines(result, reportFile),
    json: backtestJson(result, { seed, reportFile }),
    reportFile,
  };
}
