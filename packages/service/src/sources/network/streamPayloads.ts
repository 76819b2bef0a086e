import { TransportFault } from '../transportFault.ts';
import { abortable } from './abortable.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { boundedJson } from './boundedJson.ts';
import { createDeadline } from './deadline.ts';
import { createEventStreamReader } from './eventStream.ts';
import { brokenBy, type EndpointRequest, openAnswer } from './openAnswer.ts';
import { createPace, type Pace } from './pace.ts';
import type { Wait } from './wait.ts';

/** How a stream of server-sent events is kept open. */
export interface StreamParameters {
  readonly request: () => EndpointRequest;
  /** Until the head of the answer is there. */
  readonly timeoutMs: number;
  /** A stream without an event for so long is given up and opened anew; comments that keep a connection alive do not count. */
  readonly silenceMs: number;
  /** Characters of one event, however long the answer to the request itself may be. */
  readonly lengthMax: number;
  readonly backoff: Backoff;
  readonly wait: Wait;
  /** Milliseconds that the pace is measured by; the machine's own, unless a test passes others. Never runs back. */
  readonly nowMs?: () => number;
}

/** What is read in a second, in events of the longest kind: endpoints send two or three a second, and far shorter ones. */
const EVENTS_PER_SECOND = 4;
/** What may be read at once, in the same. */
const BURST_EVENTS = 2;
/** An event costs at least so much of the longest, and a piece of a stream so much, however short they are: 64 and 256 a second. */
const LEAST_OF_EVENT = 1 / 16;
const LEAST_OF_PIECE = 1 / 64;
/** A stream that has to be held back for so long on end is closed: what it says by then is old. */
const HELD_MAX_MS = 10_000;

/**
 * Payloads of a stream that is opened again whenever it ends. An end after events is what endpoints do (Hermes closes after 24 hours): it is
 * opened again after the first wait, and that is no fault. Everything else comes as a `TransportFault`, what is no JSON among it, and closes the
 * connection; waits grow until an event comes, and go on growing for a stream that sends too much. No more is read than a pace allows, comments
 * included, in all its connections together.
 */
export function streamPayloads(parameters: StreamParameters): AsyncIterable<unknown> {
  const { backoff, wait } = parameters;
  return abortable(async function* stream(signal) {
    let failures = 0;
    const pace = paceOf(parameters);
    while (!signal.aborted) {
      let hasEvents = false;
      let fault: TransportFault | null = null;
      for await (const item of connection(parameters, pace, signal)) {
        if (signal.aborted) return;
        if (item instanceof TransportFault) fault = item;
        else {
          hasEvents = true;
          yield item.json;
        }
      }
      if (signal.aborted) return;
      if (hasEvents && fault?.code !== 'answerTooLarge') failures = 0;
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
  parameters: StreamParameters,
  pace: Pace,
  stop: AbortSignal,
): AsyncGenerator<{ readonly json: unknown } | TransportFault, void> {
  const { request, timeoutMs, silenceMs } = parameters;
  const asked = request();
  const { host } = asked.url;
  const lengthMax = lengthMaxOf(asked, parameters);
  const tooMuch = (what: string): TransportFault => new TransportFault('answerTooLarge', `${host} sends ${what}`);
  const deadline = createDeadline(timeoutMs, stop);
  const { signal } = deadline;
  try {
    const answer = await openAnswer(asked, signal);
    if (answer instanceof TransportFault) return yield answer;
    if (answer.contentType !== 'text/event-stream') {
      void answer.body.cancel().catch(() => {});
      return yield new TransportFault('malformedAnswer', `${host} answers with what is no event stream`);
    }
    const reader = createEventStreamReader(lengthMax);
    deadline.restart(silenceMs);
    for await (const bytes of answer.body) {
      const events = reader.read(bytes);
      if (events === null) return yield tooMuch(`an event of more than ${lengthMax} characters, or too much between two`);
      if (events.length > 0) deadline.restart(silenceMs);
      for (const event of events) {
        const json = boundedJson(event, { ...asked.answerMax, bytes: lengthMax });
        if (json === null)
          return yield new TransportFault('malformedAnswer', `${host} sends an event that is no JSON of the documented size`);
        yield json;
        if (!(await pace.spend(lengthMax * LEAST_OF_EVENT, signal))) return yield tooMuch('more events than are read');
      }
      // Whoever reads the stream has had the events by now: they do not wait for what they cost.
      if (!(await pace.spend(Math.max(bytes.length, lengthMax * LEAST_OF_PIECE), signal)))
        return yield tooMuch(`more than ${EVENTS_PER_SECOND * lengthMax} characters a second`);
    }
  } catch (cause) {
    yield brokenBy(cause, asked.url, signal);
  } finally {
    deadline.end();
  }
}

function lengthMaxOf({ answerMax }: EndpointRequest, { lengthMax }: StreamParameters): number {
  return Math.min(lengthMax, answerMax.bytes);
}

function paceOf(parameters: StreamParameters): Pace {
  const { request, wait, nowMs = () => performance.now() } = parameters;
  const lengthMax = lengthMaxOf(request(), parameters);
  return createPace({
    perSecond: EVENTS_PER_SECOND * lengthMax,
    burst: BURST_EVENTS * lengthMax,
    heldMaxMs: HELD_MAX_MS,
    wait,
    nowMs,
  });
}
