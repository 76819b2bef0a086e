import { describe, expect, test } from 'vitest';
import { shockedVolatility, termMultiplier, type VolatilityRule } from './volatility.ts';

/** The fixture of vector V2: ranges 0.5 / 0.275, powers 0.3 / 0.13, at least 0.45 in up moves. */
const RULE: VolatilityRule = {
  upRange: 0.5,
  downRange: 0.275,
  shortTermPower: 0.3,
  longTermPower: 0.13,
  daysFloor: 1,
  upMinimum: 0.45,
};
const YEAR_SECONDS = 31_536_000;
/** Published with 15 digits. */
const RELATIVE_TOLERANCE = 1e-12;

test('moves are as strong as published for an option of nine days (V2)', () => {
  const years = 794_852 / YEAR_SECONDS;
  const multiplier = termMultiplier(RULE, years);
  expect(Math.abs(1 + 0.5 * multiplier - 1.712811375927374)).toBeLessThan(RELATIVE_TOLERANCE);
  expect(Math.abs(1 - 0.275 * multiplier - 0.6079537432399443)).toBeLessThan(RELATIVE_TOLERANCE);
});

test('volatility rises at least to the minimum, falls at most to nothing, and stays when it should', () => {
  const years = 30 / 365;
  expect(shockedVolatility(RULE, { volatility: 0.8, years }, 'none')).toBe(0.8);
  expect(shockedVolatility(RULE, { volatility: 0.8, years }, 'up')).toBeCloseTo(1.2, 12);
  expect(shockedVolatility(RULE, { volatility: 0.2, years }, 'up')).toBe(0.45);
  expect(shockedVolatility({ ...RULE, downRange: 5 }, { volatility: 0.8, years }, 'down')).toBe(0);
});

test('a move is weaker the longer the option, and no stronger below the floor of days', () => {
  expect(termMultiplier(RULE, 30 / 365)).toBeCloseTo(1, 12);
  expect(termMultiplier(RULE, 1)).toBeLessThan(termMultiplier(RULE, 0.5));
  expect(termMultiplier(RULE, 0)).toBe(termMultiplier(RULE, 1 / 365));
});

describe('a skew move', () => {
  const cap = { cap: 0.15, base: -0.05 };
  const skewed: VolatilityRule = {
    ...RULE,
    skew: { linear: cap, absolute: cap, widthMinimum: 0.01, widthScale: 4, volatilityStatic: 0.6, volatilityScale: -0.1 },
  };
  const base = { volatility: 1, years: 794_852 / YEAR_SECONDS, forward: 2682.9997436016715 };

  test('tilts a strike as published (V3)', () => {
    const moved = shockedVolatility(skewed, { ...base, strike: 4000 }, 'skewLinear');
    expect(Math.abs(moved - 1.1420620229941945)).toBeLessThan(RELATIVE_TOLERANCE);
  });

  test('lowers strikes below the forward when it is linear, and raises them as those above when it is absolute', () => {
    const below = (base.forward * base.forward) / 4000;
    const linear = shockedVolatility(skewed, { ...base, strike: below }, 'skewLinear');
    const absolute = shockedVolatility(skewed, { ...base, strike: below }, 'skewAbsolute');
    expect(Math.abs(linear - (2 - 1.1420620229941945))).toBeLessThan(1e-9);
    expect(Math.abs(absolute - 1.1420620229941945)).toBeLessThan(1e-9);
  });

  test('leaves the strike at the forward alone, and does not pass its cap however far the strike', () => {
    expect(shockedVolatility(skewed, { ...base, strike: base.forward }, 'skewLinear')).toBe(1);
    const far = shockedVolatility(skewed, { ...base, strike: 1e9 }, 'skewLinear');
    expect(far).toBeCloseTo(1 + 0.15 - 0.05 * Math.sqrt(base.years), 12);
    expect(shockedVolatility(skewed, { ...base, strike: 0 }, 'skewLinear')).toBe(1);
  });
});

test('additive moves shift volatility by points, and no lower than nothing', () => {
  const additive: VolatilityRule = { ...RULE, isAdditive: true, shortTermPower: 0 };
  const years = 30 / 365;
  expect(shockedVolatility(additive, { volatility: 0.8, years }, 'up')).toBeCloseTo(1.3, 12);
  expect(shockedVolatility(additive, { volatility: 0.8, years }, 'down')).toBeCloseTo(0.525, 12);
  expect(shockedVolatility(additive, { volatility: 0.2, years }, 'down')).toBe(0);
});
