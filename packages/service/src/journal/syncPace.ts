/** Whether the next sync is waited for on the thread itself: on a fast disk, handing it to another thread and back takes longer than the sync. */
export interface SyncPace {
  isInline(): boolean;
  /** How long a sync took, from its call to the moment this thread knew of it. */
  took(ms: number): void;
}

/** So many of the last syncs are remembered: one that was slow because something else ran meanwhile does not make the disk slow. */
const REMEMBERED = 8;
/** Of the syncs that are handed over, one in so many is not: whether the disk is fast again shows only without the way through another thread. */
const TRY_EVERY = 64;

/** Inline while the fastest of the last syncs took less than `inlineMs`; never when that is 0. */
export function createSyncPace(inlineMs: number): SyncPace {
  const recentMs = new Array<number>(REMEMBERED).fill(0);
  let next = 0;
  let handedOver = 0;
  return {
    isInline() {
      if (inlineMs <= 0) return false;
      if (Math.min(...recentMs) < inlineMs) return true;
      handedOver += 1;
      return handedOver % TRY_EVERY === 0;
    },
    took(ms) {
      recentMs[next] = ms;
      next = (next + 1) % REMEMBERED;
    },
  };
}
