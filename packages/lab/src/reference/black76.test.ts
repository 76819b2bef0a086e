import { describe, expect, it } from 'vitest';
import type { SviSurface } from './black76.ts';
import { black76Prices, normalCdf, sviVolatility } from './black76.ts';

/** Relative tolerance of the vectors' header for pure pricing. */
const PRICING_TOLERANCE = 1e-9;
/** Absolute tolerance of the source's own test; decides only where the relative one is smaller. */
const SOURCE_TOLERANCE = 1e-12;
const DAY = 86_400;

function expectPrice(actual: number, expected: number): void {
  const tolerance = Math.max(Math.abs(expected) * PRICING_TOLERANCE, SOURCE_TOLERANCE);
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance);
}

describe('Black-76, V45 lyra-utils test/math/Black76.t.sol testPrices', () => {
  it.each([
    [0, 7 * DAY, 1, 1500, 1500, 1, 82.80508066863456, 82.80508066863456],
    [1, 30 * DAY, 0.25, 1000, 1200, 0.9991784198737006, 0.1370821284265793, 199.97276610316672],
    [2, 2 * DAY, 0.75, 1000, 700, 0.9998904169635637, 299.9671250895262, 4.5708468e-10],
    [3, 365 * DAY, 25, 1000, 700, 0.9801986733067553, 980.1986733067553, 686.1390713147287],
    [4, 365 * DAY, 5, 1000, 700, 0.9801986733067553, 970.034553583819, 675.9749515917925],
    [7, 365 * DAY, 5, 1000, 0, 0.99, 990, 0],
    [8, 365 * DAY, 5, 0, 1000, 0.99, 0, 990],
  ])('case %s', (_case, secondsToExpiry, volatility, forward, strike, discount, call, put) => {
    const prices = black76Prices({ forward, strike, secondsToExpiry, volatility, discount });
    expectPrice(prices.call, call);
    expectPrice(prices.put, put);
  });

  it('is worth its payoff at expiry', () => {
    const expired = { forward: 120, strike: 100, secondsToExpiry: 0, volatility: 0.5, discount: 1 };
    expect(black76Prices(expired).call).toBeCloseTo(20, 12);
    expect(black76Prices({ ...expired, strike: 150 }).put).toBeCloseTo(30, 12);
  });
});

describe('SVI smile, V46 SVI.t.sol testGetVols', () => {
  const sets: readonly (readonly [string, SviSurface, readonly number[]])[] = [
    [
      '1',
      {
        a: 0.00821917808219178,
        b: 0.01232876712328767,
        rho: -0.000821917808219178,
        m: -0.000410958904109589,
        sigma: 0.000410958904109589,
        forward: 1800,
        tau: 0.00821917808219178,
      },
      [1.1283132838354804, 1.0004355395636404, 1.1097985052091757, 1.1965721054381622],
    ],
    [
      '2',
      {
        a: 0.027616438356164386,
        b: 0.041424657534246574,
        rho: 0.003452054794520548,
        m: 0.001726027397260274,
        sigma: 0.000345205479452055,
        forward: 1805,
        tau: 0.038356164383561646,
      },
      [0.9597244734120128, 0.8513856076969522, 0.939244986304054, 1.0133571334275668],
    ],
    [
      '3',
      {
        a: 0.17753424657534247,
        b: 0.17753424657534247,
        rho: 0.05917808219178082,
        m: 0.02958904109589041,
        sigma: 0.0216986301369863,
        forward: 1830,
        tau: 0.2465753424657534,
      },
      [0.9356728218442784, 0.8687530747337932, 0.8966269017413266, 0.9512721744218694],
    ],
  ];

  it.each(sets)('set %s gives the four volatilities at 1500, 1800, 2100 and 2400', (_set, surface, expected) => {
    const strikes = [1500, 1800, 2100, 2400];
    for (const [index, strike] of strikes.entries()) {
      const volatility = expected[index] ?? Number.NaN;
      expect(Math.abs(sviVolatility(surface, strike) / volatility - 1)).toBeLessThan(PRICING_TOLERANCE);
    }
  });
});

describe('normal distribution', () => {
  it.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1, 0.15865525393145705],
    [-2, 0.02275013194817921],
    [-2.2, 0.013903447513498597],
    [-5, 2.866515718791939e-7],
    [-10, 7.619853024160527e-24],
  ])('Φ(%s) is %s', (x, expected) => {
    expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-13);
  });
});
