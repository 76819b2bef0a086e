/**
 * Schemas of records of the core as `plainJson` shows them. Each is tied to the type that it shows, exactly: a record of the core that gains a
 * field, or a union that gains a member, does not compile until it is described here.
 */

import Type from 'typebox';
import type { FieldCodec, JsonOf } from '../../commands/fieldCodec.ts';
import type { PlainOf } from '../../views/plainJson.ts';
import { isRecord } from '../validation.ts';

type Keywords = Readonly<Record<string, unknown>>;

/** How a `T` looks. */
export interface Plain<T> {
  readonly keywords: Keywords;
  /** Never there: it makes a schema of one type useless as that of a wider or a narrower one. */
  readonly shows?: (value: T) => T;
}

/** A field that may be absent. */
export interface OptionalPlain<T> {
  readonly optional: Plain<T>;
}

export type PlainTable<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K> ? OptionalPlain<Exclude<T[K], undefined>> : Plain<T[K]>;
};

/** For TypeBox, with the type of the JSON. */
export function schemaOf<T>({ keywords }: Plain<T>): Type.TUnsafe<PlainOf<T>> {
  return Type.Unsafe<PlainOf<T>>(keywords);
}

/** An integer that fits into a double. */
export function integer<T extends number>(description: string): Plain<T> {
  return { keywords: { type: 'integer', description } };
}

/** The id of something. */
export function id<T extends number>(description: string): Plain<T> {
  return { keywords: { type: 'integer', minimum: 0, description } };
}

/** Milliseconds since 1970. */
export function time<T extends number>(description: string): Plain<T> {
  return { keywords: { type: 'integer', minimum: 0, description: `${description} Milliseconds since 1970.` } };
}

/** A bigint. */
export function wide<T extends bigint>(description: string): Plain<T> {
  return { keywords: { type: 'string', pattern: '^-?(0|[1-9][0-9]*)$', description } };
}

export function flag(description: string): Plain<boolean> {
  return { keywords: { type: 'boolean', description } };
}

export function words(description: string): Plain<string> {
  return { keywords: { type: 'string', description } };
}

/** One of a few texts, each of which the table has. */
export function choice<T extends string>(description: string, choices: { readonly [K in T]: true }): Plain<T> {
  return { keywords: { type: 'string', enum: Object.keys(choices), description } };
}

export function nullable<T>({ keywords }: Plain<T>): Plain<T | null> {
  if (keywords['title'] !== undefined) return { keywords: { anyOf: [keywords, { type: 'null' }] } };
  const { description, ...shape } = keywords;
  return { keywords: { anyOf: [shape, { type: 'null' }], ...(description === undefined ? {} : { description }) } };
}

export function list<T>(description: string, item: Plain<T>): Plain<readonly T[]> {
  return { keywords: { type: 'array', items: item.keywords, description } };
}

export function optional<T>(plain: Plain<T>): OptionalPlain<T> {
  return { optional: plain };
}

/** Stands once in a document, under its title. */
export function titled<T>(title: string, { keywords }: Plain<T>): Plain<T> {
  return { keywords: { title, ...keywords } };
}

export function record<T extends object>(description: string, table: PlainTable<T>): Plain<T> {
  return { keywords: recordKeywords(description, table, {}) };
}

/** One of several records, told apart by one field. */
export function variant<T extends object, Tag extends keyof T & string>(
  tag: Tag,
  description: string,
  tables: { readonly [K in T[Tag] & string]: PlainTable<Omit<Extract<T, { readonly [key in Tag]: K }>, Tag>> },
): Plain<T> {
  const arms = Object.entries<object>(tables).map(([value, table]) =>
    recordKeywords(undefined, table, { [tag]: { type: 'string', const: value } }),
  );
  return { keywords: { oneOf: arms, discriminator: { propertyName: tag }, description } };
}

/** The fields of a table behind those that are there already. Answers are open: later versions may add fields. */
export function recordKeywords(description: string | undefined, table: object, first: Keywords): Keywords {
  const properties: Record<string, unknown> = { ...first };
  const required = Object.keys(first);
  for (const [name, field] of Object.entries<Plain<unknown> | OptionalPlain<unknown>>({ ...table })) {
    properties[name] = 'optional' in field ? field.optional.keywords : field.keywords;
    if (!('optional' in field)) required.push(name);
  }
  return { type: 'object', properties, required, ...(description === undefined ? {} : { description }) };
}

/** What commands state, as answers show it: the same form, and open. A record with ticks per lot, which differ, has no such schema. */
export function shown<T>(codec: JsonOf<T> extends PlainOf<T> ? FieldCodec<T> : never): Plain<T> {
  const keywords = opened(codec.schema);
  return { keywords: isRecord(keywords) ? keywords : {} };
}

function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (!isRecord(schema)) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !(key === 'additionalProperties' && value === false));
  return Object.fromEntries(kept.map(([key, value]) => [key, opened(value)]));
}
