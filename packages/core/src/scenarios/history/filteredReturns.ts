import { assert } from '../../numeric/assert.ts';
import { sqrt } from '../../numeric/deterministicMath.ts';

/** Which past returns are rescaled, and to which volatility. */
export interface FilterWindow {
  /** Index of the forecast to rescale to: returns before it are known. At most the number of returns. */
  readonly at: number;
  /** Most returns taken, the latest ones. */
  readonly windowMax: number;
  /** Returns before this index seeded the variance and are not taken. */
  readonly seedCount: number;
  /** Lower bound of the variance rescaled to (long-run floor); 0 for none. */
  readonly varianceFloor: number;
}

/**
 * Filtered historical returns r*_k = (σ_T / σ_k)·r_k (Barone-Adesi and others 1999; Hull and White 1998), σ_k the forecast
 * before r_k, σ_T the forecast at `at` or the floor when that is larger. Latest last. A return whose forecast is zero was preceded
 * by no move at all and is taken as it is.
 */
export function filteredReturns(returns: Float64Array, variances: Float64Array, window: FilterWindow): Float64Array {
  const { at, seedCount, windowMax } = window;
  assert(at <= returns.length && variances.length === returns.length + 1, 'The forecast is that of these returns.');
  const from = Math.max(seedCount, at - windowMax);
  const target = Math.max(variances[at] as number, window.varianceFloor);
  const filtered = new Float64Array(Math.max(0, at - from));
  for (let index = from; index < at; index += 1) {
    const variance = variances[index] as number; // seedCount ≤ index < at
    const value = returns[index] as number;
    filtered[index - from] = variance > 0 ? sqrt(target / variance) * value : value;
  }
  return filtered;
}
