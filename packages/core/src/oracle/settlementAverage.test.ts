import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../numeric/brand.ts';
import {
  advanceSettlementAverage,
  createSettlementAverage,
  type SettlementAverage,
  settledPart,
  settlementPrice,
} from './settlementAverage.ts';
import { at, dollars, usd } from './testing/feedTable.ts';

/** Half an hour before second 7200. */
const START: SettlementAverage = createSettlementAverage({ expiryMs: at(7_200), windowMs: durationMs(1_800_000), nowMs: at(0) });

/** Each row: at this second, this index price had been in force since the row before (`-`: none was valid). */
function run(rows: readonly (readonly [seconds: number, held: string])[]): SettlementAverage {
  let state = START;
  for (const [seconds, held] of rows) state = advanceSettlementAverage(state, held === '-' ? null : usd(held), at(seconds));
  return state;
}

const priceAfter = (...rows: (readonly [number, string])[]): string => dollars(settlementPrice(run(rows)));

describe('the settlement average', () => {
  it('weighs each price by its time in the last half hour, and nothing before it', () => {
    expect(priceAfter([5_400, '1000'], [6_300, '100'], [7_200, '200'])).toBe('150');
    expect(priceAfter([5_000, '1000'], [5_850, '100'], [7_200, '200'])).toBe('175');
  });

  it('does not see what comes after the expiry when the window was complete', () => {
    expect(priceAfter([7_000, '100'], [9_000, '100'])).toBe('100');
    expect(priceAfter([7_200, '100'], [9_000, '5000'])).toBe('100');
  });

  it('is not known before the expiry', () => {
    expect(priceAfter([7_199, '100'])).toBe('-');
    expect(settledPart(run([[7_199, '100']]))).toEqual({
      // 100 dollars over 1799 of 1800 seconds, to the nearest 1e-9 dollar.
      fixed: 99_944_444_444n,
      remainingMs: durationMs(1_000),
      windowMs: durationMs(1_800_000),
    });
    expect(settledPart(run([[5_400, '100']]))).toBeNull();
  });

  it('waits for the rest of its window when the index was invalid, and takes it from after the expiry', () => {
    const rows = [
      [5_400, '100'],
      [6_300, '100'],
      [7_200, '-'],
    ] as const;
    expect(priceAfter(...rows)).toBe('-');
    expect(priceAfter(...rows, [7_800, '-'])).toBe('-');
    expect(priceAfter(...rows, [8_699, '-'], [9_598, '200'])).toBe('-');
    expect(priceAfter(...rows, [8_699, '-'], [9_599, '200'])).toBe('150');
    expect(priceAfter(...rows, [8_699, '-'], [99_599, '200'])).toBe('150');
  });

  it('never settles on a feed that is dead throughout', () => {
    expect(priceAfter([7_200, '-'], [7_200_000, '-'])).toBe('-');
  });

  it('rounds to the nearest 1e-9 dollar', () => {
    // One third of the window at one unit, two thirds at two: 1.67.
    expect(priceAfter([6_000, '0.000000001'], [7_200, '0.000000002'])).toBe('0.000000002');
  });

  it('is the same however time is cut into blocks', () => {
    const stretch = fc.record({
      seconds: fc.integer({ min: 1, max: 2_000 }),
      held: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: null, freq: 4 }),
      cut: fc.integer({ min: 0, max: 1_999 }),
    });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), (stretches) => {
        let whole = START;
        let cut = START;
        let now = 0;
        for (const { seconds, held, cut: point } of stretches) {
          const price = held === null ? null : usd(String(held));
          whole = advanceSettlementAverage(whole, price, at(now + seconds));
          cut = advanceSettlementAverage(cut, price, at(now + Math.min(point, seconds)));
          cut = advanceSettlementAverage(cut, price, at(now + seconds));
          now += seconds;
          expect(cut).toEqual(whole);
          expect(whole.coveredMs).toBeLessThanOrEqual(whole.windowMs);
        }
      }),
      { seed: 801, numRuns: 500 },
    );
  });
});
