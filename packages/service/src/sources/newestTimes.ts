import type { FeedId, TimeMs } from '@plimsoll/core/numeric';

/** The newest time that was seen of each feed, in memory that does not grow with what is said. */
export interface NewestTimes {
  see(feed: FeedId, atMs: TimeMs): void;
  /** Of a feed that was forgotten, or never seen, the newest time that was forgotten; null: none was. */
  newest(feed: FeedId): TimeMs | null;
}

/**
 * Remembers `feedsMax` feeds. The one that was seen longest ago is forgotten first, and stands for the others that were: what is as old is
 * never news again, at the price that a feed that comes late has to be newer than all that were forgotten.
 */
export function createNewestTimes(feedsMax: number): NewestTimes {
  /** In order of when they were seen last. */
  const times = new Map<FeedId, TimeMs>();
  let forgottenMs: TimeMs | null = null;
  return {
    see(feed, atMs) {
      const known = times.get(feed) ?? forgottenMs ?? atMs;
      times.delete(feed);
      times.set(feed, known > atMs ? known : atMs);
      if (times.size <= feedsMax) return;
      for (const [oldest, oldMs] of times) {
        if (forgottenMs === null || oldMs > forgottenMs) forgottenMs = oldMs;
        times.delete(oldest);
        return;
      }
    },
    newest: (feed) => times.get(feed) ?? forgottenMs,
  };
}
