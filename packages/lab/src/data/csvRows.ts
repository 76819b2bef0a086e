import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from './dataError.ts';

/** One row of a CSV file with its place, for errors that name it. */
export type CsvRow = {
  readonly file: string;
  /** One-based line in the (uncompressed) file. */
  readonly line: number;
  /** Text of a column that was asked for when the file was opened. */
  text(column: string): string;
};

/**
 * Streams the rows of `.csv` or `.csv.gz`, keeping only the named columns. The dialect is that of the data sets here:
 * a header line, commas, no quotes. Throws DataError when a column is absent, a row has another number of cells than the
 * header, a cell is quoted, or the file cannot be read or inflated. Memory: one chunk.
 */
export async function* readCsvRows(file: string, columns: readonly string[]): AsyncGenerator<CsvRow> {
  let places: ReadonlyMap<string, number> | undefined;
  let width = 0;
  for await (const { text, line } of readLines(file)) {
    const cells = text.split(',');
    if (places === undefined) {
      places = columnPlaces({ file, columns, header: cells });
      width = cells.length;
      continue;
    }
    if (text === '') {
      continue;
    }
    refuseMalformed({ file, line, text, found: cells.length, width });
    yield csvRow({ file, line, cells, places });
  }
  if (places === undefined) {
    throw new DataError({ code: 'DATA_ROW_MALFORMED', file, line: 1, expected: 'a header line', found: '' });
  }
}

function columnPlaces(input: {
  readonly file: string;
  readonly columns: readonly string[];
  readonly header: readonly string[];
}): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const column of input.columns) {
    const place = input.header.indexOf(column);
    if (place < 0) {
      throw new DataError({
        code: 'DATA_COLUMN_MISSING',
        file: input.file,
        line: 1,
        field: column,
        expected: 'a column of this name in the header',
        found: input.header.join(','),
      });
    }
    places.set(column, place);
  }
  return places;
}

function refuseMalformed(input: {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly found: number;
  readonly width: number;
}): void {
  const { file, line } = input;
  if (input.text.includes('"')) {
    throw new DataError({ code: 'DATA_ROW_MALFORMED', file, line, expected: 'cells without quotes', found: input.text });
  }
  if (input.found !== input.width) {
    const expected = `${input.width} cells, as in the header`;
    throw new DataError({ code: 'DATA_ROW_MALFORMED', file, line, expected, found: `${input.found} cells` });
  }
}

function csvRow(input: {
  readonly file: string;
  readonly line: number;
  readonly cells: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}): CsvRow {
  const text = (column: string): string => {
    const place = input.places.get(column);
    const cell = place === undefined ? undefined : input.cells[place];
    if (cell === undefined) {
      throw new Error(`column ${column} was not asked for when the file was opened`);
    }
    return cell;
  };
  return { file: input.file, line: input.line, text };
}

async function* readLines(file: string): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  let rest = '';
  let line = 0;
  try {
    for await (const chunk of openText(file)) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        line += 1;
        yield { text: withoutCarriageReturn(part), line };
      }
    }
  } catch (cause) {
    if (cause instanceof DataError) {
      throw cause;
    }
    throw unreadable(file, cause);
  }
  if (rest !== '') {
    yield { text: withoutCarriageReturn(rest), line: line + 1 };
  }
}

function openText(file: string): AsyncIterable<unknown> {
  const raw = createReadStream(file);
  if (!file.endsWith('.gz')) {
    return raw.setEncoding('utf8');
  }
  const inflated = createGunzip();
  // pipeline hands an error of the file on to the inflated stream, where the reader's loop throws it.
  pipeline(raw, inflated, () => {});
  return inflated.setEncoding('utf8');
}

function unreadable(file: string, cause: unknown): DataError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  if (code === 'ENOENT') {
    return new DataError({ code: 'DATA_FILE_MISSING', file, expected: 'an existing file', cause });
  }
  const expected = file.endsWith('.gz') ? 'a readable gzip file' : 'a readable file';
  return new DataError({ code: 'DATA_FILE_UNREADABLE', file, expected, found: code, cause });
}

function withoutCarriageReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
