/** Everything that can go wrong with a request, once: status, stable URI, and what to do. The documents and the server read this table. */

interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

export const PROBLEMS = {
  invalidRequest: {
    status: 400,
    title: 'The request is not what the schema says.',
    advice: 'Correct the fields that `errors` names; nothing was executed.',
  },
  invalidCursor: {
    status: 400,
    title: 'The cursor is not one of this list.',
    advice: 'Start again without `cursor`, and pass `nextCursor` unchanged.',
  },
  sessionRequired: {
    status: 401,
    title: 'This needs the signature of a session.',
    advice: 'Open a session with POST /v1/sessions and sign the request with its key: docs/api.md shows how.',
  },
  badSignature: {
    status: 401,
    title: 'The signature is not valid for this request.',
    advice: 'Check the deployment, the time, the key and the bytes that were signed; nothing was executed.',
  },
  notAuthorised: {
    status: 403,
    title: 'Who signed may not do this.',
    advice: 'Use the account of the owner, a delegate of it, or a session with the scope; nothing was executed.',
  },
  notFound: { status: 404, title: 'There is no such thing.', advice: 'List what there is, and check the id.' },
  methodNotAllowed: { status: 405, title: 'The path does not take this method.', advice: 'See GET /openapi.json.' },
  requestTimeout: {
    status: 408,
    title: 'The request did not arrive in time.',
    advice: 'Send it whole, without long pauses; nothing was executed.',
  },
  commandIdReused: {
    status: 409,
    title: 'The command id was used for something else.',
    advice: 'Choose a new id; nothing was executed. Send the same command unchanged to hear its outcome again.',
  },
  payloadTooLarge: { status: 413, title: 'The body is too large.', advice: 'Send fewer commands or a smaller document at once.' },
  uriTooLong: { status: 414, title: 'A part of the path is too long.', advice: 'Check the id; nothing was executed.' },
  unsupportedMediaType: {
    status: 415,
    title: 'The body is not JSON.',
    advice: 'Send `content-type: application/json` and a body in UTF-8.',
  },
  expectationFailed: {
    status: 417,
    title: 'The expectation is not met here.',
    advice: 'Leave out `Expect`, or send `100-continue`; nothing was executed.',
  },
  outOfRange: {
    status: 422,
    title: 'The question cannot be answered.',
    advice: 'Bring the figures into the range that the engine admits.',
  },
  upgradeRequired: { status: 426, title: 'This is a WebSocket.', advice: 'Connect to it as one: docs/api.md shows how.' },
  tooManyRequests: {
    status: 429,
    title: 'Too many requests at once.',
    advice: 'Wait for `Retry-After` and send again; nothing was executed.',
  },
  headersTooLarge: {
    status: 431,
    title: 'The headers are too large.',
    advice: 'Send fewer headers and a shorter path, 16 KiB together; nothing was executed.',
  },
  internal: {
    status: 500,
    title: 'The service failed.',
    advice: 'Report the id in `instance`. A command that was sent is looked up under its id before it is sent again.',
  },
  overloaded: {
    status: 503,
    title: 'The service cannot take more now.',
    advice: 'Wait for `Retry-After` and send again; nothing was executed.',
  },
  notReady: { status: 503, title: 'The service is not ready.', advice: 'Wait for GET /readyz to answer 200.' },
} as const satisfies Readonly<Record<string, ProblemEntry>>;

export type ProblemKind = keyof typeof PROBLEMS;

export const PROBLEM_KINDS: readonly ProblemKind[] = Object.keys(PROBLEMS).filter(isProblemKind);

function isProblemKind(text: string): text is ProblemKind {
  return Object.hasOwn(PROBLEMS, text);
}

/** Stable for good: independent of the address that the service has. */
export function problemType(kind: ProblemKind): string {
  return `urn:plimsoll:problem:${kind}`;
}

export interface ProblemDetails {
  readonly detail: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly retryAfterMs?: number;
  /** In place of that of the kind. */
  readonly advice?: string;
}

/** Thrown by handlers, answered as `application/problem+json`. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly details: ProblemDetails;

  constructor(kind: ProblemKind, details: ProblemDetails) {
    super(details.detail);
    this.name = 'Problem';
    this.kind = kind;
    this.details = details;
  }
}

/** For what an id names and is not there. */
export function notFound(what: string): Problem {
  return new Problem('notFound', { detail: `There is no ${what}.` });
}

/** Where a request is wrong as a whole, and no field of it is named. */
const ADVICE_WITHOUT_FIELDS = 'Correct what `detail` says; nothing was executed.';

/** The document of a problem; `instance` is the id of the request. */
export function problemDocument(kind: ProblemKind, details: ProblemDetails, instance: string) {
  const { status, title, advice } = PROBLEMS[kind];
  const namesNothing = kind === 'invalidRequest' && details.errors === undefined;
  return { type: problemType(kind), title, status, advice: namesNothing ? ADVICE_WITHOUT_FIELDS : advice, ...details, instance };
}
