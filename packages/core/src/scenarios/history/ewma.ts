import { assert } from '../../numeric/assert.ts';
import type { Ppm } from '../../numeric/brand.ts';

/** How variance is forecast: σ²_t = λ·σ²_{t−1} + (1−λ)·r²_{t−1} (cookbook, FHS; RiskMetrics 1996). */
export interface EwmaParameters {
  /** λ, in ppm, from 0 to below one. */
  readonly decayPpm: Ppm;
  /** The first forecast is the mean square of this many returns. They seed and are no scenarios: `firstForecast` skips them. */
  readonly seedCount: number;
}

/**
 * Forecast variance before each return, and one more: entry k (k ≥ seedCount) knows the returns before k only, entry n is the
 * forecast for the return that has not happened yet. Entries before `seedCount` hold the seed, which knows them, and are not
 * forecasts. Asserts that there are at least `seedCount` returns.
 */
export function ewmaVariances(returns: Float64Array, parameters: EwmaParameters): Float64Array {
  const { seedCount } = parameters;
  const decay = parameters.decayPpm / 1e6;
  assert(decay >= 0 && decay < 1, 'The decay is from 0 to below one.');
  assert(Number.isSafeInteger(seedCount) && seedCount >= 1, 'The seed takes at least one return.');
  assert(returns.length >= seedCount, 'There are at least as many returns as the seed takes.');
  const variances = new Float64Array(returns.length + 1);
  let variance = meanSquare(returns.subarray(0, seedCount));
  for (let index = 0; index <= returns.length; index += 1) {
    if (index > seedCount) {
      const last = returns[index - 1] as number; // 0 < index ≤ returns.length
      variance = decay * variance + (1 - decay) * last * last;
    }
    variances[index] = variance;
  }
  return variances;
}

/** Mean of the squares: the variance about zero, which is how returns over a day or less are measured. */
export function meanSquare(returns: Float64Array): number {
  assert(returns.length > 0, 'A mean needs at least one value.');
  let sum = 0;
  for (const value of returns) sum += value * value;
  return sum / returns.length;
}

/** For each entry of `ewmaVariances`, the mean square of all returns before it: the long run, as known then. Entry 0 is that of the seed. */
export function longRunVariances(returns: Float64Array, seedCount: number): Float64Array {
  const variances = new Float64Array(returns.length + 1);
  const seed = meanSquare(returns.subarray(0, seedCount));
  let sum = 0;
  for (let index = 0; index <= returns.length; index += 1) {
    variances[index] = index < seedCount ? seed : sum / index;
    const value = index < returns.length ? (returns[index] as number) : 0;
    sum += value * value;
  }
  return variances;
}
