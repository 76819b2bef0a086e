// What was known of volatility at a moment: an exponentially weighted mean of squared returns over a fixed step.

import { log, pow, sqrt } from '@plimsoll/core/numeric';
import { type PriceSteps, priceAt, stepAt } from './priceSteps.ts';

const YEAR_MS = 31_536_000_000;
const DAY_MS = 86_400_000;

export type VolatilityRule = {
  /** Returns are taken over this step, on its multiples since 1970. */
  readonly stepMs: number;
  /** After so many days a squared return weighs half. */
  readonly halfLifeDays: number;
  /** What is assumed before the first return, per year (1 = 100 %). It fades with the same half-life. */
  readonly start: number;
};

/** Volatility per year by rising time; each entry uses returns that ended at or before its time, and nothing later. */
export type VolatilityPath = { readonly timesMs: readonly number[]; readonly perYear: readonly number[] };

/**
 * σ² ← λσ² + (1 − λ)·r²·(year / step) at every multiple of the step, λ = 2^(−step / half-life). A multiple whose price is older than
 * a step is left out, and so is the return that would span it: history is never filled in.
 */
export function knownVolatility(prices: PriceSteps, rule: VolatilityRule): VolatilityPath {
  const { stepMs } = rule;
  const fade = pow(2, -stepMs / (rule.halfLifeDays * DAY_MS));
  const timesMs: number[] = [];
  const perYear: number[] = [];
  const first = prices.timesMs[0];
  const last = prices.timesMs[prices.timesMs.length - 1];
  if (first === undefined || last === undefined) return { timesMs, perYear };
  let variance = rule.start * rule.start;
  let previous: number | undefined;
  for (let timeMs = Math.ceil(first / stepMs) * stepMs; timeMs <= last; timeMs += stepMs) {
    const price = priceAt(prices, timeMs, stepMs);
    if (price !== undefined && previous !== undefined) {
      const move = log(price / previous);
      variance = fade * variance + ((1 - fade) * move * move * YEAR_MS) / stepMs;
    }
    previous = price;
    timesMs.push(timeMs);
    perYear.push(sqrt(variance));
  }
  return { timesMs, perYear };
}

/** Volatility known at a time; the rule's start before the first entry. */
export function volatilityKnownAt(path: VolatilityPath, rule: VolatilityRule, timeMs: number): number {
  return path.perYear[stepAt(path.timesMs, timeMs)] ?? rule.start;
}

/** √(time / year). */
export function rootYears(durationMs: number): number {
  return sqrt(durationMs / YEAR_MS);
}
