import { bytesToHex } from '@plimsoll/core/wire';

/** Records of the core as JSON: integers beyond 2^53 and all bigints as decimal text, the form in which commands state them too. */
export type PlainJson = null | boolean | number | string | readonly PlainJson[] | { readonly [key: string]: PlainJson };

/** Total over plain data; anything else is a fault of the caller and throws. */
export function plainJson(value: unknown): PlainJson {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(plainJson);
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const record: Record<string, PlainJson> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) record[key] = plainJson(item);
  return record;
}
