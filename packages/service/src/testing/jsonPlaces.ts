/** Documents for tests of what is read from JSON: another value at a place, and every place there is. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Path = readonly (string | number)[];

/** A copy with `value` at a place. */
export function put(json: Json, [key, ...rest]: Path, value: Json): Json {
  if (key === undefined) return value;
  if (Array.isArray(json)) return json.map((item, place) => (place === key ? put(item, rest, value) : item));
  if (json === null || typeof json !== 'object') throw new Error('the path leads somewhere');
  return { ...json, [key]: put(json[key] ?? null, rest, value) };
}

/** Every place of a document that holds no further ones. */
export function leaves(json: Json, path: Path = []): readonly Path[] {
  if (json === null || typeof json !== 'object') return [path];
  const entries = Array.isArray(json) ? json.map((item, place) => [place, item] as const) : Object.entries(json);
  return entries.flatMap(([key, item]) => leaves(item, [...path, key]));
}
