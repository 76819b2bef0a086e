/** The OpenAPI 3.1 document, made of the table of operations. */

import type { TSchema } from 'typebox';
import { CommandJsonSchema } from '../commands/commandTable.ts';
import type { Deployment } from '../contracts/deployment.ts';
import { exampleOf } from './examples.ts';
import { OPERATION_IDS, type Operation, type OperationId, operationOf } from './operations.ts';
import { PROBLEMS, type ProblemKind, problemType } from './problems.ts';
import { HEAD_DESCRIPTION, HeadSchema, ProblemSchema } from './schemas/common.ts';
import { isRecord } from './validation.ts';

export const API_VERSION = '1';

/** Every operation may answer these, beside its own. */
const ALWAYS: readonly ProblemKind[] = ['methodNotAllowed', 'tooManyRequests', 'internal', 'overloaded', 'notReady'];

export function openApiDocument(deployment: Pick<Deployment, 'name' | 'chainId'>): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const id of OPERATION_IDS) {
    const operation = operationOf(id);
    const methods = paths[operation.path] ?? {};
    paths[operation.path] = methods;
    methods[operation.method.toLowerCase()] = operationObject(id, operation);
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
      schemas: { Problem: plain(ProblemSchema), Head: plain(HeadSchema), Command: plain(CommandJsonSchema) },
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

function operationObject(operationId: OperationId, operation: Operation): Readonly<Record<string, unknown>> {
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
      ...problemResponses([...operation.problems, ...ALWAYS]),
    },
    security: operation.access === 'session' ? [{ session: [] }] : operationId === 'simulateMargin' ? [{}, { session: [] }] : [],
  };
}

const HEAD_HEADERS = {
  'plimsoll-height': { description: 'Height of the block.', schema: { type: 'integer' } },
  'plimsoll-block-time': { description: 'Time of the block.', schema: { type: 'string' } },
  'plimsoll-block-hash': { description: 'Hash of the block.', schema: { type: 'string' } },
};

/** Problems of one status share an answer, which names them all. */
function problemResponses(kinds: readonly ProblemKind[]): Readonly<Record<string, unknown>> {
  const responses: Record<string, unknown> = {};
  const statuses = [...new Set(kinds.map((kind) => PROBLEMS[kind].status))].sort((a, b) => a - b);
  for (const status of statuses) {
    const of = [...new Set(kinds)].filter((kind) => PROBLEMS[kind].status === status);
    responses[String(status)] = {
      description: of.map((kind) => `\`${problemType(kind)}\`: ${PROBLEMS[kind].title} ${PROBLEMS[kind].advice}`).join(' '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      ...(status === 429 || status === 503
        ? { headers: { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'integer' } } } }
        : {}),
    };
  }
  return responses;
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

function json(schema: TSchema, example?: unknown): unknown {
  return { 'application/json': { schema: shared(plain(schema)), ...(example === undefined ? {} : { example }) } };
}

/** The large schemas stand once, among the components. */
function shared(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(shared);
  if (!isRecord(schema)) return schema;
  if (schema['title'] === 'Command') return { $ref: '#/components/schemas/Command' };
  if (schema['description'] === HEAD_DESCRIPTION) return { $ref: '#/components/schemas/Head' };
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, shared(value)]));
}

/** Schemas carry symbols and hidden fields of their library: only what JSON has of them is published. */
export function plain(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema));
}
