import type { TimeMs } from '@plimsoll/core/numeric';

/** Where block time comes from: the machine's clock, or a recording's. The sequencer never lets block time run back, whatever this says. */
export interface Clock {
  now(): TimeMs;
}
