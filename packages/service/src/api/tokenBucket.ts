/** Lets so many pass per second, with one second's worth saved up at most. */
export interface TokenBucket {
  /** 0 when one may pass now (and it is counted), else the milliseconds until the next may. */
  take(nowMs: number): number;
}

export function createTokenBucket(perSecond: number): TokenBucket {
  let tokens = perSecond;
  let atMs: number | null = null;
  return {
    take(nowMs) {
      const elapsed = atMs === null ? 0 : Math.max(0, nowMs - atMs);
      atMs = nowMs;
      tokens = Math.min(perSecond, tokens + (elapsed * perSecond) / 1_000);
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil(((1 - tokens) * 1_000) / perSecond));
    },
  };
}
