// The order in which test files run. vitest knows how long a file took only on a machine that ran it before, so the long ones
// are named here: started first, they leave short ones to fill both cores to the end.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take ten seconds or more, the longest first. */
export const LONGEST: readonly string[] = [
  'packages/service/src/recovery/kill.test.ts',
  'packages/lab/src/simulation/simulation.first.test.ts',
  'packages/lab/src/simulation/simulation.second.test.ts',
  'packages/service/src/journal/damage.test.ts',
  'packages/service/src/api/fuzz.test.ts',
  'packages/cli/src/commands/serveCommand.test.ts',
  'packages/lab/src/replay/october/runOctober.test.ts',
  'packages/core/src/margin/breach/ruleEnvelopes.test.ts',
  'packages/lab/src/audit/randomRuns.test.ts',
  'packages/lab/src/replay/blackThursday/runCell.test.ts',
  'packages/lab/src/backtest/realData.test.ts',
  'packages/core/src/ledger/accountStore.test.ts',
  'packages/lab/src/audit/settlement.test.ts',
  'packages/service/src/api/simulate.test.ts',
  'packages/cli/src/main.test.ts',
  'packages/service/src/serve/deploymentFromJson.test.ts',
  'packages/service/src/binary/binaryFuzz.test.ts',
  'packages/core/src/engine/replay.test.ts',
  'packages/lab/src/backtest/computeBacktest.test.ts',
];

/** Puts the paths that end in a name of `longest` first, in its order, and leaves the others as they come. */
export function longestFirst<T>(files: readonly T[], pathOf: (file: T) => string, longest: readonly string[]): readonly T[] {
  const rankOf = (file: T): number => {
    const rank = longest.findIndex((name) => pathOf(file).endsWith(`/${name}`));
    return rank < 0 ? longest.length : rank;
  };
  return files
    .map((file, place) => ({ file, place, rank: rankOf(file) }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place)
    .map(({ file }) => file);
}

/**
 * Files with a process of their own come first and those that share one after them: a shared process lives on only while the next
 * file in the queue shares it too. Both parts begin with their longest.
 */
export class LongestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = longestFirst(await super.sort(files), ({ moduleId }) => moduleId, LONGEST);
    return [
      ...sorted.filter(({ project }) => project.config.isolate),
      ...sorted.filter(({ project }) => !project.config.isolate),
    ];
  }
}
