/** Problems of what is no request yet, or no more: written on the socket itself, wherever it still takes an answer. */

import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Head } from '../contracts/head.ts';
import { headJson } from '../views/texts.ts';
import { PROBLEMS, type ProblemDetails, type ProblemKind, problemDocument } from './problems.ts';

export interface SocketProblem {
  readonly kind: ProblemKind;
  readonly details: ProblemDetails;
  /** Beside those that every problem has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every problem names. */
export interface ProblemPlace {
  readonly head: () => Head;
  readonly requestId: () => string;
  /** Counts what was refused. */
  readonly onRefused: (status: number) => void;
}

/** How long a peer may go on sending after the answer: closing at once would reset the connection, and the answer with it. */
const LINGER_MS = 1_000;

/** Answers with the problem and ends the connection. */
export function refuseSocket(socket: Duplex, problem: SocketProblem, place: ProblemPlace): void {
  // Whoever breaks off while this is written harms nobody.
  socket.on('error', () => {});
  place.onRefused(PROBLEMS[problem.kind].status);
  socket.end(problemText(problem, place));
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function problemText({ kind, details, headers = {} }: SocketProblem, { head, requestId }: ProblemPlace): string {
  const { status } = PROBLEMS[kind];
  const body = JSON.stringify(problemDocument(kind, details, requestId()));
  const all = { ...problemHeaders(details, head()), ...headers, connection: 'close', 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

/** Headers of every answer that is a problem. */
export function problemHeaders({ retryAfterMs }: ProblemDetails, head: Head): Readonly<Record<string, string | number>> {
  const { height, datetime, hash } = headJson(head);
  return {
    'content-type': 'application/problem+json; charset=utf-8',
    'plimsoll-height': height,
    'plimsoll-block-time': datetime,
    'plimsoll-block-hash': hash,
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
  };
}

export interface ClientErrors {
  /** For errors of the parser, and of requests that do not arrive in time. */
  answer(error: Error & { readonly code?: string }, socket: Duplex): void;
  /** Begins to follow which request a socket is in. */
  attach(server: Server): void;
}

/**
 * Answers what breaks before it is a request: in the place of the request that it belongs to, and behind the answers to whole requests that
 * came before it, never in their place.
 */
export function createClientErrors(place: ProblemPlace): ClientErrors {
  const inWork = new WeakMap<Duplex, Set<ServerResponse>>();
  const refused = new WeakSet<Duplex>();
  return {
    answer(error, socket) {
      // The rest of what a refused peer sends is not looked at.
      if (refused.has(socket)) return;
      refused.add(socket);
      if (error.code === 'ECONNRESET') return void socket.destroy();
      const refuse = (): void => {
        if (socket.writable) refuseSocket(socket, clientProblem(error), place);
        else socket.destroy();
      };
      const before = [...(inWork.get(socket) ?? [])].filter(({ req }) => req.complete).at(-1);
      if (before === undefined) refuse();
      else before.once('close', refuse);
    },
    attach(server) {
      server.on('request', (request, response) => {
        const { socket } = request;
        const responses = inWork.get(socket) ?? new Set();
        inWork.set(socket, responses);
        responses.add(response);
        response.once('close', () => responses.delete(response));
      });
      server.on('checkExpectation', (_request, response) => {
        const problem: SocketProblem = {
          kind: 'expectationFailed',
          details: { detail: 'Only `100-continue` is expected here.' },
        };
        const document = problemDocument(problem.kind, problem.details, place.requestId());
        const headers = { ...problemHeaders(problem.details, place.head()), connection: 'close' };
        place.onRefused(PROBLEMS[problem.kind].status);
        response.writeHead(PROBLEMS[problem.kind].status, headers).end(JSON.stringify(document));
      });
      server.on('connect', (_request, socket) =>
        refuseSocket(
          socket,
          { kind: 'methodNotAllowed', details: { detail: 'This is no proxy.' }, headers: { allow: 'GET' } },
          place,
        ),
      );
    },
  };
}

/** What the parser says of a request that it cannot read. */
function clientProblem({ code, message }: Error & { readonly code?: string }): SocketProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { kind: 'requestTimeout', details: { detail: 'The request did not arrive in time.' } };
    case 'HPE_HEADER_OVERFLOW':
      return { kind: 'headersTooLarge', details: { detail: 'The request line and the headers are larger than is read.' } };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { kind: 'payloadTooLarge', details: { detail: 'The extensions of the chunks are larger than is read.' } };
    default:
      return {
        kind: 'invalidRequest',
        details: {
          detail: `This is no HTTP request: ${message.replace(/^Parse Error: /, '')}.`,
          advice:
            'Open a new connection and speak HTTP there; of this one nothing more is read, and nothing of this request was executed.',
        },
      };
  }
}
