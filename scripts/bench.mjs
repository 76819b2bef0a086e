// `npm run bench [-- words of file names] [--json] [--runs n]`: every packages/*/bench/*.bench.ts, each in a process of
// its own so that one file's garbage and compiled code do not weigh on the next.

import { fork } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { registerTypeScript } from '../packages/lab/loader/registerTypeScript.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// Collection on request, so that memory can be measured; and room for a million accounts.
const NODE_FLAGS = ['--expose-gc', '--max-old-space-size=6144'];

function options() {
  try {
    const flags = { json: { type: 'boolean', default: false }, runs: { type: 'string' }, file: { type: 'string' } };
    const { values, positionals } = parseArgs({ options: flags, allowPositionals: true });
    if (values.runs !== undefined && !/^[1-9]\d*$/.test(values.runs))
      throw new Error(`--runs expects a whole number from 1, not ${values.runs}`);
    return { ...values, positionals };
  } catch (error) {
    console.error(`bench: ${error.message}\nusage: npm run bench [-- words of file names] [--json] [--runs n]`);
    process.exit(2);
  }
}

function benchFiles(words) {
  const found = [];
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const folder = join('packages', name, 'bench');
    if (!existsSync(join(root, folder))) continue;
    for (const file of readdirSync(join(root, folder)).sort()) if (file.endsWith('.bench.ts')) found.push(join(folder, file));
  }
  return words.length === 0 ? found : found.filter((file) => words.some((word) => file.includes(word)));
}

async function runFile(file, runs) {
  registerTypeScript();
  const { runBenchmarks } = await import('../packages/lab/src/bench/runBenchmarks.ts');
  const { benches } = await import(pathToFileURL(join(root, file)).href);
  if (!Array.isArray(benches) || benches.length === 0) throw new Error(`${file} exports no benches`);
  process.send(await runBenchmarks(file, benches, runs));
}

/** The results of one file, or `undefined` when its process failed; it has then said why. */
function runInProcess(file, runs) {
  const argumentsOfChild = ['--file', file, ...(runs === undefined ? [] : ['--runs', runs])];
  const child = fork(fileURLToPath(import.meta.url), argumentsOfChild, {
    cwd: root,
    execArgv: NODE_FLAGS,
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  let results;
  child.on('message', (message) => {
    results = message;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve(code === 0 ? results : undefined)));
}

async function runAll({ positionals, json, runs }) {
  const files = benchFiles(positionals);
  if (files.length === 0) {
    console.error(
      positionals.length === 0
        ? 'bench: no packages/*/bench/*.bench.ts found'
        : `bench: no file matches ${positionals.join(' ')}`,
    );
    return 2;
  }
  registerTypeScript();
  const { formatResult, machineLine } = await import('../packages/lab/src/bench/runBenchmarks.ts');
  const machine = machineLine();
  if (!json) console.log(machine);
  const all = [];
  let failures = 0;
  for (const file of files) {
    if (!json) console.log(`\n${file}`);
    const results = await runInProcess(file, runs);
    if (results === undefined) failures += 1;
    for (const result of results ?? []) {
      all.push(result);
      if (!json) console.log(formatResult(result));
    }
  }
  if (json) console.log(JSON.stringify({ machine, results: all }, null, 2));
  if (failures > 0) console.error(`bench: ${failures} of ${files.length} files failed`);
  return failures > 0 ? 1 : 0;
}

const chosen = options();
if (chosen.file === undefined) process.exitCode = await runAll(chosen);
else await runFile(chosen.file, chosen.runs === undefined ? undefined : Number(chosen.runs));
