import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstrumentTerms } from '../../assets/instrument.ts';
import { durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../../numeric/brand.ts';
import { greeksPerLot } from '../greeks.ts';
import {
  deltaTimesGap,
  isProportional,
  type MarketShock,
  type MarketState,
  markPerLot,
  notionalPerLot,
  priceMaxOf,
  profitPerLot,
  profitShare,
} from '../instrumentValue.ts';
import { payoffFaults } from './payoffFormulas.ts';

const NANO = 1_000_000_000n;

/** A thousandth of ETH² / 1000 USD a lot: 9 USD at 3000 USD. */
const SQUARED: InstrumentTerms = {
  id: instrumentId(0),
  symbol: 'ETH2-PERP',
  group: groupId(0),
  underlying: underlyingId(0),
  lotUnits: 1_000_000n,
  form: { kind: 'perpetual', fundingWindowMs: durationMs(1), payoff: { formula: 'square', figures: { unit: 1000n * NANO } } },
};

function market(usd: bigint): MarketState {
  return { price: price(usd * NANO), volatilityPpm: ppm(0), timeMs: timeMs(0) };
}

function shock(spotPpm: bigint, dampening: number = 1_000_000): MarketShock {
  const move = { numerator: spotPpm, denominator: 1_000_000n, dampeningPpm: ppm(dampening) };
  return {
    spotNumerator: spotPpm,
    spotDenominator: 1_000_000n,
    volatility: 0,
    dampeningPpm: ppm(dampening),
    share: profitShare(move),
  };
}

describe('a perpetual on the square of a price', () => {
  test('is worth the square over its unit, and is no proportional instrument', () => {
    expect(markPerLot(SQUARED, market(3000n))).toBe(9_000_000);
    expect(markPerLot(SQUARED, market(1500n))).toBe(2_250_000);
    expect(isProportional(SQUARED)).toBe(false);
  });

  test('gains more from a rise than it loses in as large a fall, exactly', () => {
    expect(profitPerLot(SQUARED, market(3000n), shock(200_000n))).toEqual({ ticks: 3_960_000, bound: 0 });
    expect(profitPerLot(SQUARED, market(3000n), shock(-200_000n))).toEqual({ ticks: -3_240_000, bound: 0 });
    expect(profitPerLot(SQUARED, market(3000n), shock(-200_000n, 500_000))).toEqual({ ticks: -1_620_000, bound: 0 });
    expect(profitPerLot(SQUARED, market(3000n), shock(-5_000_000n)).ticks).toBe(-9_000_000);
    expect(profitPerLot(SQUARED, market(3000n), shock(333_333n)).bound).toBe(1);
  });

  test('is charged like the exposure that it is: twice its value in the underlying', () => {
    expect(notionalPerLot(SQUARED, price(3000n * NANO))).toBe(18_000_000);
    expect(deltaTimesGap(SQUARED, market(3000n), 10n * NANO)).toBe(60_000);
  });

  test('has the delta of its slope and a gamma that does not depend on the price', () => {
    const at3000 = greeksPerLot(SQUARED, market(3000n));
    expect(at3000.valueTicks).toBeCloseTo(9_000_000, 6);
    expect(at3000.deltaTicksPerUsd).toBeCloseTo(6_000, 9);
    expect(at3000.gammaTicksPerUsdSquared).toBeCloseTo(2, 12);
    expect(greeksPerLot(SQUARED, market(100n)).gammaTicksPerUsdSquared).toBeCloseTo(2, 12);
    expect([at3000.vegaTicksPerPoint, at3000.thetaTicksPerDay]).toEqual([0, 0]);
  });

  test('stays within the limits of risk arrays up to its largest price, sixteen times of which is worth 2^52 ticks at most', () => {
    const most = priceMaxOf(SQUARED);
    expect(markPerLot(SQUARED, { ...market(1n), price: price(16n * most) })).toBeLessThanOrEqual(2 ** 52);
    expect(markPerLot(SQUARED, { ...market(1n), price: price(16n * most + 1000n) })).toBeGreaterThan(2 ** 52 - 2 ** 20);
  });

  test('is convex and rises with the price, which the envelopes rely on', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 14n), fc.bigInt(1n, 10n ** 13n), (at, step) => {
        const [low, middle, high] = [at, at + step, at + 2n * step].map((nano) =>
          markPerLot(SQUARED, { ...market(1n), price: price(nano) }),
        );
        expect(high).toBeGreaterThanOrEqual(middle ?? 0);
        expect((low ?? 0) + (high ?? 0)).toBeGreaterThanOrEqual(2 * (middle ?? 0) - 2);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

test('terms with an unknown formula or figure are faulty, by name', () => {
  const faultsOf = (formula: string, figures: Readonly<Record<string, bigint>>): readonly string[] =>
    payoffFaults({ formula, figures }).map(({ field }) => field);
  expect(faultsOf('square', { unit: 1n })).toEqual([]);
  expect(faultsOf('cube', {})).toEqual(['form.payoff.formula']);
  expect(faultsOf('square', {})).toEqual(['form.payoff.figures.unit']);
  expect(faultsOf('square', { unit: 0n })).toEqual(['form.payoff.figures.unit']);
  expect(faultsOf('square', { unit: 1n, extra: 1n })).toEqual(['form.payoff.figures.extra']);
});
