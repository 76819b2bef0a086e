import type { Height, TimeMs } from '@plimsoll/core/numeric';

/** The last durable block: every answer of the service carries it, so that a reader knows what it was true of. */
export interface Head {
  readonly height: Height;
  readonly timeMs: TimeMs;
  /** Block hash, 32 bytes. */
  readonly hash: Uint8Array;
}
