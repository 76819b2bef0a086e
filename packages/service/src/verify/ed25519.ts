import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { SessionKey } from '../contracts/identityChange.ts';

/** 2^255 − 19, big-endian. */
const FIELD_PRIME = Buffer.from('7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed', 'hex');

/**
 * The y coordinates (little-endian, sign bit clear) of the eight points whose order divides 8: under such a key one signature fits many
 * messages. Non-canonical forms of them have y ≥ p and are refused as malformed before.
 */
const LOW_ORDER_Y: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** Order of the base point, little-endian. */
const GROUP_ORDER = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

/** DER of an ed25519 public key up to the key itself (RFC 8410). */
const DER_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEYS_MAX = 4_096;
/** Keys met before, least recently met first: importing one costs as much as half a check. */
const imported = new Map<SessionKey, KeyObject>();

export type Ed25519KeyVerdict = 'valid' | 'malformed' | 'lowOrderKey';

/** Whether a key may be a session key: 32 bytes of lower-case hexadecimal, the one form of its point, and of no low order. */
export function checkEd25519Key(key: SessionKey): Ed25519KeyVerdict {
  if (!/^[0-9a-f]{64}$/.test(key)) return 'malformed';
  const bytes = Buffer.from(key, 'hex');
  bytes[31] = (bytes[31] ?? 0) & 0x7f;
  if (Buffer.compare(Buffer.from(bytes).reverse(), FIELD_PRIME) >= 0) return 'malformed';
  return LOW_ORDER_Y.has(bytes.toString('hex')) ? 'lowOrderKey' : 'valid';
}

/** True when S, the second half of a 64-byte signature, is not below the order: the second form of a signature. */
export function isMalleatedEd25519(signature: Uint8Array): boolean {
  for (let at = 31; at >= 0; at -= 1) {
    const difference = (signature[32 + at] ?? 0) - (GROUP_ORDER[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** True when `signature` is the key's over `message`. Never throws; a key that is no point verifies nothing. */
export function verifyEd25519(key: SessionKey, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, keyObject(key), signature);
  } catch {
    return false;
  }
}

function keyObject(key: SessionKey): KeyObject {
  const known = imported.get(key);
  if (known !== undefined) {
    imported.delete(key);
    imported.set(key, known);
    return known;
  }
  const made = createPublicKey({ key: Buffer.concat([DER_PREFIX, Buffer.from(key, 'hex')]), format: 'der', type: 'spki' });
  if (imported.size >= KEYS_MAX)
    for (const oldest of imported.keys()) {
      imported.delete(oldest);
      break;
    }
  imported.set(key, made);
  return made;
}
