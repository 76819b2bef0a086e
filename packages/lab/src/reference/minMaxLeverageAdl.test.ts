import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AdlCandidate } from './minMaxLeverageAdl.ts';
import { minMaxLeverageAdl } from './minMaxLeverageAdl.ts';

/** Sums of up to twelve doubles of size 1e3 in different orders. */
const SUMMATION_TOLERANCE = 1e-9;

/** The level by bisection, as the cookbook states the rule: an independent way to the same number. */
function levelByBisection(candidates: readonly AdlCandidate[], markPrice: number, quantity: number): number {
  let low = 0;
  let high = Math.max(...candidates.map((each) => (each.size * markPrice) / each.equity));
  for (let round = 0; round < 200; round += 1) {
    const level = (low + high) / 2;
    const closed = candidates.reduce((sum, each) => sum + Math.max(0, each.size - (level * each.equity) / markPrice), 0);
    if (closed > quantity) low = level;
    else high = level;
  }
  return high;
}

describe('auto-deleveraging by the smallest largest leverage', () => {
  it('cookbook B17: the worked example touches the two most levered accounts', () => {
    const candidates = [
      { size: 10, equity: 100 },
      { size: 10, equity: 50 },
      { size: 10, equity: 25 },
    ];
    const { leverageLevel, reductions } = minMaxLeverageAdl({ candidates, markPrice: 10, quantity: 10 });
    expect(leverageLevel).toBeCloseTo(4 / 3, 14);
    expect(reductions[0]).toBe(0);
    expect(reductions[1]).toBeCloseTo(10 / 3, 14);
    expect(reductions[2]).toBeCloseTo(20 / 3, 14);
  });

  it('closes exactly the quantity, and no touched account stays above the level found by bisection', () => {
    const candidate = fc.record({
      size: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      equity: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (candidates, markPrice, share) => {
          const quantity = share * candidates.reduce((sum, each) => sum + each.size, 0);
          const { leverageLevel, reductions } = minMaxLeverageAdl({ candidates, markPrice, quantity });
          const closed = reductions.reduce((sum, each) => sum + each, 0);
          expect(Math.abs(closed - quantity)).toBeLessThanOrEqual(SUMMATION_TOLERANCE * Math.max(1, quantity));
          const expected = levelByBisection(candidates, markPrice, quantity);
          expect(Math.abs(leverageLevel - expected)).toBeLessThanOrEqual(SUMMATION_TOLERANCE * Math.max(1, expected));
        },
      ),
      { seed: 20251010 },
    );
  });

  it('closes nothing for nothing, everything for everything, and refuses more', () => {
    const candidates = [
      { size: 1, equity: 5 },
      { size: 2, equity: 5 },
    ];
    expect(minMaxLeverageAdl({ candidates, markPrice: 1, quantity: 0 }).reductions).toEqual([0, 0]);
    expect(minMaxLeverageAdl({ candidates, markPrice: 1, quantity: 3 }).reductions).toEqual([1, 2]);
    expect(() => minMaxLeverageAdl({ candidates, markPrice: 1, quantity: 3.1 })).toThrow('Cannot close');
    expect(() => minMaxLeverageAdl({ candidates, markPrice: 0, quantity: 1 })).toThrow('must be positive');
  });

  it('does not reward splitting an account in two', () => {
    const whole = [
      { size: 10, equity: 10 },
      { size: 10, equity: 40 },
    ];
    const split = [
      { size: 5, equity: 5 },
      { size: 5, equity: 5 },
      { size: 10, equity: 40 },
    ];
    const one = minMaxLeverageAdl({ candidates: whole, markPrice: 10, quantity: 6 }).reductions;
    const two = minMaxLeverageAdl({ candidates: split, markPrice: 10, quantity: 6 }).reductions;
    expect((two[0] ?? 0) + (two[1] ?? 0)).toBeCloseTo(one[0] ?? 0, 12);
  });
});
