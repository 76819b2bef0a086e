import { type SviSmile, sviProblem, sviTotalVariance } from '@plimsoll/core/pricing';
import { expect, test } from 'vitest';
import { fitSvi } from './fitSvi.ts';

const PLACE = { forward: 60_000, years: 0.1 };
const TRUE: SviSmile = { a: 0.01, b: 0.08, rho: -0.3, m: 0.02, sigma: 0.12, ...PLACE };

function pointsOf(svi: SviSmile, count: number): Parameters<typeof fitSvi>[0] {
  return Array.from({ length: count }, (_, index) => {
    const k = -0.5 + index / (count - 1);
    return { k, variance: sviTotalVariance(svi, k), weight: 1 };
  });
}

test('a fit to points of an SVI smile finds that smile', () => {
  const fitted = fitSvi(pointsOf(TRUE, 25), PLACE);
  for (const figure of ['a', 'b', 'rho', 'm', 'sigma'] as const) expect(fitted?.[figure]).toBeCloseTo(TRUE[figure], 4);
});

test('a fit to anything is a valid smile', () => {
  const shapes = [(): number => 0.04, (k: number): number => 0.04 - 0.03 * k * k, (k: number): number => Math.max(1e-4, k)];
  for (const shape of shapes) {
    const points = pointsOf(TRUE, 15).map(({ k, weight }) => ({ k, variance: shape(k), weight }));
    const fitted = fitSvi(points, PLACE);
    expect(fitted === null ? 'none' : sviProblem(fitted)).toBeNull();
  }
});

test('four points are too few', () => {
  expect(fitSvi(pointsOf(TRUE, 4), PLACE)).toBeNull();
});
