/** The largest fraction that passes a check: how a bid or a take is cut down to what the taker's account can carry. */

import { assert } from '../numeric/assert.ts';
import { PPM_ONE, type Ppm, ppm } from '../numeric/brand.ts';

/**
 * A fraction in [0, most] that `accepts`, found by bisection; zero when none was found. If every fraction below an accepted one
 * is accepted too, it is the largest. Otherwise it is still accepted, and the next larger one that was tried was not. Calls `accepts`
 * at most 21 times, never with zero.
 */
export function largestAcceptedFraction(most: Ppm, accepts: (fractionPpm: Ppm) => boolean): Ppm {
  assert(most >= 0 && most <= PPM_ONE, 'A fraction is at most the whole.');
  if (most === 0 || accepts(most)) return most;
  let accepted = 0;
  let refused: number = most;
  while (refused - accepted > 1) {
    const middle = Math.floor((accepted + refused) / 2);
    if (accepts(ppm(middle))) accepted = middle;
    else refused = middle;
  }
  return ppm(accepted);
}
