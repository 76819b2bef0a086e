/**
 * Rebuilds `scenarios/` from the raw data sets, byte for byte:
 *
 *     npx tsx scripts/build-scenarios.ts --data <folder>
 *
 * The folder may also be named by PLIMSOLL_DATA. Exit code 2 when the data are missing or malformed.
 */
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shippedScenarioTexts } from '../packages/lab/src/data/buildScenarios.ts';
import { DataError } from '../packages/lab/src/data/dataError.ts';
import { requireDataFolder, resolveDataFolder } from '../packages/lab/src/data/dataFolder.ts';

try {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  const folder = requireDataFolder(resolveDataFolder({ option: values.data, environment: process.env }));
  for (const { fileName, text } of await shippedScenarioTexts(folder)) {
    await writeFile(fileURLToPath(new URL(`../scenarios/${fileName}`, import.meta.url)), text);
    process.stdout.write(`scenarios/${fileName}: ${text.length} bytes\n`);
  }
} catch (error) {
  if (!(error instanceof DataError)) {
    throw error;
  }
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
