import { Worker } from 'node:worker_threads';
import { DataError, type DataErrorFacts } from '../data/dataError.ts';

export interface JobRun<Job, Result> {
  /** The `.mjs` that a worker thread starts with: it registers TypeScript, then serves jobs (`serveJobs`). */
  readonly entry: URL;
  readonly jobs: readonly Job[];
  readonly threads: number;
  /** Checks what a worker sent: threads exchange plain data, and nothing is believed. */
  readonly isResult: (value: unknown) => value is Result;
  /** How far each job is, from 0 to 1, by place; called whenever one moves. */
  readonly onProgress: (fractions: readonly number[]) => void;
}

/** What main thread and workers say to each other. */
export type ToWorker<Job> = { readonly place: number; readonly job: Job };
export type FromWorker =
  | { readonly kind: 'progress'; readonly place: number; readonly fraction: number }
  | { readonly kind: 'result'; readonly place: number; readonly result: unknown }
  | { readonly kind: 'badData'; readonly place: number; readonly facts: DataErrorFacts }
  | { readonly kind: 'failure'; readonly place: number; readonly message: string; readonly stack: string };

/**
 * Runs jobs on worker threads, the next one on whichever is free. Results come back in the order of the jobs, so nothing depends on
 * which thread was faster. The first failure ends all and is thrown.
 */
export async function runJobs<Job, Result>(run: JobRun<Job, Result>): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const fractions = run.jobs.map(() => 0);
  let next = 0;
  const workers: Worker[] = [];
  try {
    await Promise.all(
      Array.from({ length: Math.min(run.threads, run.jobs.length) }, () => {
        const worker = new Worker(run.entry);
        workers.push(worker);
        return new Promise<void>((resolve, reject) => {
          const give = (): void => {
            const job = run.jobs[next];
            if (job === undefined) return resolve();
            const message: ToWorker<Job> = { place: next, job };
            next += 1;
            worker.postMessage(message);
          };
          worker.on('message', (message: FromWorker) => {
            if (message.kind === 'badData') return reject(new DataError(message.facts));
            if (message.kind === 'failure') return reject(Object.assign(new Error(message.message), { stack: message.stack }));
            fractions[message.place] = message.kind === 'progress' ? message.fraction : 1;
            run.onProgress(fractions);
            if (message.kind === 'progress') return;
            if (!run.isResult(message.result))
              return reject(new Error(`job ${message.place} returned something else than a result`));
            results.set(message.place, message.result);
            give();
          });
          worker.on('error', reject);
          give();
        });
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return run.jobs.map((_, place) => {
    const result = results.get(place);
    if (result === undefined) throw new Error(`job ${place} has no result`);
    return result;
  });
}
