/** Values that a JSON Schema admits, for fuzzing: the keywords that the schemas of the service use, nothing more. */

import fc from 'fast-check';
import { isRecord } from '../api/validation.ts';

const DEPTH_MAX = 6;

/** Sizes and ids are small for the most part, so that requests meet what exists. */
export function arbitraryOf(schema: unknown, depth = 0): fc.Arbitrary<unknown> {
  if (!isRecord(schema)) return fc.jsonValue({ maxDepth: 2 });
  if ('const' in schema) return fc.constant(schema['const']);
  const choices = schema['enum'];
  if (Array.isArray(choices)) return fc.constantFrom(...choices);
  const arms = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(arms)) {
    // Deep down the shortest arm ends it: null, where there is one.
    const last = arms.at(-1);
    return depth > DEPTH_MAX ? arbitraryOf(last, depth + 1) : fc.oneof(...arms.map((arm) => arbitraryOf(arm, depth + 1)));
  }
  switch (schema['type']) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return integerOf(schema);
    case 'string':
      return textOf(schema);
    case 'array': {
      const minLength = limitOf(schema['minItems'], 0);
      const maxLength = Math.max(minLength, Math.min(limitOf(schema['maxItems'], 4), 4));
      const items = arbitraryOf(schema['items'], depth + 1);
      if (schema['uniqueItems'] === true)
        return fc.uniqueArray(items, { minLength, maxLength, selector: (item) => JSON.stringify(item) });
      return fc.array(items, { minLength, maxLength });
    }
    case 'object':
      return objectOf(schema, depth);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf(schema: Readonly<Record<string, unknown>>, depth: number): fc.Arbitrary<unknown> {
  const properties = schema['properties'];
  if (!isRecord(properties)) return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, one] of Object.entries(properties)) fields[name] = arbitraryOf(one, depth + 1);
  const required = schema['required'];
  return fc.record(fields, { requiredKeys: Array.isArray(required) ? required : [] });
}

function integerOf(schema: Readonly<Record<string, unknown>>): fc.Arbitrary<number> {
  const min = limitOf(schema['minimum'], -1_000_000);
  const max = limitOf(schema['maximum'], Number.MAX_SAFE_INTEGER);
  return fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min, max: Math.min(max, Math.max(min, 0) + 6) }) },
    { weight: 1, arbitrary: fc.maxSafeInteger().map((value) => Math.min(max, Math.max(min, value))) },
    { weight: 1, arbitrary: fc.constantFrom(min, max) },
  );
}

/** Names that exist, so that some questions are about something. */
const NAMES = ['ETH', 'USDC', 'ETH-PERPETUAL', 'plimsoll-grid'];

function textOf(schema: Readonly<Record<string, unknown>>): fc.Arbitrary<string> {
  const pattern = schema['pattern'];
  const maxLength = limitOf(schema['maxLength'], 64);
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength));
  return fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: Math.min(maxLength, 20) }));
}

function limitOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
