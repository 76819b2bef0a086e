import { abs, add, sub } from '../numeric/arithmetic.ts';
import { type Ppm, ppm } from '../numeric/brand.ts';
import { bigintToApproximateNumber } from '../numeric/ratio.ts';
import { mulDivUp } from '../numeric/rounding.ts';

/** The same integer as Ppm, or a broken promise: `ppm` refuses what is not a safe integer, and below that the double is exact. */
export function bigintToPpm(value: bigint): Ppm {
  return ppm(bigintToApproximateNumber(value));
}

/** Farther apart than this counts as this: a thousand million times. */
export const DISTANCE_MAX: Ppm = ppm(1_000_000_000_000_000);

/** |a − base| / base in ppm, rounded up (a distance is never understated), at most DISTANCE_MAX. `base` is positive. */
export function distancePpm<T extends bigint>(a: T, base: NoInfer<T>): Ppm {
  const distance = mulDivUp(abs<bigint>(sub<bigint>(a, base)), 1_000_000n, base);
  return distance < BigInt(DISTANCE_MAX) ? bigintToPpm(distance) : DISTANCE_MAX;
}

/** A half width in the price's own unit as ppm of the price, rounded up: for adapters whose sources report it so. */
export function confidenceToPpm<T extends bigint>(price: T, halfWidth: bigint): Ppm {
  return distancePpm<bigint>(add<bigint>(price, halfWidth), price);
}
