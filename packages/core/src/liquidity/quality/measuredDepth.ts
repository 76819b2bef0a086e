/**
 * Depth curves from what was measured: quotes that give the average impact of a whole sale, or a book that gives value within a
 * distance of the price. Everywhere the curve costs at least what was measured, and beyond the largest size that was measured a sale
 * brings nothing: nobody saw anything there.
 */

import { assert } from '../../numeric/assert.ts';
import { PPM_ONE, type Ppm, type Price, ppm, type Ticks, ticks } from '../../numeric/brand.ts';
import { divUp, mulDivDown } from '../../numeric/rounding.ts';
import { createDepthCurve, type DepthBand, type DepthCurve, scaleDepth } from '../depthCurve.ts';

/** A sale of `value` (ticks at the price before it) that gave up `impactPpm` of it on average. */
export interface AverageImpactQuote {
  readonly value: Ticks;
  readonly impactPpm: Ppm;
}

const ONE: bigint = BigInt(PPM_ONE);

/**
 * A curve that costs at least what every quote says, at every size up to the largest quote.
 *
 * Sizes are grouped: a group starts at a quote and holds the quotes below twice its size. Let s_k be where group k starts and I_k the
 * highest impact of any quote in it or in a smaller group. The cost runs straight through (0, 0), (s_2, s_2·I_2), (s_3, s_3·I_3), … to
 * the largest quote: inside group k it joins s_k·I_k to s_(k+1)·I_(k+1), so it is at least v·I_k for each size v there. Between groups
 * nothing was quoted; there the chord of two sizes lies above any cost that is convex. Where a step would ask for a marginal impact
 * above one, the points before it are raised; marginal impacts that would fall are lifted to the one before. Both only raise the cost.
 */
export function curveFromAverageImpacts(quotes: readonly AverageImpactQuote[]): DepthCurve {
  const points = pointsOf(quotes);
  const targets = costTargets(points);
  const bands: DepthBand[] = [];
  let from = 0n;
  let cost = 0n; // ticks · ppm
  let marginal = 0n;
  for (const [index, { size }] of points.entries()) {
    const target = targets[index] ?? 0n;
    const slope = target > cost ? divUp(target - cost, size - from) : 0n;
    if (slope > marginal) marginal = slope;
    cost += (size - from) * marginal;
    from = size;
    bands.push({ upTo: ticks(size), impactPpm: ppm(Number(marginal)) });
  }
  return createDepthCurve([...bands, { upTo: null, impactPpm: PPM_ONE }]);
}

/** A size and the highest average impact of the group that starts there. */
interface SizePoint {
  readonly size: bigint;
  readonly impactPpm: number;
}

/** Where groups start, the first one left out, and the largest quote. Sizes rise, impacts do not fall. */
function pointsOf(quotes: readonly AverageImpactQuote[]): readonly SizePoint[] {
  assert(quotes.length > 0, 'A curve from quotes needs a quote.');
  const bySize = [...quotes].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  const groups: { readonly size: bigint; impactPpm: number }[] = [];
  let largest = 0n;
  for (const { value, impactPpm } of bySize) {
    assert(value > 0n && impactPpm >= 0 && impactPpm <= PPM_ONE, 'A quote has a size and an impact up to one.');
    const last = groups[groups.length - 1];
    largest = value;
    if (last === undefined || value >= 2n * last.size)
      groups.push({ size: value, impactPpm: Math.max(impactPpm, last?.impactPpm ?? 0) });
    else if (impactPpm > last.impactPpm) last.impactPpm = impactPpm;
  }
  const last = groups[groups.length - 1];
  const end = { size: largest, impactPpm: last?.impactPpm ?? 0 };
  return groups.length > 1 && last?.size === largest ? groups.slice(1) : [...groups.slice(1), end];
}

/** Least cost at each point, ticks · ppm: size · impact, and no more than a marginal impact of one below the next target. */
function costTargets(points: readonly SizePoint[]): readonly bigint[] {
  const targets: bigint[] = [];
  let next: { readonly cost: bigint; readonly size: bigint } | null = null;
  for (let index = points.length - 1; index >= 0; index -= 1) {
    const point = points[index];
    assert(point !== undefined, 'The index is that of a point.');
    const own = point.size * BigInt(point.impactPpm);
    const needed: bigint = next === null ? own : next.cost - (next.size - point.size) * ONE;
    next = { cost: needed > own ? needed : own, size: point.size };
    targets.unshift(next.cost);
  }
  return targets;
}

/** Value offered within a distance of the price, cumulative from the touch. */
export interface BookLevel {
  readonly distancePpm: Ppm;
  readonly value: Ticks;
}

/** A curve from a book: what stands between two distances is sold at the farther one. Levels by rising distance and value. */
export function curveFromBook(levels: readonly BookLevel[]): DepthCurve {
  assert(levels.length > 0, 'A book has a level.');
  const bands: DepthBand[] = [];
  let reached = 0n;
  for (const { distancePpm, value } of levels) {
    assert(value >= reached, 'The value within a larger distance is not smaller.');
    if (value === reached) continue;
    bands.push({ upTo: value, impactPpm: distancePpm });
    reached = value;
  }
  return createDepthCurve([...bands, { upTo: null, impactPpm: PPM_ONE }]);
}

/**
 * A curve measured at another price, for sales at today's. What was sold into stays the same number of units, so after a fall it is
 * worth less; after a rise no more dollars are believed than were measured: depth · min(1, today / then), rounded down.
 */
export function scaledToPrice(
  curve: DepthCurve,
  prices: { readonly measured: Price; readonly today: Price },
): { readonly curve: DepthCurve; readonly keptPpm: Ppm } {
  const keptPpm = ppm(Number(prices.today >= prices.measured ? ONE : mulDivDown<bigint>(ONE, prices.today, prices.measured)));
  return { curve: scaleDepth(curve, keptPpm), keptPpm };
}
