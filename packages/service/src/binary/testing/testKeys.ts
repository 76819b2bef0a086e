import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { SessionKey } from '../../contracts/identityChange.ts';

/** DER of an ed25519 private key up to its seed (RFC 8410). */
const DER_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface TestKey {
  readonly key: SessionKey;
  readonly sign: (message: Uint8Array) => Buffer;
}

/** The session key of a seed byte: the same in every run, so that what it signs is the same too. */
export function testKey(seed: number): TestKey {
  const der = Buffer.concat([DER_PREFIX, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const key = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  return { key, sign: (message) => sign(null, message, privateKey) };
}
