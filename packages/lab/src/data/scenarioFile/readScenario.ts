import { readFile } from 'node:fs/promises';
import { DataError } from '../dataError.ts';
import { decodeColumn } from './columnCoding.ts';
import { createFieldReader, type FieldReader } from './fieldReader.ts';
import {
  SCENARIO_FORMAT,
  SCENARIO_FORMAT_VERSION,
  SCENARIO_LIMITS,
  type ScenarioColumn,
  type ScenarioDocument,
  type ScenarioTable,
} from './scenarioDocument.ts';

/** Reads and checks a scenario file. Throws DataError that names the file, the field and what was expected. */
export async function readScenarioFile(file: string): Promise<ScenarioDocument> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new DataError({ code: 'DATA_FILE_MISSING', file, expected: 'a readable scenario file', cause });
  }
  return parseScenario({ file, text });
}

/** Checks and decodes the text of a scenario file; `file` is used in errors only. */
export function parseScenario(input: { readonly file: string; readonly text: string }): ScenarioDocument {
  const { file, text } = input;
  if (text.length > SCENARIO_LIMITS.fileBytesMax) {
    const expected = `at most ${SCENARIO_LIMITS.fileBytesMax} characters`;
    throw new DataError({ code: 'SCENARIO_FIELD_INVALID', file, expected, found: String(text.length) });
  }
  const root = createFieldReader({ file, value: parseJson(input), path: '' });
  checkVersion(root);
  root.refuseOtherFields(['format', 'version', 'kind', 'name', 'title', 'metadata', 'tables']);
  return {
    kind: root.field('kind').text(),
    name: root.field('name').text(),
    title: root.field('title').text(),
    metadata: root.field('metadata').list(SCENARIO_LIMITS.metadataMax).map(metadataOf),
    tables: distinctNames(root.field('tables').list(SCENARIO_LIMITS.tablesMax).map(tableOf), root.field('tables')),
  };
}

function parseJson(input: { readonly file: string; readonly text: string }): unknown {
  try {
    return JSON.parse(input.text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ code: 'SCENARIO_NOT_JSON', file: input.file, expected: 'JSON text', found, cause });
  }
}

function checkVersion(root: FieldReader): void {
  const format = root.field('format');
  if (format.text() !== SCENARIO_FORMAT) {
    throw format.invalid(JSON.stringify(SCENARIO_FORMAT));
  }
  const version = root.field('version');
  if (version.integer({ min: 1, max: 1_000_000 }) !== SCENARIO_FORMAT_VERSION) {
    throw version.invalid(`version ${SCENARIO_FORMAT_VERSION}, the one this release reads`, 'SCENARIO_VERSION_UNKNOWN');
  }
}

function metadataOf(reader: FieldReader): ScenarioDocument['metadata'][number] {
  reader.refuseOtherFields(['name', 'unit', 'value']);
  return {
    name: reader.field('name').text(),
    unit: reader.field('unit').text(),
    value: reader.field('value').bigint(),
  };
}

function tableOf(reader: FieldReader): ScenarioTable {
  reader.refuseOtherFields(['name', 'description', 'origin', 'rows', 'columns']);
  const rows = reader.field('rows').integer({ min: 0, max: SCENARIO_LIMITS.rowsMax });
  const columns = reader.field('columns');
  return {
    name: reader.field('name').text(),
    description: reader.field('description').text(),
    origin: reader.field('origin').text(),
    rows,
    columns: distinctNames(
      columns.list(SCENARIO_LIMITS.columnsMax).map((column) => columnOf(column, rows)),
      columns,
    ),
  };
}

function columnOf(reader: FieldReader, rows: number): ScenarioColumn {
  reader.refuseOtherFields(['name', 'unit', 'coding', 'nullable', 'values']);
  const coding = reader.field('coding').choice(['plain', 'delta']);
  const nullable = reader.field('nullable').boolean();
  const values = reader.field('values');
  const lines = values.list(SCENARIO_LIMITS.rowsMax).map((line) => line.text());
  const decoded = decodeColumn({ lines, coding, rows, nullable });
  if (!decoded.ok) {
    throw values.element(decoded.line).invalid(decoded.expected, 'SCENARIO_FIELD_INVALID', decoded.found);
  }
  return {
    name: reader.field('name').text(),
    unit: reader.field('unit').text(),
    coding,
    nullable,
    values: decoded.values,
  };
}

function distinctNames<T extends { readonly name: string }>(items: readonly T[], reader: FieldReader): readonly T[] {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (seen.has(name)) {
      throw reader.invalid('distinct names', 'SCENARIO_FIELD_INVALID', name);
    }
    seen.add(name);
  }
  return items;
}
