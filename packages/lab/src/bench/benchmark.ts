// The benchmark interface. A file `packages/<name>/bench/<what>.bench.ts` exports `benches: readonly Benchmark[]`;
// `npm run bench` runs each file in a process of its own. Figures are reported, never asserted: machines differ, so
// every figure also stands as a ratio to a calibration loop run in the same process before and after it.

export interface BenchmarkRun {
  /** How many of the benchmark's `unit` were done. */
  readonly operations: number;
  /** Wall time of the measured part alone; set-up is outside. */
  readonly seconds: number;
  /** Further figures, unit in the name: `{ p50Us: 1.4, bytesPerAccount: 612 }`. Reported as the median over the runs. */
  readonly figures?: Readonly<Record<string, number>>;
}

export interface Benchmark {
  readonly name: string;
  /** What one operation is, in the singular: `multiply-add`, `account`, `trade`. */
  readonly unit: string;
  /** What we aim at, in words, printed beside the figure: `at least 1.5e9 a second`. */
  readonly goal?: string;
  /** Measured runs; the median is the figure. Default 5. One unmeasured run goes before, unless `warmUp` is false. */
  readonly runs?: number;
  readonly warmUp?: boolean;
  run(): BenchmarkRun | Promise<BenchmarkRun>;
}

/** Measures `work`, which does `operations` of the unit. */
export function timed(operations: number, work: () => void): BenchmarkRun {
  const start = performance.now();
  work();
  return { operations, seconds: (performance.now() - start) / 1000 };
}

/**
 * Measures `samples` calls of `work` one by one, giving the 50th and 99th percentile in microseconds. The clock costs a
 * few dozen nanoseconds a call; below about a microsecond let one call of `work` do `operationsPerCall` and be divided.
 */
export function timedOneByOne(samples: number, work: (sample: number) => void, operationsPerCall: number = 1): BenchmarkRun {
  const microseconds = new Float64Array(samples);
  const start = performance.now();
  for (let i = 0; i < samples; i += 1) {
    const before = performance.now();
    work(i);
    microseconds[i] = ((performance.now() - before) * 1000) / operationsPerCall;
  }
  const seconds = (performance.now() - start) / 1000;
  microseconds.sort((a, b) => a - b);
  return {
    operations: samples * operationsPerCall,
    seconds,
    figures: { p50Us: quantile(microseconds, 0.5), p99Us: quantile(microseconds, 0.99) },
  };
}

/** The middle value; the mean of the two in the middle of an even number. `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
