import { describe, expect, test } from 'vitest';
import { completePortfolio } from '../testing/completePortfolio.ts';
import { decodePortfolio } from './decodePortfolio.ts';

type Fields = Record<string, unknown>;

/** The complete portfolio with other expiries of ether. */
function withExpiries(expiries: readonly Fields[]): Fields {
  const market = fields(completePortfolio()['market']);
  const underlyings = fields(market['underlyings']);
  const ether = { ...fields(underlyings['ETH']), expiries };
  return { ...completePortfolio(), market: { ...market, underlyings: { ...underlyings, ETH: ether } } };
}

function problemsOf(json: unknown): readonly string[] {
  const decoded = decodePortfolio(json);
  return decoded.ok ? [] : decoded.problems.map(({ path, expected, found }) => `${path} | ${expected} | ${found}`);
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('An object was expected.');
  return Object.fromEntries(Object.entries(value));
}

const APRIL = '2026-04-24T08:00:00Z';
const SOON = '2026-03-12T08:10:00Z';
const SVI = { kind: 'svi', a: '0.04', b: '0.1', rho: '-0.3', m: '0', sigma: '0.2', years: '0.5' };

describe('an expiry', () => {
  test('gives its options the volatility of its surface and its instruments their forward', () => {
    const marks = [
      { strike: '3000', volatility: '0.7' },
      { strike: '3200', volatility: '0.712345678901' },
    ];
    const json = withExpiries([{ expiry: APRIL, forward: '3011.5', surface: { kind: 'strikes', marks } }]);
    const market = fields(json['market']);
    const decoded = decodePortfolio({ ...json, market: { ...market, instruments: {} } });
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
    const option = decoded.document.instruments.find(({ symbol }) => symbol === 'ETH-CALL');
    // Through variance and back in doubles: the last 1e-12 may be lost.
    expect([option?.impliedVolatilityPpm, option?.mark]).toEqual([712_345, 3_011_500_000_000n]);
    expect(Math.abs((option?.impliedVolatilityRestPico ?? 0) - 678_901)).toBeLessThanOrEqual(1);
    const future = decoded.document.instruments.find(({ symbol }) => symbol === 'ETH-APR');
    expect(future?.mark).toBe(3_011_500_000_000n);
  });

  test('reads an implied volatility to twelve decimals, and the option\u2019s own before the surface', () => {
    const json = withExpiries([{ expiry: APRIL, surface: SVI }]);
    const market = fields(json['market']);
    const instruments = { 'ETH-CALL': { impliedVolatility: '0.453803924321' } };
    const decoded = decodePortfolio({ ...json, market: { ...market, instruments } });
    const option = decoded.ok ? decoded.document.instruments.find(({ symbol }) => symbol === 'ETH-CALL') : undefined;
    expect([option?.impliedVolatilityPpm, option?.impliedVolatilityRestPico]).toEqual([453_803, 924_321]);
  });

  test.each<[string, Fields, RegExp]>([
    [
      'a surface that is none',
      { expiry: APRIL, surface: { ...SVI, rho: '1' } },
      /expiries\[0\]\.surface .* SVI_RHO_OUTSIDE|SVI_RHO/,
    ],
    [
      'a surface of no kind',
      { expiry: APRIL, surface: { kind: 'sabr' } },
      /expiries\[0\]\.surface\.kind \| one of "svi", "strikes"/,
    ],
    [
      'marks out of order',
      {
        expiry: APRIL,
        surface: {
          kind: 'strikes',
          marks: [
            { strike: '2', volatility: '1' },
            { strike: '1', volatility: '1' },
          ],
        },
      },
      /surface\.marks \| marks by rising strike \| .*SMILE_STRIKES_NOT_RISING/,
    ],
    ['a rate beyond reason', { expiry: APRIL, rate: '11' }, /expiries\[0\]\.rate \| the continuous rate/],
    ['a rate so negative that values explode', { expiry: '2036-04-24T08:00:00Z', rate: '-0.5' }, /expiries\[0\]\.rate \| .*e\^4/],
    [
      'an average before its window',
      { expiry: APRIL, averaging: { fixed: '1' } },
      /averaging \| nothing: the averaging window of 1800 s/,
    ],
    ['a trust above one', { expiry: APRIL, feedConfidence: { rate: '1.1' } }, /feedConfidence\.rate/],
    ['an expiry that has passed', { expiry: '2026-03-12T07:00:00Z' }, /expiries\[0\]\.expiry \| a time after market\.time/],
  ])('with %s is refused by its place', (_, expiry, problem) => {
    expect(problemsOf(withExpiries([expiry]))).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  test('with a surface beyond a thousand percent at an option\u2019s strike is refused at that option', () => {
    const json = withExpiries([{ expiry: APRIL, surface: { ...SVI, a: '90', years: '0.1' } }]);
    const market = fields(json['market']);
    expect(problemsOf({ ...json, market: { ...market, instruments: {} } }).join()).toMatch(
      /market\.instruments\.ETH-CALL \| a surface with at most 10/,
    );
  });

  test('stands once, and its average may be taken only in the window', () => {
    expect(problemsOf(withExpiries([{ expiry: SOON, averaging: { fixed: '1000' } }]))).toEqual([]);
    expect(problemsOf(withExpiries([{ expiry: SOON }, { expiry: SOON }])).join()).toMatch(
      /expiries\[1\]\.expiry \| each expiry once/,
    );
  });

  test('with a forward leaves no room for a premium, and an instrument states a mark or a premium', () => {
    expect(problemsOf(withExpiries([{ expiry: APRIL, forward: '3000' }])).join()).toMatch(/ETH-CALL\.markPremium \| nothing/);
    const json = completePortfolio();
    const market = fields(json['market']);
    const both = { ...json, market: { ...market, instruments: { 'ETH-PERP': { mark: '3000', markPremium: '0' } } } };
    expect(problemsOf(both).join()).toMatch(/ETH-PERP\.mark \| either a mark or a markPremium/);
  });
});
