// Gaps between the price that a protocol acts on and the market at the same moment.

import { log } from '@plimsoll/core/numeric';
import { type PriceSteps, stepAt } from './priceSteps.ts';

/** One moment. */
export type Gap = {
  readonly timeMs: number;
  /** ln(oracle / market): above zero the oracle is too high, which hurts whoever lends against a long. */
  readonly logGap: number;
  /** What was known of volatility one declared latency before, per year, without floor. */
  readonly knownVolatility: number;
};

/** The price that an oracle has in force against every market price in [startMs, endMs). Moments before its first are left out. */
export function gapsOverTime(
  oracle: PriceSteps,
  market: PriceSteps,
  window: { readonly startMs: number; readonly endMs: number; readonly volatilityAt: (timeMs: number) => number },
): readonly Gap[] {
  const gaps: Gap[] = [];
  market.timesMs.forEach((timeMs, index) => {
    const price = market.prices[index];
    const inForce = oracle.prices[stepAt(oracle.timesMs, timeMs)];
    if (timeMs < window.startMs || timeMs >= window.endMs || price === undefined || inForce === undefined) return;
    gaps.push({ timeMs, logGap: log(inForce / price), knownVolatility: window.volatilityAt(timeMs) });
  });
  return gaps;
}

/** Value at the share of a sample sorted by size: the smallest with at least that share at or below it. Zero of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1));
  return sorted[index] ?? 0;
}
