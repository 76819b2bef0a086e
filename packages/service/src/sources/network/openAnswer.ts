import { TransportFault } from '../transportFault.ts';
import type { JsonMax } from './boundedJson.ts';

/** One GET. */
export interface EndpointRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** What an answer has at most, or an event: by what is asked for. More is not read. */
  readonly answerMax: JsonMax;
}

/** The head of a successful answer, and its body to be read piece by piece. */
export interface OpenAnswer {
  /** In lower case, without parameters; empty when there is none. */
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * Sends a GET and gives the answer once its head is there. Anything but 200 is a `TransportFault`, redirects among them: they are never
 * followed. Never rejects; an abort is `timedOut`.
 */
export async function openAnswer(
  { url, headers }: Pick<EndpointRequest, 'url' | 'headers'>,
  signal: AbortSignal,
): Promise<OpenAnswer | TransportFault> {
  const send = (): Promise<Response> => fetch(url, { headers, redirect: 'manual', signal });
  try {
    const answer = await send().catch((cause: unknown) => {
      // The endpoint may close a connection that was kept open just as it is used again: nothing was answered, and a GET may be sent twice.
      if (signal.aborted || !CLOSED_ON_US.includes(reasonOf(cause))) throw cause;
      return send();
    });
    const { status, body } = answer;
    if (status === 200 && body !== null) {
      const [contentType = ''] = (answer.headers.get('content-type') ?? '').split(';');
      return { contentType: contentType.trim().toLowerCase(), body };
    }
    // What an endpoint writes beside a refusal is not read: it could be long, and it could repeat the request.
    void body?.cancel().catch(() => {});
    return refusalOf(url, status, retryAfterOf(answer.headers.get('retry-after')));
  } catch (cause) {
    return brokenBy(cause, url, signal);
  }
}

const CLOSED_ON_US: readonly string[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/** What a failure of the connection is called; `signal` tells whether we gave up. */
export function brokenBy(cause: unknown, { host }: URL, signal: AbortSignal): TransportFault {
  if (signal.aborted) return new TransportFault('timedOut', `${host} did not answer in time`);
  return new TransportFault('unreachable', `${host} cannot be read: ${reasonOf(cause)}`);
}

function refusalOf({ host }: URL, status: number, retryAfterMs: number | null): TransportFault {
  if (status >= 300 && status < 400)
    return new TransportFault('redirected', `${host} answers ${status}: redirects are not followed, name the address itself`);
  if (status === 429) return new TransportFault('tooManyRequests', `${host} answers 429: too many requests`, retryAfterMs);
  if (status >= 400 && status < 500)
    return new TransportFault('requestRefused', `${host} answers ${status}: the request or its credential is refused`);
  if (status >= 500) return new TransportFault('serverFailed', `${host} answers ${status}`, retryAfterMs);
  return new TransportFault('malformedAnswer', `${host} answers ${status}, where 200 with a body was expected`);
}

/** RFC 9110, 10.2.3: whole seconds. Dates are not read. */
function retryAfterOf(text: string | null): number | null {
  return text !== null && /^[0-9]{1,6}$/.test(text) ? Number.parseInt(text, 10) * 1_000 : null;
}

/** The system's or TLS's code of a failed connection (`ECONNREFUSED`, say); never a message, which may repeat the request. */
function reasonOf(cause: unknown): string {
  let at = cause;
  for (let depth = 0; at instanceof Error && depth < 4; depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z0-9_]{2,60}$/.test(at.code)) return at.code;
    at = at.cause;
  }
  return 'the connection broke';
}
