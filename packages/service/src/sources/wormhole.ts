import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Address } from '../contracts/identityChange.ts';
import type { SignatureJob, SignatureVerifier } from '../verify/signatureJob.ts';
import { VAA_BODY_BYTES_MAX } from './pythLimits.ts';
import { PayloadFault } from './sourceReport.ts';
import { createWideReader, takeBytes, takeRest, takeUint, takeUint64 } from './wideReader.ts';

/**
 * Verified action approvals of Wormhole, version 1: a header with guardian signatures, and a body that they signed. Format and rules: Wormhole
 * documentation, “Verified Action Approvals”, and the core contract's `parseAndVerifyVM` (docs/price-sources.md has address and date).
 */
export interface Vaa {
  readonly guardianSet: number;
  readonly signatures: readonly { readonly guardian: number; readonly signature: Buffer }[];
  /** Guardians sign keccak256(keccak256(body)). */
  readonly body: Buffer;
  readonly timestamp: number;
  readonly emitterChain: number;
  /** 32 bytes of lower-case hexadecimal. */
  readonly emitterAddress: string;
  readonly sequence: bigint;
  readonly payload: Buffer;
}

/** The keys of a guardian set, in the order of their indexes. Sets that were replaced are taken out of the parameters. */
export interface GuardianSet {
  readonly index: number;
  readonly guardians: readonly Address[];
  /** How many of them sign at least: `guardianQuorum` for Wormhole's own sets, three for the five routers of Pyth (docs/price-sources.md). */
  readonly quorum: number;
}

const VERSION = 1;
const SIGNATURE_BYTES = 65;

/** Hashes nothing: cost is that of its length. */
export function parseVaa(bytes: Uint8Array): Vaa {
  const reader = createWideReader(bytes);
  const version = takeUint(reader, 1);
  if (version !== VERSION) throw new PayloadFault('unsupported', `VAA version ${version} is not read here`);
  const guardianSet = takeUint(reader, 4);
  const count = takeUint(reader, 1);
  const signatures = Array.from({ length: count }, () => ({
    guardian: takeUint(reader, 1),
    signature: takeBytes(reader, SIGNATURE_BYTES),
  }));
  const body = takeRest(reader);
  if (body.length > VAA_BODY_BYTES_MAX)
    throw new PayloadFault('malformedPayload', `the body of a VAA has at most ${VAA_BODY_BYTES_MAX} bytes`);
  const fields = createWideReader(body);
  const timestamp = takeUint(fields, 4);
  // The nonce of the emitter.
  takeUint(fields, 4);
  const emitterChain = takeUint(fields, 2);
  const emitterAddress = takeBytes(fields, 32).toString('hex');
  const sequence = takeUint64(fields);
  // The consistency level.
  takeUint(fields, 1);
  const payload = takeRest(fields);
  return {
    guardianSet,
    signatures,
    body,
    timestamp,
    emitterChain,
    emitterAddress,
    sequence,
    payload,
  };
}

/** Wormhole's own rule: more than two thirds of the guardians. */
export function guardianQuorum(guardians: number): number {
  return Math.floor((guardians * 2) / 3) + 1;
}

/**
 * Checks every signature of a VAA against the guardians of its set: rising indexes, each by its guardian, a quorum of them. Throws a
 * `PayloadFault`; false when the set is not held, so that nothing can be said.
 */
export async function verifyVaa(
  vaa: Vaa,
  sets: readonly GuardianSet[],
  verifier: Pick<SignatureVerifier, 'verify'>,
): Promise<boolean> {
  const set = sets.find((candidate) => candidate.index === vaa.guardianSet);
  if (set === undefined) return false;
  const digest = keccak_256(keccak_256(vaa.body));
  const jobs: SignatureJob[] = [];
  let previous = -1;
  for (const { guardian, signature } of vaa.signatures) {
    if (guardian <= previous) throw new PayloadFault('badSignature', 'the guardians of a VAA are not in rising order');
    previous = guardian;
    const address = set.guardians[guardian];
    if (address === undefined) throw new PayloadFault('unknownSigner', `guardian set ${set.index} has no guardian ${guardian}`);
    jobs.push({ kind: 'secp256k1', digest, signature, address });
  }
  const { quorum } = set;
  if (jobs.length < quorum) throw new PayloadFault('tooFewSignatures', `${jobs.length} guardians signed, and it takes ${quorum}`);
  const verdicts = await verifier.verify(jobs).catch((cause: unknown) => {
    throw new PayloadFault('verifierUnavailable', cause instanceof Error ? cause.message : String(cause));
  });
  const wrong = verdicts.findIndex((verdict) => verdict !== 'valid');
  if (wrong >= 0)
    throw new PayloadFault('badSignature', `the signature of guardian ${vaa.signatures[wrong]?.guardian} is ${verdicts[wrong]}`);
  return true;
}
