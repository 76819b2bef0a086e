/**
 * The square-root law of market impact: I = Y · σ · √(Q/V), strict one half within measurement error on eight years of a
 * whole exchange (Sato and Kanazawa, arXiv 2411.13965). In integers through one integer square root.
 */

import { assert } from '../numeric/assert.ts';
import { PPM_ONE, type Ppm, ppm, type Ticks, ticks } from '../numeric/brand.ts';
import { isqrtUp, mulDivDown, mulDivUp } from '../numeric/rounding.ts';
import { createDepthCurve, type DepthBand, type DepthCurve } from './depthCurve.ts';

export interface ImpactInput {
  /** Impact where value equals depth: Y·σ; 10 000 when depth is the value that moves the price one percent. */
  readonly coefficientPpm: Ppm;
  /** Value sold, ticks at mark, not negative. */
  readonly value: Ticks;
  /** Reference depth or turnover, ticks, positive. */
  readonly depth: Ticks;
}

/** ⌈coefficient · √(value/depth)⌉ in ppm: how far the price has moved when the whole value is sold. Not capped. */
export function squareRootImpactPpm(input: ImpactInput): Ppm {
  assert(input.value >= 0n && input.depth > 0n, 'An impact needs a value that is not negative and some depth.');
  const coefficient = BigInt(input.coefficientPpm);
  return ppm(Number(isqrtUp(mulDivUp(coefficient * coefficient, input.value, input.depth))));
}

/**
 * A depth curve that follows the law in `steps` bands up to `maxImpactPpm`: band k ends where the marginal impact has
 * reached k/steps of it, at depth · (impact/coefficient)². Each band charges its upper end, so the curve is never cheaper.
 */
export function squareRootDepthCurve(shape: {
  readonly coefficientPpm: Ppm;
  readonly depth: Ticks;
  readonly maxImpactPpm: Ppm;
  readonly steps: number;
}): DepthCurve {
  assert(shape.steps >= 1 && shape.steps <= 1000, 'A depth curve has between 1 and 1000 steps.');
  assert(shape.coefficientPpm > 0, 'The impact coefficient of a depth curve is positive.');
  const bands: DepthBand[] = [];
  const coefficient = BigInt(shape.coefficientPpm);
  let last: bigint = 0n;
  for (let step = 1; step <= shape.steps; step += 1) {
    const impact = mulDivUp(BigInt(shape.maxImpactPpm), BigInt(step), BigInt(shape.steps));
    const end: bigint = mulDivDown(shape.depth, impact * impact, coefficient * coefficient);
    if (end <= last) continue;
    bands.push({ upTo: ticks(end), impactPpm: ppm(Number(impact)) });
    last = end;
  }
  bands.push({ upTo: null, impactPpm: PPM_ONE });
  return createDepthCurve(bands);
}
