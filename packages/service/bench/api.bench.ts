/**
 * The simulate endpoint over HTTP on loopback: what a what-if costs with everything around it (socket, parsing, checks, margin, answer).
 * Server and client are processes of their own. At a stated pace the client sends on time whatever the answers do, and a request that finds
 * every connection taken is timed from when it should have gone. Nothing is signed: the question is public.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkRun } from '@plimsoll/lab/bench/benchmark';
import type { ServerMessage, ServerOrder } from './testing/simulateServer.ts';

interface Load {
  readonly lanes: number;
  readonly requests: number;
  /** Null: as fast as answers come. */
  readonly perSecond: number | null;
  readonly server: ServerOrder;
}

interface Report {
  readonly seconds: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly clientLateP99Ms: number;
  readonly clientCpuSeconds: number;
}

/** Enough for the compiler to have seen everything. */
const WARM_UP = 4_000;

async function measure({ server: order, ...load }: Load): Promise<BenchmarkRun> {
  const server = start('./testing/simulateServer.mjs', order);
  const listening = await heard<Extract<ServerMessage, { kind: 'listening' }>>(server);
  const client = start('./testing/simulateLoad.mjs', { ...load, port: listening.port, warmUp: WARM_UP });
  try {
    await heard(client);
    server.send('measure');
    client.send('go');
    const report = await heard<Report>(client);
    const spending = heard<Extract<ServerMessage, { kind: 'spent' }>>(server);
    server.send('report');
    const spent = await spending;
    if (report.failed > 0) throw new Error(`${report.failed} simulations failed`);
    return {
      operations: load.requests,
      seconds: report.seconds,
      figures: {
        p50Ms: report.p50Ms,
        p99Ms: report.p99Ms,
        maxMs: report.maxMs,
        serverCpuMicroseconds: (spent.cpuSeconds * 1e6) / load.requests,
        serverLoopP99Ms: spent.loopP99Ms,
        collectorShare: spent.collectorMs / 1_000 / report.seconds,
        clientCpuMicroseconds: (report.clientCpuSeconds * 1e6) / load.requests,
        clientLateP99Ms: report.clientLateP99Ms,
        machineLoad: loadavg()[0] ?? Number.NaN,
        machineCores: cpus().length,
      },
    };
  } finally {
    client.kill();
    server.kill();
  }
}

function start(entry: string, order: object): ChildProcess {
  return fork(fileURLToPath(new URL(entry, import.meta.url)), [JSON.stringify(order)], { execArgv: [] });
}

/** The next message of a child; rejects when it ends instead. */
async function heard<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the benchmark ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return message;
}

const IDLE: ServerOrder = { blocksPerSecond: 0 };

export const benches: readonly Benchmark[] = [
  {
    name: 'POST /v1/margin/simulate, eight connections, as fast as answers come',
    unit: 'simulation',
    goal: 'at least 1,000 a second',
    runs: 3,
    run: () => measure({ lanes: 8, requests: 6_000, perSecond: null, server: IDLE }),
  },
  {
    name: 'POST /v1/margin/simulate, at 1,000 a second',
    unit: 'simulation',
    goal: 'p99 at most 5 ms',
    runs: 3,
    run: () => measure({ lanes: 16, requests: 3_000, perSecond: 1_000, server: IDLE }),
  },
  {
    name: 'POST /v1/margin/simulate, at 1,000 a second while 20 blocks a second bring new prices',
    unit: 'simulation',
    goal: 'p99 at most 5 ms',
    runs: 3,
    run: () => measure({ lanes: 16, requests: 3_000, perSecond: 1_000, server: { blocksPerSecond: 20 } }),
  },
];
