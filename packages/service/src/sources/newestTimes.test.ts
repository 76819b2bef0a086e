import { feedId, timeMs } from '@plimsoll/core/numeric';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNewestTimes } from './newestTimes.ts';

const [A, B, C] = [feedId(1), feedId(2), feedId(3)];

test('the newest time of a feed stands, in whatever order times are seen', () => {
  const times = createNewestTimes(2);
  expect(times.newest(A)).toBeNull();
  times.see(A, timeMs(5));
  times.see(A, timeMs(3));
  expect(times.newest(A)).toBe(5);
  expect(times.newest(B)).toBeNull();
});

test('the feed that was seen longest ago is forgotten, and stands for all that were', () => {
  const times = createNewestTimes(2);
  times.see(A, timeMs(5));
  times.see(B, timeMs(7));
  times.see(A, timeMs(6));
  times.see(C, timeMs(1));
  expect([A, B, C].map((feed) => times.newest(feed))).toEqual([6, 7, 1]);
  expect(times.newest(feedId(9))).toBe(7);
});

test('what was seen is never news again, however many feeds there are', () => {
  const seen = fc.array(fc.record({ feed: fc.nat(20).map(feedId), atMs: fc.nat(100).map(timeMs) }), { maxLength: 60 });
  fc.assert(
    fc.property(seen, (all) => {
      const times = createNewestTimes(4);
      for (const { feed, atMs } of all) times.see(feed, atMs);
      for (const { feed, atMs } of all) expect(times.newest(feed)).toBeGreaterThanOrEqual(atMs);
    }),
    { seed: 51, numRuns: 300 },
  );
});
