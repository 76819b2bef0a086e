import type { EventCodec } from '@plimsoll/core/engine';
import { createEventCodec } from '@plimsoll/core/wire';
import { sha256 } from '../journal/format.ts';

/** The core's codec, which also hands out the bytes that it hashed: events are encoded once, for the hash and for the journal. */
export interface JournalingCodec extends EventCodec {
  /** What the last block hash was made of; valid until the codec is used again. */
  blockBytes(): Uint8Array;
  /** The next block hash is this one: recovery has hashed the journaled bytes already, and decoding them is one to one. */
  expectHash(hash: Uint8Array): void;
}

export function createJournalingCodec(): JournalingCodec {
  let hashed: Uint8Array = new Uint8Array(0);
  let expected: Uint8Array | null = null;
  const codec = createEventCodec((bytes) => {
    hashed = bytes;
    return sha256(bytes);
  });
  return {
    hashBlock(block) {
      if (expected === null) return codec.hashBlock(block);
      const hash = expected;
      expected = null;
      return hash;
    },
    hashValue: codec.hashValue,
    blockBytes: () => hashed,
    expectHash(hash) {
      expected = hash;
    },
  };
}
