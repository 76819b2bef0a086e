import { describe, expect, it } from 'vitest';
import { median, timed, timedOneByOne } from './benchmark.ts';
import { calibrate } from './calibration.ts';
import { formatResult, runBenchmarks } from './runBenchmarks.ts';

describe('a benchmark', () => {
  it('reports the median of its runs, and of every further figure', async () => {
    const seconds = [9, 2, 1, 4];
    let run = 0;
    const bench = {
      name: 'planted',
      unit: 'account',
      runs: 3,
      run: () => ({ operations: 8, seconds: seconds[run++] ?? 0, figures: { bytesPerAccount: run } }),
    };
    const [result] = await runBenchmarks('a.bench.ts', [bench]);
    expect(run).toBe(4); // one warm-up and three measured
    expect(result).toMatchObject({
      perSecond: 4,
      perSecondMin: 2,
      perSecondMax: 8,
      secondsPerRun: 2,
      figures: { bytesPerAccount: 3 },
    });
    if (result === undefined) throw new Error('no result');
    expect(result.ratio).toBeCloseTo(4 / ((result.calibrationBefore + result.calibrationAfter) / 2), 12);
    expect(formatResult(result)).toContain('account/s');
    expect(formatResult(result)).toContain('bytesPerAccount 3.000');
  });

  it('measures a loop, and single calls with their percentiles', () => {
    let calls = 0;
    expect(
      timed(10, () => {
        calls += 1;
      }),
    ).toMatchObject({ operations: 10 });
    const run = timedOneByOne(
      100,
      () => {
        calls += 1;
      },
      2,
    );
    expect(calls).toBe(101);
    expect(run.operations).toBe(200);
    expect(run.figures?.p99Us).toBeGreaterThanOrEqual(run.figures?.p50Us ?? Number.POSITIVE_INFINITY);
  });
});

describe('the median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('the calibration loop', () => {
  it('gives a rate, having checked its own sums', () => {
    const first = calibrate(0.05);
    expect(first).toBeGreaterThan(1e6);
    expect(Number.isFinite(first)).toBe(true);
  });
});
