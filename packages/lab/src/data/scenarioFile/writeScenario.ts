import { encodeColumn } from './columnCoding.ts';
import { SCENARIO_FORMAT, SCENARIO_FORMAT_VERSION, type ScenarioDocument, type ScenarioTable } from './scenarioDocument.ts';

/**
 * The text of a scenario file. The same document always gives the same bytes: fields in a fixed order, two spaces of
 * indent, `\n` line ends, one at the end. Throws RangeError when a table is not what its header says, since a writer that
 * makes a file no reader accepts is a bug of ours.
 */
export function scenarioText(document: ScenarioDocument): string {
  return `${JSON.stringify(
    {
      format: SCENARIO_FORMAT,
      version: SCENARIO_FORMAT_VERSION,
      kind: document.kind,
      name: document.name,
      title: document.title,
      metadata: document.metadata.map(({ name, unit, value }) => ({ name, unit, value: value.toString() })),
      tables: document.tables.map(tableFields),
    },
    undefined,
    2,
  )}\n`;
}

function tableFields(table: ScenarioTable): object {
  for (const column of table.columns) {
    if (column.values.length !== table.rows) {
      throw new RangeError(`${table.name}.${column.name}: ${column.values.length} values for ${table.rows} rows`);
    }
    if (!column.nullable && column.values.includes(undefined)) {
      throw new RangeError(`${table.name}.${column.name}: a value is missing in a column that is not nullable`);
    }
  }
  return {
    name: table.name,
    description: table.description,
    origin: table.origin,
    rows: table.rows,
    columns: table.columns.map((column) => ({
      name: column.name,
      unit: column.unit,
      coding: column.coding,
      nullable: column.nullable,
      values: encodeColumn(column.values, column.coding),
    })),
  };
}
