/**
 * A service as it would be shipped, for the test that bundles it: data folder as its argument. Every margin that is not live goes to a thread.
 * Prints its address in one line.
 */

import { timeMs } from '@plimsoll/core/numeric';
import { DEFAULT_LIMITS } from '../api/limits.ts';
import { runService } from '../serve/runService.ts';
import { seedCommands, smallDeployment } from './smallDeployment.ts';

const [folder = ''] = process.argv.slice(2);
const warnings: string[] = [];
const genesisMs = Date.now() - 10_000;
const service = await runService({
  deployment: smallDeployment({ genesisMs }),
  folder,
  clock: { now: () => timeMs(Date.now()) },
  http: { host: '127.0.0.1', port: 0 },
  binary: null,
  sources: () => [],
  observer: { warning: (message) => void warnings.push(message) },
  apiLimits: { ...DEFAULT_LIMITS, compiledEntries: 0 },
});
for (const [block, { commands }] of seedCommands(genesisMs).entries()) {
  const entries = commands.map((command, index) => ({ kind: 'command' as const, commandId: `seed-${block}-${index}`, command }));
  await service.sequencer.submit(entries);
}
process.once('SIGTERM', () => void service.close().then(() => process.exit()));
console.log(JSON.stringify({ url: service.url, warnings }));
