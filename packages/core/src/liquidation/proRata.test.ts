import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { type Claimant, splitProRata } from './proRata.ts';

const RUNS = { seed: 20_265, numRuns: 500 };
const claimants: fc.Arbitrary<Claimant[]> = fc
  .array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 8 })
  .map((weights) => weights.map((weight, id) => ({ id, weight })));

describe('a split in proportion', () => {
  it('gives the odd units to the largest remainders, then to the smaller id', () => {
    const of = (...weights: bigint[]): Claimant[] => weights.map((weight, id) => ({ id, weight }));
    expect(splitProRata(10n, of(1n, 1n, 1n))).toEqual([4n, 3n, 3n]);
    expect(splitProRata(10n, of(1n, 2n, 4n))).toEqual([1n, 3n, 6n]);
    expect(splitProRata(0n, of(0n, 0n))).toEqual([0n, 0n]);
    expect(() => splitProRata(1n, of(0n, 0n))).toThrow(InvariantViolation);
  });

  it('sums to the whole, stays within one unit of the exact part, and never exceeds a weight it need not', () => {
    fc.assert(
      fc.property(claimants, fc.bigInt(0n, 10n ** 13n), (entries, total) => {
        const whole = entries.reduce((sum, entry) => sum + entry.weight, 0n);
        if (whole === 0n) return;
        const parts = splitProRata(total, entries);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(total);
        for (const [index, entry] of entries.entries()) {
          const gap = (parts[index] ?? -1n) * whole - total * entry.weight;
          expect(gap < whole && gap > -whole).toBe(true);
          if (total <= whole) expect(parts[index]).toBeLessThanOrEqual(entry.weight);
        }
      }),
      RUNS,
    );
  });

  it('does not depend on the order of the claimants', () => {
    fc.assert(
      fc.property(claimants, fc.bigInt(0n, 10n ** 13n), (entries, total) => {
        if (entries.every((entry) => entry.weight === 0n)) return;
        const there = splitProRata(total, entries);
        expect(splitProRata(total, [...entries].reverse())).toEqual([...there].reverse());
      }),
      RUNS,
    );
  });
});
