import { compareBigint } from '@plimsoll/core/numeric';
import type { AuctionRecord, SeriesLabel } from '../types.ts';

/** Length of the windows whose median gas price is taken. */
export const GAS_WINDOW_MS = 600_000;

/** Gas price as a step function of time; wei per unit of gas. */
export type GasSeries = SeriesLabel & {
  readonly timesMs: readonly number[];
  readonly gasPricesWei: readonly bigint[];
};

/**
 * What the auctions' last bidders paid for gas: the lower median of every window, held through windows without a bid; before
 * the first bid its window's median. Biased to those who got through, which is why the label says so.
 * One entry a window over [startMs, endMs); empty when no auction names a gas price.
 */
export function gasPath(input: {
  readonly auctions: readonly AuctionRecord[];
  readonly startMs: number;
  readonly endMs: number;
  readonly windowMs: number;
}): GasSeries {
  const byWindow = new Map<number, bigint[]>();
  for (const { gasPriceWei, lastBidTimeMs } of input.auctions) {
    if (gasPriceWei === undefined || lastBidTimeMs < input.startMs || lastBidTimeMs >= input.endMs) {
      continue;
    }
    const window = Math.floor((lastBidTimeMs - input.startMs) / input.windowMs);
    byWindow.set(window, [...(byWindow.get(window) ?? []), gasPriceWei]);
  }
  const windows = Math.ceil((input.endMs - input.startMs) / input.windowMs);
  const medians = Array.from({ length: windows }, (_, window) => lowerMedian(byWindow.get(window) ?? []));
  let held = medians.find((median) => median !== undefined);
  const timesMs: number[] = [];
  const gasPricesWei: bigint[] = [];
  for (const [window, median] of medians.entries()) {
    held = median ?? held;
    if (held !== undefined) {
      timesMs.push(input.startMs + window * input.windowMs);
      gasPricesWei.push(held);
    }
  }
  return {
    label: "gas: median of the auctions' last bids per ten minutes, held between bids (single-source, winners only)",
    singleSource: true,
    reconstructed: false,
    timesMs,
    gasPricesWei,
  };
}

function lowerMedian(values: readonly bigint[]): bigint | undefined {
  return [...values].sort(compareBigint)[(values.length - 1) >>> 1];
}
