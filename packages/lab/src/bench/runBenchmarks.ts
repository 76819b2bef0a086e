// Runs benchmarks and reports them: figure, ratio to the calibration loop, CPU time beside wall time, and the load of
// the machine while it ran.

import { loadavg } from 'node:os';
import { type Benchmark, type BenchmarkRun, median } from './benchmark.ts';
import { calibrate } from './calibration.ts';

const DEFAULT_RUNS = 5;

export interface BenchmarkResult {
  readonly file: string;
  readonly name: string;
  readonly unit: string;
  readonly goal: string | null;
  readonly runs: number;
  /** Operations a second: median, slowest and fastest run. */
  readonly perSecond: number;
  readonly perSecondMin: number;
  readonly perSecondMax: number;
  readonly secondsPerRun: number;
  /** Multiply-adds a second of the calibration loop just before and just after. */
  readonly calibrationBefore: number;
  readonly calibrationAfter: number;
  /** `perSecond` over the mean of the two calibrations. */
  readonly ratio: number;
  /** CPU seconds (user and system) spent over the measured runs for each wall second: above 1 means threads, well below 1 waiting. */
  readonly cpuPerWall: number;
  readonly loadAverage: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** Runs one benchmark after the other. `runs` overrides what a benchmark asks for. */
export async function runBenchmarks(file: string, benches: readonly Benchmark[], runs?: number): Promise<BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  for (const bench of benches) results.push(await runBenchmark(file, bench, runs ?? bench.runs ?? DEFAULT_RUNS));
  return results;
}

async function runBenchmark(file: string, bench: Benchmark, runs: number): Promise<BenchmarkResult> {
  if (bench.warmUp !== false) await bench.run();
  const calibrationBefore = calibrate();
  const cpuBefore = process.cpuUsage();
  const wallBefore = performance.now();
  const done: BenchmarkRun[] = [];
  for (let run = 0; run < runs; run += 1) done.push(await bench.run());
  const wall = (performance.now() - wallBefore) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const calibrationAfter = calibrate();
  const rates = done.map((run) => run.operations / run.seconds);
  const perSecond = median(rates);
  return {
    file,
    name: bench.name,
    unit: bench.unit,
    goal: bench.goal ?? null,
    runs,
    perSecond,
    perSecondMin: Math.min(...rates),
    perSecondMax: Math.max(...rates),
    secondsPerRun: median(done.map((run) => run.seconds)),
    calibrationBefore,
    calibrationAfter,
    ratio: perSecond / ((calibrationBefore + calibrationAfter) / 2),
    cpuPerWall: (cpu.user + cpu.system) / 1e6 / wall,
    loadAverage: loadavg()[0] ?? 0,
    figures: medianFigures(done),
  };
}

function medianFigures(done: readonly BenchmarkRun[]): Record<string, number> {
  const names = [...new Set(done.flatMap((run) => Object.keys(run.figures ?? {})))];
  return Object.fromEntries(names.map((name) => [name, median(done.flatMap((run) => run.figures?.[name] ?? []))]));
}

/** What the machine is, one line above all figures. */
export function machineLine(): string {
  return `node ${process.versions.node} (v8 ${process.versions.v8}), ${process.platform}-${process.arch}, load ${loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')}`;
}

/** One benchmark as lines for a person. */
export function formatResult(result: BenchmarkResult): string {
  const drift = Math.abs(result.calibrationAfter / result.calibrationBefore - 1);
  const lines = [
    `${result.name}`,
    `  ${magnitude(result.perSecond)} ${result.unit}/s   one in ${duration(1 / result.perSecond)}   run ${duration(result.secondsPerRun)}`,
    `  ratio to calibration ${result.ratio.toPrecision(3)} (${magnitude(result.calibrationBefore)} before, ${magnitude(result.calibrationAfter)} after)` +
      `   spread ${magnitude(result.perSecondMin)} to ${magnitude(result.perSecondMax)} over ${result.runs} runs` +
      `   cpu/wall ${result.cpuPerWall.toFixed(2)}   load ${result.loadAverage.toFixed(2)}`,
  ];
  const figures = Object.entries(result.figures).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  if (figures.length > 0) lines.push(`  ${figures.join('   ')}`);
  if (result.goal !== null) lines.push(`  goal: ${result.goal}`);
  if (drift > 0.15)
    lines.push(`  the calibration loop moved by ${(drift * 100).toFixed(0)} %: the machine was busy, measure again`);
  return lines.join('\n');
}

function magnitude(value: number): string {
  const scales = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ] as const;
  for (const [scale, letter] of scales) if (value >= scale) return `${(value / scale).toPrecision(4)}${letter}`;
  return `${value.toPrecision(4)} `;
}

function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(4)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(4)} ms`;
  if (seconds >= 1e-6) return `${(seconds * 1e6).toPrecision(4)} µs`;
  return `${(seconds * 1e9).toPrecision(4)} ns`;
}
