// Prices as a step function of time, for looking up what was known at a moment.

/** Prices by rising time (unix ms); each holds until the next. */
export type PriceSteps = {
  readonly timesMs: readonly number[];
  readonly prices: readonly number[];
};

/** Steps of prices in 1e-9 of the quote; times must rise. */
export function priceSteps(points: readonly { readonly timeMs: number; readonly priceNano: bigint }[]): PriceSteps {
  return { timesMs: points.map(({ timeMs }) => timeMs), prices: points.map(({ priceNano }) => Number(priceNano) / 1e9) };
}

/** Index of the last step at or before a time, −1 when there is none. Logarithmic. */
export function stepAt(timesMs: readonly number[], timeMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? Number.POSITIVE_INFINITY) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The price in force at a time, undefined when there is none or it is older than `maxAgeMs`. */
export function priceAt(steps: PriceSteps, timeMs: number, maxAgeMs: number): number | undefined {
  const index = stepAt(steps.timesMs, timeMs);
  const since = steps.timesMs[index];
  return since === undefined || timeMs - since > maxAgeMs ? undefined : steps.prices[index];
}
