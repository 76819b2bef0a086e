import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HASH_BYTES, type HashFunction } from './hash.ts';

describe('HashFunction', () => {
  it('is met by the SHA-256 of the host', () => {
    const sha256: HashFunction = (bytes) => createHash('sha256').update(bytes).digest();
    const digest = sha256(new TextEncoder().encode('abc'));
    expect(digest.length).toBe(HASH_BYTES);
    expect(Buffer.from(digest).toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
