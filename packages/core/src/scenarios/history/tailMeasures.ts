import { assert } from '../../numeric/assert.ts';
import type { Ppm } from '../../numeric/brand.ts';

/** Confidence of a tail measure in ppm: 990 000 is 99 %. */
export interface TailLevel {
  readonly confidencePpm: Ppm;
}

/**
 * Value at risk of equally likely losses (positive is a loss): the level that a further loss out of the same population exceeds with
 * probability 1 − confidence. With n losses the k-th largest is exceeded with probability k/(n+1), whatever the distribution
 * (Weibull's plotting position), so the level sits at k = (1 − confidence)·(n + 1), interpolated between neighbours. With too few
 * losses (k < 1) the largest is returned, which is not enough: `isResolved` says so. Not floored at zero.
 */
export function valueAtRisk(losses: Float64Array, level: TailLevel): number {
  assert(losses.length > 0, 'Value at risk needs at least one loss.');
  const descending = Float64Array.from(losses, (loss) => -loss);
  descending.sort(); // determinism-ok: a Float64Array sorts by value, and equal values are the same
  const place = (tailShare(level) * (losses.length + 1)) / 1e6;
  const above = Math.min(losses.length, Math.max(1, Math.floor(place)));
  const below = Math.min(losses.length, above + 1);
  const weight = Math.min(1, Math.max(0, place - above));
  const high = -(descending[above - 1] as number); // 1 ≤ above ≤ below ≤ length
  const low = -(descending[below - 1] as number);
  return high + weight * (low - high);
}

/** True when there are enough losses for the level to lie inside them rather than beyond the largest. */
export function isResolved(count: number, level: TailLevel): boolean {
  return tailShare(level) * (count + 1) >= 1e6;
}

/**
 * Expected shortfall of equally likely losses: the mean of the worst (1 − confidence)·n of them, the last one by its fraction
 * (Acerbi and Tasche 2002), at least one. Not below the value at risk of the same losses up to its interpolation; not floored at zero.
 */
export function expectedShortfallAt(losses: Float64Array, level: TailLevel): number {
  assert(losses.length > 0, 'Expected shortfall needs at least one loss.');
  const descending = Float64Array.from(losses, (loss) => -loss);
  descending.sort(); // determinism-ok: a Float64Array sorts by value, and equal values are the same
  const mass = Math.max(1, (tailShare(level) * losses.length) / 1e6);
  const whole = Math.floor(mass);
  let sum = 0;
  for (let index = 0; index < whole; index += 1) sum -= descending[index] as number; // whole ≤ length
  const fraction = mass - whole;
  if (fraction > 0) sum -= fraction * (descending[whole] as number); // fraction > 0 only when whole < length
  return sum / mass;
}

function tailShare({ confidencePpm }: TailLevel): number {
  assert(confidencePpm > 0 && confidencePpm < 1_000_000, 'A confidence lies between 0 and 1.');
  return 1_000_000 - confidencePpm;
}
