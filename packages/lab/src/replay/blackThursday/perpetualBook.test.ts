import { describe, expect, it } from 'vitest';
import { EQUITY_LEAST, EQUITY_MOST, LEVERAGES, LOT_NANO, PERPETUAL_ACCOUNTS } from './assumptions.ts';
import { seedPerpetualBook } from './perpetualBook.ts';

const PRICE = 191_160_000_000n;

describe('the seeded perpetual book', () => {
  it('holds the stated leverages, both sides, and equities within their bounds', () => {
    const book = seedPerpetualBook(1, PRICE);
    expect(book.length).toBe(PERPETUAL_ACCOUNTS);
    expect(LEVERAGES.reduce((sum, { sharePpm }) => sum + sharePpm, 0)).toBe(1_000_000);
    for (const { equityMicro, lots, leveragePpm } of book) {
      expect(equityMicro).toBeGreaterThanOrEqual(EQUITY_LEAST);
      expect(equityMicro).toBeLessThanOrEqual(EQUITY_MOST);
      const notional = (BigInt(Math.abs(lots)) * LOT_NANO * PRICE) / 1_000_000_000_000n;
      expect(notional).toBeLessThanOrEqual((equityMicro * BigInt(leveragePpm)) / 1_000_000n);
      expect(lots).not.toBe(0);
    }
    const longs = book.filter(({ lots }) => lots > 0).length;
    expect(longs).toBeGreaterThan(PERPETUAL_ACCOUNTS / 2);
    expect(longs).toBeLessThan((PERPETUAL_ACCOUNTS * 4) / 5);
  });

  it('is the same for the same seed', () => {
    expect(seedPerpetualBook(4, PRICE)).toEqual(seedPerpetualBook(4, PRICE));
    expect(seedPerpetualBook(5, PRICE)).not.toEqual(seedPerpetualBook(4, PRICE));
  });
});
