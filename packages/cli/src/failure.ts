/** Every error as what the user sees: one sentence, the problems, an exit code. Never a stack, unless asked for. */

import { DataError } from '@plimsoll/lab/data/dataError';
import { CommanderError } from 'commander';
import { EXIT_BAD_INPUT, EXIT_INTERNAL } from './exitCodes.ts';
import { InputError, type InputProblem } from './inputError.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Failure {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly problems: readonly InputProblem[];
  readonly hint: string | null;
  /** Only for a defect, and only when PLIMSOLL_DEBUG asks for it. */
  readonly stack: string | null;
}

const PROBLEMS_SHOWN = 50;

export function failureOf(error: unknown, environment: Readonly<Record<string, string | undefined>>): Failure {
  if (error instanceof InputError) {
    const { code, message, problems, hint } = error;
    return { code, exitCode: EXIT_BAD_INPUT, message, problems, hint, stack: null };
  }
  if (error instanceof DataError) return dataFailure(error);
  if (error instanceof CommanderError) return usageFailure(error);
  return defect(error, environment);
}

/** Prints a failure: with `--json` as the one document on standard output, else as text on standard error. */
export function printFailure(terminal: Terminal, failure: Failure, { json }: { readonly json: boolean }): void {
  const { stack, ...rest } = failure;
  if (json)
    terminal.out(`${JSON.stringify({ kind: 'error', version: 1, ...rest, ...(stack === null ? {} : { stack }) }, null, 2)}\n`);
  else terminal.err(`${failureLines(failure).join('\n')}\n`);
}

function failureLines({ message, problems, hint, stack }: Failure): readonly string[] {
  const shown = problems.length === 1 && message.includes(problems[0]?.expected ?? '') ? [] : problems.slice(0, PROBLEMS_SHOWN);
  const rest = problems.length - PROBLEMS_SHOWN;
  return [
    `plimsoll: ${message}`,
    ...shown.map(problemLine),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    ...(hint === null ? [] : [hint]),
    ...(stack === null ? [] : [stack]),
  ];
}

function problemLine({ file, field, expected, found }: InputProblem): string {
  return `  ${file === null ? '' : `${file}: `}${field}: expected ${expected}; found ${found}`;
}

function dataFailure(error: DataError): Failure {
  const { file, field, line, expected, found } = error;
  const place = field ?? (line === undefined ? '(the whole file)' : `line ${line}`);
  return {
    code: error.code === 'DATA_FOLDER_MISSING' || error.code === 'DATA_FILE_MISSING' ? 'DATA_MISSING' : 'DATA_INVALID',
    exitCode: EXIT_BAD_INPUT,
    message: error.message,
    problems: [{ file, field: place, expected, found: found ?? 'nothing of the kind' }],
    hint: null,
    stack: null,
  };
}

/** Commander's sentence without its prefix; its suggestion stands on a line of its own. */
function usageFailure(error: CommanderError): Failure {
  const [sentence = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion.join(' ').replace(/^\((.*)\)$/, '$1');
  return {
    code: 'USAGE',
    exitCode: EXIT_BAD_INPUT,
    message: sentence,
    problems: [],
    hint: hint === '' ? 'plimsoll --help shows the commands, plimsoll help <command> its options.' : hint,
    stack: null,
  };
}

function defect(error: unknown, environment: Readonly<Record<string, string | undefined>>): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const isDebug = environment.PLIMSOLL_DEBUG !== undefined && environment.PLIMSOLL_DEBUG !== '';
  return {
    code: 'INTERNAL',
    exitCode: EXIT_INTERNAL,
    message: `internal error: ${message}`,
    problems: [],
    hint: 'This is a defect of Plimsoll: please report it, with the command and its files. PLIMSOLL_DEBUG=1 shows the stack.',
    stack: isDebug && error instanceof Error ? (error.stack ?? null) : null,
  };
}
