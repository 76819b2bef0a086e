import type { Height, TimeMs } from '../numeric/brand.ts';
import type { Event } from './events.ts';

/** What the engine needs of the wire and of cryptography, passed in: the core itself has neither. */
export interface EventCodec {
  /** H(previous hash ‖ version ‖ height ‖ time ‖ canonical events). */
  hashBlock(block: {
    readonly previousHash: Uint8Array;
    readonly height: Height;
    readonly timeMs: TimeMs;
    readonly events: readonly Event[];
  }): Uint8Array;
  /** H(canonical bytes of a plain value): leaves, tie-breaks, parameter sets. */
  hashValue(value: unknown): Uint8Array;
}
