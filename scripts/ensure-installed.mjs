// Makes `npm start` and `npm test` work on a fresh clone: checks the Node version, and installs from the lockfile when
// node_modules does not hold what the lockfile names. No dependencies, and syntax that an old Node can still parse, so
// that the message about the version is what its user sees.
//
// What is installed is read from node_modules/.package-lock.json, which npm itself writes as the last step of an install.
// So an interrupted install, a changed lockfile and a folder brought over from another platform are all noticed, and an
// `npm ci` run by hand is recognised without a marker of our own.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const EXIT_USAGE = 2;

/** The sentence to print when `version` (as in `20.18.1`) is below `minimum` (as in `>=20.19.0`), else `undefined`. */
export function nodeVersionProblem(version, minimum) {
  const have = versionParts(version);
  const need = versionParts(minimum);
  for (let i = 0; i < 3; i += 1) {
    if (have[i] > need[i]) return undefined;
    if (have[i] < need[i]) {
      return `Plimsoll needs Node ${need.join('.')} or newer; this is Node ${have.join('.')}. See https://nodejs.org/en/download.`;
    }
  }
  return undefined;
}

/** The reason why an install is needed, or `undefined` when node_modules under `root` holds what the lockfile names. */
export function installReason(root, platform, architecture) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'dependencies are not installed';
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const installed = readJson(installedPath).packages;
  for (const path of Object.keys(wanted)) {
    if (!path.startsWith('node_modules/')) continue;
    const entry = wanted[path];
    if (!isForThisMachine(entry, platform, architecture)) continue;
    const found = installed[path];
    if (found === undefined) return `${path} is missing`;
    if (found.version !== entry.version) return `${path} is ${found.version}, the lockfile says ${entry.version}`;
    if (found.integrity !== entry.integrity) return `${path} differs from the lockfile`;
    if (!existsSync(join(root, path))) return `${path} is missing`;
  }
  return undefined;
}

function isForThisMachine(entry, platform, architecture) {
  if (!entry.optional) return true;
  if (entry.libc !== undefined || entry.os === undefined || entry.cpu === undefined) return false;
  return entry.os.includes(platform) && entry.cpu.includes(architecture);
}

function versionParts(text) {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  if (found === null) throw new Error(`not a version: ${text}`);
  return found.slice(1, 4).map(Number);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function install(root) {
  // --include=dev: the loader and the tests are development dependencies, and NODE_ENV=production would leave them out.
  const argumentsOfNpm = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npmScript = process.env.npm_execpath;
  const byNode = npmScript !== undefined && /npm-cli\.c?js$/.test(npmScript);
  // Everything goes to standard error: the output of the command that follows may be read by a program.
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  return byNode
    ? spawnSync(process.execPath, [npmScript, ...argumentsOfNpm], options)
    : spawnSync('npm', argumentsOfNpm, { ...options, shell: process.platform === 'win32' });
}

function main() {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const problem = nodeVersionProblem(process.versions.node, readJson(join(root, 'package.json')).engines.node);
  if (problem !== undefined) {
    console.error(problem);
    return EXIT_USAGE;
  }
  const reason = installReason(root, process.platform, process.arch);
  if (reason === undefined) return 0;
  console.error(`Installing from package-lock.json (${reason}) ...`);
  const result = install(root);
  if (result.error === undefined && result.status === 0) return 0;
  console.error(
    'The install failed; the lines above say why. Plimsoll needs the npm registry once, or `npm ci` from your own mirror.',
  );
  return EXIT_USAGE;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main();
