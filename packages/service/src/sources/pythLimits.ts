import type { JsonMax } from './network/boundedJson.ts';

/*
 * What an answer of Hermes may cost before anything of it is known to be Pyth's: it grows with the feeds that were asked for, and with nothing that the
 * sender chooses. In hexadecimal an update with thirteen signatures has under 2,200 characters beside its messages, and a message with its path under
 * 600 (docs/price-sources.md); a feed may come in an update of its own.
 */

/** Bytes of an answer, or characters of an event, beside those of the feeds. */
const BASE_BYTES = 16_384;
const BYTES_PER_FEED = 4_096;
/** A parsed price has fifteen. */
const BASE_VALUES = 64;
const VALUES_PER_FEED = 32;

/** The longest answer to a request for so many feeds. */
export function hermesAnswerMax(feeds: number): JsonMax {
  return { bytes: BASE_BYTES + BYTES_PER_FEED * feeds, values: BASE_VALUES + VALUES_PER_FEED * feeds };
}

/** Updates of one answer: none without a feed that was asked for. */
export function updatesMax(feeds: number): number {
  return Math.max(1, feeds);
}

/** Nodes of a Merkle path: a tree of 2^32 prices. Each costs a hash. */
export const PATH_NODES_MAX = 32;
/** Bytes of a message that is hashed; a price has 85, and may grow at its end. */
export const MESSAGE_BYTES_MAX = 1_024;
/** Bytes that the guardians of an update signed; a root has 88 with what stands around it. */
export const VAA_BODY_BYTES_MAX = 1_024;
