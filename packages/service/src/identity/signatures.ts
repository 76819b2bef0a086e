/** Signatures as they arrive, and the names of what can be wrong with them. */

import type { SessionKey } from '../contracts/identityChange.ts';
import { checkEd25519Key, isMalleatedEd25519 } from '../verify/ed25519.ts';
import type { SignatureVerdict } from '../verify/signatureJob.ts';
import type { SignatureCode } from './identityCodes.ts';

/** What is wrong with a session's key or signature before any curve arithmetic; null when it may be checked. */
export function faultOfSessionSignature(key: SessionKey, signature: Uint8Array): SignatureCode | null {
  const verdict = checkEd25519Key(key);
  if (verdict === 'lowOrderKey') return 'lowOrderKey';
  if (verdict !== 'valid') return 'malformedKey';
  if (signature.length !== 64) return 'malformedSignature';
  return isMalleatedEd25519(signature) ? 'malleatedSignature' : null;
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
