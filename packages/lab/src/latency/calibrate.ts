// The multiplier of the latency buffer, and the rule for the volatility that it multiplies, chosen on one period alone.

import { type Gap, quantile } from './gaps.ts';
import { rootYears } from './knownVolatility.ts';

export type LatencyRule = {
  readonly halfLifeDays: number;
  /** Least volatility per year that is assumed. */
  readonly volatilityFloor: number;
};

/** buffer = multiplier · max(floor, known volatility) · √(declared latency). */
export type LatencyCalibration = LatencyRule & {
  readonly multiplier: number;
  /** Share of the fitting period's gaps that the buffer covers. */
  readonly level: number;
  /** Mean pinball loss on the fitting period, in units of log price: what the rule was chosen by. */
  readonly loss: number;
};

/** Gaps of the fitting period under each half-life that is tried. */
export type FittingSample = { readonly halfLifeDays: number; readonly gaps: readonly Gap[] };

/**
 * Of every (half-life, floor) the multiplier is the `level` quantile of |gap| / (volatility · √latency), and the pair with the least pinball
 * loss of its buffer as a `level` quantile of |gap| wins: the loss that a quantile forecast is judged by, paid for being too low
 * and for being too high. Nothing outside the sample is looked at. A tie goes to the pair tried first.
 */
export function calibrateLatency(
  samples: readonly FittingSample[],
  choice: { readonly level: number; readonly declaredLatencyMs: number; readonly floors: readonly number[] },
): LatencyCalibration | undefined {
  let best: LatencyCalibration | undefined;
  for (const { halfLifeDays, gaps } of samples) {
    for (const volatilityFloor of choice.floors) {
      const rule = { halfLifeDays, volatilityFloor };
      const unit = gaps.map((gap) => standardMove(gap, rule, choice.declaredLatencyMs));
      const ratios = gaps.map((gap, index) => Math.abs(gap.logGap) / (unit[index] ?? Number.POSITIVE_INFINITY));
      const multiplier = quantile(ratios, choice.level);
      const loss = meanOf(gaps.map((gap, index) => pinball(Math.abs(gap.logGap), multiplier * (unit[index] ?? 0), choice.level)));
      if (best === undefined || loss < best.loss) best = { ...rule, multiplier, level: choice.level, loss };
    }
  }
  return best;
}

/** One standard deviation of the declared latency at a moment, in log price. */
export function standardMove(gap: Gap, rule: LatencyRule, declaredLatencyMs: number): number {
  return Math.max(gap.knownVolatility, rule.volatilityFloor) * rootYears(declaredLatencyMs);
}

/** How a calibrated buffer does on gaps. */
export type Coverage = {
  readonly count: number;
  readonly exceeded: number;
  /** 1 − exceeded / count. */
  readonly covered: number;
  /** Largest |gap|, and the largest ratio of |gap| to buffer. */
  readonly largestGap: number;
  readonly worstRatio: number;
  /** Runs of exceedances that are at most an hour apart: how many separate occasions they were. */
  readonly occasions: number;
  readonly meanBuffer: number;
};

const OCCASION_MS = 3_600_000;

/** Counts the gaps, by rising time, that the buffer does not cover. */
export function coverageOf(
  gaps: readonly Gap[],
  rule: LatencyRule & { readonly multiplier: number },
  declaredLatencyMs: number,
): Coverage {
  let exceeded = 0;
  let occasions = 0;
  let largestGap = 0;
  let worstRatio = 0;
  let total = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const gap of gaps) {
    const buffer = rule.multiplier * standardMove(gap, rule, declaredLatencyMs);
    const size = Math.abs(gap.logGap);
    total += buffer;
    largestGap = Math.max(largestGap, size);
    worstRatio = Math.max(worstRatio, size / buffer);
    if (size <= buffer) continue;
    exceeded += 1;
    if (gap.timeMs - lastMs > OCCASION_MS) occasions += 1;
    lastMs = gap.timeMs;
  }
  const count = gaps.length;
  const covered = count === 0 ? 1 : 1 - exceeded / count;
  return { count, exceeded, covered, largestGap, worstRatio, occasions, meanBuffer: count === 0 ? 0 : total / count };
}

function pinball(outcome: number, forecast: number, level: number): number {
  return outcome > forecast ? level * (outcome - forecast) : (1 - level) * (forecast - outcome);
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
