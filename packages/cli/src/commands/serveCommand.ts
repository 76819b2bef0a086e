/** `plimsoll serve`: the service in this process until Ctrl-C. With `--demo` the shipped crash is its market, and agents come and trade in it. */

import { isIP } from 'node:net';
import { timeMs } from '@plimsoll/core/numeric';
import {
  type ApiLimits,
  type Clock,
  DEFAULT_LIMITS,
  deploymentOfFolder,
  JournalError,
  type LogLevel,
  machineWait,
  openLog,
  PortTakenError,
  type RunningService,
  runService,
  type ServiceOptions,
  SourceCredentialError,
  sourcesOfSettings,
  UntrustedQuorumError,
} from '@plimsoll/service';
import type { CommandContext } from '../commandContext.ts';
import { type DemoOptions, type StartService, serveDemo } from '../demo/serveDemo.ts';
import { type DeploymentFile, ownersOfExampleWallets, readDeploymentFile } from '../deploymentFile.ts';
import { InputError } from '../inputError.ts';
import { type Recordings, readRecordings } from '../recordings.ts';
import { createStopRequest, type StopRequest } from './stopRequest.ts';

export interface ServeOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** Null: no binary sessions. */
  readonly binaryPort: number | null;
  /** What a new folder is born from; a folder that has its deployment must have this one. */
  readonly deploymentFile: string | null;
  readonly rates: RateOptions;
  readonly log: LogOptions | null;
  readonly demo: DemoOptions | null;
}

/** Requests a second of one address that sign nothing, and of one session; twice as many may come at once. */
export interface RateOptions {
  readonly public: number;
  readonly session: number;
  /** Whose `x-forwarded-for` says who asks. */
  readonly trustedProxies: readonly string[];
}

export interface LogOptions {
  readonly file: string;
  readonly level: LogLevel;
}

/** Runs until it is told to stop; returns the exit code. Throws InputError for what the user can mend. */
export async function serveCommand(context: CommandContext, options: ServeOptions): Promise<number> {
  const { demo, folder } = options;
  const stopped = createStopRequest();
  try {
    if (demo === null) return await serveFolder(context, options, stopped);
    const startDemo: StartService = (run) => start(context, options, { ...run, sources: [], recordings: new Map() });
    return await serveDemo(context, { folder, demo, start: startDemo, welcome }, stopped);
  } catch (error) {
    throw mendable(context, error, options);
  }
}

async function serveFolder(context: CommandContext, options: ServeOptions, stopped: StopRequest): Promise<number> {
  const { deployment, sources } = ownDeployment(options);
  const { deploymentFile } = options;
  const recordings = readRecordings(sources, deploymentFile ?? '');
  for (const owner of ownersOfExampleWallets(deployment))
    context.terminal.err(`Owner ${owner} has a wallet of the example file: anybody can sign for it.\n`);
  const clock: Clock = { now: () => timeMs(Date.now()) };
  const service = await start(context, options, { deployment, sources, recordings, clock, onFatal: stopped.fatal });
  context.terminal.err(`${welcome(service)}\n${sourcesLine(sources)}\nCtrl-C stops it; what was acknowledged is on disk.\n`);
  try {
    return await stopped.wait;
  } finally {
    await service.close();
    context.terminal.err(`Stopped at block ${service.sequencer.head().height}; the same command goes on from there.\n`);
  }
}

function ownDeployment({ folder, deploymentFile }: ServeOptions): DeploymentFile {
  if (deploymentFile !== null) return readDeploymentFile(deploymentFile, Date.now());
  const deployment = deploymentOfFolder(folder);
  if (deployment !== null) return { deployment, sources: [] };
  const problem = { file: folder, field: '(the folder)', expected: 'a data folder with its manifest.json', found: 'none' };
  throw new InputError({
    code: 'DATA_MISSING',
    message: `${folder} is not a data folder`,
    problems: [problem],
    hint: 'Name what it is to be born from with --deployment (docs/serve.md), or try `plimsoll serve --demo`.',
  });
}

function start(
  { terminal }: CommandContext,
  options: ServeOptions,
  run: DeploymentFile & { readonly recordings: Recordings; readonly clock: Clock; readonly onFatal: (error: Error) => void },
): Promise<RunningService> {
  const { folder, host, port, binaryPort, log } = options;
  const service: ServiceOptions = {
    apiLimits: limitsOf(options.rates),
    ...(log === null ? {} : { logger: openedLog(log) }),
    deployment: run.deployment,
    folder,
    clock: run.clock,
    http: { host, port },
    binary: binaryPort === null ? null : { host, port: binaryPort },
    sources: (parts) =>
      sourcesOfSettings(run.sources, {
        ...parts,
        variable: (name) => process.env[name],
        wait: machineWait,
        machineMs: () => Date.now(),
        recording: ({ source }) => run.recordings.get(source) ?? [],
      }),
    observer: {
      warning: (message) => terminal.err(`${message}\n`),
      fatal: run.onFatal,
      recovered: ({ height, blocks, ms }) => {
        if (height > 0) terminal.err(`Resumed at block ${height}: ${blocks} blocks read back in ${(ms / 1_000).toFixed(2)} s.\n`);
        else if (options.demo === null) terminal.err(`${birthNotice(run.deployment)}\n`);
      },
    },
  };
  return runService(service);
}

/** Signatures know a deployment by chain and name, and by nothing else. */
function birthNotice({ name, chainId }: DeploymentFile['deployment']): string {
  return (
    `A new deployment, "${name}" on chain ${chainId}. If there was one of this name before, what was signed for it is valid here too: ` +
    'give every new folder a name of its own.'
  );
}

function limitsOf({ public: open, session, trustedProxies }: RateOptions): Partial<ApiLimits> {
  for (const proxy of trustedProxies) {
    const [address = '', bits] = proxy.split('/');
    if (isIP(address) === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw new InputError({
        code: 'USAGE',
        message: `--trust-proxy: expected an IP address or a range of them; found "${proxy}"`,
      });
  }
  const rate = (perSecond: number) => ({ perSecond, burst: 2 * perSecond });
  const { clients } = DEFAULT_LIMITS;
  return { clients: { ...clients, publicRate: rate(open), sessionRate: rate(session) }, trustedProxies };
}

function openedLog({ file, level }: LogOptions): ReturnType<typeof openLog> {
  try {
    return openLog(file, level);
  } catch (cause) {
    const hint = 'Name a file in a folder that is there and may be written with --log.';
    throw new InputError({ code: 'USAGE', message: `the log ${file} cannot be opened: ${String(cause)}`, hint, cause });
  }
}

function welcome({ url, binary }: RunningService): string {
  const sessions = binary === null ? '' : `\n  binary sessions  ${binary.host}:${binary.port}`;
  return `Plimsoll is open.\n  interface        ${url}/v1/status\n  documentation    ${url}/docs${sessions}`;
}

function sourcesLine(sources: DeploymentFile['sources']): string {
  if (sources.length === 0)
    return 'No price source runs in this process: name a deployment file that has some, at every start (docs/price-sources.md).';
  return `Price sources: ${sources.map(({ source, kind }) => `${source} (${kind})`).join(', ')}; how they do is at /v1/oracle/sources.`;
}

function mendable({ environment }: CommandContext, error: unknown, { folder, host, port, demo }: ServeOptions): unknown {
  if (error instanceof PortTakenError) {
    return new InputError({
      code: 'USAGE',
      message: error.message,
      hint: `Stop it, or take other ports: ${environment.npm_lifecycle_event === 'start' ? 'npm start -- ' : ''}--port 9000 --binary-port 9001 (0 takes a free one).`,
      cause: error,
    });
  }
  if (error instanceof SourceCredentialError) {
    return new InputError({
      code: 'USAGE',
      message: error.message,
      hint: 'Set it for this process; it stands in no file.',
      cause: error,
    });
  }
  if (error instanceof UntrustedQuorumError) {
    return new InputError({
      code: 'USAGE',
      message: error.message,
      hint: 'Hold keys for one of them, leave one out, or let the feed ask for more sources (docs/price-sources.md).',
      cause: error,
    });
  }
  if (error instanceof JournalError) {
    return new InputError({
      code: 'DATA_INVALID',
      message: error.message,
      hint: hintOf(error, demo !== null) ?? `The folder is ${folder}, the address ${host}:${port}.`,
      cause: error,
    });
  }
  return error;
}

const HINTS: Readonly<Record<string, string>> = {
  NO_HARD_LINKS: 'Name a folder on a disk of this machine with --folder.',
  IN_USE: '--folder names it.',
  DISK_FULL: 'Nothing that was acknowledged is lost. Make room and start again.',
  READ_ONLY: 'Name a folder that can be written with --folder.',
  NOT_PERMITTED: 'Name a folder that this user may write with --folder.',
  WRONG_DEPLOYMENT: 'Name another folder with --folder, or the file that this one was born from with --deployment.',
  DAMAGED:
    '`plimsoll journal verify` decides every block again. Try another copy of the disk before you repair (docs/journal.md).',
  WRONG_VERSION: 'Start it with the version of Plimsoll that wrote it, or name another folder with --folder.',
};

/** What a demo is made of can be made again. */
const DEMO_HINTS: Readonly<Record<string, string>> = {
  WRONG_DEPLOYMENT: 'Name another folder with --folder, or begin anew with --fresh.',
  DAMAGED: '`plimsoll journal verify` decides every block again; --fresh begins anew.',
  WRONG_VERSION: 'Name another folder with --folder, or begin anew with --fresh.',
};

function hintOf({ code }: JournalError, isDemo: boolean): string | undefined {
  return (isDemo ? DEMO_HINTS[code] : undefined) ?? HINTS[code];
}
