import { Worker } from 'node:worker_threads';
import type { SnapshotJob } from './snapshotJob.ts';

/** Beside this file, from source and in a bundle alike. */
export const SNAPSHOT_WORKER: URL = new URL('./snapshotWorker.mjs', import.meta.url);

/** A snapshot that is being made by another thread. */
export interface SnapshotThread {
  /** Bytes of the snapshot once it stands. Rejects when the thread failed or was stopped. */
  readonly written: Promise<number>;
  /** Ends the thread wherever it is; what it leaves is a temporary file, which the next snapshot or start removes. */
  stop(): Promise<void>;
}

/** Starts a thread that makes one snapshot and ends. */
export function writeSnapshotInThread(entry: URL, job: SnapshotJob): SnapshotThread {
  const worker = new Worker(entry, { workerData: job });
  const written = new Promise<number>((resolve, reject) => {
    worker.once('message', (bytes: unknown) => {
      if (typeof bytes === 'number') resolve(bytes);
      else reject(new Error('the thread answered with something else'));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
  });
  return {
    written,
    async stop() {
      await worker.terminate();
    },
  };
}
