import { parentPort, workerData } from 'node:worker_threads';
import { directoryFactory } from '../identity/directory.ts';
import { type SnapshotJob, writeSnapshotOf } from './snapshotJob.ts';

/** Makes the one snapshot that this thread was started for, and says how many bytes it has. What it throws ends the thread. */
export async function serveSnapshot(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('snapshots are made in a worker thread');
  // `writeSnapshotInThread` started it.
  const bytes = await writeSnapshotOf(workerData as SnapshotJob, directoryFactory);
  port.postMessage(bytes);
}
