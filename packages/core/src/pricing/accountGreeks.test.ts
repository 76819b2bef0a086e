import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstrumentForm, InstrumentTerms } from '../assets/instrument.ts';
import { durationMs, groupId, instrumentId, ppm, price, timeMs, underlyingId } from '../numeric/brand.ts';
import { aggregateGreeks, type GreeksPosition, scaleGreeks } from './accountGreeks.ts';
import { type GreeksPerLot, greeksPerLot } from './greeks.ts';
import { deltaTimesGap, type MarketState, markPerLot } from './instrumentValue.ts';

const NANO = 1_000_000_000n;
const NOW = timeMs(1_000_000_000_000);
const DAY = 86_400_000;

function instrument(id: number, underlying: number, form: InstrumentForm): InstrumentTerms {
  return {
    id: instrumentId(id),
    symbol: `X${id}`,
    group: groupId(0),
    underlying: underlyingId(underlying),
    lotUnits: 10_000_000n,
    form,
  };
}

function option(right: 'call' | 'put', days: number, usd: bigint): InstrumentForm {
  return { kind: 'option', right, expiryMs: timeMs(NOW + days * DAY), strike: price(usd * NANO) };
}

const MARKET: MarketState = { price: price(3000n * NANO), volatilityPpm: ppm(800_000), timeMs: NOW, ratePpm: ppm(50_000) };
const PERPETUAL = instrument(0, 0, { kind: 'perpetual', fundingWindowMs: durationMs(1) });
const CALL = instrument(1, 0, option('call', 30, 3200n));
const PUT = instrument(2, 0, option('put', 30, 2800n));
const LATER = instrument(3, 0, option('call', 90, 3000n));
const OTHER = instrument(4, 1, { kind: 'future', expiryMs: timeMs(NOW + 30 * DAY) });

function position(terms: InstrumentTerms, lots: number): GreeksPosition {
  return { terms, lots, perLot: greeksPerLot(terms, MARKET) };
}

describe('the Greeks of a lot', () => {
  test('are in ticks for a dollar, a point and a day', () => {
    expect(greeksPerLot(PERPETUAL, MARKET)).toEqual({
      valueTicks: 30_000_000,
      deltaTicksPerUsd: 10_000,
      gammaTicksPerUsdSquared: 0,
      vegaTicksPerPoint: 0,
      thetaTicksPerDay: 0,
      rhoTicksPerPoint: 0,
    });
    const call = greeksPerLot(CALL, MARKET);
    expect(Math.abs(call.valueTicks - markPerLot(CALL, MARKET))).toBeLessThanOrEqual(0.5);
    expect(Math.abs(call.deltaTicksPerUsd - deltaTimesGap(CALL, MARKET, NANO))).toBeLessThanOrEqual(0.5);
  });

  test('say what a small move does to the mark', () => {
    // Lots a thousand times larger, so that the rounding of marks does not hide the change.
    const large = { ...CALL, lotUnits: CALL.lotUnits * 1000n };
    const greeks = greeksPerLot(large, MARKET);
    const mark = (change: Partial<MarketState>): number => markPerLot(large, { ...MARKET, ...change });
    const base = mark({});
    const up = mark({ price: price(3010n * NANO) });
    const down = mark({ price: price(2990n * NANO) });
    const share = (actual: number, predicted: number): number => Math.abs(actual / predicted - 1);
    expect(share((up - down) / 20, greeks.deltaTicksPerUsd)).toBeLessThan(1e-3);
    expect(share((up - 2 * base + down) / 100, greeks.gammaTicksPerUsdSquared)).toBeLessThan(1e-3);
    expect(share(mark({ volatilityPpm: ppm(810_000) }) - base, greeks.vegaTicksPerPoint)).toBeLessThan(0.01);
    expect(share(mark({ timeMs: timeMs(NOW + DAY) }) - base, greeks.thetaTicksPerDay)).toBeLessThan(0.05);
    expect(share(mark({ ratePpm: ppm(60_000) }) - base, greeks.rhoTicksPerPoint)).toBeLessThan(0.01);
  });
});

describe('the Greeks of an account', () => {
  test('are added by underlying and expiry', () => {
    const positions = [position(LATER, -2), position(OTHER, 5), position(PUT, 3), position(PERPETUAL, -1), position(CALL, 4)];
    const { underlyings, valueTicks } = aggregateGreeks(positions);
    expect(underlyings.map((one) => one.underlying)).toEqual([0, 1]);
    expect(underlyings[0]?.expiries.map((one) => one.expiryMs)).toEqual([null, NOW + 30 * DAY, NOW + 90 * DAY]);
    const delta = (lots: number, terms: InstrumentTerms): number => lots * greeksPerLot(terms, MARKET).deltaTicksPerUsd;
    expect(underlyings[0]?.expiries[1]?.total.deltaTicksPerUsd).toBe(delta(4, CALL) + delta(3, PUT));
    expect(underlyings[0]?.total.deltaTicksPerUsd).toBeCloseTo(-10_000 + delta(4, CALL) + delta(3, PUT) + delta(-2, LATER), 6);
    expect(underlyings[1]?.total).toMatchObject({ deltaTicksPerUsd: 50_000, gammaTicksPerUsdSquared: 0 });
    const value = positions.reduce((sum, { lots, perLot }) => sum + lots * perLot.valueTicks, 0);
    expect(valueTicks).toBeCloseTo(value, 3);
  });

  test('of a position and its opposite are zero', () => {
    const { underlyings } = aggregateGreeks([position(CALL, 7), position(CALL, -7)]);
    expect(Object.values(underlyings[0]?.total ?? {}).map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('of nothing are nothing', () => {
    expect(aggregateGreeks([])).toEqual({ valueTicks: 0, thetaTicksPerDay: 0, rhoTicksPerPoint: 0, underlyings: [] });
  });

  test('do not depend on the order of positions, to the last bit', () => {
    const held = fc.record({
      terms: fc.constantFrom(PERPETUAL, CALL, PUT, LATER, OTHER),
      lots: fc.integer({ min: -1000, max: 1000 }),
    });
    const shuffled = fc.array(held, { maxLength: 12 }).chain((list) => {
      return fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }));
    });
    const total = (list: readonly { readonly terms: InstrumentTerms; readonly lots: number }[]): string =>
      JSON.stringify(aggregateGreeks(list.map(({ terms, lots }) => position(terms, lots))));
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(total(other)).toBe(total(list));
      }),
      { seed: 91, numRuns: 300 },
    );
  });

  test('scale with lots', () => {
    const perLot: GreeksPerLot = greeksPerLot(PUT, MARKET);
    expect(scaleGreeks(perLot, -3).vegaTicksPerPoint).toBe(-3 * perLot.vegaTicksPerPoint);
  });
});
