import type { DepthStep } from '../types.ts';

/** Depth at the bottom: 26 % of normal, a fall of 74 %. */
export const DEPTH_AT_BOTTOM_PPM = 260_000;

const MINUTE_MS = 60_000;

/**
 * Order-book depth around a crash: normal, 26 % from the crash on for 25 minutes, then back in two steps within an hour.
 * A stated assumption in both October scenarios; on Binance the asks within 1 % of BTCUSDT fell by 69 % that evening.
 */
export function crashDepthSteps(input: { readonly startMs: number; readonly crashMs: number }): readonly DepthStep[] {
  return [
    { fromMs: input.startMs, depthPpm: 1_000_000 },
    { fromMs: input.crashMs, depthPpm: DEPTH_AT_BOTTOM_PPM },
    { fromMs: input.crashMs + 25 * MINUTE_MS, depthPpm: 500_000 },
    { fromMs: input.crashMs + 60 * MINUTE_MS, depthPpm: 800_000 },
  ];
}
