import { type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { Clock } from '@plimsoll/service';

export interface DemoClock extends Clock {
  /** Goes on from here: the time of the last durable block of a folder that was run before. Stands still until it is let go further. */
  resumeAt(now: TimeMs): void;
  /** Recorded time stands still from here on until this is raised: nobody has played further. The end of the recording lets go of it. */
  holdAt(limit: number): void;
  hasEnded(): boolean;
}

/**
 * Recorded time: `speed` times as fast as the machine's and never past what it is held at, so that a slow machine has a slow crash and
 * not one without prices; as fast as the machine's once the recording has ended. Held at the start until it is let go.
 */
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
  let limit = from;
  const now = (): number => {
    const passed = elapsedMs() - since;
    if (from >= endMs) return from + passed;
    const recorded = from + passed * speed;
    if (recorded > limit && limit < endMs) return limit;
    return recorded <= endMs ? recorded : endMs + (recorded - endMs) / speed;
  };
  const goOnFrom = (time: number): void => {
    from = time;
    since = elapsedMs();
  };
  return {
    now: () => timeMs(Math.floor(now())),
    resumeAt: (head) => {
      goOnFrom(Math.max(head, input.startMs));
      limit = from;
    },
    holdAt: (next) => {
      goOnFrom(now());
      limit = Math.max(next, limit);
    },
    hasEnded: () => now() >= endMs,
  };
}
