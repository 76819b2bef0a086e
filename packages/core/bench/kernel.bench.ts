/**
 * The reference kernel of margin/ over a million accounts of eight positions, from packed columns that are built here. The engine's own
 * scan is measured in scan.bench.ts.
 */

import { type Benchmark, timed } from '@plimsoll/lab/bench/benchmark';
import defaultJson from '../../../profiles/plimsoll-default.json' with { type: 'json' };
import { compileRisk } from '../src/margin/compileRisk.ts';
import { type AccountColumns, checkColumns, compileKernelMatrix, scenarioKernel } from '../src/margin/kernel.ts';
import { trustedProfile, worldInput } from '../src/margin/testing/marginWorld.ts';

const ACCOUNTS = 1_000_000;
const POSITIONS = 8;
const SCENARIOS = 32;
const ROWS = 64;
const LOTS = 1000;
const TICKS_MAX = 2 ** 28;

/** A linear congruential generator: the same accounts in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function accountColumns(rowCount: number): AccountColumns {
  const random = generator(7);
  const size = ACCOUNTS * POSITIONS;
  const columns: AccountColumns = {
    accounts: ACCOUNTS,
    start: Int32Array.from({ length: ACCOUNTS }, (_, account) => account * POSITIONS),
    count: new Int32Array(ACCOUNTS).fill(POSITIONS),
    rows: new Int32Array(size),
    lots: new Float64Array(size),
  };
  for (let position = 0; position < size; position += 1) {
    columns.rows[position] = Math.floor(random() * rowCount);
    columns.lots[position] = Math.floor((random() - 0.5) * 2 * LOTS);
  }
  checkColumns(columns, rowCount);
  return columns;
}

function randomMatrix(): Float64Array {
  const random = generator(11);
  return Float64Array.from({ length: ROWS * SCENARIOS }, () => Math.floor((random() - 0.5) * 2 * TICKS_MAX));
}

function kernelBenchmark(): Benchmark {
  const columns = accountColumns(ROWS);
  const matrix = compileKernelMatrix({ matrix: randomMatrix(), rowCount: ROWS, stride: SCENARIOS, scenarios: SCENARIOS });
  const worst = new Float64Array(ACCOUNTS);
  return {
    name: 'scenario kernel, 1M accounts × 8 positions × 32 scenarios',
    unit: 'multiply-add',
    goal: 'at least 1.5e9 a second, 170 ms in all',
    run: () => {
      const run = timed(ACCOUNTS * POSITIONS * SCENARIOS, () => scenarioKernel(columns, matrix, worst));
      return { ...run, figures: { wholeMs: run.seconds * 1000 } };
    },
  };
}

/** The shipped default profile with its real scenario count. The scan with its filter first is in scan.bench.ts. */
function defaultProfileBenchmark(): Benchmark {
  const model = compileRisk(worldInput({ profile: trustedProfile(defaultJson) }));
  const columns = accountColumns(model.rows.count);
  const matrix = compileKernelMatrix({
    matrix: model.matrix,
    rowCount: model.rows.count,
    stride: model.stride,
    scenarios: model.stressCount,
  });
  const worst = new Float64Array(ACCOUNTS);
  return {
    name: `scenario kernel, shipped default profile (${model.stressCount} scenarios), 1M accounts × 8 positions`,
    unit: 'multiply-add',
    run: () => {
      const run = timed(ACCOUNTS * POSITIONS * model.stressCount, () => scenarioKernel(columns, matrix, worst));
      return { ...run, figures: { wholeMs: run.seconds * 1000 } };
    },
  };
}

export const benches: readonly Benchmark[] = [kernelBenchmark(), defaultProfileBenchmark()];
