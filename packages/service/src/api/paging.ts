import { Problem } from './problems.ts';

export interface PageRequest {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const LIMIT_DEFAULT = 100;

/** One page of a list whose items have ascending integer keys. A cursor names its list and the key it stopped at; it stays good for ever. */
export function pageOf<T>(
  list: string,
  request: PageRequest,
  from: { readonly keys: readonly number[]; readonly item: (key: number) => T | null },
): { items: T[]; nextCursor: string | null } {
  const after = request.cursor === undefined ? -1 : readCursor(list, request.cursor);
  const limit = request.limit ?? LIMIT_DEFAULT;
  const items: T[] = [];
  let last = after;
  for (const key of from.keys) {
    if (key <= after) continue;
    if (items.length === limit) return { items, nextCursor: cursorText(list, last) };
    const item = from.item(key);
    last = key;
    if (item !== null) items.push(item);
  }
  return { items, nextCursor: null };
}

/** 0 … count − 1, for lists whose keys are dense ids. */
export function denseKeys(count: number): readonly number[] {
  return Array.from({ length: count }, (_, id) => id);
}

export function cursorText(list: string, after: number): string {
  return Buffer.from(`1.${list}.${after}`).toString('base64url');
}

/** The key that a cursor stopped at; throws a problem for anything but a cursor of this list. */
export function readCursor(list: string, cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const match = /^1\.([A-Za-z]+)\.(0|[1-9][0-9]{0,14})$/.exec(text);
  if (match === null || match[1] !== list || cursorText(list, Number(match[2])) !== cursor)
    throw new Problem('invalidCursor', { detail: `"${cursor.slice(0, 40)}" is not a cursor of ${list}.` });
  return Number(match[2]);
}
