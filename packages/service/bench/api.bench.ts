/**
 * The simulate endpoint over HTTP on loopback, client and server in two processes' worth of work on one machine: what a what-if costs with
 * everything around it (socket, parsing, checks, margin, answer). Nothing is signed: the question is public.
 */

import { cpus, loadavg } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createApiWorld } from '../src/testing/apiWorld.ts';

interface Load {
  readonly lanes: number;
  readonly requests: number;
  /** Per second over all lanes; null: as fast as answers come. */
  readonly pace: number | null;
}

/** Runs in a thread of its own, so that the client's work does not wait for the server's. Plain JavaScript: a worker has no loader. */
const CLIENT = `
const { parentPort, workerData } = require('node:worker_threads');
const http = require('node:http');
const { port, lanes, requests, pace } = workerData;
const agent = new http.Agent({ keepAlive: true, maxSockets: lanes });
const times = [];
let failed = 0;
function ask(at) {
  const contracts = String((at % 1999) - 999);
  const body = JSON.stringify({ group: 0, mode: 'portfolio', changes: {
    cash: '10000', positions: [{ symbol: 'ETH-PERPETUAL', contracts }], balances: [{ asset: 'ETH', kind: 'collateral', amount: '12.5' }] } });
  return new Promise((resolve) => {
    const start = performance.now();
    const request = http.request({ agent, port, host: '127.0.0.1', method: 'POST', path: '/v1/margin/simulate',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (answer) => {
      if (answer.statusCode !== 200) failed += 1;
      answer.resume();
      answer.on('end', () => { times.push(performance.now() - start); resolve(); });
    });
    request.on('error', () => { failed += 1; resolve(); });
    request.end(body);
  });
}
(async () => {
  const start = performance.now();
  let next = 0;
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (;;) {
      const at = next;
      next += 1;
      if (at >= requests) return;
      if (pace !== null) {
        const waitMs = (at * 1000) / pace - (performance.now() - start);
        if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      await ask(at);
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  agent.destroy();
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  parentPort.postMessage({ seconds, failed, p50Ms: at(0.5), p99Ms: at(0.99) });
})();
`;

interface Report {
  readonly seconds: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measure(load: Load) {
  const world = await createApiWorld({ limits: { simulationsPerSecond: 1_000_000 } });
  try {
    const port = Number(new URL(world.baseUrl).port);
    const worker = new Worker(CLIENT, { eval: true, workerData: { port, ...load } });
    const report = await new Promise<Report>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (report.failed > 0) throw new Error(`${report.failed} simulations failed`);
    const [load1 = 0] = loadavg();
    return {
      operations: load.requests,
      seconds: report.seconds,
      figures: { p50Ms: report.p50Ms, p99Ms: report.p99Ms, machineLoad: load1, machineCores: cpus().length },
    };
  } finally {
    await world.close();
  }
}

export const benches = [
  {
    name: 'POST /v1/margin/simulate, eight connections, as fast as answers come',
    unit: 'simulation',
    goal: 'at least 1,000 a second',
    runs: 3,
    run: () => measure({ lanes: 8, requests: 4_000, pace: null }),
  },
  {
    name: 'POST /v1/margin/simulate, at 1,000 a second',
    unit: 'simulation',
    goal: 'p99 at most 5 ms',
    runs: 3,
    run: () => measure({ lanes: 16, requests: 3_000, pace: 1_000 }),
  },
];
