/** How failures become answers: what was thrown, what the framework refuses, and paths and methods that are not there. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Sequencer } from '../contracts/sequencer.ts';
import { DOCUMENT_PATHS } from './documents.ts';
import type { HandlerContext } from './handlerTypes.ts';
import { OPERATION_IDS, operationOf } from './operations.ts';
import { PROBLEMS, Problem, type ProblemDetails, type ProblemKind, problemDocument } from './problems.ts';
import { problemHeaders } from './socketProblems.ts';

type SendProblem = (request: FastifyRequest, reply: FastifyReply, kind: ProblemKind, details: ProblemDetails) => FastifyReply;

/** Answers with a problem, whatever failed. */
export function problemSender(sequencer: Sequencer): SendProblem {
  return (request, reply, kind, details) => {
    const document = problemDocument(kind, details, request.id);
    return reply.code(PROBLEMS[kind].status).headers(problemHeaders(details, sequencer.head())).send(JSON.stringify(document));
  };
}

export function answerProblems(app: FastifyInstance, { sequencer }: HandlerContext, logger: Logger | undefined): void {
  const sendProblem = problemSender(sequencer);
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${request.url.slice(0, 100)}.`;
    const methods = methodsOf(request.url.split('?')[0] ?? '');
    if (methods.length === 0) return sendProblem(request, reply, 'notFound', { detail });
    void reply.header('allow', methods.join(', '));
    return sendProblem(request, reply, 'methodNotAllowed', { detail });
  });
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof Problem) return sendProblem(request, reply, error.kind, error.details);
    const known = problemOfStatus(error);
    if (known !== null) return sendProblem(request, reply, known.kind, known.details);
    logger?.error(
      { request: request.id, operation: request.routeOptions.config.operation ?? 'other', error },
      'a request failed',
    );
    return sendProblem(request, reply, 'internal', {
      detail: 'An unexpected error; the log has it under the id of the request.',
    });
  });
}

const PATHS = [...OPERATION_IDS.map(operationOf), ...Object.keys(DOCUMENT_PATHS).map((path) => ({ method: 'GET', path }))].map(
  ({ method, path }) => ({ method, pattern: new RegExp(`^${path.replaceAll(/\{[A-Za-z]+\}/g, '[^/]+')}$`) }),
);

/** Methods that a path takes, none for a path that is nothing. */
function methodsOf(path: string): readonly string[] {
  return [...new Set(PATHS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
}

/** What the framework itself refuses. */
export function problemOfStatus(error: unknown): { readonly kind: ProblemKind; readonly details: ProblemDetails } | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  const detail = error.message;
  switch (error.statusCode) {
    case 400:
      return { kind: 'invalidRequest', details: { detail } };
    case 413:
      return { kind: 'payloadTooLarge', details: { detail } };
    case 414:
      return { kind: 'uriTooLong', details: { detail } };
    case 415:
      return { kind: 'unsupportedMediaType', details: { detail } };
    case 503:
      return { kind: 'overloaded', details: { detail, retryAfterMs: 1_000 } };
    default:
      return null;
  }
}
