import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amount, ppm, price } from '../numeric/brand.ts';
import { basketPrice, lowerPrice, lpSharePrice } from './valuation.ts';

const NANO = 1_000_000_000n;
const ETH = { feedUnit: amount(1_000_000_000n) };
const USDC = { feedUnit: amount(1_000_000n) };
const SHARE = { feedUnit: amount(1_000_000n) };

function ethPool(reserves: { readonly eth: bigint; readonly usdc: bigint; readonly issued: bigint }) {
  return lpSharePrice({
    share: SHARE,
    issued: amount(reserves.issued),
    base: { terms: ETH, reserve: amount(reserves.eth), price: price(3000n * NANO) },
    quote: { terms: USDC, reserve: amount(reserves.usdc), price: price(NANO) },
  });
}

describe('the fair price of an LP share', () => {
  test('is the sum of the reserves over the shares when the pool stands at oracle prices', () => {
    // 10 ETH and 30 000 USDC, 600 shares: 100 USD a share.
    expect(ethPool({ eth: 10n * NANO, usdc: 30_000_000_000n, issued: 600_000_000n })).toBe(100n * NANO);
  });

  test('does not move when a swap moves the reserves along the curve', () => {
    // Ten times the ETH against a tenth of the USDC: same product, naive value 303 000 USD instead of 60 000.
    expect(ethPool({ eth: 100n * NANO, usdc: 3_000_000_000n, issued: 600_000_000n })).toBe(100n * NANO);
  });

  test('is never above the naive value of the reserves', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 15n), fc.bigInt(1n, 10n ** 15n), fc.bigInt(1n, 10n ** 12n), (eth, usdc, issued) => {
        const fair = ethPool({ eth, usdc, issued });
        const naiveNumerator = (eth * 3000n * 1_000_000n + usdc * NANO) * 1000n * 1_000_000n;
        if (fair !== null) expect(fair * issued * 1000n * 1_000_000n <= naiveNumerator * 1_000_000n).toBe(true);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test('does not exist without shares or without reserves', () => {
    expect(ethPool({ eth: 1n, usdc: 1n, issued: 0n })).toBe(null);
    expect(ethPool({ eth: 0n, usdc: 1_000_000n, issued: 1n })).toBe(null);
  });
});

describe('the look-through price of a basket', () => {
  const part = (amountPerUnit: bigint, usd: bigint, capPpm: number) => ({
    amount: amount(amountPerUnit),
    capPpm: ppm(capPpm),
    terms: ETH,
    price: price(usd * NANO),
  });

  test('is the sum of its parts while none passes its cap', () => {
    expect(basketPrice([part(NANO, 60n, 600_000), part(2n * NANO, 20n, 500_000)])).toBe(100n * NANO);
  });

  test('counts nothing of a part beyond its cap', () => {
    // 900 of 1000 in one part capped at 60 %: 600 + 100.
    expect(basketPrice([part(NANO, 900n, 600_000), part(NANO, 100n, 500_000)])).toBe(700n * NANO);
  });

  test('does not exist when the parts are worth less than a nano-USD', () => {
    expect(basketPrice([part(1n, 0n + 1n, 1)])).toBe(null);
    expect(basketPrice([])).toBe(null);
  });

  test('gives way to a lower market price, and stands in for a missing one', () => {
    expect(lowerPrice(price(5n), price(9n))).toBe(5n);
    expect(lowerPrice(price(9n), price(5n))).toBe(5n);
    expect(lowerPrice(null, price(5n))).toBe(5n);
  });
});
