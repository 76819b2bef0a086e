// Prints the latency study: tsx packages/lab/src/latency/printLatencyStudy.ts --data <folder>

import { requireDataFolder, resolveDataFolder } from '../data/dataFolder.ts';
import { LATENCY_STUDY, runLatencyStudy } from './latencyStudy.ts';
import { latencyTable } from './latencyTable.ts';

const at = process.argv.indexOf('--data');
const option = at < 0 ? undefined : process.argv[at + 1];
const folder = requireDataFolder(resolveDataFolder({ option, environment: process.env }));
for (const level of [LATENCY_STUDY.level, 0.995, 0.99])
  process.stdout.write(`${latencyTable(await runLatencyStudy(folder, level))}\n`);
