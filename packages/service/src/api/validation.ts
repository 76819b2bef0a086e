/** Requests against their schemas. */

import type { TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from './problems.ts';

/** Gives the value back as checked, or throws the problem that names what is wrong. */
export type Check = (value: unknown) => unknown;

const ERRORS_MAX = 20;

/** Compiled once per route. `where` is the part of the request: a prefix of the paths of errors. */
export function createCheck(schema: TSchema, where: string): Check {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return value;
    const errors = validator
      .Errors(value)
      .slice(0, ERRORS_MAX)
      .map(({ instancePath, message }) => ({ path: `${where}${instancePath}`, message }));
    throw new Problem('invalidRequest', { detail: `The ${where.slice(1)} of the request is not what the schema says.`, errors });
  };
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
