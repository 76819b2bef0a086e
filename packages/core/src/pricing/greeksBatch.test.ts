import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp } from '../numeric/deterministicMath.ts';
import { black76Greeks, createOptionGreeks } from './black76Greeks.ts';
import { createGreeksColumns, createOptionColumns, fillGreeks, type GreeksColumns, type OptionColumns } from './greeksBatch.ts';
import { QUICK_CALL_ERROR, quickCall } from './quickCall.ts';

interface Row {
  readonly forward: number;
  readonly strike: number;
  readonly volatility: number;
  readonly years: number;
  readonly rate: number;
  readonly isPut: boolean;
}

const FIGURES = ['value', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const;

const rows: fc.Arbitrary<Row> = fc
  .record({
    forward: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    moneyness: fc.double({ min: -3, max: 3, noNaN: true }).map(Math.exp),
    volatility: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 5, noNaN: true })),
    years: fc.oneof(fc.constantFrom(-1, 0, 0.25), fc.double({ min: 1e-5, max: 5, noNaN: true })),
    rate: fc.constantFrom(0, 0.05, -0.03),
    isPut: fc.boolean(),
  })
  .map(({ moneyness, ...row }) => ({ ...row, strike: row.forward * moneyness }));

function columnsOf(list: readonly Row[]): OptionColumns {
  const columns = createOptionColumns(list.length);
  list.forEach((row, index) => {
    columns.forward[index] = row.forward;
    columns.strike[index] = row.strike;
    columns.volatility[index] = row.volatility;
    columns.years[index] = row.years;
    columns.rate[index] = row.rate;
    columns.isPut[index] = row.isPut ? 1 : 0;
  });
  return columns;
}

function batch(list: readonly Row[]): GreeksColumns {
  const target = createGreeksColumns(list.length);
  fillGreeks(columnsOf(list), target, { from: 0, to: list.length });
  return target;
}

/** Either way is within 5e-13 / σ√T of the exact figure at its scale (see the reference in the lab); this compares the two. */
const TOLERANCE = 1e-14;

describe('a batch of options', () => {
  test('has the prices and Greeks of each option by itself, boundary cases and far strikes included', () => {
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 20 }), (list) => {
        const target = batch(list);
        const one = createOptionGreeks();
        list.forEach((row, index) => {
          const discount = row.years > 0 ? exp(-row.rate * row.years) : 1;
          black76Greeks({ ...row, right: row.isPut ? 'put' : 'call', discount }, one);
          const root = Math.sqrt(Math.max(row.years, 0));
          const total = row.volatility * root;
          const largest = Math.max(row.forward, row.strike) * discount;
          const slack = total > 0 ? TOLERANCE / Math.min(1, total) : TOLERANCE;
          const scale = {
            value: largest * TOLERANCE,
            delta: discount * slack,
            gamma: total > 0 ? (discount / (row.forward * total)) * slack : 0,
            vega: row.forward * discount * root * slack,
            theta: root > 0 ? ((row.forward * discount * row.volatility) / root + Math.abs(row.rate) * largest) * slack : 0,
            rho: largest * Math.max(row.years, 0) * TOLERANCE,
          };
          for (const figure of FIGURES) {
            expect(Math.abs((target[figure][index] ?? Number.NaN) - one[figure])).toBeLessThanOrEqual(scale[figure]);
          }
        });
      }),
      { seed: 61, numRuns: 1000 },
    );
  });

  test('gives a row the same bits in whatever company it comes', () => {
    fc.assert(
      fc.property(fc.array(rows, { minLength: 2, maxLength: 12 }), (list) => {
        const together = batch(list);
        const reversed = batch([...list].reverse());
        list.forEach((row, index) => {
          const alone = batch([row]);
          for (const figure of FIGURES) {
            expect(Object.is(together[figure][index], alone[figure][0])).toBe(true);
            expect(Object.is(together[figure][index], reversed[figure][list.length - 1 - index])).toBe(true);
          }
        });
      }),
      { seed: 62, numRuns: 300 },
    );
  });

  test('touches the rows it was given and refuses columns that are too short', () => {
    const list: Row[] = Array.from({ length: 3 }, () => {
      return { forward: 100, strike: 110, volatility: 0.5, years: 1, rate: 0, isPut: false };
    });
    const target = createGreeksColumns(3);
    fillGreeks(columnsOf(list), target, { from: 1, to: 2 });
    expect([target.value[0], target.value[2]]).toEqual([0, 0]);
    expect(target.value[1]).toBeGreaterThan(10);
    expect(() => fillGreeks(columnsOf(list), target, { from: 0, to: 4 })).toThrow('inside its columns');
    expect(() => fillGreeks(columnsOf(list), { ...target, rho: new Float64Array(2) }, { from: 0, to: 3 })).toThrow('columns');
  });
});

describe('the quick call', () => {
  test('is the call of the full formula within the error that it grants itself', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -9, max: 9, noNaN: true }).map(Math.exp),
        fc.double({ min: 1e-5, max: 23, noNaN: true }),
        (ratio, total) => {
          const one = createOptionGreeks();
          black76Greeks({ right: 'call', forward: 1, strike: ratio, volatility: total, years: 1, discount: 1 }, one);
          expect(Math.abs(quickCall(ratio, total) - one.value)).toBeLessThanOrEqual(QUICK_CALL_ERROR * Math.max(1, ratio));
        },
      ),
      { seed: 63, numRuns: 5000 },
    );
  });

  test('leaves what its tables do not reach, and every boundary case, to the full formula', () => {
    const refused: readonly (readonly [number, number])[] = [
      [1, 0],
      [1, 24],
      [0, 1],
      [1e5, 1],
      [1e-5, 1],
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 1],
    ];
    for (const [ratio, total] of refused) {
      expect(quickCall(ratio, total)).toBeNaN();
    }
  });
});
