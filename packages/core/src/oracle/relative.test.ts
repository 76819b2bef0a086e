import { expect, it } from 'vitest';
import { confidenceToPpm, DISTANCE_MAX, distancePpm } from './relative.ts';
import { usd } from './testing/feedTable.ts';

it('a distance in ppm is measured from the base and rounded up', () => {
  expect(distancePpm<bigint>(101n, 100n)).toBe(10_000);
  expect(distancePpm<bigint>(99n, 100n)).toBe(10_000);
  expect(distancePpm<bigint>(100n, 101n)).toBe(9_901);
  expect(distancePpm<bigint>(7n, 7n)).toBe(0);
});

it('a distance beyond all measure counts as the largest', () => {
  expect(distancePpm<bigint>(2n ** 53n, 1n)).toBe(DISTANCE_MAX);
});

it('a half width in dollars becomes a confidence, never a narrower one', () => {
  expect(confidenceToPpm(usd('2000'), usd('1'))).toBe(500);
  expect(confidenceToPpm(usd('3'), usd('0.000001'))).toBe(1);
});
