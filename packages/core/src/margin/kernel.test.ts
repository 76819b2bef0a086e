import fc from 'fast-check';
import { expect, test } from 'vitest';
import defaultJson from '../../../../profiles/plimsoll-grid.json' with { type: 'json' };
import { compileRisk } from './compileRisk.ts';
import { type AccountColumns, checkColumns, compileKernelMatrix, scenarioKernel } from './kernel.ts';
import { trustedProfile, worldInput } from './testing/marginWorld.ts';

type Positions = readonly (readonly [row: number, lots: number])[];

function columnsOf(accounts: readonly Positions[]): AccountColumns {
  const flat = accounts.flat();
  const start: number[] = [];
  let next = 0;
  for (const account of accounts) {
    start.push(next);
    next += account.length;
  }
  return {
    accounts: accounts.length,
    start: Int32Array.from(start),
    count: Int32Array.from(accounts.map((account) => account.length)),
    rows: Int32Array.from(flat.map(([row]) => row)),
    lots: Float64Array.from(flat.map(([, lots]) => lots)),
  };
}

/** The definition, in bigint. */
function worstLoss(
  positions: Positions,
  risk: { readonly matrix: Float64Array; readonly stride: number; readonly scenarios: number },
): bigint {
  let worst = 0n;
  for (let s = 0; s < risk.scenarios; s += 1) {
    let profit = 0n;
    for (const [row, lots] of positions) profit += BigInt(lots) * BigInt(risk.matrix[row * risk.stride + s] ?? Number.NaN);
    if (-profit > worst) worst = -profit;
  }
  return worst;
}

const ROWS = 6;
const books = (largest: number) =>
  fc.array(fc.array(fc.tuple(fc.nat({ max: ROWS - 1 }), fc.integer({ min: -largest, max: largest })), { maxLength: 12 }), {
    maxLength: 20,
  });

test('the kernel gives the worst loss of its definition, for every number of scenarios', () => {
  const matrices = fc.integer({ min: 1, max: 40 }).chain((scenarios) =>
    fc.record({
      scenarios: fc.constant(scenarios),
      stride: fc.constant(scenarios + 3),
      entries: fc.array(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), {
        minLength: ROWS * (scenarios + 3),
        maxLength: ROWS * (scenarios + 3),
      }),
    }),
  );
  fc.assert(
    // 12 · 2^17 · 2^30 < 2^52: the limit of exactness.
    fc.property(matrices, books(2 ** 17), ({ scenarios, stride, entries }, accounts) => {
      const matrix = Float64Array.from(entries);
      const columns = columnsOf(accounts);
      checkColumns(columns, ROWS);
      const worst = new Float64Array(accounts.length);
      scenarioKernel(columns, compileKernelMatrix({ matrix, rowCount: ROWS, stride, scenarios }), worst);
      expect([...worst].map(BigInt)).toEqual(accounts.map((account) => worstLoss(account, { matrix, stride, scenarios })));
      expect([...worst].some((loss) => Object.is(loss, -0))).toBe(false);
    }),
    { seed: 41, numRuns: 300 },
  );
});

test('the kernel agrees with its definition on the shipped default profile, over more accounts than a chunk holds', () => {
  const model = compileRisk(worldInput({ profile: trustedProfile(defaultJson) }));
  const risk = { matrix: model.matrix, rowCount: model.rows.count, stride: model.stride, scenarios: model.stressCount };
  const accounts = Array.from({ length: 2500 }, (_, account) =>
    Array.from(
      { length: account % 7 },
      (_unused, position) =>
        [(account * 7 + position * 3) % risk.rowCount, ((account * 7919 + position * 104_729) % 20_011) - 10_000] as const,
    ),
  );
  const worst = new Float64Array(accounts.length);
  scenarioKernel(columnsOf(accounts), compileKernelMatrix(risk), worst);
  expect([...worst].map(BigInt)).toEqual(accounts.map((account) => worstLoss(account, risk)));
});

test('columns that point outside themselves or the matrix are refused', () => {
  const sound = columnsOf([
    [
      [0, 5],
      [5, -3],
    ],
    [],
  ]);
  expect(() => checkColumns(sound, ROWS)).not.toThrow();
  expect(() => checkColumns(sound, 5)).toThrow('names a row');
  expect(() => checkColumns({ ...sound, count: Int32Array.from([3, 0]) }, ROWS)).toThrow('inside its columns');
  expect(() => checkColumns({ ...sound, start: Int32Array.from([-1, 0]) }, ROWS)).toThrow('inside its columns');
  expect(() => scenarioKernel(sound, { rowCount: ROWS, blocks: [] }, new Float64Array(1))).toThrow('slot for every account');
});

test('the kernel is exact up to its limit: sums of ±2^52 in every lane, and none of them lost to its neighbours', () => {
  const LIMIT = 2 ** 52;
  const values = [0, 1, -1, LIMIT, -LIMIT, LIMIT - 1, 1 - LIMIT];
  const lanes = fc.array(fc.constantFrom(...values), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(lanes, (entries) => {
      const columns = columnsOf([[[0, 1]]]);
      const worst = new Float64Array(1);
      const risk = { matrix: Float64Array.from(entries), rowCount: 1, stride: 8, scenarios: 8 };
      scenarioKernel(columns, compileKernelMatrix(risk), worst);
      expect(worst[0]).toBe(Math.max(0, ...entries.map((entry) => 0 - entry)));
    }),
    { seed: 42, numRuns: 2000 },
  );
});
