import { Worker } from 'node:worker_threads';
import { checkSignature } from './checkSignature.ts';
import { isPackable, packJobs, unpackVerdicts } from './packJobs.ts';
import { type SignatureJob, type SignatureVerdict, type SignatureVerifier, VerifyUnavailable } from './signatureJob.ts';

export interface VerifyPoolOptions {
  readonly threads: number;
  /** Most jobs taken and not answered; beyond it `verify` refuses. */
  readonly waitingJobsMax: number;
  /** Most jobs handed to a worker at once. */
  readonly batchMax: number;
  /** The `.mjs` that a worker starts with; a bundle names its own. */
  readonly entry: URL;
  /** Told when a worker dies, and when the pool goes on without workers. */
  readonly onWarning: (message: string) => void;
}

/** Beside this file, from source and in a bundle alike. */
export const VERIFY_WORKER: URL = new URL('./verifyWorker.mjs', import.meta.url);

/** Batches a worker has at once: the next one waits beside it, so that it never idles for a message. */
const BATCHES_PER_WORKER = 2;
/** Workers that die one after the other, before any of them has answered, mean that none can run here. */
const FUTILE_DEATHS_MAX = 4;
const RETRY_AFTER_MS = 20;

/** One call of `verify`. */
interface Request {
  readonly verdicts: SignatureVerdict[];
  missing: number;
  readonly resolve: (verdicts: readonly SignatureVerdict[]) => void;
  readonly reject: (cause: unknown) => void;
}

interface WaitingJob {
  readonly job: SignatureJob;
  readonly request: Request;
  readonly place: number;
  attempts: number;
}

interface Seat {
  readonly worker: Worker;
  readonly batches: Map<number, readonly WaitingJob[]>;
}

/**
 * Checks signatures on worker threads. Jobs of many calls share a batch. A worker that dies is replaced and its jobs are tried once more; a job
 * whose second worker dies too is given up with `verifyWorkersDied`. Where no worker can start, jobs are checked in this thread, with a warning.
 */
export function createVerifyPool(options: VerifyPoolOptions): SignatureVerifier {
  const waiting: WaitingJob[] = [];
  const seats = new Set<Seat>();
  let openJobs = 0;
  let nextBatch = 0;
  let replacedWorkers = 0;
  let futileDeaths = 0;
  let isInThread = false;
  let isClosed = false;
  let onIdle: (() => void) | null = null;

  for (let i = 0; i < options.threads; i += 1) hire();

  return {
    verify(jobs) {
      if (isClosed) return Promise.reject(new VerifyUnavailable('verifyClosed', 'The verifier is closed.', { retryAfterMs: 0 }));
      if (openJobs + jobs.length > options.waitingJobsMax) {
        const message = `${openJobs} signatures are waiting to be checked, of at most ${options.waitingJobsMax}.`;
        return Promise.reject(new VerifyUnavailable('verifyQueueFull', message, { retryAfterMs: RETRY_AFTER_MS }));
      }
      if (jobs.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        const request: Request = { verdicts: jobs.map(() => 'malformed'), missing: jobs.length, resolve, reject };
        openJobs += jobs.length;
        for (const [place, job] of jobs.entries()) {
          if (isPackable(job)) waiting.push({ job, request, place, attempts: 0 });
          else settle({ job, request, place, attempts: 0 }, 'malformed');
        }
        dispatch();
      });
    },
    load: () => ({
      waitingJobs: openJobs,
      waitingJobsMax: options.waitingJobsMax,
      threads: isInThread ? 0 : seats.size,
      replacedWorkers,
    }),
    async close() {
      isClosed = true;
      if (openJobs > 0)
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      const workers = [...seats].map((seat) => seat.worker);
      seats.clear();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };

  function hire(): void {
    const seat: Seat = { worker: new Worker(options.entry), batches: new Map() };
    seats.add(seat);
    let cause: unknown = null;
    seat.worker.on('message', (reply: unknown) => receive(seat, reply));
    seat.worker.on('error', (error) => {
      cause = error;
    });
    seat.worker.on('exit', (exitCode) => bury(seat, cause ?? new Error(`exit code ${exitCode}`)));
  }

  function dispatch(): void {
    if (isInThread) return checkHere();
    for (const seat of seats) {
      while (waiting.length > 0 && seat.batches.size < BATCHES_PER_WORKER) {
        const jobs = waiting.splice(0, Math.min(options.batchMax, fairShare()));
        const batch = nextBatch;
        nextBatch += 1;
        seat.batches.set(batch, jobs);
        const packed = packJobs(jobs.map((one) => one.job));
        seat.worker.postMessage({ batch, jobs: packed }, [packed.buffer]);
      }
    }
  }

  /** A burst is spread over the workers instead of filling the first one's batch. */
  function fairShare(): number {
    return Math.max(1, Math.ceil(waiting.length / Math.max(1, seats.size)));
  }

  function receive(seat: Seat, reply: unknown): void {
    const { batch, packed } = readReply(reply);
    const jobs = seat.batches.get(batch);
    const verdicts = jobs === undefined ? null : unpackVerdicts(packed, jobs.length);
    if (jobs === undefined || verdicts === null) {
      // A worker that talks nonsense is no better than a dead one: its jobs go elsewhere.
      void seat.worker.terminate();
      return;
    }
    futileDeaths = 0;
    seat.batches.delete(batch);
    for (const [place, job] of jobs.entries()) settle(job, verdicts[place] ?? 'malformed');
    dispatch();
  }

  function settle({ request, place }: WaitingJob, verdict: SignatureVerdict): void {
    request.verdicts[place] = verdict;
    request.missing -= 1;
    openJobs -= 1;
    if (request.missing === 0) request.resolve(request.verdicts);
    if (openJobs === 0) onIdle?.();
  }

  /** A worker died: its jobs go back to the front, and somebody takes its place. */
  function bury(seat: Seat, cause: unknown): void {
    if (!seats.delete(seat)) return;
    futileDeaths += 1;
    const reason = cause instanceof Error ? cause.message : String(cause);
    for (const jobs of [...seat.batches.values()].reverse()) {
      const again = jobs.filter((job) => job.attempts === 0);
      for (const job of again) job.attempts = 1;
      waiting.unshift(...again);
      for (const job of jobs) if (!again.includes(job)) giveUp(job, cause);
    }
    if (futileDeaths > FUTILE_DEATHS_MAX) {
      isInThread = true;
      options.onWarning(`no verification worker can run here (${reason}): signatures are checked in the main thread`);
    } else {
      replacedWorkers += 1;
      options.onWarning(`a verification worker died (${reason}) and was replaced`);
      hire();
    }
    dispatch();
  }

  function giveUp(job: WaitingJob, cause: unknown): void {
    const message = 'Two verification workers died over this signature.';
    job.request.reject(new VerifyUnavailable('verifyWorkersDied', message, { retryAfterMs: 0, cause }));
    settle(job, 'malformed');
  }

  function checkHere(): void {
    for (const one of waiting.splice(0)) settle(one, checkSignature(one.job));
  }
}

function readReply(reply: unknown): { readonly batch: number; readonly packed: unknown } {
  if (typeof reply === 'object' && reply !== null && 'batch' in reply && 'verdicts' in reply && typeof reply.batch === 'number')
    return { batch: reply.batch, packed: reply.verdicts };
  return { batch: -1, packed: null };
}
