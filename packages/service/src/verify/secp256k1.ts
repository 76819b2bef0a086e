import { createRequire } from 'node:module';
import { secp256k1 as portable } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Address } from '../contracts/identityChange.ts';

/** What is used of the native package. */
interface NativeSecp256k1 {
  ecdsaRecover(signature: Uint8Array, recovery: number, digest: Uint8Array, compressed: boolean): Uint8Array;
}

export type Secp256k1Backend = 'native' | 'portable';

/** Half the order of secp256k1, big-endian: a larger s is the second form of a signature. */
const HALF_ORDER = Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex');

const native = loadNative();

/** Which implementation recovers: the native package where it has a prebuild for this machine, else the portable one, some tens of times slower. */
export function secp256k1Backend(): Secp256k1Backend {
  return native === null ? 'portable' : 'native';
}

/** A sentence for the log at start when wallets are recovered slowly here; null when they are not. */
export function secp256k1Warning(): string | null {
  if (native !== null) return null;
  return `secp256k1 has no prebuild for ${process.platform}-${process.arch}: wallet signatures are recovered in JavaScript, which is far slower`;
}

/** The recovery id of v in any of its usual forms; null when it is none. */
export function recoveryOf(v: number | undefined): 0 | 1 | null {
  if (v === 0 || v === 27) return 0;
  if (v === 1 || v === 28) return 1;
  return null;
}

/** True when s (the second half of a 64-byte signature) is in the upper half of the order. */
export function isMalleated(signature: Uint8Array): boolean {
  return Buffer.compare(signature.subarray(32, 64), HALF_ORDER) > 0;
}

/**
 * The wallet that signed `digest` (32 bytes); null when r, s and the recovery id give no key. `signature` is r ‖ s, 64 bytes.
 * `backend` is chosen by tests alone.
 */
export function recoverAddress(
  digest: Uint8Array,
  signature: Uint8Array,
  recovery: 0 | 1,
  backend: Secp256k1Backend = secp256k1Backend(),
): Address | null {
  const publicKey = backend === 'native' && native !== null ? recoverNative(native) : recoverPortable();
  if (publicKey === null) return null;
  return `0x${Buffer.from(keccak_256(publicKey.subarray(1))).toString('hex', 12)}`;

  function recoverNative(implementation: NativeSecp256k1): Uint8Array | null {
    try {
      return implementation.ecdsaRecover(signature, recovery, digest, false);
    } catch {
      // The package throws for r or s out of range and for points that do not exist: no key, no signer.
      return null;
    }
  }

  function recoverPortable(): Uint8Array | null {
    try {
      const parsed = portable.Signature.fromBytes(signature, 'compact').addRecoveryBit(recovery);
      return parsed.recoverPublicKey(digest).toBytes(false);
    } catch {
      return null;
    }
  }
}

/** `secp256k1/bindings.js` throws where no prebuild fits; the package itself would then use a slow library without a word. */
function loadNative(): NativeSecp256k1 | null {
  try {
    const loaded: unknown = createRequire(import.meta.url)('secp256k1/bindings.js');
    return isNative(loaded) ? loaded : null;
  } catch {
    return null;
  }
}

function isNative(value: unknown): value is NativeSecp256k1 {
  return typeof value === 'object' && value !== null && 'ecdsaRecover' in value && typeof value.ecdsaRecover === 'function';
}
