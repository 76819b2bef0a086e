import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceColumn, countColumn, sumAt } from './countedColumn.ts';
import { scriptedRun } from './testing/scriptedRun.ts';

const KEYS = 4;
const entry = fc.record({
  key: fc.integer({ min: 0, max: KEYS - 1 }),
  value: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
});

describe('a counted column', () => {
  it('has after any changes the sums of a recount, and names the places that changed', () => {
    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 40 }), { minLength: 1, maxLength: 6 }), (states) => {
        const columns = states.map((rows) => ({
          keys: Int32Array.from(rows, ({ key }) => key),
          values: BigInt64Array.from(rows, ({ value }) => value),
          count: rows.length,
        }));
        const counted = countColumn('any', new Int32Array(0), new BigInt64Array(0), 0);
        let before: (typeof states)[number] = [];
        for (const [at, column] of columns.entries()) {
          const rows = states[at] ?? [];
          const changed = advanceColumn(counted, column);
          for (let key = 0; key < KEYS; key += 1) {
            const own = rows.filter((row) => row.key === key).map(({ value }) => value);
            expect(sumAt(counted, key)).toBe(own.reduce((sum, value) => sum + value, 0n));
            expect(counted.positive[key] ?? 0n).toBe(own.reduce((sum, value) => (value > 0n ? sum + value : sum), 0n));
          }
          const differing = Array.from({ length: Math.max(rows.length, before.length) }, (_, place) => place).filter(
            (place) =>
              (rows[place]?.key ?? 0) !== (before[place]?.key ?? 0) ||
              (rows[place]?.value ?? 0n) !== (before[place]?.value ?? 0n),
          );
          expect([...changed].sort((a, b) => a - b)).toEqual(differing);
          before = rows;
        }
      }),
      { seed: 20200312, numRuns: 300 },
    );
  });

  it('follows a column that is changed in place, and one that is replaced because it grew', () => {
    const keys = new Int32Array([0, 1, 1]);
    const values = new Float64Array([5, -3, 3]);
    const counted = countColumn('lots', keys, values, 3);
    expect(advanceColumn(counted, { keys, values, count: 3 })).toEqual([]);
    values[2] = 4;
    expect(advanceColumn(counted, { keys, values, count: 3 })).toEqual([2]);
    expect([sumAt(counted, 0), sumAt(counted, 1), counted.positive[1]]).toEqual([5n, 1n, 4n]);
    const grown = Float64Array.of(5, -3, 4, 0, 9);
    expect(advanceColumn(counted, { keys: Int32Array.of(0, 1, 1, 0, 2), values: grown, count: 5 })).toEqual([4]);
    expect([sumAt(counted, 0), sumAt(counted, 1), sumAt(counted, 2)]).toEqual([5n, 1n, 9n]);
  });

  it('counts every account of a long run as a recount does', () => {
    const run = scriptedRun(5);
    const counted = (): ReturnType<typeof countColumn> => {
      const { accounts } = run.world.engine.state.ledger;
      return countColumn('balances', accounts.balanceKey, accounts.balanceValue, accounts.balanceSpace.used);
    };
    const followed = counted();
    for (let block = 0; block < 120; block += 1) {
      run.step();
      const { accounts } = run.world.engine.state.ledger;
      advanceColumn(followed, { keys: accounts.balanceKey, values: accounts.balanceValue, count: accounts.balanceSpace.used });
    }
    const fresh = counted();
    expect(followed.sums.map((sum, key) => sum - sumAt(fresh, key)).filter((sum) => sum !== 0n)).toEqual([]);
    expect(fresh.sums.some((sum) => sum > 0n)).toBe(true);
  });
});
