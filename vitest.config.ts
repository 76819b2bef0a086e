import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Processes, not threads: a test that fills memory or changes process state harms no neighbour. Vitest starts as
    // many as there are cores, less one; two keep a small machine busy without doubling the peak of memory tests.
    pool: 'forks',
    minWorkers: 1,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Verbose, so that a skipped test is printed with its reason.
    reporters: ['verbose', './scripts/closingLineReporter.ts'],
  },
});
