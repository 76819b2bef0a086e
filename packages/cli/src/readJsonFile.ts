import { readFileSync, statSync } from 'node:fs';
import { InputError, type InputErrorCode } from './inputError.ts';

/** Larger files are refused before they are read: no portfolio or profile comes near it. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Reads a JSON file that the user named. Throws InputError with the file, and the place when it is not JSON. */
export function readJsonFile(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
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
  facts: { readonly expected: string; readonly found: string },
  cause?: unknown,
): InputError {
  const problem = { file, field: '(the whole file)', ...facts };
  const message = `${file}: expected ${facts.expected}, found ${facts.found}`;
  return new InputError({ code, message, problems: [problem], cause });
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'a file that may not be read';
  return error instanceof Error ? error.message : String(error);
}

/** The parser's reason with line and column, which V8 gives as an offset or not at all. */
function placeOf(text: string, reason: string): string {
  const offset = /position (\d+)/.exec(reason)?.[1];
  if (/Unexpected end/.test(reason)) return `the end of the file after ${text.length} characters`;
  if (offset === undefined) return reason;
  const before = text.slice(0, Number(offset)).split('\n');
  const sentence = reason.replace(/ in JSON at position.*$/, '');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${sentence}`;
}
