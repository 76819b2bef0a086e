import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { type Weighted, weightedMedian, weightedMedianInterval } from './weightedMedian.ts';

/** `value×weight` → low, high, middle. */
const CASES: readonly (readonly [string, bigint, bigint, bigint])[] = [
  ['7×1', 7n, 7n, 7n],
  ['7×1 8×1', 7n, 8n, 7n],
  ['8×1 7×1 100×1', 8n, 8n, 8n],
  ['1×1 2×1 3×1 4×1', 2n, 3n, 2n],
  ['1×3 2×1 3×1', 1n, 1n, 1n],
  ['1×3 2×2 3×1', 1n, 2n, 1n],
  ['5×1 5×1 9×2', 5n, 9n, 7n],
  ['-4×1 -1×1', -4n, -1n, -3n],
];

const entry = fc.record({ value: fc.bigInt({ min: -50n, max: 50n }), weight: fc.integer({ min: 1, max: 5 }) });

function parse(text: string): Weighted<bigint>[] {
  return text.split(' ').map((word) => {
    const [value = '', weight = ''] = word.split('×');
    return { value: BigInt(value), weight: Number(weight) };
  });
}

describe('the weighted median', () => {
  for (const [text, low, high, middle] of CASES) {
    it(`of ${text} is ${low} to ${high}, middle ${middle}`, () => {
      expect(weightedMedianInterval(parse(text))).toEqual({ low, high });
      expect(weightedMedian(parse(text))).toBe(middle);
    });
  }

  it('leaves at most half of the weight on either side of both ends', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 9 }), (entries) => {
        const { low, high } = weightedMedianInterval(entries);
        const weightOf = (keep: (value: bigint) => boolean): number =>
          entries.filter(({ value }) => keep(value)).reduce((sum, { weight }) => sum + weight, 0);
        const half = weightOf(() => true) / 2;
        for (const end of [low, high]) {
          expect(weightOf((value) => value < end)).toBeLessThanOrEqual(half);
          expect(weightOf((value) => value > end)).toBeLessThanOrEqual(half);
        }
        expect(low <= high).toBe(true);
      }),
      { seed: 101, numRuns: 1000 },
    );
  });

  it('does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(
        fc
          .array(entry, { minLength: 1, maxLength: 9 })
          .chain((entries) =>
            fc.tuple(
              fc.constant(entries),
              fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
            ),
          ),
        ([entries, shuffled]) => {
          expect(weightedMedianInterval(shuffled)).toEqual(weightedMedianInterval(entries));
        },
      ),
      { seed: 102, numRuns: 500 },
    );
  });

  it('of nothing does not exist', () => {
    expect(() => weightedMedian([])).toThrow(InvariantViolation);
  });
});
