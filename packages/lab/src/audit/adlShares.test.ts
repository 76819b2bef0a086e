import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, isHeldAt, lineOf, smallestLevel } from './adlShares.ts';
import { least } from './exact.ts';

/** Accounts from one tick to the largest, hedged and not, with requirements far below and far above their equity. */
const candidate: fc.Arbitrary<Candidate> = fc
  .record({
    requirement: fc.bigInt(0n, 10n ** 15n),
    equity: fc.oneof(fc.bigInt(1n, 1_000n), fc.bigInt(1n, 10n ** 16n)),
    cap: fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 10n ** 9n)),
    kept: fc.bigInt(0n, 1_000n),
  })
  .map(({ requirement, equity, cap, kept }) => ({
    account: 0,
    requirement,
    equity,
    cap,
    requirementAtCap: least(requirement, (requirement * kept) / 1_000n),
  }));

describe('the level of a deleveraging', () => {
  it('is the smallest at which the ranges hold the target, wherever the first guess lies', () => {
    const levels = new Set<bigint>();
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 12 }),
        fc.oneof(fc.constant(0n), fc.bigInt(1n, 10n ** 15n)),
        fc.integer({ min: 1, max: 1_000 }),
        (candidates, deficit, share) => {
          const lots = candidates.reduce((sum, { cap }) => sum + cap, 0n);
          const lines = candidates.map((one) => lineOf(one, { account: 1, instrument: 0, isLong: true, lots, deficit }));
          const available = lines.reduce((sum, { most }) => sum + most, 0n);
          const target = (available * BigInt(share)) / 1_000n;
          fc.pre(target > 0n);
          const level = smallestLevel(lines, target);
          levels.add(level);
          expect(isHeldAt(lines, target, level)).toBe(true);
          expect(level === 0n || !isHeldAt(lines, target, level - 1n)).toBe(true);
        },
      ),
      { numRuns: 2_000, seed: 11 },
    );
    expect(levels.size).toBeGreaterThan(1_000);
    expect(levels.has(0n)).toBe(true);
  });
});
