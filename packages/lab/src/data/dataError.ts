/** Stable codes of what can be wrong with a data file. Scripts and tests match on these, never on the message. */
export type DataErrorCode =
  | 'DATA_FOLDER_MISSING'
  | 'DATA_FILE_MISSING'
  | 'DATA_FILE_UNREADABLE'
  | 'DATA_COLUMN_MISSING'
  | 'DATA_ROW_MALFORMED'
  | 'DATA_FIELD_INVALID'
  | 'DATA_RULE_BROKEN'
  | 'SCENARIO_NOT_JSON'
  | 'SCENARIO_VERSION_UNKNOWN'
  | 'SCENARIO_FIELD_INVALID'
  | 'OPTION_INVALID';

export type DataErrorFacts = {
  readonly code: DataErrorCode;
  /** Path of the file as the reader was given it; null when what is wrong is no file but an option of the command. */
  readonly file: string | null;
  /** One-based line of a text file. */
  readonly line?: number;
  /** Column name, or the path of a field inside a JSON file, such as `tables[2].columns[0].values`. */
  readonly field?: string;
  readonly expected: string;
  readonly found?: string;
  readonly cause?: unknown;
};

/**
 * A data file is missing or says something that it must not. An adapter error: thrown at the edge, shown to the user as
 * its one-line message without a stack, exit code 2.
 */
export class DataError extends Error {
  readonly code: DataErrorCode;
  readonly file: string | null;
  readonly line: number | undefined;
  readonly field: string | undefined;
  readonly expected: string;
  readonly found: string | undefined;

  constructor(facts: DataErrorFacts) {
    super(sentence(facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'DataError';
    this.code = facts.code;
    this.file = facts.file;
    this.line = facts.line;
    this.field = facts.field;
    this.expected = facts.expected;
    this.found = facts.found;
  }
}

/** The facts of a data error, to build it again on the other side of a thread: errors lose their class on the way. */
export function factsOf(error: DataError): DataErrorFacts {
  const { code, file, line, field, expected, found } = error;
  return {
    code,
    file,
    expected,
    ...(line === undefined ? {} : { line }),
    ...(field === undefined ? {} : { field }),
    ...(found === undefined ? {} : { found }),
  };
}

const FOUND_LENGTH_MAX = 80;

function sentence(facts: DataErrorFacts): string {
  const line = facts.line === undefined ? '' : `:${facts.line}`;
  const found = facts.found === undefined ? '' : `, found ${quoted(facts.found)}`;
  if (facts.file === null) return `${facts.field ?? 'options'}: expected ${facts.expected}${found}`;
  const field = facts.field === undefined ? '' : ` field "${facts.field}":`;
  return `${facts.file}${line}:${field} expected ${facts.expected}${found}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= FOUND_LENGTH_MAX ? text : `${text.slice(0, FOUND_LENGTH_MAX)}…`);
}
