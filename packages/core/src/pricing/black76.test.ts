import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Black76Input, black76Delta, black76Gamma, black76Value, black76Vega } from './black76.ts';

/** lyra-utils test/math/Black76.t.sol @4648e9b (vectors V45) asserts 1e-12 absolute; in 18 decimals; doubles near 1000 are 1e-13 apart. */
const ABSOLUTE_TOLERANCE = 4e-12;
const DAY = 1 / 365;

function priced(input: Omit<Black76Input, 'right'>): { readonly call: number; readonly put: number } {
  return { call: black76Value({ ...input, right: 'call' }), put: black76Value({ ...input, right: 'put' }) };
}

describe('Black-76', () => {
  test.each([
    [{ forward: 1500, strike: 1500, volatility: 1, years: 7 * DAY, discount: 1 }, 82.805080668634559515, 82.805080668634559515],
    [
      { forward: 1000, strike: 1200, volatility: 0.25, years: 30 * DAY, discount: 0.9991784198737006 },
      0.137082128426579297,
      199.972766103166719631,
    ],
    [
      { forward: 1000, strike: 700, volatility: 0.75, years: 2 * DAY, discount: 0.9998904169635637 },
      299.967125089526177817,
      4.5708468e-10,
    ],
    [
      { forward: 1000, strike: 700, volatility: 25, years: 1, discount: 0.9801986733067553 },
      980.198673306755267731,
      686.139071314728653306,
    ],
    [
      { forward: 1000, strike: 700, volatility: 5, years: 1, discount: 0.9801986733067553 },
      970.034553583819047162,
      675.974951591792546424,
    ],
    [{ forward: 1000, strike: 0, volatility: 0.5, years: 1, discount: 0.99 }, 990, 0],
    [{ forward: 0, strike: 1000, volatility: 0.5, years: 1, discount: 0.99 }, 0, 990],
  ])('reproduces published values (V45): %o', (input, call, put) => {
    const result = priced(input);
    expect(Math.abs(result.call - call)).toBeLessThan(ABSOLUTE_TOLERANCE);
    expect(Math.abs(result.put - put)).toBeLessThan(ABSOLUTE_TOLERANCE);
  });

  test('is worth its intrinsic value at expiry and without volatility', () => {
    for (const input of [
      { years: 0, volatility: 1 },
      { years: -1, volatility: 1 },
      { years: 1, volatility: 0 },
    ]) {
      expect(priced({ forward: 120, strike: 100, discount: 1, ...input }).call).toBeCloseTo(20, 12);
      expect(priced({ forward: 120, strike: 100, discount: 1, ...input }).put).toBe(0);
      expect(priced({ forward: 80, strike: 100, discount: 1, ...input }).put).toBeCloseTo(20, 12);
    }
  });

  const inputs = fc.record({
    forward: fc.double({ min: 1, max: 1e6, noNaN: true }),
    strike: fc.double({ min: 1, max: 1e6, noNaN: true }),
    volatility: fc.double({ min: 0.01, max: 5, noNaN: true }),
    years: fc.double({ min: 1e-4, max: 3, noNaN: true }),
    discount: fc.constant(1),
  });

  test('keeps put–call parity, stays within its bounds and rises with volatility', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { call, put } = priced(input);
        const scale = Math.max(input.forward, input.strike);
        expect(Math.abs(call - put - (input.forward - input.strike))).toBeLessThan(1e-12 * scale);
        expect(call).toBeGreaterThanOrEqual(0);
        expect(call).toBeLessThanOrEqual(input.forward * (1 + 1e-14));
        const wilder = priced({ ...input, volatility: input.volatility * 1.1 });
        expect(wilder.call).toBeGreaterThanOrEqual(call - 1e-12 * scale);
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  test('has Greeks that agree with differences of its value', () => {
    const input: Black76Input = { right: 'call', forward: 3000, strike: 3200, volatility: 0.8, years: 0.1, discount: 1 };
    const step = 0.01;
    const up = { ...input, forward: input.forward + step };
    const down = { ...input, forward: input.forward - step };
    expect(black76Delta(input)).toBeCloseTo((black76Value(up) - black76Value(down)) / (2 * step), 7);
    expect(black76Gamma(input)).toBeCloseTo((black76Delta(up) - black76Delta(down)) / (2 * step), 8);
    const wilder = black76Value({ ...input, volatility: 0.8001 });
    const calmer = black76Value({ ...input, volatility: 0.7999 });
    expect(black76Vega(input)).toBeCloseTo((wilder - calmer) / 0.0002, 3);
    expect(black76Delta({ ...input, right: 'put' })).toBeCloseTo(black76Delta(input) - 1, 12);
  });

  test('has flat Greeks at its boundaries', () => {
    const expired: Black76Input = { right: 'call', forward: 120, strike: 100, volatility: 1, years: 0, discount: 1 };
    expect([black76Delta(expired), black76Gamma(expired), black76Vega(expired)]).toEqual([1, 0, 0]);
    expect(black76Delta({ ...expired, right: 'put' })).toBe(0);
    expect(black76Delta({ ...expired, forward: 0 })).toBe(0);
    expect(black76Delta({ ...expired, strike: 0 })).toBe(1);
    expect(black76Delta({ ...expired, volatility: 100, years: 1 })).toBe(1);
  });
});
