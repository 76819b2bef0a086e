import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ppm } from '../numeric/brand.ts';
import { largestAcceptedFraction } from './fractionSearch.ts';

describe('the search for the largest fraction that passes', () => {
  it('finds the edge in at most 21 checks, and never asks about nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 1_000_000 }), (most, edge) => {
        const asked: number[] = [];
        const found = largestAcceptedFraction(ppm(most), (fraction) => {
          asked.push(fraction);
          return fraction <= edge;
        });
        expect(found).toBe(Math.min(most, edge));
        expect(asked.length).toBeLessThanOrEqual(21);
        expect(asked).not.toContain(0);
      }),
      { seed: 20_276, numRuns: 500 },
    );
  });

  it('returns a fraction that passes, or nothing, when the check is not monotone', () => {
    const odd = (fraction: number): boolean => fraction % 2 === 1;
    const found = largestAcceptedFraction(ppm(1_000_000), odd);
    expect(found === 0 || odd(found)).toBe(true);
  });
});
