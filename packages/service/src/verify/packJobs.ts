import type { SignatureJob, SignatureVerdict } from './signatureJob.ts';

/**
 * Jobs as one run of bytes, so that a batch crosses threads by transfer instead of being cloned object by object. Per job: a byte for the
 * kind; then digest 32, signature 65, address 20; or signature 64, key 32, message length 4 (little-endian), message.
 */

const SECP256K1 = 0;
const ED25519 = 1;
const SECP256K1_BYTES = 1 + 32 + 65 + 20;
const ED25519_BYTES = 1 + 64 + 32 + 4;

/** Verdicts by the byte that stands for them between threads. */
const VERDICTS: readonly SignatureVerdict[] = ['valid', 'malformed', 'malleated', 'lowOrderKey', 'wrongSigner'];

/** True for jobs whose fields have their lengths; any other is malformed, whoever signed it, and is not packed. */
export function isPackable(job: SignatureJob): boolean {
  if (job.kind === 'secp256k1')
    return job.digest.length === 32 && job.signature.length === 65 && /^0x[0-9a-f]{40}$/.test(job.address);
  return job.signature.length === 64 && /^[0-9a-f]{64}$/.test(job.key);
}

/** Every job must be packable. */
export function packJobs(jobs: readonly SignatureJob[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const job of jobs) length += job.kind === 'secp256k1' ? SECP256K1_BYTES : ED25519_BYTES + job.message.length;
  // Its own memory, not a slice of a shared pool: it is transferred.
  const bytes = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (const job of jobs) {
    if (job.kind === 'secp256k1') {
      bytes[at] = SECP256K1;
      bytes.set(job.digest, at + 1);
      bytes.set(job.signature, at + 33);
      bytes.write(job.address.slice(2), at + 98, 'hex');
      at += SECP256K1_BYTES;
    } else {
      bytes[at] = ED25519;
      bytes.set(job.signature, at + 1);
      bytes.write(job.key, at + 65, 'hex');
      bytes.writeUInt32LE(job.message.length, at + 97);
      bytes.set(job.message, at + ED25519_BYTES);
      at += ED25519_BYTES + job.message.length;
    }
  }
  return bytes;
}

/** The jobs that `packJobs` packed; its caller is this program, so bytes that are none throw. */
export function unpackJobs(packed: Uint8Array): readonly SignatureJob[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const jobs: SignatureJob[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === SECP256K1) {
      const address = `0x${bytes.toString('hex', at + 98, at + SECP256K1_BYTES)}`;
      jobs.push({
        kind: 'secp256k1',
        digest: bytes.subarray(at + 1, at + 33),
        signature: bytes.subarray(at + 33, at + 98),
        address,
      });
      at += SECP256K1_BYTES;
    } else if (bytes[at] === ED25519) {
      const end = at + ED25519_BYTES + bytes.readUInt32LE(at + 97);
      jobs.push({
        kind: 'ed25519',
        signature: bytes.subarray(at + 1, at + 65),
        key: bytes.toString('hex', at + 65, at + 97),
        message: bytes.subarray(at + ED25519_BYTES, end),
      });
      at = end;
    } else {
      throw new Error('packed signature jobs start with their kind');
    }
  }
  return jobs;
}

export function packVerdicts(verdicts: readonly SignatureVerdict[]): Uint8Array {
  return Uint8Array.from(verdicts, (verdict) => VERDICTS.indexOf(verdict));
}

/** Null when these are not `count` verdicts: a worker's word is checked like anybody's. */
export function unpackVerdicts(packed: unknown, count: number): readonly SignatureVerdict[] | null {
  if (!(packed instanceof Uint8Array) || packed.length !== count) return null;
  const verdicts: SignatureVerdict[] = [];
  for (const byte of packed) {
    const verdict = VERDICTS[byte];
    if (verdict === undefined) return null;
    verdicts.push(verdict);
  }
  return verdicts;
}
