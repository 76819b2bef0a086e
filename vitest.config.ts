import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Processes, not threads: a test that fills memory or changes process state harms no neighbour. Two of them keep a
    // small machine busy without multiplying the peak of the memory tests.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Verbose, so that a skipped test is printed with its reason.
    reporters: ['verbose', './scripts/closingLineReporter.ts'],
  },
});
