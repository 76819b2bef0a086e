/**
 * When does closing a position help, and when does it only push the price further? Closing dN of a position with notional N
 * and equity E costs the fee and the slippage on dN and marks what is left down by κ per unit sold. The margin ratio E/N rises
 * exactly while E/N > fee + slippage + κN, so a maintenance margin at or above that keeps every step of a liquidation from being
 * toxic (cookbook, "Impact, depth and toxic liquidation"). κ = 1 % over the value that moves the price one percent.
 */

import { assert } from '../numeric/assert.ts';
import { PPM_ONE, type Ppm, ppm, type Ticks, ticks } from '../numeric/brand.ts';
import { mulDivUp } from '../numeric/rounding.ts';

const ONE: bigint = BigInt(PPM_ONE);
/** One percent in ppm: the move that the depth parameter is measured at. */
const DEPTH_MOVE: bigint = 10_000n;

export interface CloseCosts {
  readonly feePpm: Ppm;
  readonly slippagePpm: Ppm;
  /** Value that moves the price one percent, ticks, positive. */
  readonly depthOnePercent: Ticks;
}

/** The least maintenance margin, in ppm of notional, at which closing is not toxic: fee + slippage + κN + gap, rounded up. */
export function maintenanceFloorPpm(input: {
  readonly costs: CloseCosts;
  readonly notional: Ticks;
  /** Buffer for a jump between two prices. */
  readonly gapPpm: Ppm;
}): Ppm {
  const { costs, notional, gapPpm } = input;
  assert(notional >= 0n && costs.depthOnePercent > 0n, 'A floor needs a notional that is not negative and some depth.');
  const impact = mulDivUp<bigint>(notional, DEPTH_MOVE, costs.depthOnePercent);
  return ppm(costs.feePpm + costs.slippagePpm + gapPpm + Number(impact));
}

export interface RestoringInput {
  readonly costs: CloseCosts;
  readonly equity: Ticks;
  /** Notional of the position, not negative. */
  readonly notional: Ticks;
  /** Margin ratio to be reached on what is left. */
  readonly targetPpm: Ppm;
}

/**
 * The smallest close x (ticks of notional, in steps of one millionth of the position) after which E − (fee + slippage)·x − κ·x·(N − x) ≥ target ·
 * (N − x). Zero when nothing need be closed; null when no part short of the whole restores the target: then dripping would be
 * toxic or pointless, and the whole goes to the auction. What remains to be gained is a quadratic in x with a positive
 * square term, so it is convex: from below zero it crosses upward at most once, and bisection finds where.
 */
export function smallestRestoringClose(input: RestoringInput): Ticks | null {
  const { notional } = input;
  assert(notional >= 0n && input.costs.depthOnePercent > 0n, 'A close needs a notional that is not negative and some depth.');
  if (surplus(input, 0n) >= 0n) return ticks(0n);
  const closeOf = (step: bigint): bigint => mulDivUp<bigint>(notional, step, ONE);
  if (surplus(input, closeOf(ONE - 1n)) < 0n) return null;
  let below = 0n;
  let enough = ONE - 1n;
  while (enough - below > 1n) {
    const middle = (below + enough) >> 1n;
    if (surplus(input, closeOf(middle)) >= 0n) enough = middle;
    else below = middle;
  }
  return ticks(closeOf(enough));
}

/** E − costs − target·(N − x) after closing x, in millionths of a tick times the depth, so that it is exact. */
function surplus(input: RestoringInput, x: bigint): bigint {
  const equity: bigint = input.equity;
  const depth: bigint = input.costs.depthOnePercent;
  const notional: bigint = input.notional;
  const left = notional - x;
  const direct = BigInt(input.costs.feePpm + input.costs.slippagePpm) * x;
  return depth * (equity * ONE - direct - BigInt(input.targetPpm) * left) - DEPTH_MOVE * x * left;
}
