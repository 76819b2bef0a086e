import { describe, expect, it } from 'vitest';
import { determinismViolations } from './determinism.ts';

const check = (text: string, place = 'margin/planted.ts'): string[] =>
  determinismViolations([{ path: `packages/core/src/${place}`, text }]).map((violation) => `${violation.line} ${violation.rule}`);

describe('what the core may not contain', () => {
  it.each([
    ['const t = Date.now();', 'global'],
    ['const t = new Date();', 'global'],
    ['const t = performance.now();', 'global'],
    ['const t = crypto.randomUUID();', 'global'],
    ['const t = process.env;', 'global'],
    ['const t = globalThis.process;', 'global'],
    ['const t = new Intl.NumberFormat();', 'global'],
    ['setTimeout(f, 1);', 'global'],
    ['setInterval(f, 1);', 'global'],
    ['queueMicrotask(f);', 'global'],
    ['async function f() {}', 'global'],
    ['const f = async () => 1;', 'global'],
    ['const t = Promise.resolve(1);', 'global'],
    ['const t: Promise<number> = f();', 'global'],
    ['const t = new WeakRef(a);', 'global'],
    ["const t = parseInt('1', 10);", 'global'],
    ["const t = parseFloat('1');", 'global'],
    ['const t = import.meta.url;', 'global'],
    ['const t = a.toLocaleString();', 'member'],
    ['const t = a?.toLocaleUpperCase();', 'member'],
    ['const t = a.localeCompare(b);', 'member'],
    ['const t = a.toFixed(2);', 'member'],
    ["const t = Number.parseFloat('1');", 'member'],
    ['const t = Math.random();', 'math'],
    ['const { exp } = Math;', 'math'],
    ["const t = Math['exp'](1);", 'math'],
    ['const t = JSON.stringify(a);', 'json'],
    ['const t = a.sort();', 'sort'],
    ['const t = a.toSorted();', 'sort'],
    ['const t = Number(priceText);', 'number'],
    ["const t = Number('1.5');", 'number'],
    ['const t = Number(line.slice(0, 3));', 'number'],
    ['const t = a ** 2;', 'power'],
    ['const t = 10 ** 2;', 'power'],
    ['const t = 2 ** shift;', 'power'],
    ['const t = a / 2n;', 'division'],
    ['function f() { for (const k in o) g(k); }', 'for-in'],
    ['let counter = 0;', 'module-state'],
    ['export let counter = 0;', 'module-state'],
    ['var counter = 0;', 'module-state'],
    ['export const seen = new Map<string, number>();', 'module-state'],
    ['export const seen: Map<string, number> = new Map();', 'module-state'],
    ['const seen = new Set([1]);', 'module-state'],
    ['const scratch = new Float64Array(64);', 'module-state'],
    ['const scratch = Float64Array.from([1]);', 'module-state'],
    ['export const list: number[] = [];', 'module-state'],
    ['class Book { add() {} }', 'class'],
    ['export class Book extends Shelf {}', 'class'],
    ['enum Side { Buy, Sell }', 'syntax'],
    ['const enum Side { Buy, Sell }', 'syntax'],
    ['namespace margin { }', 'syntax'],
    ['@sealed class AnError extends Error {}', 'syntax'],
    ['const t: any = a;', 'any'],
    ['const t = a as unknown as any;', 'any'],
    ['const t: Record<string, any> = a;', 'any'],
    ['const t = a as Lots;', 'cast'],
  ])('%s', (text, rule) => {
    const found = check(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toContain(`1 ${rule}`);
  });

  it.each(
    'exp log log2 log10 log1p expm1 pow sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh cbrt hypot'.split(' '),
  )('Math.%s, which engines approximate each in their way', (name) => {
    expect(check(`const t = Math.${name}(x);`)).toEqual(['1 math']);
  });
});

describe('what the core may contain', () => {
  it.each([
    '// Date.now() and Math.exp are banned',
    "const t = 'Date.now() as any; let x';",
    'const t = `${a} Math.random() `;',
    'const t = Math.max(Math.floor(a), Math.sqrt(b), Math.abs(c));',
    'const t = a.sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));',
    'const t = 10n ** BigInt(digits);',
    'const t = a / b;',
    'const t = Number.isSafeInteger(a);',
    'const t = Number(lots);',
    "const t = Number(BigInt('12'));",
    'const t = 2 ** 52 - 2 ** -42;',
    'interface Feed { readonly process: number; crypto?: string; }',
    'function f(process: number): number { return state.process; }',
    'function f() { let i = 0; for (i = 0; i < 3; i += 1) g(i); }',
    'export const LAYERS: readonly string[] = ["a"];',
    'export const CODES: ReadonlyMap<string, number> = new Map();',
    "export const KINDS = ['a', ['b']] as const;",
    'export class Engine { step() {} }',
    'export class InvariantViolation extends Error {}',
    'const t = rows[i] as number;',
    "import { a as b } from './a.ts';",
    "import type { A as B } from './a.ts';",
    "import * as ticks from './a.ts';",
    'export { a as b };',
    'const anyBreach = hasBreach(any);',
    'for (const id of ids) visit(id);',
  ])('%s', (text) => {
    expect(check(text)).toEqual([]);
  });

  it('a cast and a bigint division in numeric/', () => {
    expect(check('const t = (a / 2n) as Lots;', 'numeric/planted.ts')).toEqual([]);
  });

  it('anything in a test', () => {
    expect(check('const t = Math.random() as any;', 'margin/planted.test.ts')).toEqual([]);
  });

  it('anything outside the core', () => {
    expect(determinismViolations([{ path: 'packages/lab/src/a.ts', text: 'const t = Date.now();' }])).toEqual([]);
  });
});

describe('excuses', () => {
  it('hold for their own line, with a reason', () => {
    expect(check('const a = new Float64Array(4); // determinism-ok: a table, never written')).toEqual([]);
    expect(check('const a = b as Lots; // cast-ok: checked by the caller')).toEqual([]);
    expect(check('// determinism-ok: the next line\nconst a = Date.now();')).toEqual(['2 global', '1 excuse']);
  });

  it('need a reason, fit their rule and excuse something', () => {
    expect(check('const a = Date.now(); // determinism-ok:')).toEqual(['1 global', '1 excuse']);
    expect(check('const a = b as Lots; // determinism-ok: wrong kind')).toEqual(['1 cast', '1 excuse']);
    expect(check('const a = 1; // determinism-ok: nothing to excuse')).toEqual(['1 excuse']);
  });

  it('are told, with every violation, what to do instead', () => {
    const [found] = determinismViolations([{ path: 'packages/core/src/a/b.ts', text: '\n\nconst a = Math.exp(1);' }]);
    expect(found).toMatchObject({ path: 'packages/core/src/a/b.ts', line: 3 });
    expect(found?.message).toContain('numeric/deterministicMath.ts');
  });
});
