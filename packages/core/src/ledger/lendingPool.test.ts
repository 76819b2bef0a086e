import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Amount, amount, assetId, ppm, RAY_ONE, ray, shares, timeMs } from '../numeric/brand.ts';
import { AMOUNT_MAX, RAY_MAX } from '../numeric/limits.ts';
import {
  accrue,
  bookDust,
  borrowRate,
  createLendingPool,
  debtValue,
  idleCash,
  type LendingParameters,
  type LendingPool,
  poolDust,
  poolResidual,
  sharesForBorrow,
  sharesForRepayment,
  sharesForSupply,
  sharesForWithdrawal,
  socialisePoolLoss,
  supplyValue,
  utilisation,
  YEAR_MS,
} from './lendingPool.ts';

const PARAMETERS: LendingParameters = {
  basePpmPerYear: ppm(10_000),
  slope1PpmPerYear: ppm(40_000),
  kinkPpm: ppm(800_000),
  slope2PpmPerYear: ppm(600_000),
  reserveFactorPpm: ppm(100_000),
  lossBoundPpm: ppm(200_000),
};

const EMPTY = createLendingPool(assetId(0), timeMs(0));

function supplied(pool: LendingPool, units: bigint): LendingPool {
  const minted = sharesForSupply(pool, amount(units)) ?? shares(0n);
  return { ...pool, cash: amount(pool.cash + units), supplyShares: shares(pool.supplyShares + minted) };
}

function borrowed(pool: LendingPool, units: bigint): LendingPool {
  const owed = sharesForBorrow(pool, amount(units));
  return { ...pool, cash: amount(pool.cash - units), debtShares: shares(pool.debtShares + owed) };
}

describe('the rate', () => {
  it('is the base when nothing is lent, rises to the kink and steeply beyond it', () => {
    const rates = [0, 400_000, 800_000, 900_000, 1_000_000].map((used) => borrowRate(PARAMETERS, ppm(used)));
    expect(rates).toEqual([10_000, 30_000, 50_000, 350_000, 650_000]);
  });

  it('follows utilisation, which counts the reserve as not lendable and rounds up', () => {
    expect(utilisation(EMPTY)).toBe(0);
    expect(utilisation(borrowed(supplied(EMPTY, 1_000n), 400n))).toBe(400_000);
    expect(utilisation(borrowed(supplied(EMPTY, 3n), 1n))).toBe(333_334);
    expect(utilisation({ ...borrowed(supplied(EMPTY, 1_000n), 400n), reserve: amount(600n) })).toBe(1_000_000);
  });

  it('refuses a kink at the ends', () => {
    expect(() => borrowRate({ ...PARAMETERS, kinkPpm: ppm(1_000_000) }, ppm(0))).toThrow('The kink of a rate');
  });
});

describe('accrual', () => {
  it('of a year at half utilisation splits 3.5 % of the debt between suppliers and the reserve', () => {
    const pool = accrue(borrowed(supplied(EMPTY, 1_000_000n), 500_000n), PARAMETERS, timeMs(YEAR_MS));
    expect(pool.debtIndex).toBe((RAY_ONE * 1_035n) / 1_000n);
    expect(debtValue(pool, pool.debtShares)).toBe(517_500n);
    expect(supplyValue(pool, pool.supplyShares)).toBe(1_015_750n);
    expect(pool.reserve).toBe(1_750n);
    expect(poolResidual(pool)).toBe(0n);
  });

  it('without suppliers leaves the interest on cash loans to the reserve', () => {
    const pool: LendingPool = { ...EMPTY, loanShares: shares(1_000n), loanPrincipal: amount(1_000n) };
    const later = accrue(pool, PARAMETERS, timeMs(YEAR_MS));
    expect([later.reserve, later.supplyIndex]).toEqual([650n, RAY_ONE]);
  });

  it('never pays suppliers more than the borrow rate, however large the cash loans beside them', () => {
    const pool: LendingPool = { ...supplied(EMPTY, 1n), loanShares: shares(10n ** 15n), loanPrincipal: amount(10n ** 15n) };
    const later = accrue(pool, PARAMETERS, timeMs(YEAR_MS));
    expect(later.supplyIndex).toBeLessThanOrEqual((RAY_ONE * 1_585n) / 1_000n);
    expect(later.supplyIndex).toBeGreaterThan((RAY_ONE * 1_584n) / 1_000n);
    expect(poolResidual(later) < RAY_ONE).toBe(true);
  });

  it('of no time is the same pool, and of less than no time is refused', () => {
    const pool = accrue(borrowed(supplied(EMPTY, 10n), 5n), PARAMETERS, timeMs(1_000));
    expect(accrue(pool, PARAMETERS, timeMs(1_000))).toBe(pool);
    expect(() => accrue(pool, PARAMETERS, timeMs(999))).toThrow('forward in time');
  });

  it('stops at the largest index and the largest reserve instead of failing', () => {
    const pool: LendingPool = {
      ...borrowed(supplied(EMPTY, 1_000n), 1_000n),
      debtIndex: ray(RAY_MAX),
      supplyIndex: ray(RAY_MAX - 1n),
      cash: amount(AMOUNT_MAX),
    };
    const later = accrue(pool, PARAMETERS, timeMs(YEAR_MS));
    expect([later.debtIndex, later.supplyIndex <= RAY_MAX, later.reserve]).toEqual([RAY_MAX, true, AMOUNT_MAX]);
  });
});

describe('shares', () => {
  it('round against the user in each of the four directions', () => {
    const pool: LendingPool = { ...EMPTY, debtIndex: ray((RAY_ONE * 3n) / 2n), supplyIndex: ray((RAY_ONE * 3n) / 2n) };
    expect(sharesForSupply(pool, amount(10n))).toBe(6n);
    expect(sharesForWithdrawal(pool, amount(10n))).toBe(7n);
    expect(sharesForBorrow(pool, amount(10n))).toBe(7n);
    expect(sharesForRepayment(pool, amount(10n))).toBe(6n);
    expect(supplyValue(pool, shares(7n))).toBe(10n);
    expect(debtValue(pool, shares(7n))).toBe(11n);
  });

  it('of a supply too small for one share, or in a pool worn by losses, are refused', () => {
    expect(sharesForSupply({ ...EMPTY, supplyIndex: ray(RAY_ONE * 3n) }, amount(2n))).toBe(null);
    expect(sharesForSupply({ ...EMPTY, supplyIndex: ray(1n) }, amount(1_000_000n))).toBe(null);
  });

  it('withdrawing what a supply is worth never burns more shares than it has', () => {
    const index = fc.bigInt({ min: 1n, max: RAY_ONE * 1_000n });
    fc.assert(
      fc.property(index, fc.bigInt({ min: 0n, max: 2n ** 50n }), (supplyIndex, held) => {
        const pool: LendingPool = { ...EMPTY, supplyIndex: ray(supplyIndex) };
        expect(sharesForWithdrawal(pool, supplyValue(pool, shares(held))) <= held).toBe(true);
      }),
      { seed: 1 },
    );
  });
});

describe('the reserve', () => {
  it('is left aside by idle cash, which never falls below nothing', () => {
    const pool: LendingPool = { ...supplied(EMPTY, 100n), cash: amount(110n), reserve: amount(10n) };
    expect(idleCash(pool)).toBe(100n);
    expect(idleCash({ ...pool, cash: amount(3n) })).toBe(0n);
  });

  it('takes whole units of dust', () => {
    const pool: LendingPool = { ...supplied(EMPTY, 100n), cash: amount(103n) };
    expect(poolDust(pool)).toBe(3n);
    expect(bookDust(pool).reserve).toBe(3n);
    expect(bookDust(bookDust(pool))).toEqual(bookDust(pool));
  });
});

describe('a bad debt', () => {
  const lent = borrowed(supplied(EMPTY, 1_000n), 500n);

  it('is borne by the reserve before the suppliers', () => {
    const rich: LendingPool = { ...lent, cash: amount(540n), reserve: amount(40n) };
    const { pool, ...loss } = socialisePoolLoss(rich, shares(100n), PARAMETERS.lossBoundPpm);
    expect(loss).toEqual({ reserve: 40n, suppliers: 60n, claimed: 0n, uncovered: 0n });
    expect(supplyValue(pool, pool.supplyShares)).toBe(940n);
    expect(poolResidual({ ...pool, debtShares: shares(400n) })).toBe(0n);
  });

  it('gives suppliers claims for what lies beyond the bound', () => {
    const { pool, ...loss } = socialisePoolLoss(lent, shares(500n), PARAMETERS.lossBoundPpm);
    expect(loss).toEqual({ reserve: 0n, suppliers: 500n, claimed: 300n, uncovered: 0n });
    expect(pool.claimIndex).toBe((RAY_ONE * 3n) / 10n);
  });

  it('that suppliers cannot bear is uncovered, and what residual there is covers first', () => {
    const owed: LendingPool = { ...EMPTY, debtShares: shares(500n), supplyShares: shares(300n), cash: amount(20n) };
    // 220 of residual cover part of it, suppliers lose all but one part in 1e27 a share.
    const { pool, ...loss } = socialisePoolLoss(owed, shares(500n), ppm(0));
    expect(loss).toEqual({ reserve: 0n, suppliers: 280n, claimed: 280n, uncovered: 0n });
    const bare: LendingPool = {
      ...EMPTY,
      debtShares: shares(500n),
      supplyShares: shares(300n),
      cash: amount(0n),
      reserve: amount(200n),
    };
    const worse = socialisePoolLoss(bare, shares(500n), ppm(0));
    expect([worse.reserve, worse.suppliers, worse.uncovered]).toEqual([200n, 300n, 1n]);
    expect(pool.supplyIndex > 0n && worse.pool.supplyIndex > 0n).toBe(true);
  });
});

describe('any sequence of supplies, loans, repayments, withdrawals, time and losses', () => {
  const step = fc.record({
    kind: fc.constantFrom('supply', 'withdraw', 'borrow', 'repay', 'repayAll', 'time', 'loss'),
    units: fc.oneof(fc.bigInt({ min: 1n, max: 1_000n }), fc.bigInt({ min: 1n, max: 10n ** 15n })),
  });

  it('keeps the residual from falling below zero, and less than a unit of it after an accrual', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let pool: LendingPool = EMPTY;
        for (const { kind, units } of steps) {
          pool = applied(pool, kind, amount(units));
          expect(poolResidual(pool) >= 0n).toBe(true);
          if (kind === 'time') expect(pool.debtShares === 0n || poolResidual(pool) < RAY_ONE).toBe(true);
          expect(pool.supplyIndex > 0n).toBe(true);
        }
      }),
      { seed: 20200312, numRuns: 300 },
    );
  });

  function applied(pool: LendingPool, kind: string, units: Amount): LendingPool {
    const all = <T extends bigint>(most: T, wanted: T): T => (wanted < most ? wanted : most);
    if (kind === 'supply') return supplied(pool, sharesForSupply(pool, units) === null ? 0n : units);
    if (kind === 'time') return accrue(pool, PARAMETERS, timeMs(pool.lastAccrualMs + Number(units % 100_000_000n)));
    if (kind === 'borrow') return idleCash(pool) > 0n ? borrowed(pool, all(idleCash(pool), units)) : pool;
    if (kind === 'withdraw') {
      const taken = all(all(idleCash(pool), supplyValue(pool, pool.supplyShares)), units);
      const supplyShares = shares(pool.supplyShares - sharesForWithdrawal(pool, taken));
      return { ...pool, cash: amount(pool.cash - taken), supplyShares };
    }
    if (pool.debtShares === 0n) return pool;
    if (kind === 'loss') {
      const owed = all(pool.debtShares, shares(units));
      const { pool: borne, uncovered } = socialisePoolLoss(pool, owed, PARAMETERS.lossBoundPpm);
      return { ...borne, cash: amount(borne.cash + uncovered), debtShares: shares(borne.debtShares - owed) };
    }
    const owed = debtValue(pool, pool.debtShares);
    if (kind === 'repayAll' || units >= owed) return { ...pool, cash: amount(pool.cash + owed), debtShares: shares(0n) };
    const cleared = sharesForRepayment(pool, units);
    return { ...pool, cash: amount(pool.cash + units), debtShares: shares(pool.debtShares - cleared) };
  }
});
