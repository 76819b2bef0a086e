import { describe, expect, it } from 'vitest';
import { clockText, countText, dollarsText, exactText, momentText, valueText } from './format.ts';
import { pickEvenly, thinOut } from './thinOut.ts';

describe('amounts in a report', () => {
  it('show cents while they matter, dollars above, millions beyond ten of them', () => {
    expect(dollarsText(0n)).toBe('$0');
    expect(dollarsText(1_500_000n)).toBe('$1.50');
    expect(dollarsText(1_234_567_890n)).toBe('$1,235');
    expect(dollarsText(8_320_000_000_000n)).toBe('$8,320,000');
    expect(dollarsText(62_843_120_000_000n)).toBe('$62.84 M');
    expect(dollarsText(5_510_000_000_000_000n)).toBe('$5,510.00 M');
    expect(dollarsText(-1_234_567_890n)).toBe('−$1,235');
  });

  it('keep every decimal where a balance is shown', () => {
    expect(exactText(123_456_789_000_001n, 6)).toBe('123,456,789.000001');
    expect(countText(1_461)).toBe('1,461');
  });

  it('show four significant digits of what is only drawn, and a dash for no value', () => {
    expect(valueText(194.2)).toBe('194.2');
    expect(valueText(0.000041234)).toBe('0.00004123');
    expect(valueText(103_456.7)).toBe('103,457');
    expect(valueText(-2.5)).toBe('−2.500');
    expect(valueText(Number.NaN)).toBe('–');
  });

  it('give times in UTC', () => {
    expect(clockText(1_584_021_600_000)).toBe('14:00');
    expect(momentText(1_584_021_600_000)).toBe('2020-03-12 14:00 UTC');
  });
});

describe('thinning out', () => {
  it('keeps the lowest and the highest point of every stretch, the first and the last', () => {
    const timesMs = Array.from({ length: 10_000 }, (_, i) => i * 1_000);
    const values = timesMs.map((_, i) => (i === 4_321 ? -5 : i === 7_654 ? 99 : i % 7));
    const kept = thinOut({ timesMs, values }, 400);
    expect(kept.length).toBeLessThanOrEqual(400);
    expect(kept).toContainEqual([4_321_000, -5]);
    expect(kept).toContainEqual([7_654_000, 99]);
    expect(kept[0]).toEqual([0, 0]);
    expect(kept[kept.length - 1]).toEqual([9_999_000, 9_999 % 7]);
  });

  it('keeps where a price is missing', () => {
    const timesMs = Array.from({ length: 1_000 }, (_, i) => i);
    const values = timesMs.map((i) => (i >= 400 && i < 600 ? Number.NaN : 1));
    expect(thinOut({ timesMs, values }, 100).filter(([, value]) => Number.isNaN(value)).length).toBeGreaterThan(0);
    expect(thinOut({ timesMs, values }, 100).filter(([, value]) => value === 1).length).toBeGreaterThan(0);
  });

  it('picks evenly with both ends', () => {
    expect(pickEvenly([1, 2, 3, 4, 5, 6, 7, 8, 9], 3)).toEqual([1, 5, 9]);
    expect(pickEvenly([1, 2], 3)).toEqual([1, 2]);
  });
});
