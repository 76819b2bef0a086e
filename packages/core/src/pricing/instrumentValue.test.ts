import { describe, expect, test } from 'vitest';
import type { InstrumentForm, InstrumentTerms } from '../assets/instrument.ts';
import { assetId, durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../numeric/brand.ts';
import {
  deltaTimesGap,
  type MarketShock,
  type MarketState,
  markPerLot,
  notionalPerLot,
  priceMaxOf,
  profitPerLot,
  profitShare,
  yearsBetween,
} from './instrumentValue.ts';

const NANO = 1_000_000_000n;
const DAY_MS = 86_400_000;
const NOW = timeMs(1_000_000_000_000);

function instrument(form: InstrumentForm, lotUnits: bigint = 1_000_000n): InstrumentTerms {
  return { id: instrumentId(0), symbol: 'X', group: groupId(0), underlying: underlyingId(0), lotUnits, form };
}

const PERPETUAL = instrument({ kind: 'perpetual', fundingWindowMs: durationMs(1) });
const SPOT = instrument({ kind: 'spot', base: assetId(1) });
const FUTURE = instrument({ kind: 'future', expiryMs: timeMs(NOW + 30 * DAY_MS) });
const CALL = instrument({ kind: 'option', expiryMs: timeMs(NOW + 73 * DAY_MS), strike: price(3200n * NANO), right: 'call' });
const PUT = instrument({ kind: 'option', expiryMs: timeMs(NOW + 73 * DAY_MS), strike: price(3200n * NANO), right: 'put' });

function market(usd: bigint): MarketState {
  return { price: price(usd * NANO), volatilityPpm: ppm(800_000), timeMs: NOW };
}

function shock(ppmOfPrice: bigint, change: Partial<MarketShock> = {}): MarketShock {
  const given = {
    spotNumerator: ppmOfPrice,
    spotDenominator: 1_000_000n,
    volatility: 0.8,
    dampeningPpm: ppm(1_000_000),
    ...change,
  };
  const share = profitShare({
    numerator: given.spotNumerator,
    denominator: given.spotDenominator,
    dampeningPpm: given.dampeningPpm,
  });
  return { ...given, share };
}

describe('a linear lot', () => {
  test('is worth price times size, to the tick', () => {
    for (const terms of [PERPETUAL, SPOT, FUTURE]) expect(markPerLot(terms, market(3000n))).toBe(3_000_000);
    const half = { ...market(1n), price: price(2_500_000n) }; // 0.0025 USD × 0.001 = 2.5 ticks: the even one
    expect(markPerLot(PERPETUAL, half)).toBe(2);
    expect(notionalPerLot(PERPETUAL, half.price)).toBe(3);
  });

  test('gains its share of the move, dampened, without error where that is whole', () => {
    expect(profitPerLot(PERPETUAL, market(3000n), shock(-180_000n))).toEqual({ ticks: -540_000, bound: 0 });
    expect(profitPerLot(FUTURE, market(3000n), shock(540_000n, { dampeningPpm: ppm(320_000) }))).toEqual({
      ticks: 518_400,
      bound: 0,
    });
    expect(profitPerLot(SPOT, market(3000n), shock(1n, { spotDenominator: 7_000_000n }))).toEqual({ ticks: 0, bound: 1 });
  });

  test('loses no more than its value', () => {
    expect(profitPerLot(PERPETUAL, market(3000n), shock(-3_000_000n)).ticks).toBe(-3_000_000);
  });

  test('has a delta of its size', () => {
    expect(deltaTimesGap(PERPETUAL, market(3000n), -20n * NANO)).toBe(-20_000);
  });
});

describe('an option lot', () => {
  test('is worth Black-76 in whole ticks', () => {
    // 73 days are 0.2 years; F 3000, K 3200, 80 %: d1 = (0.064 − ln(3200/3000)) / 0.35777 = −0.0015…; per 0.001 of the underlying.
    const call = markPerLot(CALL, market(3000n));
    const put = markPerLot(PUT, market(3000n));
    expect(put - call).toBe(200_000);
    expect(call).toBeGreaterThan(340_000);
    expect(call).toBeLessThan(360_000);
  });

  test('gains what repricing says, within the bound that it states', () => {
    const up = profitPerLot(CALL, market(3000n), shock(100_000n));
    const expected = markPerLot(CALL, market(3300n)) - markPerLot(CALL, market(3000n));
    expect(Math.abs(up.ticks - expected)).toBeLessThanOrEqual(1 + up.bound);
    expect(up.bound).toBe(1);
    expect(profitPerLot(CALL, market(3000n), shock(0n)).ticks).toBe(0);
    expect(profitPerLot(CALL, market(3000n), shock(0n, { volatility: 1.2 })).ticks).toBeGreaterThan(150_000);
  });

  test('has the delta of its right', () => {
    const gap = 10n * NANO;
    const call = deltaTimesGap(CALL, market(3000n), gap);
    const put = deltaTimesGap(PUT, market(3000n), gap);
    expect(call).toBeGreaterThan(4_000);
    expect(call - put).toBe(10_000);
  });

  test('is worth nothing or its payoff once expired', () => {
    const after = { ...market(3000n), timeMs: timeMs(NOW + 100 * DAY_MS) };
    expect(markPerLot(CALL, after)).toBe(0);
    expect(markPerLot(PUT, after)).toBe(200_000);
  });
});

test('the share of a move is its product with the dampening in lowest terms, no lower than everything', () => {
  const move = { numerator: -180_000n, denominator: 1_000_000n, dampeningPpm: ppm(500_000) };
  expect(profitShare(move)).toEqual({ numerator: -9n, denominator: 100n });
  expect(profitShare({ ...move, numerator: 0n })).toEqual({ numerator: 0n, denominator: 1n });
  expect(profitShare({ ...move, numerator: -3_000_000n })).toEqual({ numerator: -1n, denominator: 2n });
});

test('years are of 365 days and never negative', () => {
  expect(yearsBetween(NOW, timeMs(NOW + 365 * DAY_MS))).toBe(1);
  expect(yearsBetween(NOW, timeMs(NOW - 1))).toBe(0);
});

test('the largest price keeps a lot within 2^48 ticks', () => {
  const large = instrument({ kind: 'spot', base: assetId(1) }, 1_000_000_000_000n);
  expect(notionalPerLot(large, price(priceMaxOf(large)))).toBe(2 ** 48);
});
