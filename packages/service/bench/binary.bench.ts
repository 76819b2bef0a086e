import { cpus, loadavg } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type OwnerId, timeMs } from '@plimsoll/core/numeric';
import type { Benchmark, BenchmarkRun } from '@plimsoll/lab/bench/benchmark';
import { authorizeFrames } from '../src/binary/authorizeFrames.ts';
import { BINARY_LIMITS } from '../src/binary/binaryConnection.ts';
import { createBinaryServer } from '../src/binary/binaryServer.ts';
import type { Scope } from '../src/contracts/identityChange.ts';
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

type Pace = Pick<LoadOrder, 'commands' | 'commandsPerFrame' | 'window' | 'commandsPerSecond'>;

/** A whole server on a folder of its own, loaded from another thread. */
async function loaded(pace: Pace): Promise<LoadReport> {
  const { folder, remove } = temporaryFolder();
  const fixture = createSequencerFixture();
  const deployment = smallDeployment({ commandsMax: 20_000 });
  const sequencer = await createSequencer({ deployment, folder, clock: fixture.clock, directory: directoryFactory });
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
      if (event.kind === 'dropped') console.error(`dropped: ${event.code}, ${event.message}`);
    },
  });
  try {
    await fixture.seed(sequencer);
    // Reports are published behind block time, so that none is ahead of it however fast they come.
    fixture.clock.set(GENESIS_MS + HOUR_MS / 2);
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
      firstPublishMs: GENESIS_MS + 60_000,
      firstNonce: FIRST_NONCE,
    };
    return await loadFrom(order);
  } finally {
    await server.close(1_000);
    await sequencer.close();
    await verifier.close();
    remove();
  }
}

function loadFrom(order: LoadOrder): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./testing/binaryLoad.mjs', import.meta.url), { workerData: order });
    worker.on('error', reject);
    worker.on('message', (message: 'ready' | LoadReport) => {
      if (message === 'ready') return worker.postMessage('go');
      void worker.terminate().then(() => resolve(message));
    });
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
      acceptedShare: report.accepted / pace.commands,
      signatures: report.frames,
      bytesPerCommand: report.bytes / pace.commands,
      loadAverage: loadavg()[0] ?? Number.NaN,
      cores: cpus().length,
    },
  };
}

const SIGNED =
  'one ed25519 signature per frame, checked on a worker thread; the client signs before the clock starts, on a thread of its own';

export const benches: readonly Benchmark[] = [
  {
    name: `durable commands through the binary session on loopback, as fast as they are acknowledged (7 of 10 price reports and bids, 3 trades; frames of 256; ${SIGNED})`,
    unit: 'command',
    goal: 'at least 200,000 a second, ack p50 3 ms, p99 15 ms',
    runs: 3,
    run: () => measured({ commands: 100_000, commandsPerFrame: 256, window: 1, commandsPerSecond: null }),
  },
  {
    name: `the same at a tenth of the pace that is aimed at (20,000 a second, frames of 32; ${SIGNED})`,
    unit: 'command',
    goal: 'ack p50 3 ms, p99 15 ms',
    runs: 3,
    run: () => measured({ commands: 30_000, commandsPerFrame: 32, window: 16, commandsPerSecond: 20_000 }),
  },
];
