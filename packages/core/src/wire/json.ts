/**
 * JSON for people and scripts. Integers beyond 2^53 cannot be JSON numbers, so a bigint travels as decimal text with
 * a final "n"; text that looks like one is escaped with a leading "~". Round trip exact; never hashed.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const BIGINT_TEXT = /^-?\d+n$/;
const ESCAPED_TEXT = /^~+-?\d+n$/;

/** Turns a plain value (as in canonical bytes, typed arrays excepted) into a JSON value. */
export function toJsonValue(value: unknown): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return BIGINT_TEXT.test(value) || ESCAPED_TEXT.test(value) ? `~${value}` : value;
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const record: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(value)) record[key] = toJsonValue(item);
  return record;
}

/** The reverse of `toJsonValue`; bytes stay hexadecimal text. */
export function fromJsonValue(value: JsonValue): unknown {
  if (typeof value === 'string') {
    if (BIGINT_TEXT.test(value)) return BigInt(value.slice(0, -1));
    return ESCAPED_TEXT.test(value) ? value.slice(1) : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(fromJsonValue);
  const record: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) record[key] = fromJsonValue(item as JsonValue);
  return record;
}

const HEX = '0123456789abcdef';

export function bytesToHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += `${HEX[byte >> 4]}${HEX[byte & 15]}`;
  return text;
}
