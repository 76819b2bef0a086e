/** The OpenAPI 3.1 document, made of the table of operations. */

import type { TSchema } from 'typebox';
import type { Deployment } from '../contracts/deployment.ts';
import { type Components, createComponents } from './components.ts';
import { exampleOf } from './examples.ts';
import { OPERATION_IDS, type Operation, type OperationId, operationOf } from './operations.ts';
import { PROBLEMS, type ProblemKind, problemType } from './problems.ts';
import { ProblemSchema } from './schemas/common.ts';

export const API_VERSION = '1';

/** Every operation may answer these, beside its own. */
const ALWAYS: readonly ProblemKind[] = [
  'invalidRequest',
  'methodNotAllowed',
  'requestTimeout',
  'expectationFailed',
  'tooManyRequests',
  'headersTooLarge',
  'internal',
  'overloaded',
  'notReady',
];

export function openApiDocument(deployment: Pick<Deployment, 'name' | 'chainId'>): Readonly<Record<string, unknown>> {
  const components = createComponents();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const id of OPERATION_IDS) {
    const operation = operationOf(id);
    const methods = paths[operation.path] ?? {};
    paths[operation.path] = methods;
    methods[operation.method.toLowerCase()] = operationObject(id, operation, components);
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Plimsoll',
      version: API_VERSION,
      description: `Collateral management of the deployment "${deployment.name}" on chain ${deployment.chainId}. Amounts are decimal text. Every answer carries the block that it is true of.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components.schemas,
      responses: sharedResponses(components.refer(ProblemSchema)),
      headers: HEADS,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'header',
          name: 'plimsoll-session',
          description:
            'Public key of a session, with `plimsoll-time` (milliseconds) and `plimsoll-signature`: an ed25519 signature over deployment, method, path, time and body. See docs/api.md.',
        },
      },
    },
    tags: [...new Set(OPERATION_IDS.map((id) => operationOf(id).tag))].map((name) => ({ name })),
  };
}

function operationObject(
  operationId: OperationId,
  operation: Operation,
  components: Components,
): Readonly<Record<string, unknown>> {
  const json = (schema: TSchema, example?: unknown): unknown => ({
    'application/json': { schema: components.refer(schema), ...(example === undefined ? {} : { example }) },
  });
  const example = exampleOf(operationId);
  const parameters = [
    ...parametersOf(operation.params, 'path', example.params),
    ...parametersOf(operation.query, 'query', example.query),
  ];
  const answered = { description: 'The answer.', headers: HEAD_HEADERS, content: json(operation.answer) };
  return {
    operationId,
    tags: [operation.tag],
    summary: operation.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined ? {} : { requestBody: { required: true, content: json(operation.body, example.body) } }),
    responses: {
      ...(operation.taken === undefined ? { 200: answered } : { 202: { ...answered, description: operation.taken } }),
      ...(operation.hasPending === true
        ? { 202: { ...answered, description: 'Taken, and not decided yet: ask for it by its id.' } }
        : {}),
      ...problemResponses([...operation.problems, ...pathProblems(operation)], components.refer(ProblemSchema)),
    },
    security: operation.access === 'session' ? [{ session: [] }] : operationId === 'simulateMargin' ? [{}, { session: [] }] : [],
  };
}

const HEADS = {
  'plimsoll-height': { description: 'Height of the block.', schema: { type: 'integer' } },
  'plimsoll-block-time': { description: 'Time of the block.', schema: { type: 'string' } },
  'plimsoll-block-hash': { description: 'Hash of the block.', schema: { type: 'string' } },
};
const HEAD_HEADERS = Object.fromEntries(Object.keys(HEADS).map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** A path with a parameter can be too long. */
function pathProblems({ params }: Operation): readonly ProblemKind[] {
  return params === undefined ? [] : ['uriTooLong'];
}

/** Problems of one status share an answer, which names them all; those that every operation may answer stand among the components. */
function problemResponses(kinds: readonly ProblemKind[], schema: unknown): Readonly<Record<string, unknown>> {
  const own = new Set<number>(kinds.map((kind) => PROBLEMS[kind].status));
  const responses: Record<string, unknown> = {};
  for (const status of statusesOf([...kinds, ...ALWAYS]))
    responses[status] = own.has(status)
      ? problemResponse(status, [...kinds, ...ALWAYS], schema)
      : { $ref: `#/components/responses/problem${status}` };
  return responses;
}

function sharedResponses(schema: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(statusesOf(ALWAYS).map((status) => [`problem${status}`, problemResponse(status, ALWAYS, schema)]));
}

function statusesOf(kinds: readonly ProblemKind[]): readonly number[] {
  return [...new Set(kinds.map((kind) => PROBLEMS[kind].status))].sort((a, b) => a - b);
}

const ALLOW = { allow: { description: 'Methods that the path takes.', schema: { type: 'string' } } };
const RETRY_AFTER = { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'integer' } } };

function problemResponse(status: number, kinds: readonly ProblemKind[], schema: unknown): Readonly<Record<string, unknown>> {
  const of = [...new Set(kinds)].filter((kind) => PROBLEMS[kind].status === status);
  return {
    description: of.map((kind) => `\`${problemType(kind)}\`: ${PROBLEMS[kind].title} ${PROBLEMS[kind].advice}`).join(' '),
    content: { 'application/problem+json': { schema } },
    headers: { ...HEAD_HEADERS, ...(status === 405 ? ALLOW : {}), ...(status === 429 || status === 503 ? RETRY_AFTER : {}) },
  };
}

function parametersOf(
  schema: Operation['params'],
  place: 'path' | 'query',
  example: Readonly<Record<string, unknown>> = {},
): readonly unknown[] {
  if (schema === undefined) return [];
  const required = new Set<string>(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: plain(one),
    ...(example[name] === undefined ? {} : { example: example[name] }),
  }));
}

/** Schemas carry symbols and hidden fields of their library: only what JSON has of them is published. */
export function plain(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema));
}
