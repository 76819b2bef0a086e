import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { integerCell, positiveDecimalCell, roundedDecimalCell, unixSecondsCellAsMs } from './csvFields.ts';
import { readCsvRows } from './csvRows.ts';
import { DataError } from './dataError.ts';
import { rejectionOf, withTemporaryFile } from './temporaryFile.testing.ts';

async function prices(path: string): Promise<readonly bigint[]> {
  const values: bigint[] = [];
  for await (const row of readCsvRows(path, ['price'])) {
    values.push(positiveDecimalCell(row, 'price', { decimals: 9 }));
  }
  return values;
}

function pricesOf(name: string, content: string | Uint8Array): Promise<readonly bigint[]> {
  return withTemporaryFile({ name, content }, prices);
}

describe('reading CSV rows', () => {
  it('reads plain and gzipped files alike, with or without carriage returns and a last line end', async () => {
    const text = 'ts,price\n1,1.5\r\n2,0.000000001\n\n3,2';
    expect(await pricesOf('a.csv', text)).toEqual([1_500_000_000n, 1n, 2_000_000_000n]);
    expect(await pricesOf('a.csv.gz', gzipSync(text))).toEqual([1_500_000_000n, 1n, 2_000_000_000n]);
  });

  it('keeps lines whole across chunks of the stream', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `${i},${i + 1}`);
    const values = await pricesOf('big.csv', `ts,price\n${rows.join('\n')}\n`);
    expect(values.length).toBe(50_000);
    expect(values.at(-1)).toBe(50_000_000_000_000n);
  });

  const malformed: readonly (readonly [title: string, name: string, content: string | Uint8Array, message: RegExp])[] = [
    ['an empty file', 'a.csv', '', /a\.csv:1: expected a header line/],
    ['an absent column', 'a.csv', 'ts,cost\n1,2\n', /a\.csv:1: field "price": expected a column of this name/],
    ['a short row', 'a.csv', 'ts,price\n1,2\n3\n', /a\.csv:3: expected 2 cells, as in the header, found "1 cells"/],
    ['a quoted cell', 'a.csv', 'ts,price\n1,"2"\n', /a\.csv:2: expected cells without quotes/],
    [
      'a word for a number',
      'a.csv',
      'ts,price\n1,2\n2,two\n',
      /a\.csv:3: field "price": expected a decimal number with at most 9 decimals, found "two"/,
    ],
    ['an empty cell', 'a.csv', 'ts,price\n1,\n', /a\.csv:2: field "price": expected a decimal number.*found ""/],
    ['too many decimals', 'a.csv', 'ts,price\n1,1.0000000001\n', /a\.csv:2: field "price": expected .*at most 9 decimals/],
    ['a price of zero', 'a.csv', 'ts,price\n1,0\n', /a\.csv:2: field "price": expected a decimal number above zero/],
    ['a file that is not gzip', 'a.csv.gz', 'ts,price\n', /a\.csv\.gz: expected a readable gzip file/],
  ];
  for (const [title, name, content, message] of malformed) {
    it(`refuses ${title} with file, line, field and expectation`, async () => {
      const error = await rejectionOf(pricesOf(name, content));
      expect(error).toBeInstanceOf(DataError);
      expect(String(error)).toMatch(message);
    });
  }

  it('refuses a truncated gzip file', async () => {
    const whole = gzipSync(`ts,price\n${'1,2\n'.repeat(10_000)}`);
    const error = await rejectionOf(pricesOf('cut.csv.gz', whole.subarray(0, whole.length - 20)));
    expect(error).toMatchObject({ code: 'DATA_FILE_UNREADABLE' });
  });

  it('refuses a file that is not there', async () => {
    expect(await rejectionOf(prices('/nowhere/a.csv'))).toMatchObject({ code: 'DATA_FILE_MISSING' });
    expect(await rejectionOf(prices('/nowhere/a.csv.gz'))).toMatchObject({ code: 'DATA_FILE_MISSING' });
  });
});

describe('reading cells', () => {
  const row = (cells: Readonly<Record<string, string>>) => ({
    file: 'a.csv',
    line: 7,
    text: (column: string): string => cells[column] ?? '',
  });

  it('rounds measured numbers as told, scientific notation included', () => {
    const down = { decimals: 9, rounding: 'down' } as const;
    expect(roundedDecimalCell(row({ p: '2.222222222e-45' }), 'p', down)).toBe(0n);
    expect(roundedDecimalCell(row({ p: '1.5e-3' }), 'p', down)).toBe(1_500_000n);
    expect(roundedDecimalCell(row({ p: '0.12824092929' }), 'p', down)).toBe(128_240_929n);
  });

  it('refuses integers outside their range and times that are not unix seconds', () => {
    expect(integerCell(row({ n: '42' }), 'n', { min: 0, max: 42 })).toBe(42);
    for (const text of ['43', '-1', '1.0', '1e1', ' 1', '0x1', '']) {
      expect(() => integerCell(row({ n: text }), 'n', { min: 0, max: 42 })).toThrow(/a\.csv:7: field "n"/);
    }
    expect(unixSecondsCellAsMs(row({ t: '1583971200' }), 't')).toBe(1_583_971_200_000);
    expect(() => unixSecondsCellAsMs(row({ t: '1583971200000' }), 't')).toThrow(DataError);
  });
});
