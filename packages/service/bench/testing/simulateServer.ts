/** The server's half of the benchmark of what-ifs: a process of its own, which says what it spent. */

import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { price } from '@plimsoll/core/numeric';
import { createApiWorld } from '../../src/testing/apiWorld.ts';
import { createNonces, reportPrices } from '../../src/testing/smallDeployment.ts';

export type ServerMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | {
      readonly kind: 'spent';
      /** Processor time of the whole process, its collector and compiler included. */
      readonly cpuSeconds: number;
      /** How late a timer of 1 ms was, at the 99th percentile and at worst. */
      readonly loopP99Ms: number;
      readonly loopMaxMs: number;
      readonly collectorMs: number;
    };

/** `blocksPerSecond`: prices that come in meanwhile, each of which makes every compiled model anew. */
export interface ServerOrder {
  readonly blocksPerSecond: number;
}

const WARM_DOLLARS = 200;

/** Listens, tells the port, and answers `measure` and `report` of the parent as long as that lives. */
export async function serveSimulations(): Promise<void> {
  const { blocksPerSecond }: ServerOrder = JSON.parse(process.argv[2] ?? '{"blocksPerSecond":0}');
  const limit = 1_000_000;
  const world = await createApiWorld({ limits: { simulationsPerSecond: limit } });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let cpu = process.cpuUsage();
  let collectorMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collectorMs += duration;
  }).observe({ entryTypes: ['gc'] });
  if (blocksPerSecond > 0) reportForever(world, blocksPerSecond);
  process.on('message', (message) => {
    if (message === 'measure') {
      cpu = process.cpuUsage();
      collectorMs = 0;
      delay.enable();
      delay.reset();
      return;
    }
    const { user, system } = process.cpuUsage(cpu);
    const cpuSeconds = (user + system) / 1e6;
    tell({ kind: 'spent', cpuSeconds, loopP99Ms: delay.percentile(99) / 1e6, loopMaxMs: delay.max / 1e6, collectorMs });
  });
  process.once('disconnect', () => process.exit());
  tell({ kind: 'listening', port: Number(new URL(world.baseUrl).port) });
}

function reportForever({ clock, sequencer }: Awaited<ReturnType<typeof createApiWorld>>, perSecond: number): void {
  const nonces = createNonces(1_000);
  let count = 0;
  setInterval(() => {
    clock.advance(1_000);
    count += 1;
    const ether = price(BigInt(WARM_DOLLARS + (count % 10)) * 1_000_000_000n);
    sequencer.applyNow([0, 1, 2].map((source) => reportPrices(nonces, source, clock.now(), { dollar: null, ether })));
  }, 1_000 / perSecond);
}

function tell(message: ServerMessage): void {
  process.send?.(message);
}
