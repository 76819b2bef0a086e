import { expect, it } from 'vitest';
import { counted, named, tableFrom } from './tableFrom.ts';

it('a table has a cell for every column of every row, in their order', () => {
  const rows = [
    { asset: 'DOT', minutes: 61.5 },
    { asset: 'TRX', minutes: 9 },
  ];
  const table = tableFrom({ title: 'Gaps', caption: '' }, rows, [
    named('asset', ({ asset }) => asset),
    counted('minutes', ({ minutes }) => String(minutes)),
  ]);
  expect(table.columns).toEqual([
    { name: 'asset', align: 'left' },
    { name: 'minutes', align: 'right' },
  ]);
  expect(table.rows).toEqual([
    ['DOT', '61.5'],
    ['TRX', '9'],
  ]);
});
