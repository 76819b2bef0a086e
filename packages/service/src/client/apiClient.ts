/** The typed client over HTTP: a function per operation, made of the same table as the server's routes. */

import type { KeyObject } from 'node:crypto';
import { OPERATION_IDS, type OperationId, operationOf } from '../api/operations.ts';
import type { OperationAnswer, OperationInput } from '../api/operationTypes.ts';
import type { ProblemJson } from '../api/schemas/common.ts';
import type { SessionKey } from '../contracts/identityChange.ts';
import { signRequest } from '../identity/requestSignature.ts';
import type { SigningDomain } from '../identity/typedData.ts';

/** A session's key pair: what signs requests, commands and the stream. */
export interface SessionSigner {
  readonly key: SessionKey;
  readonly privateKey: KeyObject;
}

export interface ClientOptions {
  /** `http://127.0.0.1:8080`, without a path. */
  readonly baseUrl: string;
  /** What signatures are bound to; `getStatus` tells it. */
  readonly deployment: SigningDomain;
  /** Signs every request where it is given. */
  readonly session?: SessionSigner;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

type Part<N extends string, V> = [V] extends [undefined] ? Record<never, never> : { readonly [key in N]: V };
type OptionalPart<N extends string, V> = [V] extends [undefined] ? Record<never, never> : { readonly [key in N]?: V };

/** What a call takes: parameters of the path and the body where the operation has them, the query if one likes. */
export type CallInput<K extends OperationId> = Part<'params', OperationInput<K>['params']> &
  OptionalPart<'query', OperationInput<K>['query']> &
  Part<'body', OperationInput<K>['body']>;

type CallArguments<K extends OperationId> =
  Record<never, never> extends CallInput<K> ? [input?: CallInput<K>] : [input: CallInput<K>];

export type ApiClient = {
  readonly [K in OperationId]: (...input: CallArguments<K>) => Promise<OperationAnswer<K>>;
};

/** The server refused or could not: its problem document. Nothing was executed unless it says otherwise. */
export class ApiProblem extends Error {
  readonly problem: ProblemJson;
  readonly retryAfterSeconds: number | null;

  constructor(problem: ProblemJson, retryAfterSeconds: number | null) {
    super(`${problem.status} ${problem.title} ${problem.detail}`);
    this.name = 'ApiProblem';
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function createClient(options: ClientOptions): ApiClient {
  const calls: Record<string, (input?: AnyInput) => Promise<unknown>> = {};
  for (const id of OPERATION_IDS) calls[id] = (input) => call(options, id, input ?? {});
  // A function for every id of the table, each answering what its schema says: the type is the table's.
  return calls as unknown as ApiClient;
}

interface AnyInput {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

async function call(options: ClientOptions, id: OperationId, input: AnyInput): Promise<unknown> {
  const { method, path } = operationOf(id);
  const pathAndQuery = `${filled(path, input.params ?? {})}${queryText(input.query ?? {})}`;
  const body = input.body === undefined ? undefined : JSON.stringify(input.body);
  const send = options.fetch ?? fetch;
  const answer = await send(`${options.baseUrl}${pathAndQuery}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...sessionHeaders(options, { method, pathAndQuery, body: Buffer.from(body ?? '') }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const content: unknown = await answer.json();
  if (answer.ok) return content;
  const retryAfter = answer.headers.get('retry-after');
  throw new ApiProblem(content as ProblemJson, retryAfter === null ? null : Number.parseInt(retryAfter, 10));
}

function sessionHeaders(
  { session, deployment, now }: ClientOptions,
  request: Parameters<typeof signRequest>[1],
): Readonly<Record<string, string>> {
  if (session === undefined) return {};
  const headers = signRequest(deployment, request, { ...session, atMs: now?.() ?? Date.now() });
  return { ...headers };
}

function filled(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{([A-Za-z]+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}
