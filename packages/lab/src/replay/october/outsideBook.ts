/**
 * The rest of the market: order books in which keepers sell what they took over. One square-root depth curve an asset, sized as a
 * share of its open interest, scaled by the scenario's depth at the moment; what was sold makes the next sale dearer until the
 * book has refilled.
 */

import {
  consumedAfter,
  type DepthCurve,
  depthWithin,
  saleCost,
  scaleDepth,
  squareRootDepthCurve,
} from '@plimsoll/core/liquidity';
import { durationMs, mulDivDown, ppm, type Ticks, ticks, ZERO_TICKS } from '@plimsoll/core/numeric';

/** Value that moves an asset's price by one percent in normal times, as a share of its open interest at the start. */
export const DEPTH_ONE_PERCENT_PPM = 10_000;
/** A book that was emptied is whole again after this. */
export const REFILL_MS = 20_000;
const IMPACT_MAX_PPM = 50_000;
const STEPS = 50;

export interface OutsideBook {
  /** Most value that sells now with the last dollar conceding no more than `impactPpm`. */
  readonly room: (
    assetIndex: number,
    now: { readonly nowMs: number; readonly depthPpm: number; readonly impactPpm: number },
  ) => Ticks;
  /** Value that a minute of selling at no more than `impactPpm` gets rid of, when nobody else sells. */
  readonly perMinute: (assetIndex: number, now: { readonly depthPpm: number; readonly impactPpm: number }) => Ticks;
  /** Takes `value` out of the book and returns what the sale concedes against mark, rounded up. */
  readonly take: (
    assetIndex: number,
    sale: { readonly nowMs: number; readonly depthPpm: number; readonly value: Ticks },
  ) => Ticks;
}

export function createOutsideBook(openInterest: readonly bigint[]): OutsideBook {
  const curves = openInterest.map((interest) => curveOf(mulDivDown(interest, BigInt(DEPTH_ONE_PERCENT_PPM), 1_000_000n)));
  const consumed = openInterest.map((): { value: Ticks; atMs: number } => ({ value: ZERO_TICKS, atMs: 0 }));
  const consumedNow = (assetIndex: number, nowMs: number): Ticks => {
    const found = consumed[assetIndex];
    if (found === undefined || found.value === ZERO_TICKS) return ZERO_TICKS;
    return consumedAfter({ consumed: found.value, elapsedMs: durationMs(nowMs - found.atMs), refillMs: durationMs(REFILL_MS) });
  };
  const scaled = scaledCurves(curves);
  return {
    room: (assetIndex, { nowMs, depthPpm, impactPpm }) => {
      const depth = depthWithin(scaled(assetIndex, depthPpm), ppm(impactPpm)) ?? ZERO_TICKS;
      const left = depth - consumedNow(assetIndex, nowMs);
      return left > 0n ? ticks(left) : ZERO_TICKS;
    },
    perMinute: (assetIndex, { depthPpm, impactPpm }) =>
      mulDivDown(depthWithin(scaled(assetIndex, depthPpm), ppm(impactPpm)) ?? ZERO_TICKS, 60_000n, BigInt(REFILL_MS)),
    take: (assetIndex, { nowMs, depthPpm, value }) => {
      const before = consumedNow(assetIndex, nowMs);
      consumed[assetIndex] = { value: ticks(before + value), atMs: nowMs };
      return saleCost(scaled(assetIndex, depthPpm), { value, consumed: before });
    },
  };
}

function curveOf(depthOnePercent: bigint): DepthCurve {
  const depth = ticks(depthOnePercent > 1_000_000n ? depthOnePercent : 1_000_000n);
  return squareRootDepthCurve({ coefficientPpm: ppm(10_000), depth, maxImpactPpm: ppm(IMPACT_MAX_PPM), steps: STEPS });
}

/** Curves by asset and depth, made once each: depth moves in a few steps only. */
function scaledCurves(curves: readonly DepthCurve[]): (assetIndex: number, depthPpm: number) => DepthCurve {
  const known = new Map<string, DepthCurve>();
  return (assetIndex, depthPpm) => {
    const key = `${assetIndex}/${depthPpm}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const curve = curves[assetIndex];
    if (curve === undefined) throw new RangeError(`outside book: there is no asset ${assetIndex}`);
    const made = scaleDepth(curve, ppm(depthPpm));
    known.set(key, made);
    return made;
  };
}
