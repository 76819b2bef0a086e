import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp } from '../numeric/deterministicMath.ts';
import { type Black76Input, black76Delta, black76Gamma, black76Value, black76Vega } from './black76.ts';
import { black76Greeks, createOptionGreeks, type OptionGreeks } from './black76Greeks.ts';

function greeks(input: Black76Input): OptionGreeks {
  const target = createOptionGreeks();
  black76Greeks(input, target);
  return target;
}

const inputs: fc.Arbitrary<Black76Input> = fc
  .record({
    right: fc.constantFrom<'call' | 'put'>('call', 'put'),
    forward: fc.double({ min: 1, max: 1e6, noNaN: true }),
    moneyness: fc.double({ min: 0.2, max: 5, noNaN: true }),
    volatility: fc.double({ min: 0.05, max: 3, noNaN: true }),
    years: fc.double({ min: 1e-3, max: 3, noNaN: true }),
    rate: fc.double({ min: -0.1, max: 0.5, noNaN: true }),
  })
  .map(({ moneyness, rate, ...rest }) => ({ ...rest, strike: rest.forward * moneyness, discount: exp(-rate * rest.years) }));

/** Central differences of a smooth function lose about half the digits: h² from the curve, ε/h from rounding. */
const DIFFERENCE_TOLERANCE = 2e-5;

describe('the Greeks of an option', () => {
  test('have the bits of the functions that give one figure each', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const all = greeks(input);
        expect(all.value).toBe(black76Value(input));
        expect(all.delta).toBe(black76Delta(input));
        expect(all.gamma).toBe(black76Gamma(input));
        expect(Math.abs(all.vega - black76Vega(input))).toBeLessThanOrEqual(1e-15 * input.forward * input.discount);
      }),
      { seed: 41, numRuns: 2000 },
    );
  });

  test('agree with central differences of the value', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const all = greeks(input);
        const rate = -Math.log(input.discount) / input.years;
        const slope = (step: number, shift: (by: number) => Black76Input): number =>
          (black76Value(shift(step)) - black76Value(shift(-step))) / (2 * step);
        const { forward, discount } = input;
        const total = input.volatility * Math.sqrt(input.years);
        const h = 1e-4 * total * forward;
        expect(Math.abs(slope(h, (by) => ({ ...input, forward: forward + by })) - all.delta)).toBeLessThan(
          DIFFERENCE_TOLERANCE * discount,
        );
        const delta = (by: number): number => black76Delta({ ...input, forward: forward + by });
        const gammaScale = discount / (forward * total);
        expect(Math.abs((delta(h) - delta(-h)) / (2 * h) - all.gamma)).toBeLessThan(DIFFERENCE_TOLERANCE * gammaScale);
        const vega = slope(1e-5, (by) => ({ ...input, volatility: input.volatility + by }));
        expect(Math.abs(vega - all.vega)).toBeLessThan(DIFFERENCE_TOLERANCE * forward * discount * Math.sqrt(input.years));
        const atYears = (years: number): Black76Input => ({ ...input, years, discount: Math.exp(-rate * years) });
        const theta = -slope(1e-6, (by) => atYears(input.years + by));
        const thetaScale = forward * discount * (input.volatility / Math.sqrt(input.years) + Math.abs(rate) + 1);
        expect(Math.abs(theta - all.theta)).toBeLessThan(DIFFERENCE_TOLERANCE * thetaScale);
        const rho = slope(1e-5, (by) => ({ ...input, discount: Math.exp(-(rate + by) * input.years) }));
        expect(Math.abs(rho - all.rho)).toBeLessThan(DIFFERENCE_TOLERANCE * forward * discount * input.years * 5);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });

  test('obey the equation of Black: theta = r·value − ½·σ²·F²·gamma, and vega = F²·gamma·σ·T', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const all = greeks(input);
        const { forward, volatility, years, discount } = input;
        const rate = -Math.log(discount) / years;
        const scale = forward * discount;
        const convexity = 0.5 * volatility * volatility * forward * forward * all.gamma;
        expect(Math.abs(all.theta - (rate * all.value - convexity))).toBeLessThan((1e-12 * scale * (1 + volatility)) / years);
        const vega = forward * forward * all.gamma * volatility * years;
        expect(Math.abs(all.vega - vega)).toBeLessThan(1e-12 * scale);
      }),
      { seed: 43, numRuns: 1000 },
    );
  });

  test('keep parity: a call less a put is a discounted forward', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const call = greeks({ ...input, right: 'call' });
        const put = greeks({ ...input, right: 'put' });
        const { forward, strike, discount, years } = input;
        const scale = Math.max(forward, strike) * discount;
        expect(Math.abs(call.value - put.value - discount * (forward - strike))).toBeLessThan(1e-14 * scale);
        expect(Math.abs(call.delta - put.delta - discount)).toBeLessThan(1e-15 * discount);
        expect([put.gamma, put.vega]).toEqual([call.gamma, call.vega]);
        expect(Math.abs(call.rho - put.rho + years * discount * (forward - strike))).toBeLessThan(1e-13 * scale);
      }),
      { seed: 44, numRuns: 1000 },
    );
  });

  const call: Black76Input = { right: 'call', forward: 120, strike: 100, volatility: 1, years: 1, discount: 0.9 };

  test('are those of a payoff at the boundaries', () => {
    const flat = { gamma: 0, vega: 0 };
    expect(greeks({ ...call, years: 0, discount: 1 })).toMatchObject({ ...flat, delta: 1, theta: 0, rho: 0 });
    expect(greeks({ ...call, years: -5, discount: 1, right: 'put' })).toMatchObject({ ...flat, value: 0, delta: 0, theta: 0 });
    expect(greeks({ ...call, volatility: 0, right: 'put', strike: 150 })).toMatchObject({ ...flat, delta: -0.9 });
    expect(greeks({ ...call, strike: 0 })).toMatchObject({ ...flat, value: 108, delta: 0.9, rho: -108 });
    expect(greeks({ ...call, forward: 0, right: 'put' })).toMatchObject({ ...flat, value: 90, delta: -0.9, rho: -90 });
    expect(greeks({ ...call, forward: 0 })).toMatchObject({ ...flat, value: 0, delta: 0 });
    expect(greeks({ ...call, volatility: 30 })).toMatchObject({ ...flat, value: 108, delta: 0.9 });
    expect(greeks({ ...call, volatility: 30, right: 'put' }).value).toBeCloseTo(90, 12);
  });

  test('earn the discount back over time where there is no volatility', () => {
    const { theta, value } = greeks({ ...call, volatility: 0 });
    expect(theta).toBeCloseTo(-Math.log(0.9) * value, 12);
  });

  test('are finite for extreme but valid inputs', () => {
    for (const right of ['call', 'put'] as const)
      for (const strike of [1e-6, 1, 1e9])
        for (const volatility of [1e-6, 0.5, 5])
          for (const years of [1 / 31_536_000, 1, 30])
            for (const rate of [-0.5, 0, 0.5]) {
              const all = greeks({ right, forward: 3000, strike, volatility, years, discount: exp(-rate * years) });
              for (const figure of Object.values(all)) expect(Number.isFinite(figure)).toBe(true);
            }
  });
});
