import { DataError } from '../dataError.ts';
import type { ScenarioDocument, ScenarioTable } from './scenarioDocument.ts';

/** Columns of one table under the names and units that a scenario kind needs. */
export type TableReader = {
  readonly rows: number;
  /** A column without missing values; errors when it is absent, has another unit or holds gaps. */
  bigints(column: string, unit: string): readonly bigint[];
  optionalBigints(column: string, unit: string): readonly (bigint | undefined)[];
  /** As `bigints`, for values inside [0, 2^53). */
  numbers(column: string, unit: string): readonly number[];
  optionalNumbers(column: string, unit: string): readonly (number | undefined)[];
  /** The error for a rule that the values of a column break. */
  broken(column: string, row: number, expected: string): DataError;
};

/** Opens a table by name. */
export function openTable(place: {
  readonly file: string;
  readonly document: ScenarioDocument;
  readonly table: string;
}): TableReader {
  const { file, document } = place;
  const table = document.tables.find(({ name }) => name === place.table);
  if (table === undefined) {
    const found = document.tables.map(({ name }) => name).join(', ');
    throw new DataError({
      code: 'SCENARIO_FIELD_INVALID',
      file,
      field: 'tables',
      expected: `a table "${place.table}"`,
      found,
    });
  }
  return tableReader(file, table);
}

/** An integer of the file's metadata under the unit it must have, inside [0, 2^53). */
export function metadataNumber(place: {
  readonly file: string;
  readonly document: ScenarioDocument;
  readonly name: string;
  readonly unit: string;
}): number {
  const entry = place.document.metadata.find(({ name }) => name === place.name);
  const value = entry === undefined || entry.unit !== place.unit ? Number.NaN : Number(entry.value);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new DataError({
      code: 'SCENARIO_FIELD_INVALID',
      file: place.file,
      field: `metadata.${place.name}`,
      expected: `an integer from 0 to 2^53 - 1 in ${place.unit}`,
      found: entry === undefined ? 'nothing' : `${entry.value} ${entry.unit}`,
    });
  }
  return value;
}

function tableReader(file: string, table: ScenarioTable): TableReader {
  const invalid = (field: string, expected: string, found: string): DataError =>
    new DataError({ code: 'SCENARIO_FIELD_INVALID', file, field: `${table.name}.${field}`, expected, found });
  const optionalBigints = (name: string, unit: string): readonly (bigint | undefined)[] => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      throw invalid(name, 'a column of this name', table.columns.map((c) => c.name).join(', '));
    }
    if (column.unit !== unit) {
      throw invalid(name, `the unit "${unit}"`, column.unit);
    }
    return column.values;
  };
  const present = <T>(name: string, value: T | undefined, row: number): T => {
    if (value === undefined) throw invalid(`${name}[${row}]`, 'a value', 'nothing');
    return value;
  };
  const toNumber = (name: string, value: bigint | undefined, row: number): number | undefined => {
    if (value !== undefined && (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))) {
      throw invalid(`${name}[${row}]`, 'an integer from 0 to 2^53 - 1', value.toString());
    }
    return value === undefined ? undefined : Number(value);
  };
  const optionalNumbers = (name: string, unit: string): readonly (number | undefined)[] =>
    optionalBigints(name, unit).map((value, row) => toNumber(name, value, row));
  return {
    rows: table.rows,
    optionalBigints,
    optionalNumbers,
    bigints: (name, unit) => optionalBigints(name, unit).map((value, row) => present(name, value, row)),
    numbers: (name, unit) => optionalNumbers(name, unit).map((value, row) => present(name, value, row)),
    broken: (name, row, expected) => {
      const value = table.columns.find((candidate) => candidate.name === name)?.values[row];
      return invalid(`${name}[${row}]`, expected, value === undefined ? 'nothing' : value.toString());
    },
  };
}
