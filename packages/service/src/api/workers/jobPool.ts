/** A few threads for what takes longer than a block may wait: one job each at a time, a bounded queue, and an end to every job. */

import { Worker } from 'node:worker_threads';
import { isRecord } from '../validation.ts';

export interface JobPool<Job, Answer> {
  /** Null when too many wait already. Rejects with `JobFailed`, at once when the pool is closed. */
  run(job: Job): Promise<Answer> | null;
  /** Jobs that wait or are under way. */
  waiting(): number;
  close(): Promise<void>;
}

/** `fault`: the job itself could not be done; `died`: its thread went; `tooLong`: it was stopped; `closed`: the pool was. */
export type JobFailure = 'fault' | 'died' | 'tooLong' | 'closed';

/** Why there is no answer. */
export class JobFailed extends Error {
  override readonly name: string = 'JobFailed';
  readonly failure: JobFailure;
  /** Of a fault: the name of the error in the thread. */
  readonly causeName: string | null;

  constructor(failure: JobFailure, message: string, causeName: string | null = null) {
    super(message);
    this.failure = failure;
    this.causeName = causeName;
  }
}

export interface JobPoolOptions {
  /** The `.mjs` that a thread starts with, which calls `serveJobs`; a bundle names its own. */
  readonly entry: URL;
  readonly threads: number;
  /** Jobs that wait or are under way, at most. */
  readonly waitingMax: number;
  /** After it the thread is ended with what it does. */
  readonly timeLimitMs: number;
  /** For warnings: "the thread that searches …". */
  readonly what: string;
  readonly onWarning: (message: string) => void;
}

interface Task<Job, Answer> {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: JobFailed) => void;
}

interface Seat<Job, Answer> {
  readonly worker: Worker;
  task: Task<Job, Answer> | null;
  timer: NodeJS.Timeout | null;
}

function closedFailure(): JobFailed {
  return new JobFailed('closed', 'The service is stopping.');
}

/** Hires a thread when a job finds none idle. One that dies fails the job that it had, and the next job hires another. */
export function createJobPool<Job, Answer>(options: JobPoolOptions): JobPool<Job, Answer> {
  const queue: Task<Job, Answer>[] = [];
  const seats = new Set<Seat<Job, Answer>>();
  let open = 0;
  let isClosed = false;

  function dispatch(): void {
    while (queue.length > 0) {
      const seat = [...seats].find(({ task }) => task === null) ?? (seats.size < options.threads ? hire() : null);
      const task = seat === null ? undefined : queue.shift();
      if (seat === null || task === undefined) return;
      seat.task = task;
      seat.timer = setTimeout(() => {
        fail(seat, new JobFailed('tooLong', `${options.what} took longer than ${options.timeLimitMs} ms and was stopped.`));
        dismiss(seat);
      }, options.timeLimitMs);
      post(seat, task.job);
    }
  }

  /** What cannot be copied to a thread, because it is nested too deep for that, fails alone: this may run where nobody would catch it. */
  function post(seat: Seat<Job, Answer>, job: Job): void {
    try {
      seat.worker.postMessage(job);
    } catch (cause) {
      const isError = cause instanceof Error;
      fail(seat, new JobFailed('fault', isError ? cause.message : String(cause), isError ? cause.name : null));
    }
  }

  function hire(): Seat<Job, Answer> {
    const worker = new Worker(options.entry);
    // A job that is under way keeps no process alive: whoever waits for it does.
    worker.unref();
    const seat: Seat<Job, Answer> = { worker, task: null, timer: null };
    seats.add(seat);
    worker.on('message', (reply: unknown) => receive(seat, reply));
    worker.on('error', (cause) => options.onWarning(`a thread died over ${options.what}: ${cause.message}`));
    worker.on('exit', () => {
      fail(seat, new JobFailed('died', 'The thread died.'));
      seats.delete(seat);
      dispatch();
    });
    return seat;
  }

  function dismiss(seat: Seat<Job, Answer>): void {
    seats.delete(seat);
    void seat.worker.terminate();
    dispatch();
  }

  function taken(seat: Seat<Job, Answer>): Task<Job, Answer> | null {
    const { task, timer } = seat;
    if (timer !== null) clearTimeout(timer);
    if (task !== null) open -= 1;
    seat.task = null;
    seat.timer = null;
    return task;
  }

  function fail(seat: Seat<Job, Answer>, cause: JobFailed): void {
    taken(seat)?.reject(cause);
  }

  function receive(seat: Seat<Job, Answer>, reply: unknown): void {
    if (!isRecord(reply)) return dismiss(seat);
    if (typeof reply['fault'] === 'string')
      fail(seat, new JobFailed('fault', reply['fault'], typeof reply['name'] === 'string' ? reply['name'] : null));
    // The thread answers what its job asks for: both ends are made of one type.
    else taken(seat)?.resolve(reply['answer'] as Answer);
    dispatch();
  }

  return {
    run(job) {
      if (isClosed) return Promise.reject(closedFailure());
      if (open >= options.waitingMax) return null;
      open += 1;
      const answer = new Promise<Answer>((resolve, reject) => queue.push({ job, resolve, reject }));
      dispatch();
      return answer;
    },
    waiting: () => open,
    async close() {
      isClosed = true;
      const closed = closedFailure();
      for (const { reject } of queue.splice(0)) reject(closed);
      const leaving = [...seats];
      seats.clear();
      for (const seat of leaving) fail(seat, closed);
      await Promise.all(leaving.map(({ worker }) => worker.terminate()));
    },
  };
}
