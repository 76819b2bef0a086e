import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import {
  AMOUNT_MAX,
  DECIMAL_MAX,
  ID_MAX,
  isScenarioSumAdmissible,
  isScenarioSumFast,
  LOTS_MAX,
  POSITIONS_MAX,
  PRICE_MAX,
  RAY_MAX,
  SCENARIO_SUM_ADMISSION,
  SCENARIO_SUM_FAST,
  SCENARIOS_MAX,
  SHARES_MAX,
  scenarioSumBound,
  TICKS_MAX,
  TICKS_PER_LOT_MAX,
  TIME_MS_MAX,
} from './limits.ts';

describe('the limits', () => {
  it('have their published values', () => {
    expect([AMOUNT_MAX, SHARES_MAX, PRICE_MAX]).toEqual([4611686018427387903n, 4611686018427387903n, 4611686018427387903n]);
    expect([RAY_MAX, TICKS_MAX, DECIMAL_MAX]).toEqual([2n ** 126n - 1n, 2n ** 120n, 2n ** 127n - 1n]);
    expect([LOTS_MAX, TICKS_PER_LOT_MAX]).toEqual([2 ** 40, 2 ** 52]);
    expect([SCENARIO_SUM_ADMISSION, SCENARIO_SUM_FAST]).toEqual([2 ** 49, 2 ** 52]);
    expect([POSITIONS_MAX, SCENARIOS_MAX, ID_MAX]).toEqual([128, 4096, 2147483647]);
    expect(TIME_MS_MAX).toBe(8_640_000_000_000_000);
  });

  it('fit each other: the largest scenario sum with a weight is a figure in ticks', () => {
    const largest = BigInt(POSITIONS_MAX) * BigInt(LOTS_MAX) * BigInt(TICKS_PER_LOT_MAX);
    expect(largest * 2n ** 21n).toBeLessThanOrEqual(TICKS_MAX);
    expect(2n * AMOUNT_MAX).toBeLessThan(2n ** 63n);
  });
});

describe('a scenario sum', () => {
  it('is the same integer in doubles as in bigint, in any order and any grouping, up to 2^53', () => {
    fc.assert(
      fc.property(portfolio(2 ** 53), fc.integer({ min: 1, max: 8 }), ({ lots, risks, keys }, lanes) => {
        expect(scenarioSumBound(lots, risks.map(Math.abs), lots.length)).toBeLessThanOrEqual(2 ** 53);
        const exact = exactSum(lots, risks);
        const products = lots.map((held, index) => held * (risks[index] ?? 0));
        expect(sumInOrder(products)).toBe(Number(exact));
        expect(BigInt(sumInOrder(products))).toBe(exact);
        expect(sumInOrder(shuffled(products, keys))).toBe(Number(exact));
        expect(sumInOrder([...products].reverse())).toBe(Number(exact));
        expect(sumInLanes(products, lanes)).toBe(Number(exact));
      }),
      { seed: 61, numRuns: 1000 },
    );
  });

  it('is exact at the very bound, and one step past it two orders disagree: the bound is necessary', () => {
    const atBound = [2 ** 53 - 1, 1, -1, 1];
    expect(sumInOrder(atBound)).toBe(2 ** 53);
    expect(sumInOrder([...atBound].reverse())).toBe(2 ** 53);
    const pastBound = [2 ** 53, 1, 1];
    expect(sumInOrder(pastBound)).toBe(2 ** 53);
    expect(sumInOrder([...pastBound].reverse())).toBe(2 ** 53 + 2);
    expect(scenarioSumBound([1, 1, 1], [2 ** 53 - 1, 1, 1], 3)).toBe(2 ** 53);
  });

  it('past the bound loses even a single product', () => {
    expect(BigInt((2 ** 27 + 1) * (2 ** 27 + 1))).not.toBe((2n ** 27n + 1n) ** 2n);
  });
});

describe('scenarioSumBound', () => {
  it('adds the magnitudes of the first positions only', () => {
    expect(scenarioSumBound([3, -5, 1000], [7, 11, 1000], 2)).toBe(76);
    expect(scenarioSumBound([], [], 0)).toBe(0);
  });

  it('decides every threshold below 2^53 as exact integers do, however far beyond the range of exactness', () => {
    const lots = fc.array(fc.integer({ min: -LOTS_MAX, max: LOTS_MAX }), { minLength: 1, maxLength: 20 });
    const thresholds = [SCENARIO_SUM_ADMISSION, SCENARIO_SUM_FAST, 2 ** 53 - 1];
    fc.assert(
      fc.property(lots, fc.infiniteStream(fc.nat()), fc.nat({ max: 52 }), (held, stream, bits) => {
        const risks = held.map(() => (stream.next().value as number) % 2 ** bits);
        const exact = held.reduce((total, lot, i) => {
          const product = BigInt(lot) * BigInt(risks[i] ?? 0);
          return total + (product < 0n ? -product : product);
        }, 0n);
        const bound = scenarioSumBound(held, risks, held.length);
        for (const threshold of thresholds) {
          expect(bound <= threshold).toBe(exact <= BigInt(threshold));
        }
      }),
      { seed: 62, numRuns: 1000 },
    );
  });

  it('decides rightly one unit beside each threshold', () => {
    expect(isScenarioSumAdmissible(scenarioSumBound([1, 1], [2 ** 49 - 1, 1], 2))).toBe(true);
    expect(isScenarioSumAdmissible(scenarioSumBound([1, -1], [2 ** 49, 1], 2))).toBe(false);
    expect(isScenarioSumFast(scenarioSumBound([1, 1], [2 ** 52 - 1, 1], 2))).toBe(true);
    expect(isScenarioSumFast(scenarioSumBound([-1, 1], [2 ** 52, 1], 2))).toBe(false);
  });

  it('refuses what is not a safe integer, and a count beyond the positions', () => {
    expect(() => scenarioSumBound([0.5], [1], 1)).toThrow(InvariantViolation);
    expect(() => scenarioSumBound([1], [2 ** 53], 1)).toThrow(InvariantViolation);
    expect(() => scenarioSumBound([1], [Number.NaN], 1)).toThrow(InvariantViolation);
    expect(() => scenarioSumBound([1], [1], 2)).toThrow(InvariantViolation);
  });
});

type Portfolio = { readonly lots: number[]; readonly risks: number[]; readonly keys: number[] };

/** Portfolios whose bound is `limit` or just below it: the last position takes up what is left. */
function portfolio(limit: number): fc.Arbitrary<Portfolio> {
  const position = fc.record({
    lot: fc.integer({ min: 1, max: 2 ** 26 }),
    share: fc.integer({ min: 0, max: 1000 }),
    short: fc.boolean(),
    loss: fc.boolean(),
    key: fc.nat(),
  });
  return fc.array(position, { minLength: 1, maxLength: 128 }).map((positions) => {
    let left = BigInt(limit);
    const lots: number[] = [];
    const risks: number[] = [];
    positions.forEach(({ lot, share, short, loss }, index) => {
      const isLast = index === positions.length - 1;
      const held = isLast ? 1n : BigInt(lot);
      const wanted = isLast ? left : (left * BigInt(share)) / 1000n / held;
      const safe = BigInt(Number.MAX_SAFE_INTEGER);
      const risk = wanted > safe ? safe : wanted;
      left -= held * risk;
      lots.push(Number(held) * (short ? -1 : 1));
      risks.push(Number(risk) * (loss ? -1 : 1));
    });
    return { lots, risks, keys: positions.map(({ key }) => key) };
  });
}

function exactSum(lots: readonly number[], risks: readonly number[]): bigint {
  return lots.reduce((total, held, i) => total + BigInt(held) * BigInt(risks[i] ?? 0), 0n);
}

function sumInOrder(products: readonly number[]): number {
  let total = 0;
  for (const product of products) total += product;
  return total;
}

function sumInLanes(products: readonly number[], lanes: number): number {
  const partial = new Float64Array(lanes);
  products.forEach((product, index) => {
    partial[index % lanes] = (partial[index % lanes] ?? 0) + product;
  });
  return sumInOrder([...partial]);
}

function shuffled(products: readonly number[], keys: readonly number[]): number[] {
  return products
    .map((product, index) => ({ product, key: keys[index] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ product }) => product);
}
