/**
 * A signal that is aborted after so long, or with another. Of its own, not `AbortSignal.any`: the other lives as long as the service, and
 * nothing of a request may stay behind in it.
 */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Counts anew from now. */
  restart(ms: number): void;
  /** To be called whatever happened: lets go of timer and signal. */
  end(): void;
}

export function createDeadline(ms: number, stop: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (stop.aborted) abort();
  stop.addEventListener('abort', abort);
  let timer = setTimeout(abort, ms);
  return {
    signal: controller.signal,
    restart(next) {
      clearTimeout(timer);
      timer = setTimeout(abort, next);
    },
    end() {
      clearTimeout(timer);
      stop.removeEventListener('abort', abort);
    },
  };
}
