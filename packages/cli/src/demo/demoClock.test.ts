import { timeMs } from '@plimsoll/core/numeric';
import { describe, expect, test } from 'vitest';
import { createDemoClock } from './demoClock.ts';

describe('the clock of the demo', () => {
  test('runs at its speed inside the recording and at the speed of the machine after it', () => {
    let elapsed = 0;
    const clock = createDemoClock({ startMs: 1_000, endMs: 4_000, speed: 300, elapsedMs: () => elapsed });
    elapsed = 5;
    expect([clock.now(), clock.hasEnded()]).toEqual([2_500, false]);
    elapsed = 10;
    expect([clock.now(), clock.hasEnded()]).toEqual([4_000, true]);
    elapsed = 110;
    expect(clock.now()).toBe(4_100);
  });

  test('goes on from where a folder stopped, also behind the end, and never before the recording', () => {
    let elapsed = 50;
    const clock = createDemoClock({ startMs: 1_000, endMs: 4_000, speed: 10, elapsedMs: () => elapsed });
    clock.resumeAt(timeMs(2_000));
    expect(clock.now()).toBe(2_000);
    elapsed = 150;
    expect(clock.now()).toBe(3_000);
    clock.resumeAt(timeMs(9_000));
    elapsed = 160;
    expect(clock.now()).toBe(9_010);
    clock.resumeAt(timeMs(0));
    expect(clock.now()).toBe(1_000);
  });
});
