import { TransportFault } from '../transportFault.ts';
import { abortable } from './abortable.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { createDeadline } from './deadline.ts';
import { createEventStreamReader } from './eventStream.ts';
import { brokenBy, type EndpointRequest, openAnswer } from './openAnswer.ts';
import type { Wait } from './wait.ts';

/** How a stream of server-sent events is kept open. */
export interface StreamParameters {
  readonly request: () => EndpointRequest;
  /** Until the head of the answer is there. */
  readonly timeoutMs: number;
  /** A stream without an event for so long is given up and opened anew; comments that keep a connection alive do not count. */
  readonly silenceMs: number;
  /** Characters of one event. */
  readonly lengthMax: number;
  readonly backoff: Backoff;
  readonly wait: Wait;
}

/**
 * Payloads of a stream that is opened again whenever it ends. An end after events is what endpoints do (Hermes closes after 24 hours): it is
 * opened again after the first wait, and that is no fault. Everything else comes as a `TransportFault`, what is no JSON among it, and closes the
 * connection; waits grow until an event comes.
 */
export function streamPayloads(parameters: StreamParameters): AsyncIterable<unknown> {
  const { backoff, wait } = parameters;
  return abortable(async function* stream(signal) {
    let failures = 0;
    while (!signal.aborted) {
      let hasEvents = false;
      let fault: TransportFault | null = null;
      for await (const item of connection(parameters, signal)) {
        if (signal.aborted) return;
        if (item instanceof TransportFault) fault = item;
        else {
          hasEvents = true;
          yield item.json;
        }
      }
      if (signal.aborted) return;
      if (hasEvents) failures = 0;
      if (fault === null && hasEvents) {
        await wait(backoff.firstMs, signal);
        continue;
      }
      fault ??= new TransportFault('streamEnded', `${parameters.request().url.host} ended the stream without an event`);
      failures += 1;
      yield fault;
      await wait(backoffMs(backoff, failures, fault), signal);
    }
  });
}

/** One connection: its events as JSON, and a fault as the last item when it did not end by itself. */
async function* connection(
  { request, timeoutMs, silenceMs, lengthMax }: StreamParameters,
  stop: AbortSignal,
): AsyncGenerator<{ readonly json: unknown } | TransportFault, void> {
  const asked = request();
  const { host } = asked.url;
  const deadline = createDeadline(timeoutMs, stop);
  try {
    const answer = await openAnswer(asked, deadline.signal);
    if (answer instanceof TransportFault) return yield answer;
    if (answer.contentType !== 'text/event-stream') {
      void answer.body.cancel().catch(() => {});
      return yield new TransportFault('malformedAnswer', `${host} answers with what is no event stream`);
    }
    const reader = createEventStreamReader(lengthMax);
    deadline.restart(silenceMs);
    for await (const bytes of answer.body) {
      const events = reader.read(bytes);
      if (events === null)
        return yield new TransportFault('answerTooLarge', `${host} sends an event of more than ${lengthMax} characters`);
      if (events.length > 0) deadline.restart(silenceMs);
      for (const event of events) {
        const json = jsonOf(event);
        if (json === null) return yield new TransportFault('malformedAnswer', `${host} sends an event that is no JSON`);
        yield json;
      }
    }
  } catch (cause) {
    yield brokenBy(cause, asked.url, deadline.signal);
  } finally {
    deadline.end();
  }
}

function jsonOf(event: string): { readonly json: unknown } | null {
  try {
    return { json: JSON.parse(event) };
  } catch {
    return null;
  }
}
