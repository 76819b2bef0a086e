/** Signatures as they arrive, and the names of what can be wrong with them. */

import type { SessionKey } from '../contracts/identityChange.ts';
import { checkEd25519Key } from '../verify/ed25519.ts';
import type { SignatureVerdict } from '../verify/signatureJob.ts';
import type { SignatureCode } from './identityCodes.ts';

/** Order of the ed25519 base point, little-endian: a larger S is the second form of a signature. */
const GROUP_ORDER = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

/** What is wrong with a session's key or signature before any curve arithmetic; null when it may be checked. */
export function faultOfSessionSignature(key: SessionKey, signature: Uint8Array): SignatureCode | null {
  const verdict = checkEd25519Key(key);
  if (verdict === 'lowOrderKey') return 'lowOrderKey';
  if (verdict !== 'valid') return 'malformedKey';
  if (signature.length !== 64) return 'malformedSignature';
  return isBelowOrder(signature.subarray(32)) ? null : 'malleatedSignature';
}

function isBelowOrder(scalar: Uint8Array): boolean {
  for (let at = 31; at >= 0; at -= 1) {
    const difference = (scalar[at] ?? 0) - (GROUP_ORDER[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The name of a verdict; null when the signature is good. */
export function codeOfVerdict(verdict: SignatureVerdict): SignatureCode | null {
  switch (verdict) {
    case 'valid':
      return null;
    case 'malformed':
      return 'malformedSignature';
    case 'malleated':
      return 'malleatedSignature';
    case 'lowOrderKey':
    case 'wrongSigner':
      return verdict;
    default:
      return unknownVerdict(verdict);
  }
}

function unknownVerdict(verdict: never): never {
  throw new TypeError(`no such verdict: ${String(verdict)}`);
}
