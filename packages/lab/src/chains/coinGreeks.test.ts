import { black76Value } from '@plimsoll/core/pricing';
import { describe, expect, test } from 'vitest';
import { type CoinOption, coinGreeks, forwardOfMark } from './coinGreeks.ts';

const CALL: CoinOption = { right: 'call', strike: 100_000, years: 0.1, volatility: 0.5 };
const PUT: CoinOption = { ...CALL, right: 'put' };

function coinPrice(option: CoinOption, forward: number): number {
  return black76Value({ ...option, forward, discount: 1 }) / forward;
}

describe('Greeks in coin', () => {
  test.each([CALL, PUT])('are derivatives of the price in coin with the logarithm of the forward: %o', (option) => {
    const forward = 104_000;
    const h = 1e-4;
    const { delta, gamma, vega, theta } = coinGreeks(option, forward);
    const up = coinPrice(option, forward * (1 + h));
    const down = coinPrice(option, forward * (1 - h));
    // delta = F·p′ and gamma = F²·p″.
    expect(delta).toBeCloseTo((up - down) / (2 * h), 6);
    expect(gamma).toBeCloseTo((up - 2 * coinPrice(option, forward) + down) / (h * h), 4);
    expect(vega).toBeCloseTo((coinPrice({ ...option, volatility: 0.501 }, forward) - coinPrice(option, forward)) * 10, 5);
    expect(theta).toBeCloseTo((coinPrice({ ...option, years: 0.1 - 1e-5 }, forward) - coinPrice(option, forward)) / 365e-5, 5);
  });
});

describe('the forward behind a mark', () => {
  test.each([CALL, PUT])('gives the mark back: %o', (option) => {
    for (const forward of [30_000, 99_000, 104_000, 250_000]) {
      const found = forwardOfMark(option, coinPrice(option, forward));
      // Where the price still tells: a put worth nothing in doubles has no forward of its own.
      if (coinPrice(option, forward) > 1e-10) expect(Math.abs((found ?? Number.NaN) / forward - 1)).toBeLessThan(1e-6);
    }
  });

  test('does not exist for a call worth a whole coin, nor for a price of zero', () => {
    expect(forwardOfMark(CALL, 1)).toBeNull();
    expect(forwardOfMark(PUT, 0)).toBeNull();
    expect(forwardOfMark(PUT, 3)).not.toBeNull();
  });
});
