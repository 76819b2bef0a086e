#!/usr/bin/env node
// The command `plimsoll`. Everything runs from TypeScript source, so this file registers the loader and hands over to
// src/main.ts. It has no static import but Node's own, so that an old Node or a missing install gets a sentence and
// exit code 2 instead of a stack trace.

import { readFileSync } from 'node:fs';

const EXIT_DEFECT = 3;
const EXIT_USAGE = 2;

process.stdout.on('error', stopQuietlyOnClosedPipe);
process.on('uncaughtException', reportAndExit);
process.on('unhandledRejection', reportAndExit);

const versionProblem = nodeVersionProblem();
if (versionProblem !== undefined) {
  refuse(versionProblem);
} else if (await prepare()) {
  const { main } = await import('../src/main.ts');
  const exitCode = await main(process.argv.slice(2));
  if (typeof exitCode === 'number') process.exitCode = exitCode;
}

function nodeVersionProblem() {
  const packageFile = new URL('../../../package.json', import.meta.url);
  const [needMajor, needMinor] = /(\d+)\.(\d+)/
    .exec(JSON.parse(readFileSync(packageFile, 'utf8')).engines.node)
    .slice(1, 3)
    .map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return undefined;
  return `plimsoll needs Node ${needMajor}.${needMinor} or newer; this is Node ${process.versions.node}.`;
}

async function prepare() {
  try {
    await import('commander');
    const { registerTypeScript } = await import('../../lab/loader/registerTypeScript.mjs');
    registerTypeScript();
    return true;
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    refuse("plimsoll's dependencies are not installed. Run `npm ci` in the project folder (`npm start` does it by itself).");
    return false;
  }
}

function refuse(sentence) {
  console.error(sentence);
  process.exitCode = EXIT_USAGE;
}

// Errors of the user are handled, with exit code 2, where they are understood: in src/. What arrives here is either an
// error that carries an exit code of its own, or a defect of ours; the stack is for us and shown when asked for.
function reportAndExit(error) {
  const message = error instanceof Error ? error.message : String(error);
  const ownCode = error instanceof Error && Number.isInteger(error.exitCode) ? error.exitCode : undefined;
  if (ownCode !== undefined) {
    console.error(`plimsoll: ${message}`);
  } else if (process.env.PLIMSOLL_DEBUG) {
    console.error(error);
  } else {
    console.error(`plimsoll: internal error: ${message}`);
    console.error('This is a defect of Plimsoll. Run again with PLIMSOLL_DEBUG=1 for the stack, and please report it.');
  }
  process.exit(ownCode ?? EXIT_DEFECT);
}

function stopQuietlyOnClosedPipe(error) {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
