import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstrumentForm, InstrumentTerms } from '../assets/instrument.ts';
import { durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../numeric/brand.ts';
import { AVERAGING_WINDOW_MS, averagedSettlementAt, settlementForward, variablePart } from './averagedSettlement.ts';
import { greeksPerLot } from './greeks.ts';
import { deltaTimesGap, type MarketState, markPerLot, profitPerLot, profitShare } from './instrumentValue.ts';

const NANO = 1_000_000_000n;
const EXPIRY = timeMs(1_000_000_000_000);
const MINUTE = 60_000;

function at(minutesBefore: number, accumulated: bigint): ReturnType<typeof averagedSettlementAt> {
  return averagedSettlementAt({
    expiryMs: EXPIRY,
    timeMs: timeMs(EXPIRY - minutesBefore * MINUTE),
    windowMs: AVERAGING_WINDOW_MS,
    accumulated,
  });
}

describe('an average that settles a derivative', () => {
  test('is not there before its last half hour', () => {
    expect(at(31, 0n)).toBeNull();
    expect(at(30, 0n)).toBeNull();
    expect(at(29, 0n)).toEqual({ fixed: 0n, remainingMs: 29 * MINUTE, windowMs: 30 * MINUTE });
  });

  test('has a fixed part that is the index over the elapsed share of the window, and a variable part of the rest (cookbook B2)', () => {
    // Ten minutes at 3000: a third of the window is known.
    const averaging = at(20, 3000n * NANO * BigInt(10 * MINUTE));
    if (averaging === null) throw new Error('the window is open');
    expect(averaging.fixed).toBe(1000n * NANO);
    const variable = variablePart(price(3300n * NANO), averaging);
    expect(variable.numerator * 3n).toBe(variable.denominator * 3300n * NANO * 2n);
    expect(settlementForward(price(3300n * NANO), averaging, 1)).toBeCloseTo(3200e9, 0);
    expect(settlementForward(price(3300n * NANO), averaging, 0.5)).toBeCloseTo(2100e9, 0);
    expect(settlementForward(price(3300n * NANO), undefined, 0.5)).toBe(1650e9);
  });

  test('is known when the window has passed', () => {
    expect(at(0, 3000n * NANO * BigInt(30 * MINUTE))).toEqual({ fixed: 3000n * NANO, remainingMs: 0, windowMs: 30 * MINUTE });
    expect(at(-5, 3000n * NANO * BigInt(30 * MINUTE))?.remainingMs).toBe(0);
  });

  test('is the average of the index: whatever path it takes, fixed plus variable part ends at it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 30, maxLength: 30 }), (path) => {
        const accumulated = path.reduce((sum, usd) => sum + BigInt(usd) * NANO * BigInt(MINUTE), 0n);
        const mean = path.reduce((sum, usd) => sum + usd, 0) / path.length;
        expect(Number(at(0, accumulated)?.fixed) / 1e9).toBeCloseTo(mean, 8);
      }),
      { seed: 81, numRuns: 100 },
    );
  });
});

describe('in the last half hour', () => {
  const form = (kind: 'call' | 'put' | 'future'): InstrumentForm =>
    kind === 'future'
      ? { kind, expiryMs: EXPIRY }
      : { kind: 'option', expiryMs: EXPIRY, strike: price(3200n * NANO), right: kind };
  const terms = (kind: 'call' | 'put' | 'future'): InstrumentTerms => {
    return {
      id: instrumentId(0),
      symbol: 'X',
      group: groupId(0),
      underlying: underlyingId(0),
      lotUnits: 1_000_000n,
      form: form(kind),
    };
  };
  const state = (minutes: number, fixedUsd: bigint): MarketState => {
    const averaging = { fixed: fixedUsd * NANO, remainingMs: durationMs(minutes * MINUTE), windowMs: AVERAGING_WINDOW_MS };
    return { price: price(3000n * NANO), volatilityPpm: ppm(800_000), timeMs: timeMs(EXPIRY - minutes * MINUTE), averaging };
  };
  const fall = (numerator: bigint): Parameters<typeof profitPerLot>[2] => {
    const move = { numerator, denominator: 100n, dampeningPpm: ppm(1_000_000) };
    return {
      spotNumerator: numerator,
      spotDenominator: 100n,
      volatility: 0.8,
      dampeningPpm: move.dampeningPpm,
      share: profitShare(move),
    };
  };

  test('a future is marked at what is fixed plus the rest at the live price, and a shock moves the rest alone', () => {
    const third = state(10, 2000n); // two thirds fixed at 3000
    expect(markPerLot(terms('future'), third)).toBe(3_000_000);
    expect(profitPerLot(terms('future'), third, fall(-30n))).toEqual({ ticks: -300_000, bound: 0 });
    expect(deltaTimesGap(terms('future'), third, 30n * NANO)).toBe(10_000);
    expect(greeksPerLot(terms('future'), third).deltaTicksPerUsd).toBeCloseTo(1000 / 3, 9);
  });

  test('an option has the delta and gamma of its live share', () => {
    const whole = greeksPerLot(terms('call'), {
      ...state(10, 2000n),
      averaging: { ...state(10, 2000n).averaging, fixed: 0n, remainingMs: durationMs(1), windowMs: durationMs(1) },
    });
    const third = greeksPerLot(terms('call'), state(10, 2000n));
    expect(third.valueTicks).toBeCloseTo(whole.valueTicks, 6);
    expect(third.deltaTicksPerUsd).toBeCloseTo(whole.deltaTicksPerUsd / 3, 9);
    expect(third.gammaTicksPerUsdSquared).toBeCloseTo(whole.gammaTicksPerUsdSquared / 9, 9);
    expect(third.vegaTicksPerPoint).toBeCloseTo(whole.vegaTicksPerPoint, 6);
  });

  test('an option loses or gains what repricing on the moved part says, and nothing once all is fixed', () => {
    const third = state(10, 2000n);
    const moved = { ...third, price: price(2100n * NANO) };
    const put = profitPerLot(terms('put'), third, fall(-30n));
    expect(Math.abs(put.ticks - (markPerLot(terms('put'), moved) - markPerLot(terms('put'), third)))).toBeLessThanOrEqual(1);
    expect(put.ticks).toBeGreaterThan(290_000);
    const done = state(0, 3000n);
    expect(markPerLot(terms('put'), done)).toBe(200_000);
    expect(profitPerLot(terms('put'), done, fall(-30n)).ticks).toBe(0);
    expect(deltaTimesGap(terms('put'), done, NANO)).toBe(0);
  });
});
