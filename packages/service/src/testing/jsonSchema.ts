/** The part of JSON Schema 2020-12 that the project's schemas use: enough to hold documents against them in tests. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Schema = { readonly [name: string]: Json };

const KNOWN = new Set(
  (
    '$schema $id $defs $ref title description default type additionalProperties required properties propertyNames enum const oneOf ' +
    'pattern minLength maxLength minItems maxItems items minimum maximum'
  ).split(' '),
);

/** Breaches of `schema` in `value`, each as `path: rule`; throws on a keyword that this validator does not know. */
export function schemaBreaches(root: Schema, value: unknown): readonly string[] {
  return breaches({ root, schema: root, value, path: '' });
}

/** The schema behind a `$ref`, or the schema itself. */
export function resolveSchema(root: Schema, schema: Schema): Schema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  let found: Json = root;
  for (const name of reference.replace(/^#\//, '').split('/')) found = member(found, name);
  return asSchema(found);
}

export function asSchema(json: Json | undefined): Schema {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('a schema is an object');
  return Object.fromEntries(Object.entries(json));
}

interface Place {
  readonly root: Schema;
  readonly schema: Schema;
  readonly value: unknown;
  readonly path: string;
}

function breaches(place: Place): readonly string[] {
  const { root, value, path } = place;
  const schema = resolveSchema(root, place.schema);
  for (const keyword of Object.keys(schema)) if (!KNOWN.has(keyword)) throw new Error(`unknown schema keyword ${keyword}`);
  const found: string[] = [];
  const refuse = (rule: string): void => void found.push(`${path}: ${rule}`);
  if ('type' in schema && !isOfType(value, schema['type'])) return [`${path}: type`];
  if ('const' in schema && value !== schema['const']) refuse('const');
  if ('enum' in schema && !list(schema['enum']).some((item) => item === value)) refuse('enum');
  if ('oneOf' in schema) {
    const matches = list(schema['oneOf']).filter((one) => breaches({ root, schema: asSchema(one), value, path }).length === 0);
    if (matches.length !== 1) refuse('oneOf');
  }
  if (typeof value === 'string') {
    if (typeof schema['pattern'] === 'string' && !new RegExp(schema['pattern'], 'u').test(value)) refuse('pattern');
    if (typeof schema['minLength'] === 'number' && value.length < schema['minLength']) refuse('minLength');
    if (typeof schema['maxLength'] === 'number' && value.length > schema['maxLength']) refuse('maxLength');
  }
  if (typeof value === 'number') {
    if (typeof schema['minimum'] === 'number' && value < schema['minimum']) refuse('minimum');
    if (typeof schema['maximum'] === 'number' && value > schema['maximum']) refuse('maximum');
  }
  if (Array.isArray(value)) {
    if (typeof schema['minItems'] === 'number' && value.length < schema['minItems']) refuse('minItems');
    if (typeof schema['maxItems'] === 'number' && value.length > schema['maxItems']) refuse('maxItems');
    const items = schema['items'];
    if (items !== undefined) {
      value.forEach((item: unknown, index) => {
        found.push(...breaches({ root, schema: asSchema(items), value: item, path: `${path}[${index}]` }));
      });
    }
  } else if (typeof value === 'object' && value !== null) found.push(...objectBreaches({ ...place, schema }, value));
  return found;
}

function objectBreaches({ root, schema, path }: Place, value: object): readonly string[] {
  const found: string[] = [];
  const properties = 'properties' in schema ? asSchema(schema['properties']) : {};
  for (const name of list(schema['required'] ?? [])) {
    if (typeof name === 'string' && !Object.hasOwn(value, name)) found.push(`${path}.${name}: required`);
  }
  for (const [name, item] of Object.entries(value)) {
    const at = `${path}.${name}`;
    if ('propertyNames' in schema)
      found.push(...breaches({ root, schema: asSchema(schema['propertyNames']), value: name, path: at }));
    const own = properties[name] ?? schema['additionalProperties'];
    if (own === false) found.push(`${at}: additionalProperties`);
    else if (own !== undefined && own !== true) found.push(...breaches({ root, schema: asSchema(own), value: item, path: at }));
  }
  return found;
}

function isOfType(value: unknown, type: Json | undefined): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function list(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}

function member(json: Json, name: string): Json {
  const found = asSchema(json)[name];
  if (found === undefined) throw new Error(`no such part of the schema: ${name}`);
  return found;
}
