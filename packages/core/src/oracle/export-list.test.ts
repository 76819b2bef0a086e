import { expect, it } from 'vitest';
import * as oracle from './index.ts';

it('oracle exports exactly these values', () => {
  expect(Object.keys(oracle).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([]);
});
