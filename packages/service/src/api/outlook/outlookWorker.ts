import { parentPort } from 'node:worker_threads';
import { type OutlookJob, runOutlook } from './outlookJob.ts';

/** Answers each job with its outlook, or with the sentence of what was wrong with it, until the pool ends the thread. */
export function serveOutlooks(): void {
  const port = parentPort;
  if (port === null) throw new Error('liquidation prices are searched in a worker thread');
  port.on('message', ({ id, job }: { readonly id: number; readonly job: OutlookJob }) => {
    try {
      port.postMessage({ id, outlook: runOutlook(job) });
    } catch (cause) {
      port.postMessage({ id, fault: cause instanceof Error ? cause.message : String(cause) });
    }
  });
}
