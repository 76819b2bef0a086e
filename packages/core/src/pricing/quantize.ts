/**
 * The one door from floating point to integers of ticks. A figure that was computed in doubles leaves pricing through
 * `quantizeTicks` and carries the bound of `quantizationBound`; a figure that is rational is rounded exactly by `quantizeRatio`.
 */

import { type TicksPerLot, ticksPerLot } from '../numeric/brand.ts';
import { mulDivNearest, roundHalfEven } from '../numeric/rounding.ts';

/** Relative error granted to a chain of pricing operations; Black-76 is measured below 1e-14 of the forward. */
export const PRICING_RELATIVE_ERROR: number = 2 ** -42;

/** The nearest integer of ticks, a tie to even; asserts that it is a safe integer. */
export function quantizeTicks(value: number): TicksPerLot {
  return ticksPerLot(roundHalfEven(value));
}

/**
 * Bound in whole ticks on |quantizeTicks(computed) − true|, when the figure is a difference of values of magnitude at
 * most `magnitude` ticks: half a tick of rounding and twice the relative error, rounded up.
 */
export function quantizationBound(magnitude: number): TicksPerLot {
  return ticksPerLot(Math.ceil(0.5 + 2 * magnitude * PRICING_RELATIVE_ERROR));
}

/** A rational figure in ticks, and whether rounding changed it; the error is at most half a tick, so its bound is 1 or 0. */
export interface QuantizedRatio {
  readonly ticks: TicksPerLot;
  readonly exact: boolean;
}

/** `numerator / denominator` to the nearest tick, a tie to even. The denominator is positive. */
export function quantizeRatio(numerator: bigint, denominator: bigint): QuantizedRatio {
  const rounded = mulDivNearest(numerator, 1n, denominator);
  return { ticks: ticksPerLot(Number(rounded)), exact: rounded * denominator === numerator };
}
