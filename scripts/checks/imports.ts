// Reads the import and export-from statements of a file from its tokens.

import type { Token } from './tokenize.ts';

export interface ImportStatement {
  readonly specifier: string;
  readonly line: number;
  /** `import type`, `export type … from`, or braces in which every name says `type`: nothing is left at run time. */
  readonly isTypeOnly: boolean;
  /** The names taken from the module, as they are called there; `*` for a namespace or `export *`, `default` for a default. */
  readonly names: readonly string[];
  readonly isDynamic: boolean;
}

/** Every module that the file names, in order: `import`, `export … from`, side-effect imports and `import(…)`. */
export function importStatements(tokens: readonly Token[]): ImportStatement[] {
  const found: ImportStatement[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.kind !== 'word' || tokens[i - 1]?.text === '.') continue;
    if (token.text === 'import') {
      const statement =
        tokens[i + 1]?.text === '(' ? dynamicImport(tokens, i) : token.depth === 0 ? fromStatement(tokens, i) : undefined;
      if (statement !== undefined) found.push(statement);
    } else if (token.text === 'export' && token.depth === 0 && opensExportFrom(tokens, i)) {
      const statement = fromStatement(tokens, i);
      if (statement !== undefined) found.push(statement);
    }
  }
  return found;
}

function opensExportFrom(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]?.text === 'type' ? tokens[at + 2] : tokens[at + 1];
  return next?.text === '*' || next?.text === '{';
}

function dynamicImport(tokens: readonly Token[], at: number): ImportStatement {
  const argument = tokens[at + 2];
  const specifier = argument?.kind === 'string' || argument?.kind === 'template' ? argument.text : '';
  return { specifier, line: tokens[at]?.line ?? 0, isTypeOnly: false, names: ['*'], isDynamic: true };
}

/** Reads from `import` or `export` to the module's name; `undefined` for `export { local }` and for `import.meta`. */
function fromStatement(tokens: readonly Token[], at: number): ImportStatement | undefined {
  const line = tokens[at]?.line ?? 0;
  if (tokens[at + 1]?.kind === 'string') {
    return { specifier: tokens[at + 1]?.text ?? '', line, isTypeOnly: false, names: [], isDynamic: false };
  }
  const clause: Token[] = [];
  for (let i = at + 1; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (token === undefined || token.text === ';' || token.text === '=' || token.text === '(') return undefined;
    if (token.kind === 'string') {
      if (tokens[i - 1]?.text !== 'from') return undefined;
      return { specifier: token.text, line, ...readClause(clause.slice(0, -1)), isDynamic: false };
    }
    if (token.depth === 0 && i > at + 1 && (token.text === 'import' || token.text === 'export' || token.text === 'const'))
      return undefined;
    clause.push(token);
  }
  return undefined;
}

function readClause(clause: readonly Token[]): { isTypeOnly: boolean; names: string[] } {
  const wholeIsType = clause[0]?.text === 'type' && clause[1] !== undefined && clause[1].text !== ',';
  const rest = wholeIsType ? clause.slice(1) : clause;
  const names: string[] = [];
  let everyNameIsType = true;
  let inBraces = false;
  let entry: string[] = [];
  const closeEntry = (): void => {
    if (entry.length === 0) return;
    const isType = inBraces && entry[0] === 'type' && entry.length > 1 && entry[1] !== 'as';
    if (!isType) everyNameIsType = false;
    names.push(inBraces ? ((isType ? entry[1] : entry[0]) ?? '') : entry[0] === '*' ? '*' : 'default');
    entry = [];
  };
  for (const token of rest) {
    if (token.text === '{' || token.text === ',' || token.text === '}') {
      closeEntry();
      if (token.text !== ',') inBraces = token.text === '{';
    } else {
      entry.push(token.text);
    }
  }
  closeEntry();
  return { isTypeOnly: wholeIsType || (names.length > 0 && everyNameIsType), names };
}
