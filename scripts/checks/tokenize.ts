// A small tokenizer for TypeScript source: enough to tell code from comments, strings, templates and regular
// expressions, which is what the layer and determinism checks stand on. It does not parse. (TypeScript 7 offers its
// own parser only as an unstable interface.)

export type TokenKind = 'word' | 'number' | 'string' | 'template' | 'regex' | 'punctuation';

export interface Token {
  readonly kind: TokenKind;
  /** The source text; for a string or a template piece its contents without the quotes. */
  readonly text: string;
  /** One-based line of the first character. */
  readonly line: number;
  /** How many `{`, `(`, `[` and `${` are open around this token. Zero is module level. */
  readonly depth: number;
}

export interface LineComment {
  readonly line: number;
  readonly text: string;
}

export interface TokenizedSource {
  readonly tokens: readonly Token[];
  readonly comments: readonly LineComment[];
}

const WORD_START = /[\p{ID_Start}$_#]/u;
const WORD = /[\p{ID_Continue}$\u200c\u200d]/u;
const DIGIT = /[0-9]/;
const NUMBER = /^(?:0[xXbBoO][0-9a-fA-F_]+n?|(?:\d[\d_]*)?\.?[\d_]*(?:[eE][+-]?\d+)?n?)/;
const LONGEST_NUMBER = 400;
const LONG_PUNCTUATION =
  '>>>= ... === !== **= <<= >>= &&= ||= ??= => == != <= >= && || ?? ?. ++ -- += -= *= /= %= &= |= ^= ** <<'.split(' ');
const WORDS_BEFORE_REGEX = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'void',
  'delete',
  'throw',
  'new',
  'else',
  'do',
  'yield',
  'await',
]);

/** Splits `source` into tokens and comments. Total: text that it does not understand becomes one-character punctuation. */
export function tokenize(source: string): TokenizedSource {
  const tokens: Token[] = [];
  const comments: LineComment[] = [];
  const openBraces: string[] = [];
  let at = source.startsWith('#!') ? endOfLine(source, 0) : 0;
  let line = 1;

  const push = (kind: TokenKind, text: string, end: number): void => {
    tokens.push({ kind, text, line, depth: openBraces.length });
    line += countLines(source, at, end);
    at = end;
  };
  const skip = (end: number): void => {
    line += countLines(source, at, end);
    at = end;
  };

  while (at < source.length) {
    const char = source.charAt(at);
    if (/\s/.test(char)) {
      skip(at + 1);
    } else if (source.startsWith('//', at)) {
      const end = endOfLine(source, at);
      comments.push({ line, text: source.slice(at, end) });
      skip(end);
    } else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2);
      const end = close < 0 ? source.length : close + 2;
      comments.push({ line, text: source.slice(at, end) });
      skip(end);
    } else if (char === "'" || char === '"') {
      const end = endOfQuoted(source, at, char);
      push('string', source.slice(at + 1, end - 1), end);
    } else if (char === '`' || (char === '}' && openBraces.at(-1) === '${')) {
      if (char === '}') openBraces.pop();
      const piece = templatePiece(source, at + 1);
      push('template', piece.text, piece.end);
      if (piece.opensExpression) openBraces.push('${');
    } else if (DIGIT.test(char) || (char === '.' && DIGIT.test(source.charAt(at + 1)))) {
      const text = NUMBER.exec(source.slice(at, at + LONGEST_NUMBER))?.[0] ?? char;
      push('number', text, at + text.length);
    } else if (WORD_START.test(char)) {
      let end = at + 1;
      while (end < source.length && WORD.test(source.charAt(end))) end += 1;
      push('word', source.slice(at, end), end);
    } else if (char === '/' && regexMayStart(tokens.at(-1))) {
      const end = endOfRegex(source, at);
      push('regex', source.slice(at, end), end);
    } else {
      const text = LONG_PUNCTUATION.find((candidate) => source.startsWith(candidate, at)) ?? char;
      if ('})]'.includes(text)) openBraces.pop();
      push('punctuation', text, at + text.length);
      if ('{(['.includes(text)) openBraces.push(text);
    }
  }
  return { tokens, comments };
}

function regexMayStart(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'word') return WORDS_BEFORE_REGEX.has(previous.text);
  if (previous.kind !== 'punctuation') return false;
  return ![')', ']', '}', '++', '--'].includes(previous.text);
}

function endOfLine(source: string, from: number): number {
  const newline = source.indexOf('\n', from);
  return newline < 0 ? source.length : newline;
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < source.length && source.charAt(at) !== quote && source.charAt(at) !== '\n')
    at += source.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at + 1, source.length);
}

/** The text up to the closing backtick or to the next `${`, and the index just behind either. */
function templatePiece(source: string, from: number): { text: string; end: number; opensExpression: boolean } {
  let at = from;
  while (at < source.length) {
    if (source.charAt(at) === '`') return { text: source.slice(from, at), end: at + 1, opensExpression: false };
    if (source.startsWith('${', at)) return { text: source.slice(from, at), end: at + 2, opensExpression: true };
    at += source.charAt(at) === '\\' ? 2 : 1;
  }
  return { text: source.slice(from), end: source.length, opensExpression: false };
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  let at = from + 1;
  while (at < source.length && source.charAt(at) !== '\n') {
    const char = source.charAt(at);
    if (char === '/' && !inClass) break;
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    at += char === '\\' ? 2 : 1;
  }
  at += 1;
  while (at < source.length && /[a-z]/.test(source.charAt(at))) at += 1;
  return at;
}

function countLines(source: string, from: number, to: number): number {
  let lines = 0;
  for (let i = from; i < to; i += 1) if (source.charAt(i) === '\n') lines += 1;
  return lines;
}
