/**
 * A stream whose `return` takes effect at once: it aborts the signal that the generator waits under, where a generator's own would queue
 * behind what it waits for. A generator ends when its signal is aborted.
 */
export function abortable<T>(run: (signal: AbortSignal) => AsyncGenerator<T, void>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const controller = new AbortController();
      const inner = run(controller.signal);
      return {
        next: () => inner.next(),
        return() {
          controller.abort();
          return inner.return();
        },
      };
    },
  };
}
