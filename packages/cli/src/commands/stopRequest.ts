import { EXIT_OK } from '../exitCodes.ts';

/** When a service is to stop. */
export interface StopRequest {
  /** Resolves with the exit code on Ctrl-C and on a request to terminate; rejects when the service cannot go on. */
  readonly wait: Promise<number>;
  readonly isAsked: () => boolean;
  readonly fatal: (error: Error) => void;
}

/** Takes the first Ctrl-C for this process; a second one does not wait. */
export function createStopRequest(): StopRequest {
  let isAsked = false;
  let stop = (_: number): void => {};
  let fatal = (_: Error): void => {};
  const wait = new Promise<number>((resolve, reject) => {
    stop = resolve;
    fatal = reject;
  });
  // Nobody may be waiting yet when it fails.
  wait.catch(() => {});
  const ask = (): void => {
    isAsked = true;
    stop(EXIT_OK);
  };
  process.once('SIGINT', ask);
  process.once('SIGTERM', ask);
  return { wait, isAsked: () => isAsked, fatal };
}
