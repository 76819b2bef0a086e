/** `plimsoll serve`: the service in this process until Ctrl-C. With `--demo` the shipped crash is its market, and agents come and trade in it. */

import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timeMs } from '@plimsoll/core/numeric';
import {
  type Clock,
  type Deployment,
  deploymentOfFolder,
  forgetFolder,
  JournalError,
  PortTakenError,
  type RunningService,
  runService,
  type ServiceOptions,
} from '@plimsoll/service';
import type { CommandContext } from '../commandContext.ts';
import type { AgentsMessage } from '../demo/agents.ts';
import { createDemoClock } from '../demo/demoClock.ts';
import { type DemoMarket, demoDeployment, readDemoMarket } from '../demo/demoMarket.ts';
import { demoWallets, WALLETS_FILE } from '../demo/demoWallets.ts';
import { type AUTHORITY_NAMES, demoNames } from '../demo/enrol.ts';
import { readDemo } from '../demo/reading.ts';
import { statusLine } from '../demo/statusLine.ts';
import { ownersOfExampleWallets, readDeploymentFile } from '../deploymentFile.ts';
import { EXIT_NO, EXIT_OK } from '../exitCodes.ts';
import { InputError } from '../inputError.ts';
import { portfolioMargin } from '../portfolioMargin.ts';

export interface ServeOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** Null: no binary sessions. */
  readonly binaryPort: number | null;
  /** What a new folder is born from; a folder that has its deployment must have this one. */
  readonly deploymentFile: string | null;
  readonly demo: DemoOptions | null;
}

export interface DemoOptions {
  readonly speed: number;
  readonly isFresh: boolean;
  readonly untilEnd: boolean;
  /** Where in the recording a new folder begins, milliseconds since 1970; null: at its start. */
  readonly fromMs: number | null;
}

/** Runs until it is told to stop; returns the exit code. Throws InputError for what the user can mend. */
export async function serveCommand(context: CommandContext, options: ServeOptions): Promise<number> {
  try {
    return options.demo === null ? await serveFolder(context, options) : await serveDemo(context, options, options.demo);
  } catch (error) {
    throw mendable(error, options);
  }
}

async function serveFolder(context: CommandContext, options: ServeOptions): Promise<number> {
  const deployment = ownDeployment(options);
  for (const owner of ownersOfExampleWallets(deployment))
    context.terminal.err(`Owner ${owner} has a wallet of the example file: anybody can sign for it.\n`);
  const clock: Clock = { now: () => timeMs(Date.now()) };
  const stopped = createStop();
  const service = await start(context, options, { deployment, clock, onFatal: stopped.fatal });
  context.terminal.err(`${welcome(service)}\nCtrl-C stops it; what was acknowledged is on disk.\n`);
  try {
    return await stopped.wait;
  } finally {
    await service.close();
    context.terminal.err(`Stopped at block ${service.sequencer.head().height}; the same command goes on from there.\n`);
  }
}

function ownDeployment({ folder, deploymentFile }: ServeOptions): Deployment {
  if (deploymentFile !== null) return readDeploymentFile(deploymentFile, Date.now());
  const deployment = deploymentOfFolder(folder);
  if (deployment !== null) return deployment;
  const problem = { file: folder, field: '(the folder)', expected: 'a data folder with its manifest.json', found: 'none' };
  throw new InputError({
    code: 'DATA_MISSING',
    message: `${folder} is not a data folder`,
    problems: [problem],
    hint: 'Name what it is to be born from with --deployment (docs/serve.md), or try `plimsoll serve --demo`.',
  });
}

/** Seconds between two status lines: on a terminal one line is redrawn, elsewhere it is a line each. */
const REDRAW_MS = 500;
const LINE_MS = 10_000;

async function serveDemo(context: CommandContext, options: ServeOptions, demo: DemoOptions): Promise<number> {
  const { terminal } = context;
  const { folder } = options;
  if (demo.isFresh) forgetDemo(folder);
  const found = deploymentOfFolder(folder);
  const market = beginning(await readDemoMarket(), { demo, folder, isBegun: found !== null });
  const deployment = found ?? newDeployment(folder, market);
  const clock = createDemoClock({ ...market, speed: demo.speed, elapsedMs: () => performance.now() });
  const stopped = createStop();
  const service = await start(context, options, { deployment, clock, onFatal: stopped.fatal });
  clock.resumeAt(service.sequencer.head().timeMs);
  terminal.err(
    `${welcome(service)}\nThe crash of 12 and 13 March 2020 at ${demo.speed} times its speed. Ctrl-C stops it; starting again goes on from there.\n`,
  );
  const agents = startAgents(service.url, folder, (message) => {
    terminal.err(`${terminal.canRedraw ? '\r\u001b[2K' : ''}${sentenceOf(message, folder)}\n`);
    if (message.kind !== 'enrolled' && demo.untilEnd) stopped.stop(message.kind === 'ended' ? EXIT_OK : EXIT_NO);
  });
  const stopLine = showStatus(context, service);
  try {
    return await stopped.wait;
  } finally {
    stopLine();
    agents.kill();
    await service.close();
    const { height } = service.sequencer.head();
    terminal.err(`${terminal.canRedraw ? '\r\u001b[2K' : ''}Stopped at block ${height}; the same command goes on from there.\n`);
  }
}

/** The recording from where `--from` says: a folder that has begun keeps its own time. */
function beginning(
  market: DemoMarket,
  { demo: { fromMs }, folder, isBegun }: { readonly demo: DemoOptions; readonly folder: string; readonly isBegun: boolean },
): DemoMarket {
  if (fromMs === null) return market;
  if (isBegun) {
    throw new InputError({
      code: 'USAGE',
      message: `--from is for a new folder, and the demo in ${folder} has begun`,
      hint: 'Leave --from out to go on, or add --fresh to begin anew.',
    });
  }
  const { startMs, endMs } = market;
  if (fromMs < startMs || fromMs >= endMs) {
    const [from, to, found] = [startMs, endMs, fromMs].map((time) => new Date(time).toISOString());
    throw new InputError({ code: 'USAGE', message: `--from: expected a time from ${from} to before ${to}; found ${found}` });
  }
  return { ...market, startMs: fromMs };
}

function newDeployment(folder: string, market: DemoMarket): Deployment {
  const keys = demoWallets(folder, demoNames());
  const addressOf = (name: (typeof AUTHORITY_NAMES)[number]): string => {
    const found = keys.get(name);
    if (found === undefined) throw new Error(`"${name}" has a wallet`);
    return found.wallet.address;
  };
  return demoDeployment(market, `demo-${addressOf('governor').slice(2, 14)}`, {
    governor: addressOf('governor'),
    custodian: addressOf('custodian'),
    venue: addressOf('venue'),
    sources: [addressOf('source 1'), addressOf('source 2'), addressOf('source 3')],
  });
}

function start(
  { terminal }: CommandContext,
  options: ServeOptions,
  run: { readonly deployment: Deployment; readonly clock: Clock; readonly onFatal: (error: Error) => void },
): Promise<RunningService> {
  const { folder, host, port, binaryPort } = options;
  const service: ServiceOptions = {
    deployment: run.deployment,
    folder,
    clock: run.clock,
    http: { host, port },
    binary: binaryPort === null ? null : { host, port: binaryPort },
    portfolioMargin,
    sources: [],
    observer: {
      warning: (message) => terminal.err(`${message}\n`),
      fatal: run.onFatal,
      recovered: ({ height, blocks, ms }) => {
        if (height > 0) terminal.err(`Resumed at block ${height}: ${blocks} blocks read back in ${(ms / 1_000).toFixed(2)} s.\n`);
      },
    },
  };
  return runService(service);
}

function welcome({ url, binary }: RunningService): string {
  const sessions = binary === null ? '' : `\n  binary sessions  ${binary.host}:${binary.port}`;
  return `Plimsoll is open.\n  interface        ${url}/v1/status\n  documentation    ${url}/docs${sessions}`;
}

interface Stop {
  readonly wait: Promise<number>;
  readonly stop: (exitCode: number) => void;
  readonly fatal: (error: Error) => void;
}

/** Resolves on Ctrl-C, on a request to terminate, and when the service cannot go on. */
function createStop(): Stop {
  let stop = (_: number): void => {};
  let fatal = (_: Error): void => {};
  const wait = new Promise<number>((resolve, reject) => {
    stop = resolve;
    fatal = reject;
  });
  // Nobody may be waiting yet when it fails.
  wait.catch(() => {});
  process.once('SIGINT', () => stop(EXIT_OK));
  process.once('SIGTERM', () => stop(EXIT_OK));
  return { wait, stop, fatal };
}

function startAgents(url: string, folder: string, onMessage: (message: AgentsMessage) => void): { readonly kill: () => void } {
  const child = fork(fileURLToPath(new URL('../demo/agents.mjs', import.meta.url)), [url, folder], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (message) => onMessage(message as AgentsMessage));
  return { kill: () => void child.kill() };
}

function sentenceOf(message: AgentsMessage, folder: string): string {
  switch (message.kind) {
    case 'enrolled':
      return `${message.people} people are in: borrowers, traders, liquidators, a lender, a market maker, a backstop provider.`;
    case 'ended':
      return `The recording has ended. Everything stays open at its last price until that is too old; \`plimsoll serve --demo --fresh\` starts the crash again in ${folder}.`;
    default:
      return `The agents of the demo stopped: ${message.message}`;
  }
}

function showStatus(context: CommandContext, service: RunningService): () => void {
  const { terminal } = context;
  const { canRedraw, columns } = terminal;
  let commands = 0;
  let since = performance.now();
  const stopCounting = service.sequencer.onBlock(({ entries }) => {
    commands += entries.length;
  });
  const timer = setInterval(
    () => {
      const seconds = (performance.now() - since) / 1_000;
      const rate = commands / seconds;
      commands = 0;
      since = performance.now();
      readDemo(service, rate).then(
        (reading) => {
          const line = statusLine(reading);
          terminal.err(canRedraw ? `\r\u001b[2K${line.slice(0, Math.max(20, columns - 1))}` : `${line}\n`);
        },
        // The service is closing: nothing is left to read.
        () => {},
      );
    },
    canRedraw ? REDRAW_MS : LINE_MS,
  );
  return () => {
    clearInterval(timer);
    stopCounting();
  };
}

/** Only what a demo made, never anything else that lies in the folder, and never while a service runs on it. */
function forgetDemo(folder: string): void {
  forgetFolder(folder);
  rmSync(join(folder, WALLETS_FILE), { force: true });
}

function mendable(error: unknown, { folder, host, port }: ServeOptions): unknown {
  if (error instanceof PortTakenError) {
    return new InputError({
      code: 'USAGE',
      message: error.message,
      hint: 'Stop it, or take another port with --port or --binary-port (0 takes a free one).',
      cause: error,
    });
  }
  if (error instanceof JournalError) {
    return new InputError({
      code: 'DATA_INVALID',
      message: error.message,
      hint: HINTS[error.code] ?? `The folder is ${folder}, the address ${host}:${port}.`,
      cause: error,
    });
  }
  return error;
}

const HINTS: Readonly<Record<string, string>> = {
  IN_USE: 'Use the one that runs, stop it, or name another folder with --folder.',
  DISK_FULL: 'Nothing that was acknowledged is lost. Make room and start again.',
  READ_ONLY: 'Name a folder that can be written with --folder.',
  NOT_PERMITTED: 'Name a folder that this user may write with --folder.',
  WRONG_DEPLOYMENT: 'Name another folder with --folder; for the demo, --fresh begins anew.',
  WRONG_VERSION: 'For the demo, --fresh begins anew.',
};
