import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { ticks, trancheId } from '../numeric/brand.ts';
import { assertWaterfall, unbackedDeficit, WATERFALL_LAYERS, type WaterfallCapacity, type WaterfallStep } from './waterfall.ts';

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

/** `insurance 100, backstop2 1` as steps. */
function stepsOf(text: string): WaterfallStep[] {
  if (text === '') return [];
  return text.split(', ').map((part) => {
    const [name = '', amount = ''] = part.split(' ');
    if (name.startsWith('backstop')) {
      return { layer: 'backstop', tranche: trancheId(Number(name.slice('backstop'.length))), amount: ticks(BigInt(amount)) };
    }
    const layer = WATERFALL_LAYERS.find((candidate) => candidate === name);
    if (layer === undefined || layer === 'backstop') throw new Error(`${name} is not a layer`);
    return { layer, amount: ticks(BigInt(amount)) };
  });
}

describe('the loss waterfall', () => {
  it('uses each layer up before it touches the next', () => {
    // deficit | insurance, tranche 1 (rank 1), tranche 2 (rank 0), deleveraging, socialised bound | the steps that pass
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
      const [deficit = '', capacities = '', text = ''] = row.split('|').map((cell) => cell.trim());
      const [insurance = 0n, senior = 0n, junior = 0n, adl = 0n, social = 0n] = capacities.split(/\s+/).map(BigInt);
      const capacity = capacityOf(insurance, senior, junior, adl, social);
      const steps = stepsOf(text);
      assertWaterfall(ticks(BigInt(deficit)), capacity, steps);
      for (const other of tamperedWith(steps)) {
        expect(() => assertWaterfall(ticks(BigInt(deficit)), capacity, other)).toThrow(InvariantViolation);
      }
    }
  });

  it('accepts exactly one allocation of a deficit, whatever the capacities', () => {
    const money = fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 12n));
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 13n), money, money, money, money, money, (deficit, a, b, c, d, e) => {
        const capacity = capacityOf(a, b, c, d, e);
        let left = deficit;
        const take = (room: bigint): string => {
          const amount = left < room ? left : room;
          left -= amount;
          return String(amount);
        };
        const text = `insurance ${take(a)}, backstop2 ${take(c)}, backstop1 ${take(b)}, deleveraging ${take(d)}, socialised ${take(e)}`;
        const steps = stepsOf(`${text}, recoveryClaim ${left}`);
        assertWaterfall(ticks(deficit), capacity, steps);
        for (const other of tamperedWith(steps)) {
          expect(() => assertWaterfall(ticks(deficit), capacity, other)).toThrow(InvariantViolation);
        }
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

/** The steps with one tick moved from each of them to the claim, or taken away where it is the claim. */
function tamperedWith(steps: readonly WaterfallStep[]): readonly (readonly WaterfallStep[])[] {
  return steps.flatMap((step, at) => {
    if (step.amount === 0n) return [];
    const less = steps.with(at, { ...step, amount: ticks(step.amount - 1n) });
    return [step.layer === 'recoveryClaim' ? less : [...less, { layer: 'recoveryClaim', amount: ticks(1n) }]];
  });
}
