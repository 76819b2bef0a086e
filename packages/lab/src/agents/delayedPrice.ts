import type { PriceSeries } from '../data/types.ts';

/** A market as somebody sees it who learns of every price `latencyMs` after it was made. */
export interface DelayedPrice {
  readonly latencyMs: number;
  /** Price in 1e-9 USD of the latest entry made no later than `nowMs` − latency; undefined before the first. */
  readonly at: (nowMs: number) => bigint | undefined;
  /** Age of the freshest entry ever handed out, when it was handed out: never below the latency. Infinity before the first. */
  readonly freshestAgeMs: () => number;
}

/** Calls must come with rising times: the place in the series is kept, so a look costs nothing but the step forward. */
export function createDelayedPrice(series: Pick<PriceSeries, 'timesMs' | 'pricesNano'>, latencyMs: number): DelayedPrice {
  let place = -1;
  let freshest = Number.POSITIVE_INFINITY;
  return {
    latencyMs,
    at: (nowMs) => {
      const visibleMs = nowMs - latencyMs;
      while ((series.timesMs[place + 1] ?? Number.POSITIVE_INFINITY) <= visibleMs) place += 1;
      const madeMs = series.timesMs[place];
      if (madeMs === undefined) return undefined;
      freshest = Math.min(freshest, nowMs - madeMs);
      return series.pricesNano[place];
    },
    freshestAgeMs: () => freshest,
  };
}
