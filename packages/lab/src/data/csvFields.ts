import { type ParsedDecimal, parseDecimal, parseDecimalRounded, type Rounding } from '@plimsoll/core/numeric';
import type { CsvRow } from './csvRows.ts';
import { DataError } from './dataError.ts';

/** A decimal cell as an integer of 10^-decimals, exactly; a cell with more digits than that is an error, not rounded. */
export function decimalCell(row: CsvRow, column: string, options: { readonly decimals: number }): bigint {
  const { decimals } = options;
  const expected = `a decimal number with at most ${decimals} decimals`;
  return accepted(row, column, { result: parseDecimal(row.text(column), decimals), expected });
}

/** A decimal cell as an integer of 10^-decimals, rounded in the named direction where the file holds more digits. */
export function roundedDecimalCell(
  row: CsvRow,
  column: string,
  options: { readonly decimals: number; readonly rounding: Rounding },
): bigint {
  const { decimals, rounding } = options;
  const result = parseDecimalRounded(row.text(column), decimals, rounding);
  return accepted(row, column, { result, expected: 'a decimal number' });
}

/** A decimal cell that must be above zero, such as a price. */
export function positiveDecimalCell(row: CsvRow, column: string, options: { readonly decimals: number }): bigint {
  const value = decimalCell(row, column, options);
  if (value <= 0n) {
    throw invalidCell(row, column, 'a decimal number above zero');
  }
  return value;
}

/** An integer cell inside [min, max]. */
export function integerCell(row: CsvRow, column: string, range: { readonly min: number; readonly max: number }): number {
  const text = row.text(column);
  const value = /^-?\d{1,16}$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < range.min || value > range.max) {
    throw invalidCell(row, column, `an integer from ${range.min} to ${range.max}`);
  }
  return value;
}

/** Unix seconds between 2015 and 2100, as milliseconds. */
export function unixSecondsCellAsMs(row: CsvRow, column: string): number {
  return 1000 * integerCell(row, column, { min: 1_420_070_400, max: 4_102_444_800 });
}

/** A cell that must not be empty. */
export function textCell(row: CsvRow, column: string): string {
  const text = row.text(column);
  if (text === '') {
    throw invalidCell(row, column, 'a text');
  }
  return text;
}

/** One of a closed list of texts. */
export function choiceCell<T extends string>(row: CsvRow, column: string, choices: readonly T[]): T {
  const text = row.text(column);
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) {
    throw invalidCell(row, column, `one of ${choices.map((candidate) => JSON.stringify(candidate)).join(', ')}`);
  }
  return choice;
}

/** The error for a cell that is not what it must be; `expected` reads after the word "expected". */
export function invalidCell(row: CsvRow, column: string, expected: string): DataError {
  return new DataError({
    code: 'DATA_FIELD_INVALID',
    file: row.file,
    line: row.line,
    field: column,
    expected,
    found: row.text(column),
  });
}

function accepted(row: CsvRow, column: string, input: { readonly result: ParsedDecimal; readonly expected: string }): bigint {
  if (!input.result.ok) {
    throw invalidCell(row, column, input.expected);
  }
  return input.result.value;
}
