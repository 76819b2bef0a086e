/**
 * How much value a market takes at which concession. A curve is a list of bands: the part of a sale that falls into a
 * band is paid mark · (1 − impact of the band). So the cost of a sale is convex in its size, and what was sold before
 * (`consumed`) makes the next piece dearer: cutting a sale into pieces changes nothing, to the tick.
 */

import { add, max, min, sub } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type DurationMs, PPM_ONE, type Ppm, ppm, type Ticks, ticks, ZERO_TICKS } from '../numeric/brand.ts';
import { divUp, mulDivDown, mulDivUp } from '../numeric/rounding.ts';

const ONE: bigint = BigInt(PPM_ONE);

export interface DepthBand {
  /** Value at mark sold up to here, counted from the touch; null in the last band, which is open-ended. */
  readonly upTo: Ticks | null;
  /** Concession on the mark for the part of a sale inside this band. */
  readonly impactPpm: Ppm;
}

/** Bands with rising `upTo` and non-falling impact of at most one; the last and only the last is open-ended. */
export interface DepthCurve {
  readonly bands: readonly DepthBand[];
}

/** A sale into a curve of which `consumed` was sold already; both are values at mark, not negative. */
export interface Sale {
  readonly value: Ticks;
  readonly consumed: Ticks;
}

/** A checked curve; asserts the shape that `DepthCurve` states. Decoders check outside input before they call it. */
export function createDepthCurve(bands: readonly DepthBand[]): DepthCurve {
  let upTo: bigint = 0n;
  let impact = 0;
  bands.forEach((band, index) => {
    assert(
      band.impactPpm >= impact && band.impactPpm <= PPM_ONE,
      'The impact of a depth band is not below that of the band before and at most one.',
    );
    assert((band.upTo === null) === (index === bands.length - 1), 'The last depth band, and no other, is open-ended.');
    if (band.upTo !== null) {
      assert(band.upTo > upTo, 'Depth bands rise.');
      upTo = band.upTo;
    }
    impact = band.impactPpm;
  });
  assert(bands.length > 0, 'A depth curve has a band.');
  return { bands };
}

/** What a sale gives up against mark, in ticks. Rounded up once on the cumulative cost, so pieces add up exactly. */
export function saleCost(curve: DepthCurve, sale: Sale): Ticks {
  assert(sale.value >= 0n && sale.consumed >= 0n, 'A sale and what was consumed are not negative.');
  return sub(cumulativeCost(curve, add(sale.consumed, sale.value)), cumulativeCost(curve, sale.consumed));
}

/** Value at mark less the cost of the sale; never negative. */
export function saleProceeds(curve: DepthCurve, sale: Sale): Ticks {
  return max(ZERO_TICKS, sub(sale.value, saleCost(curve, sale)));
}

/** Concession of the whole sale against mark, rounded up; zero for an empty sale. */
export function averageImpactPpm(curve: DepthCurve, sale: Sale): Ppm {
  if (sale.value === 0n) return ppm(0);
  return ppm(Number(min(mulDivUp(saleCost(curve, sale), ONE, sale.value), ticks(ONE))));
}

/** Concession of the next tick of value after `consumed`. */
export function marginalImpactPpm(curve: DepthCurve, consumed: Ticks): Ppm {
  for (const band of curve.bands) {
    if (band.upTo === null || consumed < band.upTo) return band.impactPpm;
  }
  assert(false, 'The last depth band is open-ended.');
}

/** Value that sells from the touch at a marginal concession of at most `impactPpm`; null when that is without end. */
export function depthWithin(curve: DepthCurve, impactPpm: Ppm): Ticks | null {
  let depth: Ticks | null = ZERO_TICKS;
  for (const band of curve.bands) {
    if (band.impactPpm > impactPpm) break;
    depth = band.upTo;
  }
  return depth;
}

/**
 * The same curve with every depth scaled by `keptPpm` (260 000 after a loss of 74 %), rounded down, at least one tick
 * per band so that the bands still rise.
 */
export function scaleDepth(curve: DepthCurve, keptPpm: Ppm): DepthCurve {
  let floor: Ticks = ZERO_TICKS;
  const bands = curve.bands.map((band): DepthBand => {
    if (band.upTo === null) return band;
    floor = max(mulDivDown(band.upTo, BigInt(keptPpm), ONE), add(floor, ticks(1n)));
    return { upTo: floor, impactPpm: band.impactPpm };
  });
  return createDepthCurve(bands);
}

/**
 * What is still consumed `elapsedMs` after a sale when the book refills in `refillMs` at a constant speed, rounded up.
 */
export function consumedAfter(sold: {
  readonly consumed: Ticks;
  readonly elapsedMs: DurationMs;
  readonly refillMs: DurationMs;
}): Ticks {
  if (sold.elapsedMs >= sold.refillMs) return ZERO_TICKS;
  return mulDivUp(sold.consumed, BigInt(sold.refillMs - sold.elapsedMs), BigInt(sold.refillMs));
}

function cumulativeCost(curve: DepthCurve, total: Ticks): Ticks {
  let from: Ticks = ZERO_TICKS;
  let scaled = 0n; // cost in millionths of a tick
  for (const band of curve.bands) {
    const to = band.upTo === null ? total : min(band.upTo, total);
    if (to <= from) break;
    const part: bigint = sub(to, from);
    scaled += part * BigInt(band.impactPpm);
    from = to;
  }
  return ticks(divUp(scaled, ONE));
}
