import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Black76Input, black76Value, black76Vega } from './black76.ts';
import { type ImpliedVolatility, impliedVolatility } from './impliedVolatility.ts';

function implied(input: Black76Input, price: number = black76Value(input)): ImpliedVolatility {
  const { right, forward, strike, years, discount } = input;
  return impliedVolatility({ right, forward, strike, years, discount, price });
}

function found(input: Black76Input, price?: number): number {
  const result = implied(input, price);
  return result.kind === 'found' ? result.volatility : Number.NaN;
}

const AT_THE_MONEY: Black76Input = { right: 'call', forward: 3000, strike: 3000, volatility: 0.8, years: 0.1, discount: 0.99 };

const wide: fc.Arbitrary<Black76Input> = fc
  .record({
    right: fc.constantFrom<'call' | 'put'>('call', 'put'),
    forward: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    moneyness: fc.double({ min: -7, max: 7, noNaN: true }).map(Math.exp),
    volatility: fc.double({ min: 0.01, max: 5, noNaN: true }),
    years: fc.oneof(fc.double({ min: 1e-6, max: 0.01, noNaN: true }), fc.double({ min: 0.01, max: 5, noNaN: true })),
    discount: fc.double({ min: 0.5, max: 1.2, noNaN: true }),
  })
  .map(({ moneyness, ...rest }) => ({ ...rest, strike: rest.forward * moneyness }));

describe('implied volatility', () => {
  test('gives the price back, however deep in or out of the money', () => {
    fc.assert(
      fc.property(wide, (input) => {
        const price = black76Value(input);
        const result = implied(input, price);
        const scale = Math.max(input.forward, input.strike) * input.discount;
        if (result.kind === 'refused') {
          // The one way a price of the formula is refused: in doubles it is at its bound already.
          expect(result.reason).toBe('PRICE_ABOVE_BOUND');
          expect(result.bound - price).toBeLessThanOrEqual(2 ** -48 * scale);
          return;
        }
        expect(Math.abs(black76Value({ ...input, volatility: result.volatility }) - price)).toBeLessThanOrEqual(2 ** -46 * scale);
        expect(result.iterations).toBeLessThanOrEqual(60);
      }),
      { seed: 51, numRuns: 5000 },
    );
  });

  test('gives the volatility back as well as the price can tell it', () => {
    fc.assert(
      fc.property(wide, (input) => {
        const scale = Math.max(input.forward, input.strike) * input.discount;
        const vega = black76Vega(input);
        fc.pre(vega > 1e-9 * scale);
        const tolerance = (2 ** -46 * scale) / vega + 1e-12 * input.volatility;
        expect(Math.abs(found(input) - input.volatility)).toBeLessThanOrEqual(2 * tolerance);
      }),
      { seed: 52, numRuns: 3000 },
    );
  });

  test('is exact in relative terms for calls far out of the money, down to prices of 1e-250', () => {
    for (const total of [0.03, 0.05, 0.1, 0.2, 0.5]) {
      const input: Black76Input = { right: 'call', forward: 1, strike: 4, volatility: total, years: 1, discount: 1 };
      const price = black76Value(input);
      if (price > 1e-250) expect(Math.abs(found(input, price) - total)).toBeLessThan(1e-12 * total);
    }
  });

  test('needs few steps', () => {
    let steps = 0;
    let count = 0;
    fc.assert(
      fc.property(wide, (input) => {
        const result = implied(input);
        if (result.kind === 'found') {
          steps += result.iterations;
          count += 1;
        }
      }),
      { seed: 53, numRuns: 2000 },
    );
    expect(steps / count).toBeLessThan(12);
  });

  test('is zero at intrinsic value, where no volatility at all explains the price', () => {
    expect(found({ ...AT_THE_MONEY, strike: 2000 }, 990)).toBe(0);
    expect(found({ ...AT_THE_MONEY, strike: 4000 }, 0)).toBe(0);
  });

  test('is refused by name, with the bound that the price broke', () => {
    expect(implied({ ...AT_THE_MONEY, strike: 2000 }, 989)).toEqual({
      kind: 'refused',
      reason: 'PRICE_BELOW_INTRINSIC',
      price: 989,
      bound: 990,
    });
    expect(implied(AT_THE_MONEY, -1)).toMatchObject({ reason: 'PRICE_BELOW_INTRINSIC', bound: 0 });
    expect(implied(AT_THE_MONEY, 2970)).toMatchObject({ reason: 'PRICE_ABOVE_BOUND', bound: 2970 });
    expect(implied({ ...AT_THE_MONEY, right: 'put', strike: 1000 }, 990)).toMatchObject({
      reason: 'PRICE_ABOVE_BOUND',
      bound: 990,
    });
    expect(implied({ ...AT_THE_MONEY, years: 0 }, 100)).toMatchObject({ reason: 'OPTION_EXPIRED' });
    for (const broken of [
      { forward: 0 },
      { strike: -1 },
      { discount: 0 },
      { forward: Number.NaN },
      { years: Number.POSITIVE_INFINITY },
    ])
      expect(implied({ ...AT_THE_MONEY, ...broken }, 100)).toMatchObject({ reason: 'INPUT_INVALID' });
    expect(implied(AT_THE_MONEY, Number.NaN)).toMatchObject({ reason: 'INPUT_INVALID' });
  });
});
