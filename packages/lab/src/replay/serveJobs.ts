import { parentPort } from 'node:worker_threads';
import { DataError, factsOf } from '../data/dataError.ts';
import type { FromWorker } from './runJobs.ts';

/**
 * Serves jobs in a worker thread until the main thread ends it. `decode` checks what arrived; `work` tells its progress.
 * A failure is reported with its message and stack, never swallowed; bad data with all its facts, so that it is still bad data there.
 */
export function serveJobs<Job>(
  decode: (value: unknown) => Job,
  work: (job: Job, onProgress: (fraction: number) => void) => Promise<unknown>,
): void {
  const port = parentPort;
  if (port === null) throw new Error('jobs are served in a worker thread');
  const say = (message: FromWorker): void => port.postMessage(message);
  port.on('message', (message: { readonly place: number; readonly job: unknown }) => {
    const { place } = message;
    Promise.resolve()
      .then(() => work(decode(message.job), (fraction) => say({ kind: 'progress', place, fraction })))
      .then((result) => say({ kind: 'result', place, result }))
      .catch((cause: unknown) => {
        if (cause instanceof DataError) return say({ kind: 'badData', place, facts: factsOf(cause) });
        const error = cause instanceof Error ? cause : new Error(String(cause));
        say({ kind: 'failure', place, message: error.message, stack: error.stack ?? '' });
      });
  });
}
