import {
  black76Greeks,
  createGreeksColumns,
  createOptionColumns,
  createOptionGreeks,
  fillGreeks,
  type OptionGreeks,
  quickCall,
} from '@plimsoll/core/pricing';
import { describe, expect, test } from 'vitest';
import { type ExactInputs, exactGreeks, exactLog, exactNormalCdf } from './exactBlack76.ts';

const SAMPLES = 1500;
const FIGURES = ['value', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const;

/** Park and Miller's generator: the same samples on every run. */
function uniform(): () => number {
  let state = 2026;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Options as markets have them: minutes to years, 5 % to 500 %, up to seven standard deviations from the money. */
function samples(spread: { readonly deviations: number; readonly years: readonly [number, number] }): ExactInputs[] {
  const next = uniform();
  return Array.from({ length: SAMPLES }, () => {
    const forward = Math.exp(14 * next() - 7);
    const [least, most] = spread.years;
    const years = least * (most / least) ** next();
    const volatility = 0.05 * 100 ** next();
    const deviations = spread.deviations * (2 * next() - 1);
    const strike = forward * Math.exp(deviations * volatility * Math.sqrt(years));
    return { right: next() < 0.5 ? 'call' : 'put', forward, strike, volatility, years, rate: 0.3 * next() - 0.1 };
  });
}

function errorsOf(
  inputs: readonly ExactInputs[],
  compute: (index: number) => OptionGreeks,
): Record<(typeof FIGURES)[number], number> {
  const worst = { value: 0, delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0 };
  inputs.forEach((input, index) => {
    const exact = exactGreeks(input);
    const computed = compute(index);
    const { forward, strike, volatility, years, rate } = input;
    const discount = Math.exp(-rate * years);
    const root = Math.sqrt(years);
    const largest = Math.max(forward, strike) * discount;
    const scale = {
      value: largest,
      delta: discount,
      gamma: discount / (forward * volatility * root),
      vega: forward * discount * root,
      theta: (forward * discount * volatility) / root + Math.abs(rate) * largest,
      rho: largest * years,
    };
    const share = Math.min(1, volatility * root);
    for (const figure of FIGURES) {
      const error = Math.abs(computed[figure] - exact[figure]) / scale[figure];
      worst[figure] = Math.max(worst[figure], figure === 'value' || figure === 'rho' ? error : error * share);
    }
  });
  return worst;
}

function batchOf(inputs: readonly ExactInputs[]): (index: number) => OptionGreeks {
  const columns = createOptionColumns(inputs.length);
  inputs.forEach((input, row) => {
    columns.forward[row] = input.forward;
    columns.strike[row] = input.strike;
    columns.volatility[row] = input.volatility;
    columns.years[row] = input.years;
    columns.rate[row] = input.rate;
    columns.isPut[row] = input.right === 'put' ? 1 : 0;
  });
  const target = createGreeksColumns(inputs.length);
  fillGreeks(columns, target, { from: 0, to: inputs.length });
  return (row) => ({
    value: target.value[row] ?? Number.NaN,
    delta: target.delta[row] ?? Number.NaN,
    gamma: target.gamma[row] ?? Number.NaN,
    vega: target.vega[row] ?? Number.NaN,
    theta: target.theta[row] ?? Number.NaN,
    rho: target.rho[row] ?? Number.NaN,
  });
}

function scalarOf(inputs: readonly ExactInputs[]): (index: number) => OptionGreeks {
  return (index) => {
    const target = createOptionGreeks();
    const input = inputs[index];
    if (input === undefined) throw new RangeError('no such sample');
    black76Greeks({ ...input, discount: Math.exp(-input.rate * input.years) }, target);
    return target;
  };
}

test('the reference knows Φ and ln to the last bit of a double', () => {
  expect(exactNormalCdf(0)).toBe(0.5);
  expect(exactNormalCdf(1)).toBe(0.8413447460685429);
  expect(exactNormalCdf(-3)).toBe(0.0013498980316300946);
  expect(exactNormalCdf(-10)).toBe(7.619853024160526e-24);
  expect(exactLog(2)).toBe(Math.LN2);
  expect(exactLog(3)).toBe(1.0986122886681098);
  expect(exactLog(0.1)).toBe(-2.3025850929940455);
});

/** As share of max(F, K)·D; the goal is 1e-12 of the forward. Measured: 8e-16. */
const VALUE_ERROR = 2e-15;
/**
 * Of the Greeks as share of their scale, times σ√T where that is below one: rounding K/F costs ln(K/F) half a last bit of one, and
 * σ√T divides it. Measured: 3e-15.
 */
const GREEK_ERROR = 1e-14;

describe.each([
  ['one option at a time', scalarOf],
  ['over columns', batchOf],
])('price and Greeks %s', (_name, computer) => {
  test('of options as markets list them are within a few last bits of the exact figures', () => {
    const inputs = samples({ deviations: 4, years: [1 / 365, 3] });
    const worst = errorsOf(inputs, computer(inputs));
    expect(worst.value).toBeLessThan(VALUE_ERROR);
    for (const figure of FIGURES) expect(worst[figure]).toBeLessThan(GREEK_ERROR);
  });

  test('with a minute to live, and seven deviations from the money, are no worse than σ√T makes them', () => {
    const inputs = samples({ deviations: 7, years: [1 / 525_600, 5] });
    const worst = errorsOf(inputs, computer(inputs));
    expect(worst.value).toBeLessThan(VALUE_ERROR);
    for (const figure of FIGURES) expect(worst[figure]).toBeLessThan(GREEK_ERROR);
  });
});

test('the quick call of risk arrays is well within the error that it grants itself', () => {
  let worst = 0;
  for (const { strike, forward, volatility, years } of samples({ deviations: 7, years: [1 / 525_600, 5] })) {
    const [ratio, total] = [strike / forward, volatility * Math.sqrt(years)];
    const exact = exactGreeks({ right: 'call', forward: 1, strike: ratio, volatility: total, years: 1, rate: 0 });
    const quick = quickCall(ratio, total);
    if (!Number.isNaN(quick)) worst = Math.max(worst, Math.abs(quick - exact.value) / Math.max(1, ratio));
  }
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(2 ** -50);
});
