import type { TimeMs } from '@plimsoll/core/numeric';
import type { JournalError } from '../journal/journalError.ts';
import type { SequencerObserver } from './observer.ts';

/** What whoever runs the service is told once when it begins, and once when it is over. */
export interface StandingWarnings {
  /** Told of every block: blocks keep their time while the clock is behind them. */
  clock(now: TimeMs, blockTime: TimeMs): void;
  /** Why there is no room for what is submitted; null when there is. */
  disk(error: JournalError | null): void;
}

/** A clock that is further behind the blocks was set back; smaller steps are corrections. */
const CLOCK_STEP_MS = 1_000;

export function createStandingWarnings({ warning }: Pick<SequencerObserver, 'warning'>, folder: string): StandingWarnings {
  let isBehindSaid = false;
  let isFullSaid = false;
  return {
    clock(now, blockTime) {
      const isBehind = blockTime - now > (isBehindSaid ? 0 : CLOCK_STEP_MS);
      if (isBehind === isBehindSaid) return;
      isBehindSaid = isBehind;
      const clockTime = new Date(now).toISOString();
      warning?.(
        isBehind
          ? `The clock says ${clockTime}, and the last block is of ${new Date(blockTime).toISOString()}: blocks keep that time until the clock has passed it. Set the clock right; nothing is lost.`
          : `The clock has passed the time of the last block again: it is ${clockTime}.`,
      );
    },
    disk(error) {
      const isFull = error !== null;
      if (isFull === isFullSaid) return;
      isFullSaid = isFull;
      warning?.(
        isFull
          ? `${error.message}. No command is taken until there is room; what was acknowledged is safe.`
          : `There is room again on the disk of ${folder}: commands are taken.`,
      );
    },
  };
}
