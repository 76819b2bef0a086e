/** The OpenAPI and AsyncAPI documents against what their specifications require, as far as a test without network can ask. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/schema';
import { expect, test } from 'vitest';
import { asyncApiDocument } from './asyncApi.ts';
import { openApiDocument } from './openApi.ts';
import { OPERATION_IDS, operationOf } from './operations.ts';
import { ServerMessageSchema } from './stream/messages.ts';
import { isRecord } from './validation.ts';

const deployment = { name: 'test', chainId: 31_337 };
const openApi = openApiDocument(deployment);
const asyncApi = asyncApiDocument(deployment);

/** Everything under a document with its JSON pointer. */
function* nodesOf(value: unknown, pointer = '#'): Generator<{ readonly pointer: string; readonly node: unknown }> {
  yield { pointer, node: value };
  if (Array.isArray(value)) for (const [index, one] of value.entries()) yield* nodesOf(one, `${pointer}/${index}`);
  else if (isRecord(value))
    for (const [key, one] of Object.entries(value))
      yield* nodesOf(one, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

function recordAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  let at: unknown = value;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  expect(isRecord(at), path.join('/')).toBe(true);
  return isRecord(at) ? at : {};
}

/** Itself, or what it refers to. */
function resolved(value: unknown): Readonly<Record<string, unknown>> {
  const { $ref } = recordAt(value);
  return typeof $ref === 'string' ? recordAt(openApi, ...$ref.slice(2).split('/')) : recordAt(value);
}

function brokenReferences(document: unknown): readonly string[] {
  const pointers = new Set<string>();
  for (const { pointer } of nodesOf(document)) pointers.add(pointer);
  const broken: string[] = [];
  for (const { pointer, node } of nodesOf(document)) {
    const target = isRecord(node) ? node['$ref'] : undefined;
    if (typeof target === 'string' && !pointers.has(target)) broken.push(`${pointer} → ${target}`);
  }
  return broken;
}

/** The components that a schema refers to, and those that they refer to. */
function componentsOf(text: string, found: Record<string, unknown> = {}): Readonly<Record<string, unknown>> {
  for (const [name, component] of Object.entries(recordAt(openApi, 'components', 'schemas'))) {
    if (name in found || !text.includes(`#/components/schemas/${name}"`)) continue;
    found[name] = component;
    componentsOf(JSON.stringify(component), found);
  }
  return found;
}

/** A schema with the components that it may refer to, as a whole document of its own. */
function compiled(schema: unknown) {
  const $defs = componentsOf(JSON.stringify(schema));
  const text = JSON.stringify({ ...recordAt(schema), $defs });
  return Compile(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

test('the document has what OpenAPI 3.1 requires, and every reference points at something', () => {
  expect(openApi).toMatchObject({ openapi: '3.1.0', info: { title: 'Plimsoll', version: '1' } });
  expect(Object.keys(recordAt(openApi, 'paths')).every((path) => path.startsWith('/v1/'))).toBe(true);
  expect(brokenReferences(openApi)).toEqual([]);
});

test('every operation has an id of its own, its path parameters, and answers for success and failure', () => {
  const ids: unknown[] = [];
  for (const [path, item] of Object.entries(recordAt(openApi, 'paths'))) {
    for (const operation of Object.values(recordAt(item))) {
      const { operationId, parameters, responses } = recordAt(operation);
      ids.push(operationId);
      const named = [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name).sort();
      const given = (Array.isArray(parameters) ? parameters : []).map((one) => recordAt(one));
      expect(given.filter((one) => one['in'] === 'path').map((one) => one['name'])).toEqual(named);
      for (const one of given) if (one['in'] === 'path') expect(one['required']).toBe(true);
      const statuses = Object.keys(recordAt(responses));
      expect(statuses).toContain(operationId === 'pushPrices' ? '202' : '200');
      expect(statuses).toContain('500');
      for (const status of statuses) expect(status).toMatch(/^[1-5][0-9]{2}$/);
      for (const answer of Object.values(recordAt(responses))) expect(typeof resolved(answer)['description']).toBe('string');
    }
  }
  expect(ids.length).toBe(new Set(ids).size);
  expect(ids.sort()).toEqual([...OPERATION_IDS].sort());
});

test('every schema in it is a JSON Schema that compiles, and admits and refuses what the server does', () => {
  let schemas = 0;
  for (const item of Object.values(recordAt(openApi, 'paths'))) {
    for (const operation of Object.values(recordAt(item))) {
      const { requestBody, responses } = recordAt(operation);
      const contents = [...Object.values(recordAt(responses)).map(resolved), ...(requestBody === undefined ? [] : [requestBody])];
      for (const content of contents) {
        for (const media of Object.values(recordAt(content, 'content'))) {
          compiled(recordAt(media)['schema']).Check({});
          schemas += 1;
        }
      }
    }
  }
  expect(schemas).toBeGreaterThan(OPERATION_IDS.length * 3);
  const body = recordAt(openApi, 'paths', '/v1/margin/simulate', 'post', 'requestBody', 'content', 'application/json', 'schema');
  expect(compiled(body).Check({ group: 0, mode: 'portfolio', changes: {} })).toBe(true);
  expect(compiled(body).Check({ group: 0, mode: 'portfolio', changes: { colour: 1 } })).toBe(false);
});

test('what a session must sign is marked so, and nothing else', () => {
  for (const id of OPERATION_IDS) {
    const { path, method, access } = operationOf(id);
    const { security } = recordAt(openApi, 'paths', path, method.toLowerCase());
    expect({ id, isSession: JSON.stringify(security) === '[{"session":[]}]' }).toEqual({ id, isSession: access === 'session' });
  }
});

test('the AsyncAPI document has what version 3 requires, and every reference points at something', () => {
  expect(asyncApi).toMatchObject({ asyncapi: '3.0.0', channels: { stream: { address: '/v1/stream' } } });
  for (const operation of Object.values(recordAt(asyncApi, 'operations'))) {
    expect(['send', 'receive']).toContain(recordAt(operation)['action']);
  }
  expect(brokenReferences(asyncApi)).toEqual([]);
});

test('every field of every schema says what it may be', () => {
  const anything: string[] = [];
  for (const { pointer, node } of nodesOf(openApi)) {
    if (!/schema|properties\/[A-Za-z]+$|items$|anyOf\/\d+$|oneOf\/\d+$/.test(pointer) || pointer.includes('/example')) continue;
    const isSchema = isRecord(node) && /(?:schema|properties\/[A-Za-z]+|items|(?:anyOf|oneOf)\/\d+)$/.test(pointer);
    if (isSchema && Object.keys(node).every((key) => key === 'description' || key === 'title')) anything.push(pointer);
  }
  expect(anything).toEqual([]);
});

test('the profile among the components is the one that profiles are checked by: it admits what is shipped and what is answered', () => {
  const profile = compiled({ $ref: '#/components/schemas/MarginProfile' });
  const shipped = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../profiles/plimsoll-grid.json'), 'utf8'));
  const { $schema: _, ...answered } = shipped;
  expect(profile.Check(shipped)).toBe(true);
  expect(profile.Check(answered)).toBe(true);
  expect(profile.Check({ ...answered, colour: 1 })).toBe(false);
  expect(profile.Check({ ...answered, joint: { ...answered.joint, weightPpm: 'much' } })).toBe(false);
});

test('schemas of one title are one schema', () => {
  const known = new Map<string, string>();
  const schemas = OPERATION_IDS.flatMap((id) => {
    const { params, query, body, answer } = operationOf(id);
    return [params, query, body, answer];
  });
  for (const { node } of nodesOf(JSON.parse(JSON.stringify([...schemas, ServerMessageSchema])))) {
    const title = isRecord(node) ? node['title'] : undefined;
    // Of files: what is checked here is not all that they say.
    if (typeof title !== 'string' || title === 'MarginProfile' || title === 'PortfolioDocument') continue;
    const text = JSON.stringify(node);
    expect({ title, text: known.get(title) ?? text }).toEqual({ title, text });
    known.set(title, text);
  }
  expect(known.size).toBeGreaterThan(50);
});
