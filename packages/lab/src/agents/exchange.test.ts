import { describe, expect, it } from 'vitest';
import { createExchange } from './exchange.ts';

const TERMS = {
  bands: [
    { upToMicroUsd: 1_000_000_000n, impactPpm: 10_000 },
    { upToMicroUsd: null, impactPpm: 100_000 },
  ],
  refillMs: 60_000,
};
const PRICE = 200_000_000_000n;
const FIVE_ETHER = 5_000_000_000n;

describe('the outside market', () => {
  it('pays less for what is sold on top of what others sold', () => {
    const exchange = createExchange(TERMS);
    expect(exchange.sell({ nanoBase: FIVE_ETHER, priceNano: PRICE, nowMs: 0 })).toBe(990_000_000n);
    expect(exchange.marginalImpactPpm(0)).toBe(100_000);
    expect(exchange.sell({ nanoBase: FIVE_ETHER, priceNano: PRICE, nowMs: 0 })).toBe(900_000_000n);
    expect(exchange.totals()).toEqual({ valueMicroUsd: 2_000_000_000n, proceedsMicroUsd: 1_890_000_000n });
  });

  it('has refilled after its time', () => {
    const exchange = createExchange(TERMS);
    exchange.sell({ nanoBase: FIVE_ETHER, priceNano: PRICE, nowMs: 0 });
    // Half refilled: 500 dollars are still consumed, so half of the next thousand is paid in each band.
    expect(exchange.sell({ nanoBase: FIVE_ETHER, priceNano: PRICE, nowMs: 30_000 })).toBe(945_000_000n);
    expect(exchange.sell({ nanoBase: FIVE_ETHER, priceNano: PRICE, nowMs: 90_000_000 })).toBe(990_000_000n);
  });
});
