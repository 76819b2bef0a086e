/** Why an endpoint gave no payload. Stable for good: new ones are appended. */
export type TransportFaultCode =
  /** No connection: name, address, route, TLS, or it was broken off. */
  | 'unreachable'
  /** No whole answer in time, or a stream that fell silent. */
  | 'timedOut'
  /** More bytes than an answer may have. */
  | 'answerTooLarge'
  /** Sent elsewhere: not followed, because the credential would go along. */
  | 'redirected'
  /** 429. */
  | 'tooManyRequests'
  /** Another 4xx: the request or the credential is wrong, and will be next time. */
  | 'requestRefused'
  /** 5xx. */
  | 'serverFailed'
  /** An answer that is not the documented kind: not JSON, another status, an event stream that is none. */
  | 'malformedAnswer'
  /** A stream that ended before it said anything. */
  | 'streamEnded';

/** Comes in place of a payload when a source's endpoint gave none: the source is `failing`, and its stream goes on. */
export class TransportFault {
  readonly code: TransportFaultCode;
  /** Names the host at most: never a path, a query or a header, which may hold a credential. */
  readonly message: string;
  /** The endpoint's own wish, milliseconds; null when it said nothing. */
  readonly retryAfterMs: number | null;

  constructor(code: TransportFaultCode, message: string, retryAfterMs: number | null = null) {
    this.code = code;
    this.message = message;
    this.retryAfterMs = retryAfterMs;
  }
}
