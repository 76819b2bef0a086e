import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { OwnerId } from '@plimsoll/core/numeric';
import type { SessionKey } from '../../contracts/identityChange.ts';
import { testPrivateKey } from '../../testing/smallDeployment.ts';
import { bytesToHex, utf8 } from '../bytes.ts';
import { type TypedData, typedDataDigest } from '../typedData.ts';

/** PKCS #8 of an ed25519 private key up to the key (RFC 8410). */
const DER_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A session key that everybody can compute: for tests alone. */
export function testSessionKey(seed: string): { readonly key: SessionKey; readonly privateKey: KeyObject } {
  const der = Buffer.concat([DER_PREFIX, sha256(utf8(`plimsoll test session ${seed}`))]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const key = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  return { key, privateKey };
}

/** The signature of a session key in hexadecimal. */
export function sessionSign(seed: string, message: Uint8Array): string {
  return bytesToHex(sign(null, message, testSessionKey(seed).privateKey));
}

/** r ‖ s ‖ v in hexadecimal with 0x, v 27 or 28, by a wallet of the small deployment. */
export function walletSign(owner: OwnerId, data: TypedData): string {
  const signed = secp256k1.sign(typedDataDigest(data), testPrivateKey(owner), { prehash: false, format: 'recovered' });
  return `0x${bytesToHex(signed.subarray(1))}${(27 + (signed[0] ?? 0)).toString(16)}`;
}
