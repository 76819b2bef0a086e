/** Liquidation prices on a thread of their own: a search takes as long as hundreds of blocks, and blocks must not wait for it. */

import { Worker } from 'node:worker_threads';
import type { LiquidationOutlook } from '../../views/liquidationOutlook.ts';
import { type OutlookJob, runOutlook } from './outlookJob.ts';

export interface OutlookSearch {
  /** Null when too many wait already. Rejects with `OutlookFailed`. */
  search(job: OutlookJob): Promise<LiquidationOutlook> | null;
  close(): Promise<void>;
}

/** The search could not be done, or its thread died over it. */
export class OutlookFailed extends Error {
  override readonly name: string = 'OutlookFailed';
}

export interface OutlookPoolOptions {
  /** The `.mjs` that the worker starts with; a bundle names its own. */
  readonly entry: URL;
  readonly waitingMax: number;
  readonly onWarning: (message: string) => void;
}

/** Beside this file, from source and in a bundle alike. */
export const OUTLOOK_WORKER: URL = new URL('./outlookWorker.mjs', import.meta.url);

interface Waiting {
  readonly resolve: (outlook: LiquidationOutlook) => void;
  readonly reject: (cause: Error) => void;
}

type Reply = { readonly id: number; readonly outlook: LiquidationOutlook } | { readonly id: number; readonly fault: string };

/** Starts its thread with the first search. One that dies fails what it had, and the next search starts another. */
export function createOutlookPool(options: OutlookPoolOptions): OutlookSearch {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let next = 0;

  function hire(): Worker {
    const hired = new Worker(options.entry);
    // A search that is under way keeps no process alive: whoever waits for it does.
    hired.unref();
    hired.on('message', (reply: Reply) => {
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('outlook' in reply) one?.resolve(reply.outlook);
      else one?.reject(new OutlookFailed(reply.fault));
    });
    hired.on('error', (cause) => options.onWarning(`the thread that searches liquidation prices died: ${cause.message}`));
    hired.on('exit', () => {
      if (worker === hired) worker = null;
      for (const one of waiting.values()) one.reject(new OutlookFailed('The thread that searches died.'));
      waiting.clear();
    });
    return hired;
  }

  return {
    search(job) {
      if (waiting.size >= options.waitingMax) return null;
      worker ??= hire();
      const id = next;
      next += 1;
      const found = new Promise<LiquidationOutlook>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, job });
      return found;
    },
    async close() {
      await worker?.terminate();
    },
  };
}

/** Searches where it is asked: for tests, and tools that nobody else waits for. */
export function createInThreadOutlook(): OutlookSearch {
  return {
    search: async (job) => runOutlook(job),
    close: async () => {},
  };
}
