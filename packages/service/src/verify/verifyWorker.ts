import { parentPort } from 'node:worker_threads';
import { checkSignature } from './checkSignature.ts';
import { packVerdicts, unpackJobs } from './packJobs.ts';

/** What the pool sends a worker, and what comes back. */
export interface VerifyRequest {
  readonly batch: number;
  /** `packJobs`. */
  readonly jobs: Uint8Array;
}
export interface VerifyReply {
  readonly batch: number;
  /** `packVerdicts`. */
  readonly verdicts: Uint8Array;
}

/** Checks batches in a worker thread until the pool ends it. */
export function serveVerification(): void {
  const port = parentPort;
  if (port === null) throw new Error('signatures are checked in a worker thread');
  port.on('message', ({ batch, jobs }: VerifyRequest) => {
    const reply: VerifyReply = { batch, verdicts: packVerdicts(unpackJobs(jobs).map(checkSignature)) };
    port.postMessage(reply);
  });
}
