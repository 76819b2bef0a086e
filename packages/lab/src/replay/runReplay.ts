import { scenarioNamed } from './registry.ts';
import type { ReplayOptions, ReplayOutcome } from './types.ts';

/** Replays a scenario by name. Throws RangeError on an unknown scenario or cell, DataError where data are missing or malformed. */
export async function runReplay(options: ReplayOptions): Promise<ReplayOutcome> {
  const run = await scenarioNamed(options.scenario).load();
  return run(options);
}
