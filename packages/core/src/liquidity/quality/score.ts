/**
 * A score for people: 0 to 100, the sum of parts that each say what they saw. No parameter depends on it; haircuts and caps come from
 * the measurements themselves. Every part falls linearly from its full points to none at the figure the policy names, rounded down.
 */

import { PPM_ONE, type Ppm } from '../../numeric/brand.ts';
import { mulDivDownNumber } from '../../numeric/rounding.ts';

export type ScorePartName = 'volatility' | 'jumps' | 'depth' | 'wrongWay' | 'evidence';

export interface ScorePart {
  readonly name: ScorePartName;
  /** Hundredths of a point, rounded down, and the most there is. */
  readonly hundredths: number;
  readonly ofHundredths: number;
}

export interface QualityScore {
  /**
   * Σ points over Σ of what was asked, times 100, rounded down. Without something it backs, wrong-way risk is not asked. Zero where
   * collateral counts for nothing (`assessCollateral`).
   */
  readonly total: number;
  readonly parts: readonly ScorePart[];
}

export interface ScoreInput {
  /** Volatility part of the market move over the horizon, and the jump part. */
  readonly volatility: ScaledFigure;
  readonly jump: ScaledFigure;
  /** Average impact of the reference sale. */
  readonly impact: ScaledFigure;
  /** Adverse correlation; null when nothing is backed. */
  readonly wrongWayPpm: Ppm | null;
  readonly evidence: Evidence;
}

/** A figure and the value of it that has no points left; a figure of null has none either. */
export interface ScaledFigure {
  readonly ppm: Ppm | null;
  readonly zeroPpm: Ppm;
}

export interface Evidence {
  readonly isDepthMeasured: boolean;
  readonly isHistoryOwn: boolean;
  /** Share of the history that is wanted, at most one. */
  readonly historyPpm: Ppm;
}

/** Full points of the parts, in hundredths. */
const FULL = { volatility: 2_500, jumps: 2_000, depth: 2_500, wrongWay: 1_000 } as const;
const FULL_EVIDENCE = { depth: 800, own: 600, length: 600 } as const;

/** The score of collateral with its parts. */
export function qualityScore(input: ScoreInput): QualityScore {
  const { wrongWayPpm } = input;
  const parts: readonly ScorePart[] = [
    part('volatility', FULL.volatility, leftOf(input.volatility)),
    part('jumps', FULL.jumps, leftOf(input.jump)),
    part('depth', FULL.depth, leftOf(input.impact)),
    ...(wrongWayPpm === null ? [] : [part('wrongWay', FULL.wrongWay, leftOf({ ppm: wrongWayPpm, zeroPpm: PPM_ONE }))]),
    evidencePart(input.evidence),
  ];
  const points = parts.reduce((sum, one) => sum + one.hundredths, 0);
  const asked = parts.reduce((sum, one) => sum + one.ofHundredths, 0);
  return { total: mulDivDownNumber(points, 100, asked), parts };
}

function part(name: ScorePartName, full: number, sharePpm: number): ScorePart {
  return { name, hundredths: mulDivDownNumber(full, sharePpm, PPM_ONE), ofHundredths: full };
}

function evidencePart({ isDepthMeasured, isHistoryOwn, historyPpm }: Evidence): ScorePart {
  const { depth, own, length } = FULL_EVIDENCE;
  const long = mulDivDownNumber(length, historyPpm, PPM_ONE);
  return {
    name: 'evidence',
    hundredths: (isDepthMeasured ? depth : 0) + (isHistoryOwn ? own : 0) + long,
    ofHundredths: depth + own + length,
  };
}

/** 1 − figure/zero in ppm, rounded down, within 0 and 1. */
function leftOf({ ppm: figure, zeroPpm }: ScaledFigure): number {
  if (figure === null || figure >= zeroPpm) return 0;
  if (figure <= 0) return PPM_ONE;
  return mulDivDownNumber<number>(zeroPpm - figure, PPM_ONE, zeroPpm);
}
