import type { Wait } from './wait.ts';

/** Holds back whoever reads, so that one endpoint gets a share of this process and no more. */
export interface Pace {
  /** Counts what was read, and waits until it is paid for. False once the reader was held back for too long on end. */
  spend(characters: number, signal: AbortSignal): Promise<boolean>;
}

export interface PaceParameters {
  readonly perSecond: number;
  /** What may be read at once. */
  readonly burst: number;
  /** Milliseconds that a reader is held back, with no calm between, before it gives up. */
  readonly heldMaxMs: number;
  readonly wait: Wait;
  /** Never runs back. */
  readonly nowMs: () => number;
}

/** While nobody reads, the connection's own buffers fill and its sender has to wait: nothing is kept here. */
export function createPace({ perSecond, burst, heldMaxMs, wait, nowMs }: PaceParameters): Pace {
  let credit = burst;
  let atMs = nowMs();
  let heldMs = 0;
  return {
    async spend(characters, signal) {
      const now = nowMs();
      credit = Math.min(burst, credit + ((now - atMs) * perSecond) / 1_000);
      atMs = now;
      if (credit >= burst / 2) heldMs = 0;
      credit -= characters;
      if (credit >= 0) return true;
      const waitMs = Math.ceil((-credit * 1_000) / perSecond);
      heldMs += waitMs;
      if (heldMs > heldMaxMs) return false;
      await wait(waitMs, signal);
      return true;
    },
  };
}
