import type { Address, SessionKey } from '../contracts/identityChange.ts';

/** One signature to check. Plain data: it crosses threads. */
export type SignatureJob =
  | {
      readonly kind: 'secp256k1';
      /** 32 bytes that were signed. */
      readonly digest: Uint8Array;
      /** r ‖ s ‖ v, 65 bytes; v is 0, 1, 27 or 28. */
      readonly signature: Uint8Array;
      /** Who should have signed. */
      readonly address: Address;
    }
  | {
      readonly kind: 'ed25519';
      readonly message: Uint8Array;
      /** R ‖ S, 64 bytes. */
      readonly signature: Uint8Array;
      readonly key: SessionKey;
    };

/**
 * What became of a signature. `malleated`: a second form of a signature (s in the upper half of the order, S of ed25519 not below it), refused
 * although it may recover; `lowOrderKey`: a key under which a signature proves nothing; `wrongSigner`: well formed, and not theirs or not of this message.
 */
export type SignatureVerdict = 'valid' | 'malformed' | 'malleated' | 'lowOrderKey' | 'wrongSigner';

/** Checks signatures, in order of the jobs. */
export interface SignatureVerifier {
  /** One verdict per job, in order. Rejects with `VerifyUnavailable` at once when there is no room, and when the verifier is closed. */
  verify(jobs: readonly SignatureJob[]): Promise<readonly SignatureVerdict[]>;
  load(): VerifierLoad;
  /** Lets what was taken finish, and takes nothing more. */
  close(): Promise<void>;
}

export interface VerifierLoad {
  readonly waitingJobs: number;
  readonly waitingJobsMax: number;
  readonly threads: number;
  /** Workers that died and were replaced since the start. */
  readonly replacedWorkers: number;
}

/** Not checked: there was no room, or the verifier was closed, or a job killed two workers. The caller may come back later unless it is closed. */
export class VerifyUnavailable extends Error {
  readonly code: 'verifyQueueFull' | 'verifyClosed' | 'verifyWorkersDied';
  readonly retryAfterMs: number;

  constructor(
    code: VerifyUnavailable['code'],
    message: string,
    options: { readonly retryAfterMs: number; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'VerifyUnavailable';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
