/** Codecs made of codecs: what may be null, lists, records, closed unions and dictionaries. */

import type { JsonValue } from '@plimsoll/core/wire';
import { Fault, unexpected, within } from './fault.ts';
import type { FieldCodec, FieldTable, JsonSchema, OptionalField, TypedMember } from './fieldCodec.ts';

/** A value or null. EIP-712 has no null: there it is a list of one, or an empty one. */
export function nullable<T>(codec: FieldCodec<T>): FieldCodec<T | null> {
  const { description, ...shape } = codec.schema;
  return {
    schema: { anyOf: [shape, { type: 'null' }], description },
    fromJson: (value) => (value === null ? null : codec.fromJson(value)),
    toJson: (value) => (value === null ? null : codec.toJson(value)),
    faultOf: (value) => (value === null ? null : codec.faultOf(value)),
    typedType: `${codec.typedType}[]`,
    typedStructs: codec.typedStructs,
    toTyped: (value) => (value === null ? [] : [codec.toTyped(value)]),
  };
}

/** A field that may be absent. In EIP-712 it is a list of one, or an empty one. */
export function optional<T>(codec: FieldCodec<T>): OptionalField<T> {
  return { optional: codec };
}

/** At most `maximum` items, in order. */
export function listOf<T>(description: string, maximum: number, item: FieldCodec<T>): FieldCodec<readonly T[]> {
  const expected = `an array of at most ${maximum}`;
  return {
    schema: { type: 'array', maxItems: maximum, items: item.schema, description },
    fromJson: (value) => {
      if (!Array.isArray(value) || value.length > maximum) return unexpected(expected, value);
      const items: T[] = [];
      for (let i = 0; i < value.length; i += 1) {
        const decoded = item.fromJson(value[i]);
        if (decoded instanceof Fault) return within(i, decoded);
        items.push(decoded);
      }
      return items;
    },
    toJson: (value) => value.map(item.toJson),
    faultOf: (value) => {
      if (!Array.isArray(value) || value.length > maximum) return unexpected(expected, value);
      for (let i = 0; i < value.length; i += 1) {
        const fault = item.faultOf(value[i]);
        if (fault !== null) return within(i, fault);
      }
      return null;
    },
    typedType: `${item.typedType}[]`,
    typedStructs: item.typedStructs,
    toTyped: (value) => value.map(item.toTyped),
  };
}

/** A record with exactly these fields. `name` is that of its struct in EIP-712. */
export function recordOf<T extends object>(name: string, description: string, table: FieldTable<T>): FieldCodec<T> {
  return recordCodec<T>({ name, description, fields: fieldsOf(table), tag: null });
}

/**
 * One of several records, told apart by `kind`. In EIP-712: a struct `name` of the kind and, for each kind that has fields, a list that
 * holds one struct when the value is of that kind.
 */
export function variantOf<T extends { readonly kind: string }>(
  name: string,
  description: string,
  tables: { readonly [K in T['kind']]: FieldTable<Omit<Extract<T, { readonly kind: K }>, 'kind'>> },
): FieldCodec<T> {
  const arms = new Map<string, FieldCodec<T>>();
  const members: TypedMember[] = [{ name: 'kind', type: 'string' }];
  const filled: string[] = [];
  for (const [kind, table] of Object.entries<FieldTable<object>>(tables)) {
    const fields = fieldsOf(table);
    const arm = recordCodec<T>({ name: `${name}${capitalised(kind)}`, description: '', fields, tag: kind });
    arms.set(kind, arm);
    if (fields.length === 0) continue;
    filled.push(kind);
    members.push({ name: kind, type: `${arm.typedType}[]` });
  }
  const armOf = armFinder(arms);
  const inside = filled.flatMap((kind) => arms.get(kind)?.typedStructs ?? []);
  return {
    schema: { oneOf: [...arms.values()].map((arm) => arm.schema), discriminator: { propertyName: 'kind' }, description },
    fromJson: (value) => {
      const arm = armOf(value);
      return arm instanceof Fault ? arm : arm.fromJson(value);
    },
    toJson: (value) => knownArm(armOf(value)).toJson(value),
    faultOf: (value) => {
      const arm = armOf(value);
      return arm instanceof Fault ? arm : arm.faultOf(value);
    },
    typedType: name,
    typedStructs: [{ name, members }, ...inside],
    toTyped: (value) => {
      const message: Record<string, JsonValue> = { kind: value.kind };
      for (const kind of filled) message[kind] = kind === value.kind ? [knownArm(armOf(value)).toTyped(value)] : [];
      return message;
    },
  };
}

/** Finds the codec of a record by its `kind`. */
export function armFinder<T>(arms: ReadonlyMap<string, FieldCodec<T>>): (value: unknown) => FieldCodec<T> | Fault {
  const expected = `one of ${[...arms.keys()].map((kind) => `"${kind}"`).join(', ')}`;
  return (value) => {
    if (!isRecord(value)) return unexpected('an object', value);
    const kind = Object.hasOwn(value, 'kind') ? value['kind'] : undefined;
    const arm = typeof kind === 'string' ? arms.get(kind) : undefined;
    return arm ?? within('kind', unexpected(expected, kind));
  };
}

/** For values that are of their type already. */
export function knownArm<T>(arm: FieldCodec<T> | Fault): FieldCodec<T> {
  if (arm instanceof Fault) throw new TypeError(arm.message);
  return arm;
}

/** Integers by name. */
export function dictionaryOf<T>(
  name: string,
  description: string,
  maximum: number,
  item: FieldCodec<T>,
): FieldCodec<Readonly<Record<string, T>>> {
  const keyPattern = /^[A-Za-z][A-Za-z0-9]{0,31}$/;
  const expectedKey = 'a name of 1 to 32 letters and digits';
  const expected = `an object of at most ${maximum} entries`;
  const keysOf = (value: unknown): readonly string[] | Fault => {
    if (!isRecord(value)) return unexpected(expected, value);
    const keys = Object.keys(value);
    if (keys.length > maximum) return unexpected(expected, value);
    const odd = keys.find((key) => !keyPattern.test(key));
    return odd === undefined ? keys.sort(compareText) : within(odd, unexpected(expectedKey, odd));
  };
  return {
    schema: {
      type: 'object',
      maxProperties: maximum,
      propertyNames: { pattern: keyPattern.source },
      additionalProperties: item.schema,
      description,
    },
    fromJson: (value) => {
      const keys = keysOf(value);
      if (keys instanceof Fault) return keys;
      const entries: Record<string, T> = {};
      for (const key of keys) {
        const decoded = item.fromJson((value as Readonly<Record<string, unknown>>)[key]);
        if (decoded instanceof Fault) return within(key, decoded);
        entries[key] = decoded;
      }
      return entries;
    },
    toJson: (value) => Object.fromEntries(sortedEntries(value).map(([key, entry]) => [key, item.toJson(entry)])),
    faultOf: (value) => {
      const keys = keysOf(value);
      if (keys instanceof Fault) return keys;
      for (const key of keys) {
        const fault = item.faultOf((value as Readonly<Record<string, unknown>>)[key]);
        if (fault !== null) return within(key, fault);
      }
      return null;
    },
    typedType: `${name}[]`,
    typedStructs: [
      {
        name,
        members: [
          { name: 'name', type: 'string' },
          { name: 'value', type: item.typedType },
        ],
      },
      ...item.typedStructs,
    ],
    toTyped: (value) => sortedEntries(value).map(([key, entry]) => ({ name: key, value: item.toTyped(entry) })),
  };
}

/** A field of a record, its type forgotten: the table that it came from has checked it. */
export interface Field {
  readonly name: string;
  readonly codec: FieldCodec<unknown>;
  readonly isOptional: boolean;
}

/** The fields of a table in its order, which is the order of a struct of EIP-712. */
export function fieldsOf<T extends object>(table: FieldTable<T>): readonly Field[] {
  return Object.entries(table).map(([name, entry]) => {
    const field = entry as FieldCodec<unknown> | OptionalField<unknown>;
    return 'optional' in field ? { name, codec: field.optional, isOptional: true } : { name, codec: field, isOptional: false };
  });
}

interface RecordShape {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly Field[];
  /** The value of `kind`, for a record of a union. */
  readonly tag: string | null;
}

/** The codec of one record. `T` is what the table of its fields was checked against. */
export function recordCodec<T extends object>({ name, description, fields, tag }: RecordShape): FieldCodec<T> {
  const tagCount = tag === null ? 0 : 1;
  const members = fields.map(({ name: field, codec, isOptional }) => ({
    name: field,
    type: isOptional ? `${codec.typedType}[]` : codec.typedType,
  }));
  const refuseOthers = (value: object, found: number): Fault | null =>
    Object.keys(value).length === found ? null : unknownField(value, fields, tag);
  return {
    schema: recordSchema({ name, description, fields, tag }),
    fromJson: (value) => {
      if (!isRecord(value)) return unexpected('an object', value);
      const record: Record<string, unknown> = tag === null ? {} : { kind: tag };
      let found = tagCount;
      for (let i = 0; i < fields.length; i += 1) {
        const { name: field, codec, isOptional } = fields[i] as Field;
        const has = Object.hasOwn(value, field);
        if (!has && isOptional) continue;
        const decoded = codec.fromJson(has ? value[field] : undefined);
        if (decoded instanceof Fault) return within(field, decoded);
        record[field] = decoded;
        found += 1;
      }
      return refuseOthers(value, found) ?? (record as T);
    },
    toJson: (value) => {
      const json: Record<string, JsonValue> = tag === null ? {} : { kind: tag };
      for (const { name: field, codec, isOptional } of fields) {
        const held = (value as Readonly<Record<string, unknown>>)[field];
        if (held !== undefined || !isOptional) json[field] = codec.toJson(held);
      }
      return json;
    },
    faultOf: (value) => {
      if (!isRecord(value)) return unexpected('an object', value);
      let found = tagCount;
      for (let i = 0; i < fields.length; i += 1) {
        const { name: field, codec, isOptional } = fields[i] as Field;
        const has = Object.hasOwn(value, field);
        if (!has && isOptional) continue;
        const fault = codec.faultOf(has ? value[field] : undefined);
        if (fault !== null) return within(field, fault);
        found += 1;
      }
      return refuseOthers(value, found);
    },
    typedType: name,
    typedStructs: [{ name, members }, ...fields.flatMap(({ codec }) => codec.typedStructs)],
    toTyped: (value) => {
      const message: Record<string, JsonValue> = {};
      for (const { name: field, codec, isOptional } of fields) {
        const held = (value as Readonly<Record<string, unknown>>)[field];
        if (!isOptional) message[field] = codec.toTyped(held);
        else message[field] = held === undefined ? [] : [codec.toTyped(held)];
      }
      return message;
    },
  };
}

function recordSchema({ description, fields, tag }: RecordShape): JsonSchema {
  const properties: Record<string, unknown> = tag === null ? {} : { kind: { type: 'string', const: tag } };
  for (const { name, codec } of fields) properties[name] = codec.schema;
  const required = fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
  return {
    type: 'object',
    ...(description === '' ? {} : { description }),
    properties,
    required: tag === null ? required : ['kind', ...required],
    additionalProperties: false,
  };
}

function unknownField(value: object, fields: readonly Field[], tag: string | null): Fault {
  const known = [...(tag === null ? [] : ['kind']), ...fields.map(({ name }) => name)];
  const odd = Object.keys(value).find((key) => !known.includes(key)) ?? '';
  return within(odd, new Fault('', `expected no such field (fields here: ${known.join(', ')})`));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function sortedEntries<T>(value: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(value).sort(([a], [b]) => compareText(a, b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
