/** One thing that is wrong with what the user gave, in the words of the user. */
export interface InputProblem {
  /** The file as it was named on the command line, or null when no file is at fault. */
  readonly file: string | null;
  /** Path of the field inside the file (`account.positions[0].size`), the option or the argument. */
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

export type InputErrorCode =
  | 'USAGE'
  | 'FILE_UNREADABLE'
  | 'FILE_NOT_JSON'
  | 'PORTFOLIO_INVALID'
  | 'PROFILE_INVALID'
  | 'PROFILE_UNKNOWN'
  | 'SCENARIO_UNKNOWN'
  | 'ASSET_UNKNOWN'
  | 'DATA_MISSING'
  | 'DATA_INVALID';

/** The user's mistake: shown as sentences, never with a stack, exit code 2. All problems of one file at once. */
export class InputError extends Error {
  readonly code: InputErrorCode;
  readonly problems: readonly InputProblem[];
  readonly hint: string | null;

  constructor(facts: {
    readonly code: InputErrorCode;
    readonly message: string;
    readonly problems?: readonly InputProblem[];
    readonly hint?: string;
    readonly cause?: unknown;
  }) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'InputError';
    this.code = facts.code;
    this.problems = facts.problems ?? [];
    this.hint = facts.hint ?? null;
  }
}
