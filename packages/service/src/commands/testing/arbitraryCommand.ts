import fc from 'fast-check';
import defaultProfile from '../../../../../profiles/plimsoll-default.json' with { type: 'json' };
import { COMMAND_SCHEMAS } from '../commandTable.ts';
import type { JsonSchema } from '../fieldCodec.ts';

/** Any JSON that the schema of some command describes, every kind as likely as another. */
export function arbitraryCommandJson(): fc.Arbitrary<unknown> {
  return fc.oneof(...[...COMMAND_SCHEMAS.values()].map(arbitraryOf));
}

/** Any JSON that a schema made by the codecs describes; decimal text stays within every unit's range. */
export function arbitraryOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { anyOf, oneOf, enum: choices, const: only } = schema;
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(choices)) return fc.constantFrom(...choices);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(arbitraryOf));
  if (Array.isArray(oneOf)) return fc.oneof(...oneOf.map(arbitraryOf));
  switch (schema['type']) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Number(schema['minimum']), max: Number(schema['maximum']) });
    case 'string':
      return arbitraryText(String(schema['pattern']));
    case 'array':
      return fc.array(arbitraryOf(schema['items'] as JsonSchema), { maxLength: 3 });
    case 'object':
      return arbitraryObject(schema);
    default:
      throw new Error(`no such schema: ${JSON.stringify(schema)}`);
  }
}

const SMALL = 2n ** 53n - 1n;
const LARGE = 2n ** 62n - 1n;

function arbitraryText(pattern: string): fc.Arbitrary<string> {
  const shape = new RegExp(pattern);
  if (!pattern.includes('[1-9]')) return fc.stringMatching(shape);
  // Sixteen digits: a safe integer; more: 64 bits.
  const most = pattern.includes('{0,15}') ? SMALL : LARGE;
  return fc
    .bigInt({ min: -most, max: most })
    .map(String)
    .filter((text) => shape.test(text));
}

function arbitraryObject(schema: JsonSchema): fc.Arbitrary<unknown> {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined) {
    const keys = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,31}$/);
    return fc.dictionary(keys, arbitraryOf(schema['additionalProperties'] as JsonSchema), { maxKeys: 3, noNullPrototype: true });
  }
  if (schema['additionalProperties'] !== false) return fc.constant(defaultProfile);
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)]));
  return fc.record(fields, { requiredKeys: schema['required'] as string[], noNullPrototype: true });
}
