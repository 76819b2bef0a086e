import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm } from '../../numeric/brand.ts';
import { ewmaVariances, longRunVariances, meanSquare } from './ewma.ts';
import { filteredReturns } from './filteredReturns.ts';
import { wobble } from './testing/histories.ts';

describe('EWMA variance', () => {
  it('follows the recursion by hand', () => {
    // Seed (0.02² + 0.04²)/2 = 0.001; then 0.75·0.001 + 0.25·0.06² = 0.00165 and 0.75·0.00165 + 0.25·0.01² = 0.0012625.
    const variances = ewmaVariances(Float64Array.of(0.02, -0.04, 0.06, 0.01), { decayPpm: ppm(750_000), seedCount: 2 });
    [0.001, 0.001, 0.001, 0.00165, 0.0012625].forEach((expected, index) => {
      expect(variances[index]).toBeCloseTo(expected, 15);
    });
  });

  it('never sees the return that it forecasts, nor a later one', () => {
    const returns = wobble(11, 200);
    const parameters = { decayPpm: ppm(940_000), seedCount: 30 };
    const before = ewmaVariances(returns, parameters);
    const changed = returns.map((value, index) => (index >= 120 ? value * 5 + 1 : value));
    expect([...ewmaVariances(changed, parameters).subarray(0, 121)]).toEqual([...before.subarray(0, 121)]);
    expect(ewmaVariances(changed, parameters)[121]).not.toBe(before[121]);
    const longBefore = longRunVariances(returns, 30);
    expect([...longRunVariances(changed, 30).subarray(0, 121)]).toEqual([...longBefore.subarray(0, 121)]);
  });

  it('over the long run is the mean square of everything before', () => {
    const returns = wobble(5, 50);
    expect(longRunVariances(returns, 10)[40]).toBeCloseTo(meanSquare(returns.subarray(0, 40)), 14);
  });

  it('refuses a decay of one and a seed longer than the history', () => {
    expect(() => ewmaVariances(wobble(1, 40), { decayPpm: ppm(1_000_000), seedCount: 30 })).toThrow(/decay/);
    expect(() => ewmaVariances(wobble(1, 20), { decayPpm: ppm(940_000), seedCount: 30 })).toThrow(/seed/);
  });
});

describe('filtered returns', () => {
  it('rescale each return from its own forecast to the one of today', () => {
    const returns = Float64Array.of(0.01, 0.02, -0.03, 0.04);
    const variances = Float64Array.of(0.0001, 0.0001, 0.0004, 0.0009, 0.0016);
    const filtered = filteredReturns(returns, variances, { at: 4, windowMax: 2, seedCount: 1, varianceFloor: 0 });
    expect(filtered[0]).toBeCloseTo((-0.03 * 0.04) / 0.02, 15);
    expect(filtered[1]).toBeCloseTo((0.04 * 0.04) / 0.03, 15);
    const floored = filteredReturns(returns, variances, { at: 4, windowMax: 2, seedCount: 1, varianceFloor: 0.0064 });
    expect(floored[0]).toBeCloseTo((-0.03 * 0.08) / 0.02, 15);
  });

  it('leave out the returns that seeded the variance, and keep order and sign', () => {
    const returns = wobble(3, 100);
    const variances = ewmaVariances(returns, { decayPpm: ppm(970_000), seedCount: 30 });
    const filtered = filteredReturns(returns, variances, { at: 100, windowMax: 1_000, seedCount: 30, varianceFloor: 0 });
    expect(filtered.length).toBe(70);
    filtered.forEach((value, index) => {
      expect(Math.sign(value)).toBe(Math.sign(returns[index + 30] ?? 0));
    });
  });

  it('double when every return doubles, and do not change when all earlier history is left out of the window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const returns = wobble(seed, 120);
        const parameters = { decayPpm: ppm(950_000), seedCount: 20 };
        const window = { at: 120, windowMax: 60, seedCount: 20, varianceFloor: 0 };
        const once = filteredReturns(returns, ewmaVariances(returns, parameters), window);
        const doubled = returns.map((value) => 2 * value);
        const twice = filteredReturns(doubled, ewmaVariances(doubled, parameters), window);
        twice.forEach((value, index) => {
          expect(value).toBe(2 * (once[index] ?? Number.NaN));
        });
      }),
      { seed: 41, numRuns: 50 },
    );
  });
});
