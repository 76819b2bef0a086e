/** Requests against their schemas. */

import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from './problems.ts';

/** Gives the value back as checked, or throws the problem that names what is wrong. */
export type Check = (value: unknown) => unknown;

/** One thing that is wrong; `path` is a JSON pointer into the request. */
interface Fault {
  readonly path: string;
  readonly message: string;
}

const ERRORS_MAX = 20;

/** Compiled once per route. `where` is the part of the request: a prefix of the paths of errors. */
export function createCheck(schema: TSchema, where: string): Check {
  const validator = Compile(schema);
  const faultsOf = createFaults(schema);
  return (value) => {
    if (validator.Check(value)) return value;
    const errors = faultsOf(value)
      .slice(0, ERRORS_MAX)
      .map(({ path, message }) => ({ path: `${where}${path}`, message }));
    throw new Problem('invalidRequest', { detail: `The ${where.slice(1)} of the request is not what the schema says.`, errors });
  };
}

/** What is wrong with a value that a schema refuses; of a union of records, as the one of them that the value means to be. */
function createFaults(schema: TSchema): (value: unknown) => readonly Fault[] {
  const arms = armsOf(schema);
  if (arms === null) return createPlainFaults(schema);
  const found = arms.map(({ own, arm }) => ({ own, faultsOf: createPlainFaults(arm) }));
  const names = found.map(({ own }) => own.map((name) => `\`${name}\``).join(' and ')).join(', or ');
  return (value) => {
    if (!isRecord(value)) return [{ path: '', message: 'must be object' }];
    const meant = found.find(({ own }) => own.some((name) => Object.hasOwn(value, name)));
    return meant?.faultsOf(value) ?? [{ path: '', message: `must have ${names}` }];
  };
}

function createPlainFaults(schema: TSchema): (value: unknown) => readonly Fault[] {
  const validator = Compile(schema);
  return (value) => {
    const long: Fault[] = [];
    const cut = cutTo(schema, value, { path: '', long });
    if (long.length > 0) return long;
    // Of a field that should not be there the schema is `false`.
    return validator.Errors(cut).map(({ keyword, instancePath, message }) => ({
      path: instancePath,
      message: keyword === 'boolean' ? 'must not be there' : message,
    }));
  };
}

interface Arm {
  readonly arm: TSchema;
  /** Fields that it requires and that no other arm knows. */
  readonly own: readonly string[];
}

/** Arms of a union of records each of which has a field of its own; null for every other schema. */
function armsOf(schema: TSchema): readonly Arm[] | null {
  const anyOf: unknown = 'anyOf' in schema ? schema.anyOf : undefined;
  if (!Array.isArray(anyOf) || !anyOf.every(isRecord)) return null;
  const arms = anyOf.map((arm): Arm => {
    const others = anyOf.filter((other) => other !== arm);
    const required: unknown = arm['required'];
    const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
    return { arm, own: names.filter((name) => !others.some((other) => Object.hasOwn(propertiesOf(other), name))) };
  });
  return arms.every(({ own }) => own.length > 0) ? arms : null;
}

function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const properties = isRecord(schema) ? schema['properties'] : undefined;
  return isRecord(properties) ? properties : {};
}

/** Fields beside those of the schema that are kept. */
const EXTRAS_MAX = 4;

/**
 * What is left of a value for the sake of its errors, as wrong as before: listing those of half a million items takes a second, and so do as many
 * fields that should not be there, of which a few say the same. Lists that are too long are noted, and said alone.
 */
function cutTo(schema: unknown, value: unknown, at: { readonly path: string; readonly long: Fault[] }): unknown {
  if (!isRecord(schema)) return value;
  if (Array.isArray(value)) {
    const most = schema['maxItems'];
    if (typeof most !== 'number' || value.length <= most)
      return value.map((item, index) => cutTo(schema['items'], item, { ...at, path: `${at.path}/${index}` }));
    at.long.push({ path: at.path, message: `must not have more than ${most} items` });
    return [];
  }
  const properties = propertiesOf(schema);
  if (!isRecord(value) || schema['additionalProperties'] !== false) return value;
  const kept: [string, unknown][] = [];
  let extras = 0;
  for (const [name, one] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) kept.push([name, cutTo(properties[name], one, { ...at, path: `${at.path}/${name}` })]);
    else if (extras < EXTRAS_MAX) {
      extras += 1;
      kept.push([name, one]);
    }
  }
  return Object.fromEntries(kept);
}

/** Parameters and queries are text: what the schema wants as an integer or a boolean is read as one, and left alone where it is none. */
export function createTextCheck(schema: TObject, where: string): Check {
  const check = createCheck(schema, where);
  const kinds = new Map<string, unknown>(Object.entries(schema.properties).map(([key, one]) => [key, typeOf(one)]));
  return (value) => {
    const record: Record<string, unknown> = {};
    for (const [key, text] of Object.entries(isRecord(value) ? value : {})) record[key] = coerced(kinds.get(key), text);
    return check(record);
  };
}

const INTEGER = /^(0|[1-9][0-9]{0,14})$/;

function coerced(kind: unknown, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (kind === 'integer' && INTEGER.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function typeOf(schema: unknown): unknown {
  return isRecord(schema) ? schema['type'] : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
