/**
 * The binary session as a whole: sockets, frames, signatures, authority, ordering, applying, journaling with its fdatasync, answers. The server is
 * this process; its client is another one on the same machine, over loopback, and both share its cores. The client makes and signs its frames
 * before the clock starts and reads the answers after it stopped. Of ten commands four report prices, three bid and three trade on one
 * perpetual; bids find no auction and are rejected, as in calm markets. Block time is the machine's clock. The journal is in the system's
 * temporary folder.
 */

import { fork } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OwnerId, timeMs } from '@plimsoll/core/numeric';
import type { Benchmark, BenchmarkRun } from '@plimsoll/lab/bench/benchmark';
import { authorizeFrames } from '../src/binary/authorizeFrames.ts';
import { BINARY_LIMITS } from '../src/binary/binaryConnection.ts';
import { createBinaryServer } from '../src/binary/binaryServer.ts';
import type { Scope } from '../src/contracts/identityChange.ts';
import type { Sequencer } from '../src/contracts/sequencer.ts';
import { directoryFactory } from '../src/identity/directory.ts';
import { createSequencer } from '../src/sequencer/createSequencer.ts';
import { createSequencerFixture, submitted, temporaryFolder } from '../src/testing/sequencerFixture.ts';
import { GENESIS_MS, SOURCE_OPERATORS, smallDeployment, TRADERS, VENUE_OPERATOR } from '../src/testing/smallDeployment.ts';
import { createVerifyPool, VERIFY_WORKER } from '../src/verify/verifyPool.ts';
import { type LoadOrder, type LoadReport, loadKey } from './testing/binaryLoad.ts';

const SCOPES: readonly { readonly owners: readonly OwnerId[]; readonly scopes: readonly Scope[] }[] = [
  { owners: SOURCE_OPERATORS, scopes: ['report'] },
  { owners: TRADERS, scopes: ['liquidate', 'trade'] },
  { owners: [VENUE_OPERATOR], scopes: ['trade'] },
];

/** Above every nonce of the seed; each run starts anew on a folder of its own. */
const FIRST_NONCE = 1_000;
const HOUR_MS = 3_600_000;
/** Block time of the first command. Reports are published behind it, so that none is ahead of block time however fast they come. */
const LOAD_MS = GENESIS_MS + HOUR_MS;

type Pace = Pick<LoadOrder, 'commands' | 'commandsPerFrame' | 'window' | 'commandsPerSecond' | 'isAlone'>;

interface Loaded extends LoadReport {
  /** Processor time of this process, all its threads, while the clock of the client ran, milliseconds. */
  readonly serverCpuMs: number;
  readonly blocks: number;
  /** Share of that time in which the thread that makes blocks was not waiting. */
  readonly writerBusy: number;
}

/** A whole server on a folder of its own, loaded from another process. */
async function loaded(pace: Pace): Promise<Loaded> {
  const { folder, remove } = temporaryFolder();
  const fixture = createSequencerFixture();
  const deployment = smallDeployment({ commandsMax: 20_000 });
  let runningFromMs: number | null = null;
  const clock = {
    now: () => (runningFromMs === null ? fixture.clock.now() : timeMs(LOAD_MS + Math.floor(performance.now() - runningFromMs))),
  };
  const sequencer = await createSequencer({ deployment, folder, clock, directory: directoryFactory });
  const verifier = createVerifyPool({
    threads: 1,
    waitingJobsMax: 65_536,
    batchMax: 256,
    entry: VERIFY_WORKER,
    onWarning: console.error,
  });
  const server = createBinaryServer({
    deployment,
    sequencer,
    verifier,
    authorize: authorizeFrames(sequencer),
    limits: BINARY_LIMITS,
    onEvent: (event) => {
      if (event.kind === 'dropped' && event.code !== 'stopping') console.error(`dropped: ${event.code}, ${event.message}`);
    },
  });
  try {
    await fixture.seed(sequencer);
    runningFromMs = performance.now();
    for (const { owners, scopes } of SCOPES) {
      for (const owner of owners) {
        const change = {
          kind: 'openSession',
          owner,
          key: loadKey(owner).key,
          scopes,
          accounts: null,
          expiresAtMs: timeMs(GENESIS_MS + 24 * HOUR_MS),
          nonce: 1,
        } as const;
        const [outcome] = await submitted(sequencer, [{ kind: 'identity', commandId: 'session', actor: owner, change }]);
        if (outcome?.status !== 'accepted') throw new Error(`no session for ${owner}: ${outcome?.code}`);
      }
    }
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const order: LoadOrder = {
      ...pace,
      port,
      deployment: { chainId: deployment.chainId, name: deployment.name },
      firstPublishMs: LOAD_MS - pace.commands,
      firstNonce: FIRST_NONCE,
    };
    return await loadFrom(order, sequencer);
  } finally {
    await server.close(1_000);
    await sequencer.close();
    await verifier.close();
    remove();
  }
}

function loadFrom(order: LoadOrder, sequencer: Sequencer): Promise<Loaded> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./testing/binaryLoad.mjs', import.meta.url)), [], {
      serialization: 'advanced',
      execArgv: [],
    });
    let before = { cpu: process.cpuUsage(), blocks: 0, loop: performance.eventLoopUtilization() };
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the load ended with ${code}`)));
    child.on('message', (message: 'ready' | LoadReport) => {
      if (message === 'ready') {
        before = {
          cpu: process.cpuUsage(),
          blocks: sequencer.load().blocks,
          loop: performance.eventLoopUtilization(),
        };
        child.send('go');
        return;
      }
      const { user, system } = process.cpuUsage(before.cpu);
      const { utilization } = performance.eventLoopUtilization(before.loop);
      resolve({
        ...message,
        serverCpuMs: (user + system) / 1_000,
        blocks: sequencer.load().blocks - before.blocks,
        writerBusy: utilization,
      });
      child.disconnect();
    });
    child.send(order);
  });
}

async function measured(pace: Pace): Promise<BenchmarkRun> {
  const report = await loaded(pace);
  const at = (share: number): number =>
    report.ackMs[Math.min(report.ackMs.length - 1, Math.floor(report.ackMs.length * share))] ?? Number.NaN;
  return {
    operations: report.accepted + report.rejected,
    seconds: report.seconds,
    figures: {
      ackP50Ms: at(0.5),
      ackP99Ms: at(0.99),
      serverCpuUsPerCommand: (report.serverCpuMs * 1_000) / pace.commands,
      clientCpuUsPerCommand: (report.cpuMs * 1_000) / pace.commands,
      writerBusy: report.writerBusy,
      commandsPerBlock: pace.commands / report.blocks,
      acceptedShare: report.accepted / pace.commands,
      signatures: report.frames,
      bytesPerCommand: report.bytes / pace.commands,
      loadAverage: loadavg()[0] ?? Number.NaN,
      cores: cpus().length,
    },
  };
}

/**
 * The least that any durable command of one session could take here: the same loopback, the same thread that checks one ed25519 signature, one
 * write of half a kilobyte with its fdatasync, and nothing of ours between them.
 */
async function bareRoundTrip(): Promise<BenchmarkRun> {
  const { folder, remove } = temporaryFolder();
  const file = openSync(join(folder, 'bare'), 'w');
  writeSync(file, Buffer.alloc(BARE_MESSAGES * BARE_BYTES));
  fdatasyncSync(file);
  const verifier = createVerifyPool({
    threads: 1,
    waitingJobsMax: 16,
    batchMax: 16,
    entry: VERIFY_WORKER,
    onWarning: console.error,
  });
  const key = loadKey(1);
  const message = Buffer.alloc(32, 1);
  const job = { kind: 'ed25519', key: key.key, message, signature: key.sign(message) } as const;
  let written = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      void verifier.verify([job]).then(() => {
        writeSync(file, Buffer.alloc(BARE_BYTES, 1), 0, BARE_BYTES, written * BARE_BYTES);
        written += 1;
        fdatasyncSync(file);
        socket.write(bytes);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const child = fork(fileURLToPath(new URL('./testing/echoLoad.mjs', import.meta.url)), [], {
    serialization: 'advanced',
    execArgv: [],
  });
  try {
    child.send({ port: typeof address === 'object' ? address?.port : 0, messages: BARE_MESSAGES });
    const tookMs = await new Promise<number[]>((resolve, reject) => {
      child.once('message', (took: number[]) => resolve(took));
      child.once('error', reject);
    });
    tookMs.sort((a, b) => a - b);
    const at = (share: number): number => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN;
    const seconds = tookMs.reduce((sum, ms) => sum + ms, 0) / 1_000;
    return {
      operations: tookMs.length,
      seconds,
      figures: { p50Ms: at(0.5), p99Ms: at(0.99), loadAverage: loadavg()[0] ?? Number.NaN },
    };
  } finally {
    child.disconnect();
    server.close();
    await verifier.close();
    closeSync(file);
    remove();
  }
}

const BARE_MESSAGES = 2_000;
const BARE_BYTES = 512;

const SIGNED =
  'one ed25519 signature per frame, checked on a worker thread; client in another process, frames signed before the clock starts';

export const benches: readonly Benchmark[] = [
  {
    name: `durable commands through the binary session on loopback, as fast as they are acknowledged (7 of 10 price reports and bids, 3 trades; 8 sessions with one frame of 256 open each; ${SIGNED})`,
    unit: 'command',
    goal: 'at least 200,000 a second, ack p50 3 ms, p99 15 ms',
    runs: 3,
    run: () => measured({ commands: 100_000, commandsPerFrame: 256, window: 1, commandsPerSecond: null, isAlone: false }),
  },
  {
    name: `the same at a tenth of the pace that is aimed at (20,000 a second, frames of 32; ${SIGNED})`,
    unit: 'command',
    goal: 'ack p50 3 ms, p99 15 ms',
    runs: 3,
    run: () => measured({ commands: 30_000, commandsPerFrame: 32, window: 16, commandsPerSecond: 20_000, isAlone: false }),
  },
  {
    name: `one durable command at a time through the binary session (frames of one; ${SIGNED})`,
    unit: 'command',
    goal: 'p50 at most 0.5 ms',
    runs: 3,
    run: () => measured({ commands: 2_000, commandsPerFrame: 1, window: 1, commandsPerSecond: null, isAlone: true }),
  },
  {
    name: 'the least that one durable command could take on this machine: loopback, one ed25519 check on a worker thread, one fdatasync, no engine',
    unit: 'message',
    runs: 3,
    run: bareRoundTrip,
  },
];
