import { describe, expect, it } from 'vitest';
import { alignedReturns, returnsBetween } from './returns.ts';
import { DAY_MS, historyOf } from './testing/histories.ts';

const DAILY = { stepMs: DAY_MS, steps: 1, spacing: 'separate' } as const;

describe('aligned returns', () => {
  const old = historyOf('BTC', [
    [1, 100],
    [2, 110],
    [3, 99],
    [4, 99],
    [5, 198],
  ]);
  const young = historyOf('AVAX', [
    [3, 10],
    [4, 5],
    [5, 6],
  ]);

  it('cover only the intervals at whose both ends every underlying has a price, and say what is missing', () => {
    const matrix = alignedReturns([old, young], DAILY);
    expect(matrix.underlyings).toEqual(['AVAX', 'BTC']);
    expect(matrix.endsMs).toEqual([4 * DAY_MS, 5 * DAY_MS]);
    expect(matrix.columns.map((column) => [...column])).toEqual([
      [-0.5, 0.2],
      [0, 1],
    ]);
    expect(matrix.leftOut).toBe(2);
    expect(matrix.coverage[0]).toMatchObject({
      underlying: 'AVAX',
      firstMs: 3 * DAY_MS,
      observed: 3,
      missingBefore: 2,
      missingAfter: 0,
    });
    expect(matrix.coverage[1]).toMatchObject({ underlying: 'BTC', observed: 5, missingBefore: 0, missingBetween: [] });
  });

  it('never bridge a gap: the day after a missing price has no return either', () => {
    const gappy = historyOf('BTC', [
      [1, 100],
      [2, 110],
      [4, 120],
      [5, 130],
    ]);
    const steady = historyOf('ETH', [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
    const matrix = alignedReturns([gappy, steady], DAILY);
    expect(matrix.endsMs).toEqual([2 * DAY_MS, 5 * DAY_MS]);
    expect(matrix.coverage[0]?.missingBetween).toEqual([3 * DAY_MS]);
  });

  it('of several steps overlap or stand apart, as asked', () => {
    const overlapping = alignedReturns([old], { stepMs: DAY_MS, steps: 2, spacing: 'overlapping' });
    expect(overlapping.endsMs).toEqual([3 * DAY_MS, 4 * DAY_MS, 5 * DAY_MS]);
    expect(overlapping.columns[0]?.[0]).toBe(-0.01);
    const separate = alignedReturns([old], { stepMs: DAY_MS, steps: 2, spacing: 'separate' });
    expect(separate.endsMs).toEqual([3 * DAY_MS, 5 * DAY_MS]);
    expect(separate.columns[0]?.[1]).toBe(1);
  });

  it('do not depend on the order in which histories are given', () => {
    expect(alignedReturns([old, young], DAILY)).toEqual(alignedReturns([young, old], DAILY));
  });

  it('are cut to a period by their ends, after the first bound and up to the last', () => {
    const matrix = alignedReturns([old], DAILY);
    const cut = returnsBetween(matrix, { afterMs: 2 * DAY_MS, untilMs: 4 * DAY_MS });
    expect(cut.endsMs).toEqual([3 * DAY_MS, 4 * DAY_MS]);
    expect(cut.columns[0]?.length).toBe(2);
    expect(returnsBetween(matrix, { afterMs: 9 * DAY_MS, untilMs: 12 * DAY_MS }).endsMs).toEqual([]);
  });

  it('refuse times that do not rise', () => {
    const broken = { ...old, timesMs: [...old.timesMs].reverse() };
    expect(() => alignedReturns([broken], DAILY)).toThrow(/rise strictly/);
  });
});
