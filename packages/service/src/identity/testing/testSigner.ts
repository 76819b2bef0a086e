import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import type { OwnerId } from '@plimsoll/core/numeric';
import type { SessionKey } from '../../contracts/identityChange.ts';
import { testPrivateKey } from '../../testing/smallDeployment.ts';
import { bytesToHex, utf8 } from '../bytes.ts';
import { sessionKeyOf, signTypedDataWith } from '../ownSignatures.ts';
import type { TypedData } from '../typedData.ts';

/** PKCS #8 of an ed25519 private key up to the key (RFC 8410). */
const DER_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A session key that everybody can compute: for tests alone. */
export function testSessionKey(seed: string): { readonly key: SessionKey; readonly privateKey: KeyObject } {
  const der = Buffer.concat([DER_PREFIX, sha256(utf8(`plimsoll test session ${seed}`))]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { key: sessionKeyOf(privateKey), privateKey };
}

/** The signature of a session key in hexadecimal. */
export function sessionSign(seed: string, message: Uint8Array): string {
  return bytesToHex(sign(null, message, testSessionKey(seed).privateKey));
}

/** Order of the base point of ed25519. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The second form of an ed25519 signature, S raised by the order: some verifiers take it. */
export function secondForm(signature: Uint8Array): Buffer {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + ORDER;
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()]);
}

/** r ‖ s ‖ v in hexadecimal with 0x, v 27 or 28, by a wallet of the small deployment. */
export function walletSign(owner: OwnerId, data: TypedData): string {
  return signTypedDataWith(testPrivateKey(owner), data);
}
