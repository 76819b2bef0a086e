import { describe, expect, it } from 'vitest';
import { type ImportStatement, importStatements } from './imports.ts';
import { tokenize } from './tokenize.ts';

const read = (source: string): ImportStatement[] => importStatements(tokenize(source).tokens);
const only = (source: string): ImportStatement | undefined => {
  const statements = read(source);
  expect(statements).toHaveLength(1);
  return statements[0];
};

describe('importStatements', () => {
  it('reads names, line and module of a value import over several lines', () => {
    const found = only("const x = 1;\nimport {\n  a,\n  type B,\n  c as d,\n} from './m.ts';");
    expect(found).toEqual({ specifier: './m.ts', line: 2, isTypeOnly: false, names: ['a', 'B', 'c'], isDynamic: false });
  });

  it.each([
    ["import type { A } from './m.ts';", true],
    ["import { type A, type B } from './m.ts';", true],
    ["import type A from './m.ts';", true],
    ["export type { A } from './m.ts';", true],
    ["export type * from './m.ts';", true],
    ["import { type A, b } from './m.ts';", false],
    ["import { type } from './m.ts';", false],
    ["import type, { A } from './m.ts';", false],
    ["import './m.ts';", false],
    ["import {} from './m.ts';", false],
    ["export * from './m.ts';", false],
    ["export { a } from './m.ts';", false],
    ["import * as m from './m.ts';", false],
  ])('%s is type-only: %s', (source, isTypeOnly) => {
    expect(only(source)?.isTypeOnly).toBe(isTypeOnly);
  });

  it('finds dynamic imports at any depth', () => {
    expect(only("function f() { return import('./m.ts'); }")).toMatchObject({ specifier: './m.ts', isDynamic: true });
  });

  it('sees no import in comments, strings, exports of local names, import.meta and properties', () => {
    const source = `
      // import { a } from './a.ts';
      const text = "import { a } from './a.ts'";
      const other = \`export * from './a.ts'\`;
      export { text };
      export const from = './a.ts';
      const u = import.meta.url;
      loader.import('./a.ts');
    `;
    expect(read(source)).toEqual([]);
  });
});
