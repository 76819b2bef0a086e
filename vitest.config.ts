import { defineConfig } from 'vitest/config';
import { LongestFirstSequencer } from './scripts/longestFirstSequencer.ts';

/**
 * Tests that get a process of their own: they start processes and threads, mock a module, fill memory, measure it or take long. The
 * others are pure (core has no module state at all, by its checks; the rest of what they load keeps none that a result could show), so
 * they share two processes: a file that starts with everything loaded and compiled takes half its time.
 */
const OWN_PROCESS = [
  'packages/core/src/ledger/accountStore.test.ts',
  'packages/lab/src/audit/plantedErrors.test.ts',
  'packages/lab/src/simulation/simulation.*.test.ts',
  'packages/service/src/{client,recovery,serve}/**/*.test.ts',
  'packages/service/src/api/{documentPointers,documents,durable,fuzz,identityChanges,rates,server,simulate,socketProblems,stopping}.test.ts',
  'packages/service/src/api/{stream,workers}/**/*.test.ts',
  'packages/service/src/binary/{binaryFuzz,binaryServer,endToEnd}.test.ts',
  'packages/service/src/journal/{damage,folderLock}.test.ts',
  'packages/service/src/sequencer/{createSequencer,faults}.test.ts',
  'packages/service/src/sources/{chainlinkDataStreams,pythLimits,runningSource,runSources}.test.ts',
  'packages/service/src/sources/network/**/*.test.ts',
  'packages/service/src/verify/verifyPool.test.ts',
  'packages/cli/src/commands/{journal,serve}Command.test.ts',
  'packages/cli/src/demo/**/*.test.ts',
  'scripts/**/*.test.ts',
];

export default defineConfig({
  test: {
    environment: 'node',
    // Processes, not threads: a test that fills memory or changes process state harms no neighbour. Two of them keep a
    // small machine busy without multiplying the peak of the memory tests.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: LongestFirstSequencer },
    projects: [
      { extends: true, test: { name: 'own process', include: OWN_PROCESS } },
      {
        extends: true,
        test: { name: 'shared process', include: ['packages/*/src/**/*.test.ts'], exclude: OWN_PROCESS, isolate: false },
      },
    ],
    // Verbose, so that a skipped test is printed with its reason.
    reporters: ['verbose', './scripts/closingLineReporter.ts'],
  },
});
