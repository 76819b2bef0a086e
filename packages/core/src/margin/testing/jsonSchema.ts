/** A validator of the few JSON Schema words that the project's schemas use, for tests. An unknown word is an error, not a pass. */

const KNOWN: readonly string[] = [
  '$schema',
  '$id',
  '$defs',
  '$ref',
  'title',
  'description',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'enum',
  'const',
  'oneOf',
  'items',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
];

type Json = Readonly<Record<string, unknown>>;

/** True when the value satisfies the schema. */
export function isValid(schema: unknown, value: unknown): boolean {
  return check(asObject(schema), value, asObject(schema));
}

function check(schema: Json, value: unknown, root: Json): boolean {
  for (const word of Object.keys(schema))
    if (!KNOWN.includes(word)) throw new Error(`The test validator does not know "${word}".`);
  if (typeof schema['$ref'] === 'string') return check(definition(root, schema['$ref']), value, root);
  if (Array.isArray(schema['oneOf']) && schema['oneOf'].filter((one) => check(asObject(one), value, root)).length !== 1)
    return false;
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return false;
  if ('const' in schema && schema['const'] !== value) return false;
  if (typeof schema['type'] === 'string' && !hasType(schema['type'], value)) return false;
  return (
    checkNumber(schema, value) && checkText(schema, value) && checkArray(schema, value, root) && checkObject(schema, value, root)
  );
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      throw new Error(`The test validator does not know type "${type}".`);
  }
}

function checkNumber(schema: Json, value: unknown): boolean {
  if (typeof value !== 'number') return true;
  return (
    value >= limit(schema, 'minimum', Number.NEGATIVE_INFINITY) && value <= limit(schema, 'maximum', Number.POSITIVE_INFINITY)
  );
}

function checkText(schema: Json, value: unknown): boolean {
  if (typeof value !== 'string') return true;
  return value.length >= limit(schema, 'minLength', 0) && value.length <= limit(schema, 'maxLength', Number.POSITIVE_INFINITY);
}

function checkArray(schema: Json, value: unknown, root: Json): boolean {
  if (!Array.isArray(value)) return true;
  if (value.length < limit(schema, 'minItems', 0) || value.length > limit(schema, 'maxItems', Number.POSITIVE_INFINITY))
    return false;
  if (schema['uniqueItems'] === true && new Set(value.map((item) => JSON.stringify(item))).size !== value.length) return false;
  return !('items' in schema) || value.every((item) => check(asObject(schema['items']), item, root));
}

function checkObject(schema: Json, value: unknown, root: Json): boolean {
  if (!isObject(value)) return true;
  const properties = 'properties' in schema ? asObject(schema['properties']) : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  if (!required.every((name) => Object.hasOwn(value, String(name)))) return false;
  return Object.entries(value).every(([name, item]) =>
    Object.hasOwn(properties, name) ? check(asObject(properties[name]), item, root) : schema['additionalProperties'] !== false,
  );
}

function definition(root: Json, reference: string): Json {
  return asObject(asObject(root['$defs'])[reference.replace('#/$defs/', '')]);
}

function limit(schema: Json, word: string, otherwise: number): number {
  const value = schema[word];
  return typeof value === 'number' ? value : otherwise;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Json {
  if (!isObject(value)) throw new Error('A schema is made of objects.');
  return value;
}
