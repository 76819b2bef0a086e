import { describe, expect, it } from 'vitest';
import { ppm, price, timeMs } from '../../numeric/brand.ts';
import { filteredJointScenarios, historicalJointScenarios, movePpm } from './jointHistory.ts';
import type { PriceHistory } from './priceHistory.ts';
import { representativeRows } from './representativeRows.ts';
import { alignedReturns } from './returns.ts';
import { DAY_MS, historyOf, wobble } from './testing/histories.ts';

const LABELS = {
  nameOf: (endMs: number) => `day ${endMs / DAY_MS}`,
  volatilityUpFromPpm: ppm(1_000_000),
};
const DAILY = { stepMs: DAY_MS, steps: 1, spacing: 'separate' } as const;
const EWMA = { decayPpm: ppm(940_000), seedCount: 30 };

/** Prices that follow a common wobble and one of their own. */
function wandering(underlying: string, own: number, days: number): PriceHistory {
  const common = wobble(7, days);
  const apart = wobble(own, days);
  let nano = 1_000_000_000_000;
  const prices = Array.from({ length: days }, (_, day) => {
    nano *= 1 + 0.03 * (common[day] ?? 0) + 0.02 * (apart[day] ?? 0);
    return price(BigInt(Math.round(nano)));
  });
  return { underlying, timesMs: prices.map((_, day) => timeMs((day + 1) * DAY_MS)), prices };
}

describe('historical joint scenarios', () => {
  it('keep each date together, in ppm to the nearest, and say when volatility is up', () => {
    const matrix = alignedReturns(
      [
        historyOf('BTC', [
          [1, 100_000],
          [2, 90_000],
          [3, 90_003],
        ]),
        historyOf('ETH', [
          [1, 3_000],
          [2, 2_400],
          [3, 2_401],
        ]),
      ],
      DAILY,
    );
    const { scenarios } = historicalJointScenarios(matrix, LABELS);
    expect(scenarios).toEqual([
      {
        name: 'day 2',
        dampeningPpm: 1_000_000,
        moves: [
          { underlying: 'BTC', spotPpm: -100_000, volatility: 'up' },
          { underlying: 'ETH', spotPpm: -200_000, volatility: 'up' },
        ],
        otherwisePpm: null,
      },
      {
        name: 'day 3',
        dampeningPpm: 1_000_000,
        moves: [
          { underlying: 'BTC', spotPpm: 33, volatility: 'none' },
          { underlying: 'ETH', spotPpm: 417, volatility: 'none' },
        ],
        otherwisePpm: null,
      },
    ]);
  });

  it('lets no rescaled loss take a price below zero', () => {
    expect([movePpm(-1.7), movePpm(-1), movePpm(0.4999996), movePpm(0.0000005), movePpm(0.0000015)]).toEqual([
      -1_000_000, -1_000_000, 500_000, 0, 2,
    ]);
  });
});

describe('filtered joint scenarios', () => {
  const histories = [wandering('BTC', 19, 400), wandering('ETH', 23, 400), wandering('SOL', 29, 400)];
  const matrix = alignedReturns(histories, DAILY);
  const rules = { ewma: EWMA, windowMax: 1_000, volatilityFloor: 'none', representative: null } as const;

  it('are past moves times today’s volatility over the volatility then, one factor per underlying and date', () => {
    const set = filteredJointScenarios(matrix, rules, LABELS);
    expect(set.scenarios.length).toBe(399 - 30);
    const column = matrix.columns[1] ?? new Float64Array();
    // By hand, straight from the definition, for the last scenario.
    let variance = 0;
    for (let k = 0; k < 30; k += 1) variance += (column[k] ?? 0) ** 2 / 30;
    let variance398 = variance;
    for (let k = 30; k < 399; k += 1) {
      if (k === 398) variance398 = variance;
      variance = 0.94 * variance + 0.06 * (column[k] ?? 0) ** 2;
    }
    const expected = Math.round(Math.sqrt(variance / variance398) * (column[398] ?? 0) * 1e6);
    expect(set.scenarios.at(-1)?.moves[1]).toMatchObject({ underlying: 'ETH', spotPpm: expected });
  });

  it('know nothing of days after the history ends', () => {
    const early = alignedReturns(
      histories.map((history) => ({ ...history, timesMs: history.timesMs.slice(0, 300), prices: history.prices.slice(0, 300) })),
      DAILY,
    );
    const set = filteredJointScenarios(early, rules, LABELS);
    expect(set.endsMs.every((end) => end <= 300 * DAY_MS)).toBe(true);
  });

  it('stand on the long run when the floor is asked for and today is calm', () => {
    const calm: PriceHistory = {
      ...(histories[0] as PriceHistory),
      prices: (histories[0] as PriceHistory).prices.map((at, day) =>
        day < 300 ? at : ((histories[0] as PriceHistory).prices[299] ?? at),
      ),
    };
    const flat = alignedReturns([calm], DAILY);
    const plain = filteredJointScenarios(flat, rules, LABELS).volatilities[0];
    const floored = filteredJointScenarios(flat, { ...rules, volatilityFloor: 'longRun' }, LABELS).volatilities[0];
    expect(plain?.isFloor).toBe(false);
    expect(floored?.isFloor).toBe(true);
    expect(floored?.perHorizon ?? 0).toBeGreaterThan(10 * (plain?.perHorizon ?? 1));
  });
});

describe('representative rows', () => {
  const columns = [wobble(3, 613), wobble(5, 613), wobble(9, 613)].map((own, index) =>
    own.map((value, row) => value + 2 * (wobble(7, 613)[row] ?? 0) * (1 + index / 10)),
  );
  const rules = { count: 50, worstCount: 3, passesMax: 20 };

  it('take one row of each stratum of the market, so each stands for the same probability', () => {
    const { rows, stratumSizes } = representativeRows(['A', 'B', 'C'], columns, rules);
    expect(stratumSizes).toEqual({ least: 12, most: 13 });
    expect(new Set(rows).size).toBe(50);
    const market = Array.from({ length: 613 }, (_, row) => columns.reduce((sum, column) => sum + (column[row] ?? 0), 0));
    const order = market.map((_, row) => row).sort((a, b) => (market[a] ?? 0) - (market[b] ?? 0));
    const strata = rows.map((row) => Math.ceil(((order.indexOf(row) + 1) * 50) / 613) - 1);
    expect(new Set(strata).size).toBe(50);
  });

  it('bring the shortfall of every book nearer than the first guess did', () => {
    const first = representativeRows(['A', 'B', 'C'], columns, { ...rules, passesMax: 0 });
    const settled = representativeRows(['A', 'B', 'C'], columns, rules);
    const sizeOf = (errors: typeof first.errors): number =>
      errors.reduce((sum, { relativeError }) => sum + relativeError ** 2, 0);
    expect(settled.errors.length).toBe(2 * (1 + 3 + 3));
    expect(sizeOf(settled.errors)).toBeLessThan(sizeOf(first.errors) / 4);
  });

  it('do not depend on anything but their input', () => {
    expect(representativeRows(['A', 'B', 'C'], columns, rules)).toEqual(representativeRows(['A', 'B', 'C'], columns, rules));
  });
});
