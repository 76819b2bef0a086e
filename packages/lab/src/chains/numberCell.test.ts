import { expect, test } from 'vitest';
import type { CsvRow } from '../data/csvRows.ts';
import { summarizeErrors, summaryLine } from './errorSummary.ts';
import { isoTimeCell, numberCell, numberOrNullCell, positiveNumberCell } from './numberCell.ts';

function row(text: string): CsvRow {
  return { file: 'chain.csv', line: 2, text: () => text };
}

test('a cell is a decimal number, with an exponent or without', () => {
  expect(numberCell(row('-0.25'), 'x')).toBe(-0.25);
  expect(numberCell(row('4e-05'), 'x')).toBe(4e-5);
  expect(numberOrNullCell(row(''), 'x')).toBeNull();
  for (const text of ['', 'nan', '0x10', '1,5', ' 1', 'Infinity']) expect(() => numberCell(row(text), 'x')).toThrow('a number');
  expect(() => positiveNumberCell(row('0'), 'x')).toThrow('above zero');
});

test('a time is in UTC with its offset', () => {
  expect(isoTimeCell(row('2026-02-05T21:29:37.885165+00:00'), 'x')).toBe(Date.UTC(2026, 1, 5, 21, 29, 37, 885));
  expect(() => isoTimeCell(row('2026-02-05T21:29:37'), 'x')).toThrow('ISO 8601');
});

test('a summary of errors has the smallest values that so large a share does not exceed', () => {
  const summary = summarizeErrors(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? index + 1 : -(index + 1))));
  expect(summary).toEqual({ count: 100, median: 50, p95: 95, p99: 99, max: 100 });
  expect(summaryLine('price', summary)).toContain('p95 9.50e+1');
  expect(summarizeErrors([]).median).toBeNaN();
});
