import { unreachable } from '@plimsoll/core/numeric';
import { checkEd25519Key, isMalleatedEd25519, verifyEd25519 } from './ed25519.ts';
import { isMalleated, recoverAddress, recoveryOf } from './secp256k1.ts';
import type { SignatureJob, SignatureVerdict } from './signatureJob.ts';

/** Checks one signature in this thread: about 60 µs native, whichever curve. Never throws. */
export function checkSignature(job: SignatureJob): SignatureVerdict {
  switch (job.kind) {
    case 'secp256k1': {
      const recovery = recoveryOf(job.signature[64]);
      if (job.digest.length !== 32 || job.signature.length !== 65 || recovery === null) return 'malformed';
      if (isMalleated(job.signature)) return 'malleated';
      return recoverAddress(job.digest, job.signature.subarray(0, 64), recovery) === job.address ? 'valid' : 'wrongSigner';
    }
    case 'ed25519': {
      if (job.signature.length !== 64) return 'malformed';
      const key = checkEd25519Key(job.key);
      if (key !== 'valid') return key;
      if (isMalleatedEd25519(job.signature)) return 'malleated';
      return verifyEd25519(job.key, job.message, job.signature) ? 'valid' : 'wrongSigner';
    }
    default:
      return unreachable(job);
  }
}
