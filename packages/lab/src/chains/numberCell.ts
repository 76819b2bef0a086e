import { invalidCell } from '../data/csvFields.ts';
import type { CsvRow } from '../data/csvRows.ts';

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** A cell as the nearest double: for volatilities, Greeks and marks, which are compared with tolerances and never booked. */
export function numberCell(row: CsvRow, column: string): number {
  const value = numberOrNullCell(row, column);
  if (value === null) throw invalidCell(row, column, 'a number');
  return value;
}

/** As `numberCell`; null for an empty cell. */
export function numberOrNullCell(row: CsvRow, column: string): number | null {
  const text = row.text(column);
  if (text === '') return null;
  if (!DECIMAL.test(text)) throw invalidCell(row, column, 'a number');
  return Number(text);
}

/** A number above zero. */
export function positiveNumberCell(row: CsvRow, column: string): number {
  const value = numberCell(row, column);
  if (!(value > 0)) throw invalidCell(row, column, 'a number above zero');
  return value;
}

/** An ISO 8601 time with its offset, as milliseconds since 1970. */
export function isoTimeCell(row: CsvRow, column: string): number {
  const text = row.text(column);
  const value = /^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(value)) throw invalidCell(row, column, 'an ISO 8601 time in UTC');
  return value;
}
