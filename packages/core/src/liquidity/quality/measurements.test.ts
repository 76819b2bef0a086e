import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationMs, ppm, price, ticks, timeMs } from '../../numeric/brand.ts';
import { expectedShortfall, jumpHistory, leeMyklandJumps } from './jumps.ts';
import { aggregateBars, barReturns, dailyTurnover, horizonFalls, type PriceHistory, type PriceSegment } from './priceHistory.ts';
import { horizonVolatility } from './volatility.ts';
import { type BackedSide, correlationPpm, wrongWay, wrongWayFactorPpm } from './wrongWay.ts';

const HOUR = durationMs(3_600_000);
const RUNS = { seed: 41_013, numRuns: 200 };

/** Hourly bars from closes; lows are the closes unless given. */
function hourly(closes: readonly number[], lows: readonly number[] = closes): PriceSegment {
  return {
    barMs: HOUR,
    bars: closes.map((close, index) => ({
      openMs: timeMs(index * HOUR),
      close: price(BigInt(close)),
      low: price(BigInt(lows[index] ?? close)),
      turnover: ticks(1_000_000n),
    })),
  };
}

function walk(steps: readonly number[]): PriceSegment {
  let level = 1_000_000;
  return hourly([level, ...steps.map((step) => (level = Math.max(1, Math.round(level * (1 + step / 1e6)))))]);
}

const steps = fc.array(fc.integer({ min: -50_000, max: 50_000 }), { minLength: 20, maxLength: 60 });

describe('the price history', () => {
  it('gives simple returns and takes none across a gap', () => {
    const { bars, barMs } = hourly([100, 110, 99, 99]);
    expect(barReturns({ barMs, bars }).map(({ nano }) => nano)).toEqual([100_000_000n, -100_000_000n, 0n]);
    expect(barReturns({ barMs, bars: bars.filter((_bar, index) => index !== 1) }).map(({ nano }) => nano)).toEqual([0n]);
  });

  it('measures the fall from a close to the lowest low of the next two bars, rounded up, and none in a window with a gap', () => {
    const history: PriceHistory = [hourly([100, 95, 103, 101, 102], [99, 90, 94, 97, 102])];
    // 100 → 90, 95 → 94, 103 → 97
    expect(horizonFalls(history, durationMs(2 * HOUR))).toEqual([100_000, 10_527, 58_253]);
    const torn = history.map(({ barMs, bars }) => ({ barMs, bars: bars.filter((_bar, index) => index !== 2) }));
    expect(horizonFalls(torn, durationMs(2 * HOUR))).toEqual([]);
    expect(() => horizonFalls(history, durationMs(HOUR + 1))).toThrow('a whole number of bars');
  });

  it('joins fine bars: lowest low, last close, turnover added, hours without a trade absent', () => {
    const fine: PriceSegment = {
      barMs: durationMs(1_800_000),
      bars: [
        { openMs: timeMs(0), low: price(9n), close: price(11n), turnover: ticks(5n) },
        { openMs: timeMs(1_800_000), low: price(10n), close: price(12n), turnover: ticks(7n) },
        { openMs: timeMs(9_000_000), low: price(8n), close: price(8n), turnover: null },
      ],
    };
    expect(aggregateBars(fine, HOUR).bars).toEqual([
      { openMs: 0, low: 9n, close: 12n, turnover: 12n },
      { openMs: 7_200_000, low: 8n, close: 8n, turnover: null },
    ]);
    expect(dailyTurnover([fine])).toBe(null);
    expect(dailyTurnover([hourly([1, 1, 1])])).toBe(24_000_000n);
  });
});

describe('volatility over the horizon', () => {
  it('is the root mean square of returns times the root of time, rounded up', () => {
    // Returns of +10 % and −10 %: one bar has σ = 10 %, four have 20 %.
    const found = horizonVolatility([hourly([100, 110, 99])], { horizonMs: durationMs(4 * HOUR), recentMs: durationMs(HOUR) });
    expect(found).toEqual({ wholePpm: 200_000, recentPpm: 200_000, countedPpm: 200_000, returns: 2 });
    const one = horizonVolatility([hourly([100, 110, 99])], { horizonMs: HOUR, recentMs: durationMs(0) });
    expect(one).toEqual({ wholePpm: 100_000, recentPpm: null, countedPpm: 100_000, returns: 2 });
  });

  it('weighs bars of two lengths by their time', () => {
    const twoHours: PriceSegment = { ...hourly([100, 110]), barMs: durationMs(2 * HOUR) };
    const spaced = { ...twoHours, bars: twoHours.bars.map((bar, index) => ({ ...bar, openMs: timeMs(index * 2 * HOUR) })) };
    // 0.1² over two hours and 0.1² over one: 0.02/3 an hour, root 0.0816497 up.
    const found = horizonVolatility([spaced, hourly([100, 110])], { horizonMs: HOUR, recentMs: HOUR });
    expect(found?.wholePpm).toBe(81_650);
  });

  it('keeps the calm of the last weeks from lowering it, and says nothing of a single bar', () => {
    const calm = horizonVolatility([hourly([100, 120, 100, 100, 100])], { horizonMs: HOUR, recentMs: durationMs(2 * HOUR) });
    expect(calm?.recentPpm).toBe(0);
    expect(calm?.countedPpm).toBe(calm?.wholePpm);
    expect(horizonVolatility([hourly([100])], { horizonMs: HOUR, recentMs: HOUR })).toBe(null);
  });

  it('never falls when a return is made larger', () => {
    fc.assert(
      fc.property(steps, fc.nat(), fc.integer({ min: 0, max: 50_000 }), (moves, at, more) => {
        const span = { horizonMs: durationMs(4 * HOUR), recentMs: durationMs(8 * HOUR) };
        const wilder = moves.map((move, index) => (index === at % moves.length ? move + Math.sign(move || 1) * more : move));
        const [before, after] = [moves, wilder].map((list) => rawVolatility(list, span));
        expect(after).toBeGreaterThanOrEqual(before ?? Number.NaN);
      }),
      RUNS,
    );
  });
});

/** Volatility of exactly these returns: every pair of bars starts again from a level at which they are exact. */
function rawVolatility(
  moves: readonly number[],
  span: { readonly horizonMs: typeof HOUR; readonly recentMs: typeof HOUR },
): number {
  const history = moves.map((move, index): PriceSegment => {
    const pair = hourly([1_000_000, 1_000_000 + move]);
    return { barMs: HOUR, bars: pair.bars.map((bar) => ({ ...bar, openMs: timeMs(bar.openMs + 2 * index * HOUR) })) };
  });
  return horizonVolatility(history, span)?.countedPpm ?? Number.NaN;
}

describe('the jump history', () => {
  it('averages the worst share of falls, at least one, rounded up', () => {
    expect(expectedShortfall([10, 50, 20, 41], ppm(500_000))).toEqual({ shortfallPpm: 46, worstPpm: 50, tailWindows: 2 });
    expect(expectedShortfall([10, 50, 20, 41], ppm(1_000))).toEqual({ shortfallPpm: 50, worstPpm: 50, tailWindows: 1 });
  });

  it('finds one return that stands out of quiet ones, in both directions, and no jump in quiet ones alone', () => {
    // Daily bars: K = ⌈√365⌉ = 20. 0.1 % up and down, then one move of 5 %.
    const quiet = Array.from({ length: 60 }, (_item, index) => (index % 2 === 0 ? 1_000_000 : 1_001_000));
    const daily = (closes: readonly number[]): PriceSegment => {
      const { bars } = hourly(closes);
      const day = durationMs(24 * HOUR);
      return { barMs: day, bars: bars.map((bar, index) => ({ ...bar, openMs: timeMs(index * day) })) };
    };
    expect(leeMyklandJumps(daily(quiet))).toEqual({ count: 0, tested: 40, deepestPpm: 0 });
    expect(leeMyklandJumps(daily([...quiet, 950_950]))).toEqual({ count: 1, tested: 41, deepestPpm: 50_000 });
    expect(leeMyklandJumps(daily([...quiet, 1_051_050]))).toEqual({ count: 1, tested: 41, deepestPpm: 0 });
    expect(leeMyklandJumps(daily(quiet.slice(0, 20)))).toEqual({ count: 0, tested: 0, deepestPpm: 0 });
  });

  it('is null where no window is as long as the horizon', () => {
    expect(jumpHistory([hourly([1, 2])], { horizonMs: durationMs(4 * HOUR), tailSharePpm: ppm(1_000) })).toBe(null);
  });

  it('never calls the shortfall better than a fall of every window in its tail', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 300 }), fc.nat(1_000_000), (falls, share) => {
        const found = expectedShortfall(falls, ppm(share));
        const sorted = [...falls].sort((a, b) => b - a);
        expect(found.worstPpm).toBe(sorted[0]);
        expect(found.shortfallPpm).toBeGreaterThanOrEqual(sorted[found.tailWindows - 1] ?? Number.NaN);
        expect(found.shortfallPpm).toBeLessThanOrEqual(found.worstPpm);
      }),
      RUNS,
    );
  });
});

describe('wrong-way risk', () => {
  it('is the correlation of common bars: one for the same, minus one for the opposite, away from zero between', () => {
    const rising = hourly([100_000, 110_000, 99_000, 103_950]); // +10, −10, +5 %
    const same = hourly([200_000, 220_000, 198_000, 207_900]);
    const opposite = hourly([100_000, 90_000, 99_000, 94_050]); // −10, +10, −5 %
    expect(correlationPpm([rising], [same])).toEqual({ ppm: 1_000_000, commonBars: 3 });
    expect(correlationPpm([rising], [opposite])).toEqual({ ppm: -1_000_000, commonBars: 3 });
    // +10, −10, +5 against +10, +10, −5: Σx = 5, Σy = 15, Σxy = −25, Σx² = Σy² = 225, so −150/√(650·450) = −0.277350.
    const mixed = hourly([100_000, 110_000, 121_000, 114_950]);
    expect(correlationPpm([rising], [mixed])).toEqual({ ppm: -277_351, commonBars: 3 });
    expect(correlationPpm([rising], [hourly([7, 7, 7, 7])])).toEqual({ ppm: null, commonBars: 3 });
    expect(correlationPpm([rising], [{ ...same, barMs: durationMs(2 * HOUR) }]).commonBars).toBe(0);
  });

  it('multiplies by ρ + √(1 − ρ²), from 1 at no correlation to √2 and never back down', () => {
    // 0.6 + 0.8; 0.28 + 0.96
    expect([-500_000, 0, 280_000, 600_000, 707_107, 900_000, 1_000_000].map((rho) => wrongWayFactorPpm(ppm(rho)))).toEqual([
      1_000_000, 1_000_000, 1_240_000, 1_400_000, 1_414_214, 1_414_214, 1_414_214,
    ]);
  });

  it('never falls with correlation', () => {
    const rho = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(rho, rho, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(wrongWayFactorPpm(ppm(low))).toBeLessThanOrEqual(wrongWayFactorPpm(ppm(high)));
      }),
      RUNS,
    );
  });

  it('hurts a long position where prices fall together, a short one where they part, either by the worse', () => {
    const moves = Array.from({ length: 30 }, (_item, index) => (index % 3 === 0 ? 30_000 : -10_000 + index * 300));
    const judged = (side: BackedSide, other: PriceSegment) =>
      wrongWay({ collateral: [walk(moves)], backed: [other], side, recentMs: HOUR, commonBarsMin: 10 }).countedPpm;
    const same = walk(moves);
    expect(judged('long', same)).toBe(1_000_000);
    expect(judged('short', same)).toBe(-1_000_000);
    expect(judged('either', same)).toBe(1_000_000);
    const against = walk(moves.map((move) => -move));
    expect(judged('long', against)).toBeLessThan(-990_000);
    expect(judged('short', against)).toBeGreaterThan(990_000);
  });

  it('is taken as complete where too few bars are common', () => {
    const found = wrongWay({
      collateral: [hourly([1, 2, 3])],
      backed: [],
      side: 'either',
      recentMs: HOUR,
      commonBarsMin: 2,
    });
    expect(found).toMatchObject({ isMeasured: false, wholePpm: null, countedPpm: 1_000_000, factorPpm: 1_414_214 });
  });
});
