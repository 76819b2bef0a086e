import { bytesToHex } from '@plimsoll/core/wire';

/** A record of the core as JSON: integers beyond 2^53 and all bigints as decimal text, the form in which commands state them too. */
export type PlainOf<T> = T extends bigint | Uint8Array
  ? string
  : T extends number
    ? number
    : T extends string | boolean | null | undefined
      ? T
      : T extends readonly (infer Item)[]
        ? readonly PlainOf<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: PlainOf<T[K]> }
          : T;

/** Total over plain data; anything else is a fault of the caller and throws. */
export function plainJson<T>(value: T): PlainOf<T>;
export function plainJson(value: unknown): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((item) => plainJson<unknown>(item));
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const record: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) record[key] = plainJson<unknown>(item);
  return record;
}
