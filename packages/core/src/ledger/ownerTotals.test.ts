import { describe, expect, it } from 'vitest';
import {
  addGrossLots,
  addOwnerRow,
  createOwnerTotals,
  newestRowOfOwner,
  notedGrossLots,
  openAccountsOfOwner,
} from './ownerTotals.ts';

describe('the tables of owners', () => {
  it('keep every owner and every gross figure through many growths, with ids far apart', () => {
    const totals = createOwnerTotals();
    const owner = (at: number): number => (at * 214_013 + 2_531_011) % (2 ** 31 - 1);
    for (let at = 0; at < 20_000; at += 1) {
      addOwnerRow(totals, owner(at), at);
      addGrossLots(totals, owner(at), at % 13, at + 1);
    }
    for (let at = 0; at < 20_000; at += 1) {
      expect(newestRowOfOwner(totals, owner(at))).toBe(at);
      expect(openAccountsOfOwner(totals, owner(at))).toBe(1);
      expect(notedGrossLots(totals, owner(at), at % 13)).toBe(at + 1);
    }
    expect(newestRowOfOwner(totals, owner(20_001))).toBe(-1);
  });

  it('drop figures that fell back to zero instead of growing with them', () => {
    const totals = createOwnerTotals();
    for (let round = 0; round < 50_000; round += 1) {
      addGrossLots(totals, round, 1, 5);
      addGrossLots(totals, round, 1, -5);
    }
    expect(totals.grossLots.length).toBe(1024);
    expect(notedGrossLots(totals, 49_999, 1)).toBe(0);
    expect(() => addGrossLots(totals, 3, 1, -1)).toThrow('not negative');
  });
});
