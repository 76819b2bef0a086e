import type { EventCodec } from '../engine/codec.ts';
import type { HashFunction } from '../numeric/hash.ts';
import { createLongLivedWriter, writeCanonical } from './canonical.ts';
import { WIRE_VERSION } from './version.ts';

/**
 * The codec that the engine is given: block hash = H(previous hash ‖ version ‖ height ‖ time ‖ canonical events).
 * One writer is reused, so hashing a block allocates only the digest.
 */
export function createEventCodec(hash: HashFunction): EventCodec {
  const writer = createLongLivedWriter(64 * 1024);
  return {
    hashBlock({ previousHash, height, timeMs, events }) {
      writer.length = 0;
      writeCanonical(writer, previousHash);
      writeCanonical(writer, WIRE_VERSION);
      writeCanonical(writer, height);
      writeCanonical(writer, timeMs);
      writeCanonical(writer, events);
      return hash(writer.bytes.subarray(0, writer.length));
    },
    hashValue(value) {
      writer.length = 0;
      writeCanonical(writer, value);
      return hash(writer.bytes.subarray(0, writer.length));
    },
  };
}
