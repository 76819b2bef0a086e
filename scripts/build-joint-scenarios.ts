/**
 * Rebuilds `profiles/joint-scenarios.json` from the price history, byte for byte:
 *
 *     npx tsx scripts/build-joint-scenarios.ts --data <folder> [--to <file>]
 *
 * The data folder may also be named by PLIMSOLL_DATA. Exit code 2 with one line on stderr when the arguments are wrong or the
 * data are missing or malformed.
 */
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadDailyPrices } from '../packages/lab/src/backtest/dailyPrices.ts';
import { jointScenarioFileText, shippedJointSet } from '../packages/lab/src/backtest/jointScenarioFile.ts';
import { DataError } from '../packages/lab/src/data/dataError.ts';
import { requireDataFolder, resolveDataFolder } from '../packages/lab/src/data/dataFolder.ts';

try {
  const { values } = parseArgs({ options: { data: { type: 'string' }, to: { type: 'string' } } });
  const folder = requireDataFolder(resolveDataFolder({ option: values.data, environment: process.env }));
  const target = values.to ?? fileURLToPath(new URL('../profiles/joint-scenarios.json', import.meta.url));
  const text = jointScenarioFileText(shippedJointSet(await loadDailyPrices(folder)));
  await writeFile(target, text);
  process.stdout.write(`joint-scenarios.json: ${Buffer.byteLength(text)} bytes\n`);
} catch (error) {
  if (!(error instanceof DataError) && !isArgumentError(error)) {
    throw error;
  }
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function isArgumentError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
