/**
 * The reference kernels of margin/ over a million accounts of eight positions, from packed columns and streams that are built here. The engine's own
 * scan is measured in scan.bench.ts.
 */

import { type Benchmark, timed } from '@plimsoll/lab/bench/benchmark';
import defaultJson from '../../../profiles/plimsoll-default.json' with { type: 'json' };
import provableJson from '../../../profiles/plimsoll-provable.json' with { type: 'json' };
import { compileRisk } from '../src/margin/compileRisk.ts';
import { type AccountColumns, checkColumns, compileKernelMatrix, scenarioKernel } from '../src/margin/kernel.ts';
import {
  checkFilterStreams,
  compileFilterTable,
  type FilterStreams,
  filterCode,
  maintenanceFilter,
} from '../src/margin/maintenanceFilter.ts';
import type { RiskModel } from '../src/margin/riskModel.ts';
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

/** Streams of the columns; each account's base puts it at a random distance above or (one in a thousand) below its bound. */
function filterStreams(
  model: RiskModel,
  columns: AccountColumns,
): { readonly streams: FilterStreams; readonly table: ReturnType<typeof compileFilterTable> } {
  const random = generator(13);
  const table = compileFilterTable(model, new Float64Array(model.rows.count).fill(LOTS));
  const streams: FilterStreams = {
    accounts: ACCOUNTS,
    ends: Int32Array.from({ length: ACCOUNTS }, (_, account) => (account + 1) * POSITIONS),
    magnitudes: Float32Array.from(columns.lots, Math.abs),
    codes: new Uint16Array(columns.lots.length),
    base: new Float64Array(ACCOUNTS),
  };
  for (let account = 0; account < ACCOUNTS; account += 1) {
    let bound = 0;
    for (let position = account * POSITIONS; position < (account + 1) * POSITIONS; position += 1) {
      const lots = columns.lots[position] ?? 0;
      const code = filterCode(columns.rows[position] ?? 0, lots);
      streams.codes[position] = code;
      bound += Math.abs(lots) * (table.coefficients[code] ?? 0);
    }
    streams.base[account] = (account % 1000 === 0 ? -1e6 : 1e9 * random() + 1e6) - bound;
  }
  checkFilterStreams(streams, table);
  return { streams, table };
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

function filterBenchmark(): Benchmark {
  const model = compileRisk(worldInput({ profile: trustedProfile(provableJson) }));
  const { streams, table } = filterStreams(model, accountColumns(model.rows.count));
  const flagged = new Int32Array(ACCOUNTS);
  return {
    name: 'linear maintenance filter, 1M accounts × 8 positions',
    unit: 'account',
    goal: '15 ms in all',
    run: () => {
      let count = 0;
      const run = timed(ACCOUNTS, () => {
        count = maintenanceFilter(streams, table, flagged);
      });
      return { ...run, figures: { wholeMs: run.seconds * 1000, flagged: count } };
    },
  };
}

/** Filter first; then the kernel finds the worst losses of the flagged accounts only. It decides nobody: that is `computeMargin`'s part. */
function defaultProfileBenchmark(): Benchmark {
  const model = compileRisk(worldInput({ profile: trustedProfile(defaultJson) }));
  const columns = accountColumns(model.rows.count);
  const { streams, table } = filterStreams(model, columns);
  const matrix = compileKernelMatrix({
    matrix: model.matrix,
    rowCount: model.rows.count,
    stride: model.stride,
    scenarios: model.stressCount,
  });
  const flagged = new Int32Array(ACCOUNTS);
  const worst = new Float64Array(ACCOUNTS);
  return {
    name: `shipped default profile (${model.stressCount} scenarios), 1M accounts × 8 positions, breach filter first`,
    unit: 'account',
    run: () => {
      let count = 0;
      const run = timed(ACCOUNTS, () => {
        count = maintenanceFilter(streams, table, flagged);
        // Each flagged account with its own start and its own count of positions.
        const ofFlagged = (column: Int32Array): Int32Array =>
          Int32Array.from({ length: count }, (_, index) => column[flagged[index] ?? 0] ?? 0);
        const own = { accounts: count, start: ofFlagged(columns.start), count: ofFlagged(columns.count) };
        scenarioKernel({ ...columns, ...own }, matrix, worst);
      });
      const whole = timed(1, () => scenarioKernel(columns, matrix, worst));
      return { ...run, figures: { wholeMs: run.seconds * 1000, flagged: count, kernelWithoutFilterMs: whole.seconds * 1000 } };
    },
  };
}

export const benches: readonly Benchmark[] = [kernelBenchmark(), filterBenchmark(), defaultProfileBenchmark()];
