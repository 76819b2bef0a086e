import { type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { Clock } from '@plimsoll/service';

export interface DemoClock extends Clock {
  /** Goes on from here: the time of the last durable block of a folder that was run before. */
  resumeAt(now: TimeMs): void;
  hasEnded(): boolean;
}

/** Recorded time, `speed` times as fast as the machine's until the recording ends, and as fast as the machine's from there. */
export function createDemoClock(input: {
  readonly startMs: number;
  readonly endMs: number;
  readonly speed: number;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
}): DemoClock {
  const { endMs, speed, elapsedMs } = input;
  let from = input.startMs;
  let since = elapsedMs();
  const now = (): number => {
    const passed = elapsedMs() - since;
    if (from >= endMs) return Math.floor(from + passed);
    const recorded = from + passed * speed;
    return Math.floor(recorded <= endMs ? recorded : endMs + (recorded - endMs) / speed);
  };
  return {
    now: () => timeMs(now()),
    resumeAt: (head) => {
      from = Math.max(head, input.startMs);
      since = elapsedMs();
    },
    hasEnded: () => now() >= endMs,
  };
}
