import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amount, assetId, RAY_ONE, ray, shares, timeMs } from '../numeric/brand.ts';
import { loanInterest, sizedLoan } from './cashLoan.ts';
import { createLendingPool, type LendingPool } from './lendingPool.ts';

const PAR = createLendingPool(assetId(0), timeMs(0));

describe('a cash loan', () => {
  it('at par owes no interest, and at a higher index the growth, rounded up', () => {
    const loan = sizedLoan(PAR, { principal: amount(1_000n), interest: amount(0n) });
    expect(loan).toEqual({ shares: 1_000n, principal: 1_000n });
    expect(loanInterest(PAR, loan)).toBe(0n);
    const later: LendingPool = { ...PAR, debtIndex: ray((RAY_ONE * 10_001n) / 10_000n) };
    expect(loanInterest(later, loan)).toBe(1n);
    expect(loanInterest(later, { shares: shares(0n), principal: amount(0n) })).toBe(0n);
  });

  it('keeps the interest owed when it is sized again, and adds less than one share and one unit', () => {
    const units = fc.bigInt({ min: 0n, max: 2n ** 50n });
    const index = fc.bigInt({ min: RAY_ONE, max: RAY_ONE * 3n });
    fc.assert(
      fc.property(units, units, index, (principal, interest, debtIndex) => {
        const pool: LendingPool = { ...PAR, debtIndex: ray(debtIndex) };
        const owed = loanInterest(pool, sizedLoan(pool, { principal: amount(principal), interest: amount(interest) }));
        // A share is worth the index, at most 3 units here.
        expect(owed >= interest && owed <= interest + 3n).toBe(true);
      }),
      { seed: 41 },
    );
  });
});
