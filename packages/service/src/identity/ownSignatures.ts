/** Signatures with keys that this process holds: of clients, bots and tests. The server holds none. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { SessionKey } from '../contracts/identityChange.ts';
import { type TypedData, typedDataDigest } from './typedData.ts';

/** What `eth_signTypedData_v4` gives: r, s and v (27 or 28) in hexadecimal with 0x. `privateKey`: 32 bytes. */
export function signTypedDataWith(privateKey: Uint8Array, data: TypedData): string {
  // Wallets are told of the domain among the types; it is hashed by itself.
  const { EIP712Domain: _, ...types } = data.types;
  const signed = secp256k1.sign(typedDataDigest({ ...data, types }), privateKey, { prehash: false, format: 'recovered' });
  return `0x${Buffer.from(signed.subarray(1)).toString('hex')}${(27 + (signed[0] ?? 0)).toString(16)}`;
}

/** The public key of an ed25519 key, as sessions are known by it. */
export function sessionKeyOf(privateKey: KeyObject): SessionKey {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
}
