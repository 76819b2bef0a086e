import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { ticks, trancheId } from '../numeric/brand.ts';
import {
  allocateDeficit,
  assertWaterfall,
  unbackedDeficit,
  WATERFALL_LAYERS,
  type WaterfallCapacity,
  type WaterfallStep,
} from './waterfall.ts';

const RUNS = { seed: 20_272, numRuns: 500 };

/** Tranche 1 stands behind tranche 2. */
function capacityOf(insurance: bigint, senior: bigint, junior: bigint, adl: bigint, social: bigint): WaterfallCapacity {
  return {
    insurance: ticks(insurance),
    tranches: [
      { tranche: trancheId(1), rank: 1, capacity: ticks(senior) },
      { tranche: trancheId(2), rank: 0, capacity: ticks(junior) },
    ],
    deleveraging: ticks(adl),
    socialised: ticks(social),
  };
}

function shown(steps: readonly WaterfallStep[]): string {
  return steps.map((step) => `${step.layer}${step.layer === 'backstop' ? step.tranche : ''} ${step.amount}`).join(', ');
}

describe('the loss waterfall', () => {
  it('uses each layer up before it touches the next', () => {
    // deficit | insurance, tranche 1 (rank 1), tranche 2 (rank 0), deleveraging, socialised bound | steps
    const table = `
      0   | 100 50 40 30 20 |
      100 | 100 50 40 30 20 | insurance 100
      101 | 100 50 40 30 20 | insurance 100, backstop2 1
      191 | 100 50 40 30 20 | insurance 100, backstop2 40, backstop1 50, deleveraging 1
      240 | 100 50 40 30 20 | insurance 100, backstop2 40, backstop1 50, deleveraging 30, socialised 20
      250 | 100 50 40 30 20 | insurance 100, backstop2 40, backstop1 50, deleveraging 30, socialised 20, recoveryClaim 10
      35  | 0   0  0  30 20 | deleveraging 30, socialised 5
      35  | 0   50 0  0  0  | backstop1 35
      35  | 0   0  0  0  0  | recoveryClaim 35`;
    const rows = table.trim().split('\n');
    expect(rows).toHaveLength(9);
    for (const row of rows) {
      const [deficit = '', capacities = '', expected = ''] = row.split('|').map((cell) => cell.trim());
      const [insurance = 0n, senior = 0n, junior = 0n, adl = 0n, social = 0n] = capacities.split(/\s+/).map(BigInt);
      const steps = allocateDeficit(ticks(BigInt(deficit)), capacityOf(insurance, senior, junior, adl, social));
      expect(shown(steps)).toBe(expected);
    }
  });

  it('allocates the whole deficit, layer by layer, whatever the capacities', () => {
    const money = fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 12n));
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 13n), money, money, money, money, money, (deficit, a, b, c, d, e) => {
        const steps = allocateDeficit(ticks(deficit), capacityOf(a, b, c, d, e));
        expect(steps.reduce((total, step) => total + step.amount, 0n)).toBe(deficit);
        const bounds = [a, c, b, d, e];
        const order = steps.map((step) => (step.layer === 'backstop' ? (step.tranche === 2 ? 1 : 2) : layerIndex(step)));
        expect(order).toEqual([...order].sort((x, y) => x - y));
        for (const [index, step] of steps.entries()) {
          expect(step.amount).toBeGreaterThan(0n);
          const isLast = index === steps.length - 1;
          if (!isLast) expect(step.amount).toBe(bounds[order[index] ?? 9]);
        }
        // What is skipped had no capacity.
        const used = new Set(order);
        const last = order.at(-1) ?? -1;
        for (const [index, bound] of bounds.entries()) if (index < last && !used.has(index)) expect(bound).toBe(0n);
      }),
      RUNS,
    );
  });

  it('is checked again from the steps that were booked', () => {
    const capacity = capacityOf(100n, 0n, 0n, 30n, 20n);
    const check = (...steps: WaterfallStep[]): void => assertWaterfall(ticks(110n), capacity, steps);
    const insurance = (value: bigint): WaterfallStep => ({ layer: 'insurance', amount: ticks(value) });
    const adl = (value: bigint): WaterfallStep => ({ layer: 'deleveraging', amount: ticks(value) });
    check(insurance(100n), adl(10n));
    check(insurance(60n), insurance(40n), adl(10n));
    expect(() => check(insurance(100n))).toThrow('allocates the whole deficit');
    expect(() => check(insurance(99n), adl(11n))).toThrow('untouched before');
    expect(() => check(insurance(110n))).toThrow('more than its capacity');
    expect(() => check(insurance(100n), { layer: 'socialised', amount: ticks(10n) })).toThrow(InvariantViolation);
  });

  it('counts as unbacked what is beyond the capacity, and never less than nothing', () => {
    expect(unbackedDeficit({ negativeEquity: ticks(70n), capacity: ticks(50n) })).toBe(20n);
    expect(unbackedDeficit({ negativeEquity: ticks(30n), capacity: ticks(50n) })).toBe(0n);
  });
});

function layerIndex(step: WaterfallStep): number {
  const index = WATERFALL_LAYERS.indexOf(step.layer);
  return index === 0 ? 0 : index + 1;
}
