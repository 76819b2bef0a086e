import { describe, expect, it } from 'vitest';
import { createSyncPace } from './syncPace.ts';

describe('how a sync is waited for', () => {
  it('is on the thread while the disk is fast, and one slow sync changes nothing', () => {
    const pace = createSyncPace(1);
    for (let i = 0; i < 100; i += 1) {
      expect(pace.isInline()).toBe(true);
      pace.took(i % 7 === 3 ? 40 : 0.1);
    }
  });

  it('is on another thread once eight syncs in a row were slow, but for one in sixty-four', () => {
    const pace = createSyncPace(1);
    for (let i = 0; i < 8; i += 1) {
      expect(pace.isInline()).toBe(true);
      pace.took(12);
    }
    const inline = Array.from({ length: 640 }, () => {
      const isInline = pace.isInline();
      pace.took(12);
      return isInline;
    });
    expect(inline.filter((isInline) => isInline).length).toBe(10);
    expect(inline[0]).toBe(false);
  });

  it('comes back to the thread when a sync was fast again', () => {
    const pace = createSyncPace(1);
    for (let i = 0; i < 8; i += 1) pace.took(12);
    expect(pace.isInline()).toBe(false);
    pace.took(0.2);
    expect(pace.isInline()).toBe(true);
  });

  it('is never on the thread when it may take no time at all', () => {
    const pace = createSyncPace(0);
    for (let i = 0; i < 200; i += 1) expect(pace.isInline()).toBe(false);
  });
});
