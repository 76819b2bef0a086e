// One cell of the replay that `npm run replay` runs: 4,094 vaults and about 900 perpetual accounts over 11,520 blocks, checks and auditor left
// aside, so that the figure is the engine's, its agents' and the hashing's.

import type { Benchmark } from '../src/bench/benchmark.ts';
import { runCellJob } from '../src/replay/blackThursday/cellJobs.ts';

export const benches: readonly Benchmark[] = [
  {
    name: 'one Black Thursday cell, ten keepers and the backstop, about 5,000 accounts, without the auditor',
    unit: 'block',
    goal: 'a cell in under 20 s',
    runs: 1,
    warmUp: false,
    async run() {
      const start = performance.now();
      const cpu = process.cpuUsage();
      const job = {
        cell: 'ten + backstop, delayed',
        seed: 1,
        marketFolder: null,
        audit: 'off',
        isCharted: false,
        blocksMax: null,
      } as const;
      await runCellJob(job, () => undefined);
      const used = process.cpuUsage(cpu);
      return {
        operations: 11_520,
        seconds: (performance.now() - start) / 1000,
        figures: { cellCpuSeconds: (used.user + used.system) / 1e6 },
      };
    },
  },
];
