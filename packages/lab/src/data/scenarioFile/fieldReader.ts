import { DataError, type DataErrorCode } from '../dataError.ts';

/** Walks parsed JSON and throws DataError with the path of the field that is not what it must be. */
export type FieldReader = {
  readonly path: string;
  /** A member of an object; the object must have it. */
  field(name: string): FieldReader;
  /** An element of a list, for errors that name it; absent elements read as undefined. */
  element(index: number): FieldReader;
  list(lengthMax: number): readonly FieldReader[];
  text(): string;
  boolean(): boolean;
  integer(range: { readonly min: number; readonly max: number }): number;
  /** Any finite number. */
  number(): number;
  /** An integer of any size, written as decimal text. */
  bigint(): bigint;
  choice<T extends string>(choices: readonly T[]): T;
  /** Refuses an object that holds fields other than these: a misspelt field is not silently ignored. */
  refuseOtherFields(names: readonly string[]): void;
  /** The error for this field; `expected` reads after the word "expected". */
  invalid(expected: string, code?: DataErrorCode, found?: string): DataError;
};

/** Creates a reader of one parsed JSON value; `path` is empty at the root. */
export function createFieldReader(place: { readonly file: string; readonly value: unknown; readonly path: string }): FieldReader {
  const { file, value, path } = place;
  const invalid: FieldReader['invalid'] = (expected, code = 'SCENARIO_FIELD_INVALID', found = shown(value)) =>
    new DataError({ code, file, field: path === '' ? '(root)' : path, expected, found });
  const child = (name: string, of: unknown): FieldReader => createFieldReader({ file, value: of, path: name });
  const text = (): string => {
    if (typeof value !== 'string' || value === '') throw invalid('a text');
    return value;
  };
  return {
    path,
    invalid,
    text,
    field: (name) => {
      if (!isObject(value)) throw invalid('an object');
      return child(path === '' ? name : `${path}.${name}`, value[name]);
    },
    element: (index) => child(`${path}[${index}]`, Array.isArray(value) ? value[index] : undefined),
    list: (lengthMax) => {
      if (!Array.isArray(value)) throw invalid('a list');
      if (value.length > lengthMax) throw invalid(`a list of at most ${lengthMax}`, undefined, `${value.length}`);
      return value.map((item: unknown, index) => child(`${path}[${index}]`, item));
    },
    boolean: () => {
      if (typeof value !== 'boolean') throw invalid('true or false');
      return value;
    },
    integer: ({ min, max }) => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
        throw invalid(`an integer from ${min} to ${max}`);
      }
      return value;
    },
    number: () => {
      if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid('a number');
      return value;
    },
    bigint: () => {
      if (typeof value !== 'string' || !/^-?(?:0|[1-9]\d{0,39})$/.test(value)) throw invalid('an integer as decimal text');
      return BigInt(value);
    },
    choice: (choices) => {
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw invalid(`one of ${choices.map((c) => JSON.stringify(c)).join(', ')}`);
      return choice;
    },
    refuseOtherFields: (names) => {
      if (!isObject(value)) throw invalid('an object');
      const other = Object.keys(value).find((key) => !names.includes(key));
      if (other !== undefined) throw invalid(`no fields but ${names.join(', ')}`, undefined, other);
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
}
