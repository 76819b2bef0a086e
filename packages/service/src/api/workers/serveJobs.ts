import { parentPort } from 'node:worker_threads';

/** The thread's side of a job pool: answers each job, or says what was wrong with it, until the pool ends the thread. */
export function serveJobs<Job, Answer>(answerOf: (job: Job) => Answer | Promise<Answer>): void {
  const port = parentPort;
  if (port === null) throw new Error('jobs are served in a worker thread');
  port.on('message', (job: Job) => {
    void (async () => {
      try {
        port.postMessage({ answer: await answerOf(job) });
      } catch (cause) {
        const isError = cause instanceof Error;
        port.postMessage({ fault: isError ? cause.message : String(cause), name: isError ? cause.name : null });
      }
    })();
  });
}
