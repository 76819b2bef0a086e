import { checkSignature } from './checkSignature.ts';
import { type SignatureVerifier, VerifyUnavailable } from './signatureJob.ts';

/** Checks signatures where it is called: for tests and tools, and where worker threads cannot run. */
export function createInThreadVerifier(): SignatureVerifier {
  let isClosed = false;
  return {
    async verify(jobs) {
      if (isClosed) throw new VerifyUnavailable('verifyClosed', 'The verifier is closed.', { retryAfterMs: 0 });
      return jobs.map(checkSignature);
    },
    load: () => ({ waitingJobs: 0, waitingJobsMax: Number.MAX_SAFE_INTEGER, threads: 0, replacedWorkers: 0 }),
    async close() {
      isClosed = true;
    },
  };
}
