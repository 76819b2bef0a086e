import { assert } from '../../numeric/assert.ts';

/** The item at a place that the caller knows to be inside the list. */
export function itemAt<T extends NonNullable<unknown>>(items: readonly T[], index: number): T {
  const item = items[index];
  assert(item !== undefined, 'The place is inside the list.');
  return item;
}
