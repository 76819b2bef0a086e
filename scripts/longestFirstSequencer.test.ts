import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LONGEST, longestFirst } from './longestFirstSequencer.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

describe('the order of test files', () => {
  it('puts the long ones first, the longest before the others, and keeps the order of the rest', () => {
    const files = ['/x/packages/core/src/b.test.ts', '/x/packages/long.test.ts', '/x/packages/a.test.ts', '/x/longer.test.ts'];
    expect(longestFirst(files, (file) => file, ['longer.test.ts', 'packages/long.test.ts'])).toEqual([
      '/x/longer.test.ts',
      '/x/packages/long.test.ts',
      '/x/packages/core/src/b.test.ts',
      '/x/packages/a.test.ts',
    ]);
  });

  it('is not moved by a name that only ends alike', () => {
    expect(longestFirst(['/x/a.test.ts', '/x/not-long.test.ts'], (file) => file, ['long.test.ts'])).toEqual([
      '/x/a.test.ts',
      '/x/not-long.test.ts',
    ]);
  });

  it('names no long file that is gone', () => {
    expect(LONGEST.filter((name) => !existsSync(`${REPOSITORY}/${name}`))).toEqual([]);
  });
});
