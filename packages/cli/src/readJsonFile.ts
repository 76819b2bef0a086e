import { readFileSync, statSync } from 'node:fs';
import { InputError, type InputErrorCode } from './inputError.ts';
import { repeatedKey } from './repeatedKey.ts';

/** Larger files are refused before they are read: no portfolio or profile comes near it. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Reads a JSON file that the user named. Throws InputError with the file, and the place when it is not JSON. */
export function readJsonFile(file: string): unknown {
  const text = readText(file).replace(/^\uFEFF/, '');
  const parsed = parse(file, text);
  const repeated = repeatedKey(text);
  if (repeated !== null) {
    throw refuse('FILE_NOT_JSON', file, { field: repeated, expected: 'each field once', found: 'it twice in one object' });
  }
  return parsed;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse('FILE_NOT_JSON', file, { expected: 'valid JSON', found: placeOf(text, reason) });
  }
}

function readText(file: string): string {
  try {
    const facts = statSync(file);
    if (facts.isDirectory()) throw refuse('FILE_UNREADABLE', file, { expected: 'a JSON file', found: 'a folder' });
    if (facts.size > FILE_BYTES_MAX) {
      throw refuse('FILE_UNREADABLE', file, { expected: `at most ${FILE_BYTES_MAX} bytes`, found: `${facts.size} bytes` });
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw refuse('FILE_UNREADABLE', file, { expected: 'a file that can be read', found: systemReason(error) }, error);
  }
}

function refuse(
  code: InputErrorCode,
  file: string,
  facts: { readonly field?: string; readonly expected: string; readonly found: string },
  cause?: unknown,
): InputError {
  const problem = { file, field: '(the whole file)', ...facts };
  const message = `${file}: ${facts.field === undefined ? '' : `${facts.field}: `}expected ${facts.expected}, found ${facts.found}`;
  return new InputError({ code, message, problems: [problem], cause });
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'a file that may not be read';
  return error instanceof Error ? error.message : String(error);
}

/** What stopped the parser, with line and column: engines name the place in different ways or not at all. */
function placeOf(text: string, reason: string): string {
  if (text.trim() === '') return 'an empty file';
  const offset = firstBreach(text);
  if (offset >= text.length) return `the end of the file after ${text.length} characters`;
  const before = text.slice(0, offset).split('\n');
  const sentence = reason.replace(/,? (?:in JSON at position|"|\.\.\.).*$/s, '');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${sentence}`;
}

/** Offset of the first character that no JSON text could have there: the shortest prefix that is broken, found by halving. */
function firstBreach(text: string): number {
  let whole = 0;
  let broken = text.length + 1;
  while (broken - whole > 1) {
    const middle = (whole + broken) >> 1;
    if (middle <= text.length && isBroken(text.slice(0, middle))) broken = middle;
    else if (middle > text.length) broken = middle;
    else whole = middle;
  }
  return broken - 1;
}

/** True when more characters could not make the prefix valid. */
function isBroken(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return false;
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    if (/Unexpected end|Unterminated/.test(reason)) return false;
    const position = /position (\d+)/.exec(reason)?.[1];
    return position === undefined || Number(position) < prefix.length;
  }
}
