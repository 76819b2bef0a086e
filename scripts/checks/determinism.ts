// What the core may not contain, because two machines, or the same machine twice, could then disagree; and the syntax
// the house style rules out. Works on tokens, so comments and strings are never mistaken for code. A line may be excused
// by a trailing `// determinism-ok: reason`, a cast by `// cast-ok: reason`; an excuse that excuses nothing is itself reported.

import { isTestFile, type SourceFile, type Violation } from './sources.ts';
import { type Token, tokenize } from './tokenize.ts';

interface Finding {
  readonly rule: string;
  readonly message: string;
}

/** Looks at the token at `at`; `path` decides what `numeric/` and `wire/` alone may do. */
type Rule = (tokens: readonly Token[], at: number, path: string) => Finding | undefined;

const TIME = 'time is the block’s: take `timeMs` as an argument';
const ORDER = 'the core is synchronous: let the caller schedule, and take results as arguments';
const RANDOM = 'randomness and hashing come in through an interface, seeded by the caller';
const OUTSIDE = 'the core sees no environment: take the value as an argument';
const TEXT = 'parse with the decimal parsers of numeric/, which refuse what they cannot represent';
const LOCALE = 'text that depends on the locale differs between machines: format in the edge packages';

const BANNED_GLOBALS: ReadonlyMap<string, string> = new Map([
  ['Date', TIME],
  ['performance', TIME],
  ['setTimeout', ORDER],
  ['setInterval', ORDER],
  ['setImmediate', ORDER],
  ['queueMicrotask', ORDER],
  ['Promise', ORDER],
  ['async', ORDER],
  ['await', ORDER],
  ['Atomics', ORDER],
  ['SharedArrayBuffer', ORDER],
  ['WeakRef', 'what the garbage collector decides is not reproducible: keep the object or its id'],
  ['FinalizationRegistry', 'what the garbage collector decides is not reproducible: release explicitly'],
  ['crypto', RANDOM],
  ['process', OUTSIDE],
  ['console', OUTSIDE],
  ['globalThis', OUTSIDE],
  ['fetch', OUTSIDE],
  ['require', OUTSIDE],
  ['eval', 'write the code out'],
  ['Intl', LOCALE],
  ['parseInt', TEXT],
  ['parseFloat', TEXT],
]);

const BANNED_MEMBERS: ReadonlyMap<string, string> = new Map([
  ['localeCompare', 'compare with `a < b ? -1 : a > b ? 1 : 0`'],
  ['toFixed', 'format amounts with the decimal writers of numeric/'],
  ['toPrecision', 'format amounts with the decimal writers of numeric/'],
  ['toExponential', 'format amounts with the decimal writers of numeric/'],
  ['parseInt', TEXT],
  ['parseFloat', TEXT],
]);

/** Exact by the specification. Everything else in `Math` is random, or left to the engine's own approximation. */
const EXACT_MATH: readonly string[] = 'abs ceil clz32 floor fround imul max min round sign sqrt trunc'.split(' ');

const MUTABLE_CONTAINERS =
  /^(?:Map|Set|WeakMap|WeakSet|Array|ArrayBuffer|DataView|(?:Big)?(?:Int|Uint|Float)(?:8|16|32|64)(?:Clamped)?Array)$/;

/** Names that text usually goes by: types are not known here, so `Number(…)` is judged by what stands between the brackets. */
const TEXTUAL = /text|string|digits|literal|raw|json|^(?:slice|substring|trim|split|match|exec|charAt|at|join|replace)$/i;

const RULES: readonly Rule[] = [
  bannedGlobal,
  bannedMember,
  inexactMath,
  jsonText,
  sortWithoutComparator,
  numberFromText,
  inexactPower,
  bareBigintDivision,
  forIn,
  moduleVariable,
  moduleContainer,
  classWithBehaviour,
  unerasableSyntax,
  anyType,
  cast,
];

/** Every breach in the files of the core that are not tests. */
export function determinismViolations(files: readonly SourceFile[]): Violation[] {
  return files.filter((file) => file.path.startsWith('packages/core/src/') && !isTestFile(file.path)).flatMap(fileViolations);
}

function fileViolations(file: SourceFile): Violation[] {
  const { tokens, comments } = tokenize(file.text);
  const found: Violation[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    for (const rule of RULES) {
      const finding = rule(tokens, at, file.path);
      if (finding !== undefined) found.push({ path: file.path, line: tokens[at]?.line ?? 0, ...finding });
    }
  }
  const excuses = new Map<number, string>();
  for (const comment of comments) {
    const match = /(determinism|cast)-ok:?\s*(.*)/.exec(comment.text);
    if (match?.[1] === undefined) continue;
    if ((match[2] ?? '').trim().length < 3) {
      found.push({ path: file.path, line: comment.line, rule: 'excuse', message: `say why: \`// ${match[1]}-ok: reason\`` });
    } else {
      excuses.set(comment.line, match[1]);
    }
  }
  const used = new Set<number>();
  const kept = found.filter((violation) => {
    const excused =
      excuses.get(violation.line) === (violation.rule === 'cast' ? 'cast' : 'determinism') && violation.rule !== 'excuse';
    if (excused) used.add(violation.line);
    return !excused;
  });
  for (const [line, kind] of excuses) {
    if (!used.has(line))
      kept.push({ path: file.path, line, rule: 'excuse', message: `nothing on this line needs \`${kind}-ok\`: remove it` });
  }
  return kept;
}

function bannedGlobal(tokens: readonly Token[], at: number): Finding | undefined {
  const token = wordAt(tokens, at);
  if (token === undefined || isMember(tokens, at) || isKey(tokens, at)) return undefined;
  const instead = BANNED_GLOBALS.get(token);
  if (instead !== undefined) return { rule: 'global', message: `\`${token}\` is banned in the core: ${instead}` };
  if (token === 'import' && tokens[at + 1]?.text === '.')
    return { rule: 'global', message: `\`import.meta\` is banned in the core: ${OUTSIDE}` };
  return undefined;
}

function bannedMember(tokens: readonly Token[], at: number): Finding | undefined {
  const token = wordAt(tokens, at);
  if (token === undefined || !isMember(tokens, at)) return undefined;
  const instead = BANNED_MEMBERS.get(token) ?? (token.startsWith('toLocale') ? LOCALE : undefined);
  return instead === undefined ? undefined : { rule: 'member', message: `\`.${token}\` is banned in the core: ${instead}` };
}

function inexactMath(tokens: readonly Token[], at: number): Finding | undefined {
  if (wordAt(tokens, at) !== 'Math' || isMember(tokens, at)) return undefined;
  const member = tokens[at + 1]?.text === '.' ? tokens[at + 2]?.text : undefined;
  if (member !== undefined && EXACT_MATH.includes(member)) return undefined;
  if (member === 'random') return { rule: 'math', message: `\`Math.random\` is banned in the core: ${RANDOM}` };
  const what = member === undefined ? '`Math` other than as `Math.name`' : `\`Math.${member}\``;
  return { rule: 'math', message: `${what} may differ between engines: use numeric/deterministicMath.ts` };
}

function jsonText(tokens: readonly Token[], at: number): Finding | undefined {
  if (wordAt(tokens, at) !== 'stringify' || tokens[at - 2]?.text !== 'JSON') return undefined;
  return {
    rule: 'json',
    message: '`JSON.stringify` follows insertion order and refuses bigint: use the canonical encoding of wire/',
  };
}

function sortWithoutComparator(tokens: readonly Token[], at: number): Finding | undefined {
  const name = wordAt(tokens, at);
  if ((name !== 'sort' && name !== 'toSorted') || !isMember(tokens, at)) return undefined;
  if (tokens[at + 1]?.text !== '(' || tokens[at + 2]?.text !== ')') return undefined;
  return {
    rule: 'sort',
    message: `\`.${name}()\` compares as text: pass \`(a, b) => (a < b ? -1 : a > b ? 1 : 0)\`, with the id as tie-break`,
  };
}

/** `Number(bigint)` of a bounded amount is a conversion; of text it is a parser that accepts nearly everything. */
function numberFromText(tokens: readonly Token[], at: number): Finding | undefined {
  if (wordAt(tokens, at) !== 'Number' || isMember(tokens, at) || tokens[at + 1]?.text !== '(') return undefined;
  const depth = tokens[at + 1]?.depth;
  let close = at + 2;
  while (close < tokens.length && !(tokens[close]?.text === ')' && tokens[close]?.depth === depth)) close += 1;
  const argument = tokens.slice(at + 2, close);
  if (argument[0]?.text === 'BigInt') return undefined;
  if (!argument.some((token) => token.kind === 'string' || token.kind === 'template' || TEXTUAL.test(token.text)))
    return undefined;
  return { rule: 'number', message: `\`Number(text)\` rounds and misreads without a word: ${TEXT}` };
}

function inexactPower(tokens: readonly Token[], at: number): Finding | undefined {
  const text = tokens[at]?.text;
  if (tokens[at]?.kind !== 'punctuation' || (text !== '**' && text !== '**=')) return undefined;
  if (isBigintLiteral(tokens[at - 1]) || isPowerOfTwo(tokens, at)) return undefined;
  return {
    rule: 'power',
    message:
      '`**` on floats may differ between engines: multiply, or use numeric/deterministicMath.ts (`10n ** n` on bigint is fine)',
  };
}

/** `2 ** 52`, both written out: a power of two that a double holds is exact in every engine's pow. */
function isPowerOfTwo(tokens: readonly Token[], at: number): boolean {
  const exponent = tokens[at + 1]?.text === '-' ? tokens[at + 2] : tokens[at + 1];
  return tokens[at - 1]?.text === '2' && exponent?.kind === 'number' && /^\d+$/.test(exponent.text);
}

function bareBigintDivision(tokens: readonly Token[], at: number, path: string): Finding | undefined {
  const token = tokens[at];
  if (token?.kind !== 'punctuation' || (token.text !== '/' && token.text !== '/=') || layer(path) === 'numeric') return undefined;
  if (!isBigintLiteral(tokens[at - 1]) && !isBigintLiteral(tokens[at + 1])) return undefined;
  return { rule: 'division', message: 'bare division of bigint truncates toward zero: use mulDivDown or mulDivUp' };
}

function forIn(tokens: readonly Token[], at: number): Finding | undefined {
  if (wordAt(tokens, at) !== 'for' || tokens[at + 1]?.text !== '(') return undefined;
  const isDeclared = ['const', 'let', 'var'].includes(tokens[at + 2]?.text ?? '');
  if (tokens[at + (isDeclared ? 4 : 3)]?.text !== 'in') return undefined;
  return { rule: 'for-in', message: '`for … in` puts integer-like keys first and the rest by history: iterate over sorted ids' };
}

function moduleVariable(tokens: readonly Token[], at: number): Finding | undefined {
  const token = wordAt(tokens, at);
  if (tokens[at]?.depth !== 0 || (token !== 'let' && token !== 'var') || isMember(tokens, at)) return undefined;
  return {
    rule: 'module-state',
    message: `module-level \`${token}\` is state that no snapshot holds: put it into the state, or make it a constant`,
  };
}

function moduleContainer(tokens: readonly Token[], at: number): Finding | undefined {
  if (tokens[at]?.depth !== 0 || wordAt(tokens, at) !== 'const' || tokens[at + 1]?.kind !== 'word') return undefined;
  let equals = at + 2;
  while (equals < tokens.length && !(tokens[equals]?.depth === 0 && tokens[equals]?.text === '=')) equals += 1;
  const type = tokens.slice(at + 3, equals).map((token) => token.text);
  if (/^(?:readonly|Readonly.*)$/.test(type[0] ?? '')) return undefined;
  const name = tokens[at + 1]?.text ?? '';
  const isContainer = tokens[equals + 1]?.text === 'new' && MUTABLE_CONTAINERS.test(tokens[equals + 2]?.text ?? '');
  const isFilledByCall =
    MUTABLE_CONTAINERS.test(tokens[equals + 1]?.text ?? '') && ['.', '('].includes(tokens[equals + 2]?.text ?? '');
  const isMutableArray = tokens[equals + 1]?.text === '[' && !endsAsConst(tokens, equals + 1);
  if (!isContainer && !isFilledByCall && !isMutableArray) return undefined;
  const advice =
    'annotate it `readonly T[]`, `ReadonlyMap` or `ReadonlySet`; a scratch buffer belongs to the object that uses it';
  return { rule: 'module-state', message: `\`${name}\` is a mutable container at module level: ${advice}` };
}

function classWithBehaviour(tokens: readonly Token[], at: number): Finding | undefined {
  if (wordAt(tokens, at) !== 'class' || isMember(tokens, at) || isKey(tokens, at)) return undefined;
  const name = tokens[at + 1]?.text ?? '';
  let brace = at + 1;
  while (brace < tokens.length && tokens[brace]?.text !== '{') brace += 1;
  const heritage = tokens.slice(at + 1, brace).map((token) => token.text);
  const base = heritage[heritage.indexOf('extends') + 1] ?? '';
  if (heritage.includes('extends') ? base.endsWith('Error') : name === 'Engine') return undefined;
  return {
    rule: 'class',
    message: `class ${name}: use a readonly type and functions over it (only errors and the Engine façade are classes)`,
  };
}

function unerasableSyntax(tokens: readonly Token[], at: number): Finding | undefined {
  const token = tokens[at];
  if (token?.kind === 'punctuation' && token.text === '@') return { rule: 'syntax', message: 'no decorators: call the function' };
  const next = tokens[at + 1];
  if (token?.kind !== 'word' || isMember(tokens, at) || next?.kind !== 'word') return undefined;
  if (token.text === 'enum') return { rule: 'syntax', message: 'no enums: a union of string literals, or an object `as const`' };
  if (token.text === 'namespace' && token.depth === 0) return { rule: 'syntax', message: 'no namespaces: a file is the module' };
  return undefined;
}

function anyType(tokens: readonly Token[], at: number): Finding | undefined {
  if (wordAt(tokens, at) !== 'any') return undefined;
  const before = tokens[at - 1]?.text ?? '';
  const after = tokens[at + 1]?.text ?? '';
  const isType = after === '>' || /^(?::|<|as|\||&|=|=>|readonly)$/.test(before);
  if (!isType || after === '(' || after === '.' || after === ':') return undefined;
  return { rule: 'any', message: '`any` switches the checks off: use the type, or `unknown` and a decoder' };
}

function cast(tokens: readonly Token[], at: number, path: string): Finding | undefined {
  if (wordAt(tokens, at) !== 'as' || isMember(tokens, at) || isKey(tokens, at)) return undefined;
  if (['numeric', 'wire'].includes(layer(path)) || /(?:decode|parse)[^/]*\.ts$/i.test(path)) return undefined;
  const next = tokens[at + 1]?.text ?? '';
  const isIndexedRead = tokens[at - 1]?.text === ']' && (next === 'number' || next === 'bigint');
  if (next === 'const' || isIndexedRead || isRename(tokens, at)) return undefined;
  return {
    rule: 'cast',
    message: '`as` outside numeric/, wire/ and decoders: narrow with a check, or construct through numeric/',
  };
}

/** `import { a as b }`, `import * as a`, `export { a as b }`: a new name, not a cast. */
function isRename(tokens: readonly Token[], at: number): boolean {
  if (tokens[at - 1]?.text === '*') return true;
  if (tokens[at]?.depth !== 1) return false;
  let open = at;
  while (open > 0 && !(tokens[open]?.depth === 0 && tokens[open]?.text === '{')) open -= 1;
  const opener = tokens[open - 1]?.text === 'type' ? tokens[open - 2] : tokens[open - 1];
  return opener?.text === 'import' || opener?.text === 'export' || opener?.text === ',';
}

/** Whether the literal that opens at `open` ends in `as const`. A closing bracket carries the depth of its opener. */
function endsAsConst(tokens: readonly Token[], open: number): boolean {
  const depth = tokens[open]?.depth;
  let close = open + 1;
  while (close < tokens.length && !(tokens[close]?.text === ']' && tokens[close]?.depth === depth)) close += 1;
  return tokens[close + 1]?.text === 'as' && tokens[close + 2]?.text === 'const';
}

function wordAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at];
  return token?.kind === 'word' ? token.text : undefined;
}

function isMember(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  return tokens[at - 1]?.kind === 'punctuation' && (before === '.' || before === '?.');
}

/** The name of a property or a parameter: `{ process: …`, `(process: …`, `, process?: …`. */
function isKey(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 1]?.text;
  const isAnnotated = after === ':' || (after === '?' && tokens[at + 2]?.text === ':');
  return isAnnotated && ['{', ',', ';', '(', 'readonly'].includes(tokens[at - 1]?.text ?? '');
}

function isBigintLiteral(token: Token | undefined): boolean {
  return token?.kind === 'number' && token.text.endsWith('n');
}

function layer(path: string): string {
  return path.split('/')[3] ?? '';
}
