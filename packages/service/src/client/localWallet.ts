import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { signTypedDataWith } from '../identity/ownSignatures.ts';
import type { WalletSigner } from './signing.ts';

/** A wallet whose private key (32 bytes) this process holds: for bots and demos. People keep theirs in a wallet of their own. */
export function createLocalWallet(privateKey: Uint8Array): WalletSigner {
  const publicKey = secp256k1.getPublicKey(privateKey, false);
  return {
    address: `0x${Buffer.from(keccak_256(publicKey.subarray(1)).subarray(12)).toString('hex')}`,
    signTypedData: async (data) => signTypedDataWith(privateKey, data),
  };
}

/** A new private key for `createLocalWallet`. */
export function createPrivateKey(): Uint8Array {
  return secp256k1.utils.randomSecretKey();
}
