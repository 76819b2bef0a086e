/**
 * Rebuilds `scenarios/` from the raw data sets, byte for byte:
 *
 *     npx tsx scripts/build-scenarios.ts --data <folder> [--to <folder>]
 *
 * The data folder may also be named by PLIMSOLL_DATA; `--to` writes elsewhere than to `scenarios/`. Exit code 2 with one
 * line on stderr when the arguments are wrong or the data are missing or malformed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shippedScenarioTexts } from '../packages/lab/src/data/buildScenarios.ts';
import { DataError } from '../packages/lab/src/data/dataError.ts';
import { requireDataFolder, resolveDataFolder } from '../packages/lab/src/data/dataFolder.ts';

try {
  const { values } = parseArgs({ options: { data: { type: 'string' }, to: { type: 'string' } } });
  const folder = requireDataFolder(resolveDataFolder({ option: values.data, environment: process.env }));
  const target = values.to ?? fileURLToPath(new URL('../scenarios/', import.meta.url));
  for (const { fileName, text } of await shippedScenarioTexts(folder)) {
    await writeFile(join(target, fileName), text);
    process.stdout.write(`${fileName}: ${Buffer.byteLength(text)} bytes\n`);
  }
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
