/** How much may come: so many a second on average, and so many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  /** True, and one less is left, when there is one. */
  take(): boolean;
}

/** A bucket that starts full. `nowMs` never runs back. */
export function createTokenBucket({ perSecond, burst }: RateLimit, nowMs: () => number): TokenBucket {
  let tokens = burst;
  let filledMs = nowMs();
  return {
    take() {
      const now = nowMs();
      tokens = Math.min(burst, tokens + ((now - filledMs) * perSecond) / 1_000);
      filledMs = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
