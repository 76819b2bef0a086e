import { describe, expect, test } from 'vitest';
import { type SviSmile, sviDensityFactor, sviProblem, sviReach, sviTotalVariance, sviVolatility } from './sviSmile.ts';

function smile(figures: readonly [number, number, number, number, number, number, number]): SviSmile {
  const [a, b, rho, m, sigma, forward, years] = figures;
  return { a, b, rho, m, sigma, forward, years };
}

/** lyra-utils test/math/SVI.t.sol @206b65aa, testGetVols (vectors V46). */
const SETS: readonly (readonly [SviSmile, readonly number[]])[] = [
  [
    smile([
      0.00821917808219178, 0.01232876712328767, -0.000821917808219178, -0.000410958904109589, 0.000410958904109589, 1800,
      0.00821917808219178,
    ]),
    [1.1283132838354804, 1.0004355395636404, 1.1097985052091757, 1.1965721054381622],
  ],
  [
    smile([
      0.027616438356164386, 0.041424657534246574, 0.003452054794520548, 0.001726027397260274, 0.000345205479452055, 1805,
      0.038356164383561646,
    ]),
    [0.9597244734120128, 0.8513856076969522, 0.939244986304054, 1.0133571334275668],
  ],
  [
    smile([
      0.17753424657534247, 0.17753424657534247, 0.05917808219178082, 0.02958904109589041, 0.0216986301369863, 1830,
      0.2465753424657534,
    ]),
    [0.9356728218442784, 0.8687530747337932, 0.8966269017413266, 0.9512721744218694],
  ],
];
/** The published figures have sixteen digits. */
const PUBLISHED_TOLERANCE = 2e-15;

describe('an SVI smile', () => {
  test.each(SETS)('gives the published volatilities at 1500, 1800, 2100 and 2400 (V46): %o', (svi, volatilities) => {
    [1500, 1800, 2100, 2400].forEach((strike, index) => {
      expect(Math.abs(sviVolatility(svi, strike) - (volatilities[index] ?? Number.NaN))).toBeLessThan(PUBLISHED_TOLERANCE);
    });
  });

  const ordinary = smile([0.02, 0.1, -0.4, 0.01, 0.1, 100, 0.5]);

  test('is flat beyond its reach, and never above a total variance of 144', () => {
    const reach = sviReach(ordinary);
    expect(reach).toBeCloseTo(4 * Math.sqrt(0.03), 15);
    const end = sviVolatility(ordinary, 100 * Math.exp(reach));
    expect(sviVolatility(ordinary, 100 * Math.exp(reach + 1))).toBeCloseTo(end, 14);
    expect(sviVolatility(ordinary, 1e9)).toBeCloseTo(end, 14);
    expect(sviVolatility(ordinary, 1e-6)).toBeGreaterThan(end); // negative ρ: the other wing is higher, and as flat
    expect(sviVolatility({ ...ordinary, a: 500 }, 100)).toBe(Math.sqrt(144 / 0.5));
  });

  test('has the density factor of its own differences', () => {
    for (const k of [-0.5, -0.1, 0, 0.02, 0.3]) {
      const h = 1e-4;
      const w = sviTotalVariance(ordinary, k);
      const up = sviTotalVariance(ordinary, k + h);
      const down = sviTotalVariance(ordinary, k - h);
      const first = (up - down) / (2 * h);
      const second = (up - 2 * w + down) / (h * h);
      const expected = (1 - (k * first) / (2 * w)) ** 2 - ((first * first) / 4) * (1 / w + 0.25) + second / 2;
      expect(sviDensityFactor(ordinary, k)).toBeCloseTo(expected, 5);
    }
    expect(sviDensityFactor({ ...ordinary, b: 0 }, 0.3)).toBe(1);
  });

  test('is refused by name when its parameters are none', () => {
    expect(sviProblem(ordinary)).toBeNull();
    expect(sviProblem({ ...ordinary, m: Number.NaN })).toBe('SVI_NOT_FINITE');
    expect(sviProblem({ ...ordinary, b: -0.1 })).toBe('SVI_B_NEGATIVE');
    expect(sviProblem({ ...ordinary, rho: 1 })).toBe('SVI_RHO_OUTSIDE');
    expect(sviProblem({ ...ordinary, sigma: 0 })).toBe('SVI_SIGMA_NOT_POSITIVE');
    expect(sviProblem({ ...ordinary, a: -0.02 })).toBe('SVI_VARIANCE_NEGATIVE');
    expect(sviProblem({ ...ordinary, forward: 0 })).toBe('SVI_FORWARD_NOT_POSITIVE');
    expect(sviProblem({ ...ordinary, years: -1 })).toBe('SVI_YEARS_NOT_POSITIVE');
  });
});
