import { timeMs } from '@plimsoll/core/numeric';
import { describe, expect, test } from 'vitest';
import { createDemoClock } from './demoClock.ts';

describe('the clock of the demo', () => {
  test('stands still until it is let go, and does not make up for it', () => {
    let elapsed = 0;
    const clock = createDemoClock({ startMs: 1_000, endMs: 90_000, speed: 10, elapsedMs: () => elapsed });
    elapsed = 500;
    expect(clock.now()).toBe(1_000);
    clock.holdAt(3_000);
    elapsed = 600;
    expect(clock.now()).toBe(2_000);
    elapsed = 5_000;
    expect(clock.now()).toBe(3_000);
    clock.holdAt(9_000);
    elapsed = 5_001;
    expect(clock.now()).toBe(3_010);
    clock.holdAt(2_000);
    elapsed = 5_002;
    expect(clock.now()).toBe(3_020);
  });

  test('runs at its speed inside the recording and at the speed of the machine after it, whatever it was held at', () => {
    let elapsed = 0;
    const clock = createDemoClock({ startMs: 1_000, endMs: 4_000, speed: 300, elapsedMs: () => elapsed });
    clock.holdAt(4_000);
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
    elapsed = 100;
    expect(clock.now()).toBe(2_000);
    clock.holdAt(4_000);
    elapsed = 200;
    expect(clock.now()).toBe(3_000);
    clock.resumeAt(timeMs(9_000));
    elapsed = 210;
    expect([clock.now(), clock.hasEnded()]).toEqual([9_010, true]);
    clock.resumeAt(timeMs(0));
    expect(clock.now()).toBe(1_000);
  });
});
