import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from '../numeric/assert.ts';
import { amount, ppm, shares } from '../numeric/brand.ts';
import {
  addLiquidity,
  LOCKED_SHARES,
  maxInputAtLimit,
  type ProductPool,
  removeLiquidity,
  swapExactIn,
} from './constantProduct.ts';

const RUNS = { seed: 20_263, numRuns: 500 };
const POOL: ProductPool = {
  reserveBase: amount(1_000_000n),
  reserveQuote: amount(2_000_000_000n),
  feePpm: ppm(3_000),
  totalShares: shares(44_721_359n),
};

const EMPTY: ProductPool = { reserveBase: amount(0n), reserveQuote: amount(0n), feePpm: ppm(0), totalShares: shares(0n) };

const pools: fc.Arbitrary<ProductPool> = fc
  .record({
    base: fc.bigInt(1n, 10n ** 15n),
    quote: fc.bigInt(1n, 10n ** 15n),
    fee: fc.integer({ min: 0, max: 100_000 }),
    supply: fc.bigInt(1_001n, 10n ** 15n),
  })
  .map(({ base, quote, fee, supply }) => ({
    reserveBase: amount(base),
    reserveQuote: amount(quote),
    feePpm: ppm(fee),
    totalShares: shares(supply),
  }));
const sides = fc.constantFrom('baseIn' as const, 'quoteIn' as const);

function product(pool: ProductPool): bigint {
  return pool.reserveBase * pool.reserveQuote;
}

describe('the constant-product pool', () => {
  it('prices a swap on its curve, fee kept, output rounded down', () => {
    // 1000 in, 997 after the fee: 2,000,000,000 · 997 / 1,000,997
    const sold = swapExactIn(POOL, { side: 'baseIn', amountIn: amount(1_000n) });
    expect(sold?.amountOut).toBe(1_992_013n);
    expect(sold?.pool.reserveBase).toBe(1_001_000n);
    expect(sold?.pool.reserveQuote).toBe(1_998_007_987n);
    const bought = swapExactIn(POOL, { side: 'quoteIn', amountIn: amount(2_000_000n) });
    expect(bought?.amountOut).toBe(996n);
    expect(swapExactIn(POOL, { side: 'quoteIn', amountIn: amount(1n) })).toBe(null);
    expect(swapExactIn(EMPTY, { side: 'baseIn', amountIn: amount(1n) })).toBe(null);
  });

  it('never lets the product of its reserves fall, and never empties a side', () => {
    fc.assert(
      fc.property(pools, sides, fc.bigInt(1n, 10n ** 15n), (pool, side, amountIn) => {
        const swap = swapExactIn(pool, { side, amountIn: amount(amountIn) });
        if (swap === null) return;
        expect(product(swap.pool)).toBeGreaterThanOrEqual(product(pool));
        expect(swap.pool.reserveBase).toBeGreaterThan(0n);
        expect(swap.pool.reserveQuote).toBeGreaterThan(0n);
      }),
      RUNS,
    );
  });

  it('gives a trader nothing for going in and out again, and nothing for cutting a swap in two', () => {
    fc.assert(
      fc.property(pools, sides, fc.bigInt(2n, 10n ** 14n), (pool, side, amountIn) => {
        const there = swapExactIn(pool, { side, amountIn: amount(amountIn) });
        if (there === null) return;
        const back = swapExactIn(there.pool, {
          side: side === 'baseIn' ? 'quoteIn' : 'baseIn',
          amountIn: there.amountOut,
        });
        expect(back?.amountOut ?? 0n).toBeLessThanOrEqual(amountIn);
        if (pool.feePpm > 0) return; // with a fee the second half of a cut swap finds a deeper pool: the fee of the first
        const first = swapExactIn(pool, { side, amountIn: amount(amountIn / 2n) });
        const second = swapExactIn(first?.pool ?? pool, { side, amountIn: amount(amountIn - amountIn / 2n) });
        expect((first?.amountOut ?? 0n) + (second?.amountOut ?? 0n)).toBeLessThanOrEqual(there.amountOut);
      }),
      RUNS,
    );
  });

  it('finds the largest input at a limit price', () => {
    fc.assert(
      fc.property(pools, sides, fc.bigInt(1n, 10n ** 12n), fc.bigInt(1n, 10n ** 12n), (pool, side, limitOut, limitIn) => {
        const limit = { side, limitOut: amount(limitOut), limitIn: amount(limitIn) };
        // Reserves this lopsided would ask for more than an amount can say.
        const scale = side === 'baseIn' ? pool.reserveQuote : pool.reserveBase;
        if ((scale * limitIn) / limitOut >= 10n ** 18n) return;
        const most = maxInputAtLimit(pool, limit);
        const held = side === 'baseIn' ? pool.reserveBase : pool.reserveQuote;
        const other = side === 'baseIn' ? pool.reserveQuote : pool.reserveBase;
        const kept = 1_000_000n - BigInt(pool.feePpm);
        const good = (input: bigint): boolean => kept * other * limitIn >= limitOut * (held * 1_000_000n + kept * input);
        expect(most === 0n || good(most)).toBe(true);
        expect(good(most + 1n)).toBe(false);
        if (most === 0n) return;
        const out = swapExactIn(pool, { side, amountIn: most })?.amountOut ?? 0n;
        expect(out).toBeGreaterThanOrEqual((most * limitOut) / limitIn);
      }),
      RUNS,
    );
  });

  it('mints the square root of the first deposit less the shares that stay locked', () => {
    const first = addLiquidity(EMPTY, { baseIn: amount(1_000_000n), quoteIn: amount(2_000_000_000n) });
    expect(first?.minted).toBe(44_721_359n - LOCKED_SHARES);
    expect(first?.pool.totalShares).toBe(44_721_359n);
    expect(addLiquidity(EMPTY, { baseIn: amount(1_000n), quoteIn: amount(1_000n) })).toBe(null);
  });

  it('takes from a later deposit only what its shares need', () => {
    const more = addLiquidity(POOL, { baseIn: amount(10_000n), quoteIn: amount(1_000_000_000n) });
    expect(more?.minted).toBe(447_213n);
    expect(more?.baseIn).toBe(10_000n);
    expect(more?.quoteIn).toBe(19_999_974n);
    expect(addLiquidity(POOL, { baseIn: amount(0n), quoteIn: amount(5_000n) })).toBe(null);
  });

  it('never lets the reserves behind a share fall by a deposit or a withdrawal', () => {
    fc.assert(
      fc.property(pools, fc.bigInt(0n, 10n ** 14n), fc.bigInt(0n, 10n ** 14n), (pool, baseIn, quoteIn) => {
        const deposit = addLiquidity(pool, { baseIn: amount(baseIn), quoteIn: amount(quoteIn) });
        if (deposit === null) return;
        expect(deposit.baseIn).toBeLessThanOrEqual(baseIn);
        expect(deposit.quoteIn).toBeLessThanOrEqual(quoteIn);
        const grown = deposit.pool;
        expect(grown.reserveBase * pool.totalShares).toBeGreaterThanOrEqual(pool.reserveBase * grown.totalShares);
        expect(grown.reserveQuote * pool.totalShares).toBeGreaterThanOrEqual(pool.reserveQuote * grown.totalShares);
        const back = removeLiquidity(grown, deposit.minted);
        expect(back.baseOut).toBeLessThanOrEqual(deposit.baseIn);
        expect(back.quoteOut).toBeLessThanOrEqual(deposit.quoteIn);
        expect(back.pool.reserveBase * grown.totalShares).toBeGreaterThanOrEqual(grown.reserveBase * back.pool.totalShares);
      }),
      RUNS,
    );
  });

  it('does not let a first depositor inflate a share to swallow the next deposit', () => {
    // The attacker holds the least that can be held, then gives 10^9 of each asset to the pool.
    const seeded = addLiquidity(EMPTY, { baseIn: amount(1_001n), quoteIn: amount(1_001n) });
    expect(seeded?.minted).toBe(1n);
    const gift = 1_000_000_000n;
    const inflated: ProductPool = {
      ...POOL,
      reserveBase: amount(1_001n + gift),
      reserveQuote: amount(1_001n + gift),
      totalShares: shares(1_001n),
    };
    // One share now costs about a thousandth of the gift; all but one part in 1001 of the gift belongs to nobody.
    const attacker = removeLiquidity(inflated, shares(1n));
    expect(attacker.baseOut).toBe(999_001n);
    const victim = addLiquidity(inflated, { baseIn: amount(50_000_000n), quoteIn: amount(50_000_000n) });
    expect(victim?.minted).toBe(50n);
    expect(50_000_000n - (victim?.baseIn ?? 0n)).toBe(49_900n); // handed back, not lost
  });

  it('refuses what would leave the range of amounts or shares, and changes nothing', () => {
    const full: ProductPool = { ...POOL, reserveBase: amount(2n ** 62n - 1n) };
    expect(swapExactIn(full, { side: 'baseIn', amountIn: amount(2n ** 61n) })).toBe(null);
    const thin: ProductPool = { ...POOL, reserveBase: amount(1n), reserveQuote: amount(1n), totalShares: shares(146_970n) };
    expect(addLiquidity(thin, { baseIn: amount(10n ** 14n), quoteIn: amount(10n ** 14n) })).toBe(null);
    const limit = { limitOut: amount(1n), limitIn: amount(2n ** 61n) };
    expect(maxInputAtLimit(POOL, { side: 'baseIn', ...limit })).toBe(2n ** 62n - 1n);
  });

  it('keeps the locked shares for ever', () => {
    expect(() => removeLiquidity(POOL, POOL.totalShares)).toThrow(InvariantViolation);
    const all = removeLiquidity(POOL, shares(POOL.totalShares - LOCKED_SHARES));
    expect(all.pool.totalShares).toBe(LOCKED_SHARES);
    expect(all.pool.reserveQuote).toBeGreaterThan(0n);
  });
});
