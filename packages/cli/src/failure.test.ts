import { expect, test } from 'vitest';
import { failureOf, printFailure } from './failure.ts';

test('a defect is one sentence that asks to be reported, exit code 3, and its stack only when debugging', () => {
  const error = new Error('A pool is not negative.');
  const plain = failureOf(error, {});
  expect(plain).toMatchObject({ code: 'INTERNAL', exitCode: 3, message: 'internal error: A pool is not negative.', stack: null });
  expect(plain.hint).toContain('please report it');
  expect(failureOf(error, { PLIMSOLL_DEBUG: '1' }).stack).toBe(error.stack);
});

test('whatever is thrown, even what is no error, becomes a failure', () => {
  expect(failureOf('text', {})).toMatchObject({ exitCode: 3, message: 'internal error: text' });
  expect(failureOf(undefined, { PLIMSOLL_DEBUG: '1' })).toMatchObject({ exitCode: 3, stack: null });
});

test('a failure goes to standard error as text, and to standard output as JSON', () => {
  const written: [string, string][] = [];
  const terminal = {
    out: (text: string) => void written.push(['out', text]),
    err: (text: string) => void written.push(['err', text]),
    hasColor: false,
    canRedraw: false,
    columns: 80,
  };
  const failure = failureOf(new Error('x'), {});
  printFailure(terminal, failure, { json: false });
  printFailure(terminal, failure, { json: true });
  expect(written.map(([where]) => where)).toEqual(['err', 'out']);
  expect(JSON.parse(written[1]?.[1] ?? '')).toMatchObject({ kind: 'error', code: 'INTERNAL', exitCode: 3 });
});
