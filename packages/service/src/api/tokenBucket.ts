/** Lets so many pass per second on average, and so many at once that were saved up. */
export interface TokenBucket {
  /** 0 when one may pass now (and it is counted), else the milliseconds until the next may. `nowMs` never runs back. */
  take(nowMs: number): number;
  /** Counts so many more that have passed already; those that come next wait for them. Never more than one full bucket is owed. */
  spend(count: number): void;
}

/** A bucket that starts full; it holds one second's worth unless `burst` says otherwise, and owes no more than it holds. */
export function createTokenBucket(perSecond: number, burst: number = perSecond): TokenBucket {
  let tokens = burst;
  let atMs: number | null = null;
  return {
    take(nowMs) {
      const elapsed = atMs === null ? 0 : Math.max(0, nowMs - atMs);
      atMs = nowMs;
      tokens = Math.min(burst, tokens + (elapsed * perSecond) / 1_000);
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil(((1 - tokens) * 1_000) / perSecond));
    },
    spend(count) {
      tokens = Math.max(-burst, tokens - count);
    },
  };
}
