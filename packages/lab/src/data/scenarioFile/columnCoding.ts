/**
 * Columns of integers as text a person can read. Words are parted by spaces and stand for one value each:
 *
 * - `plain`: the value itself, in decimal;
 * - `delta`: the first value itself, every later one as the difference to the last value present;
 * - `-` alone: no value (nullable columns only);
 * - `word*n`, n ≥ 2: the same word n times.
 */
export type ColumnCoding = 'plain' | 'delta';

/** Longest line of words that the writer makes, so that a file can be read and compared line by line. */
const LINE_LENGTH_MAX = 110;
const WORD = /^(-|-?(?:0|[1-9]\d{0,39}))(?:\*([1-9]\d{0,8}))?$/;

/** Encodes a column into lines of words. The same values always give the same lines. */
export function encodeColumn(values: readonly (bigint | undefined)[], coding: ColumnCoding): string[] {
  const words = wordsOf(values, coding);
  const lines: string[] = [];
  let line = '';
  for (let start = 0; start < words.length; ) {
    let end = start + 1;
    while (end < words.length && words[end] === words[start]) {
      end += 1;
    }
    const word = end - start === 1 ? `${words[start]}` : `${words[start]}*${end - start}`;
    if (line !== '' && line.length + 1 + word.length > LINE_LENGTH_MAX) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    start = end;
  }
  return line === '' ? lines : [...lines, line];
}

/** A decoded column, or the first thing that is wrong with it. */
export type DecodedColumn =
  | { readonly ok: true; readonly values: readonly (bigint | undefined)[] }
  | { readonly ok: false; readonly line: number; readonly expected: string; readonly found: string };

/** Decodes lines of words into exactly `rows` values. Never makes more than `rows` of them, whatever the text asks for. */
export function decodeColumn(input: {
  readonly lines: readonly string[];
  readonly coding: ColumnCoding;
  readonly rows: number;
  readonly nullable: boolean;
}): DecodedColumn {
  const values: (bigint | undefined)[] = [];
  let last = 0n;
  for (const [line, text] of input.lines.entries()) {
    for (const word of text.split(' ')) {
      const match = WORD.exec(word);
      if (match === null) {
        return { ok: false, line, expected: 'integers parted by single spaces, as "12", "-3", "7*4" or "-"', found: word };
      }
      const [, digits = '', repeat = '1'] = match;
      const times = Number.parseInt(repeat, 10);
      if (digits === '-' && !input.nullable) {
        return { ok: false, line, expected: 'an integer (the column is not nullable)', found: word };
      }
      if (values.length + times > input.rows) {
        return { ok: false, line, expected: `${input.rows} values`, found: `at least ${values.length + times}` };
      }
      for (let i = 0; i < times; i += 1) {
        if (digits === '-') {
          values.push(undefined);
          continue;
        }
        last = input.coding === 'delta' ? last + BigInt(digits) : BigInt(digits);
        values.push(last);
      }
    }
  }
  if (values.length !== input.rows) {
    const line = Math.max(0, input.lines.length - 1);
    return { ok: false, line, expected: `${input.rows} values`, found: `${values.length}` };
  }
  return { ok: true, values };
}

function wordsOf(values: readonly (bigint | undefined)[], coding: ColumnCoding): string[] {
  let last = 0n;
  return values.map((value) => {
    if (value === undefined) {
      return '-';
    }
    const word = coding === 'delta' ? value - last : value;
    last = value;
    return word.toString();
  });
}
