/** Waits so many milliseconds, or until the signal, whichever is first; never rejects. A test passes one that keeps its own time. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** By the machine's timers. */
export const machineWait: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
