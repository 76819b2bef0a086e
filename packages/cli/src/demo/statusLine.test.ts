import { describe, expect, test } from 'vitest';
import { createPaint } from '../terminal/style.ts';
import type { DemoReading } from './reading.ts';
import { recordedTime, statusLine } from './statusLine.ts';

const READING: DemoReading = {
  timeMs: Date.UTC(2020, 2, 12, 11, 24, 59),
  priceUsd: 130.862,
  accounts: 52,
  restricted: 3,
  liquidatable: 2,
  auctions: 1,
  backstop: 560_400,
  insurance: 812,
  commandsPerSecond: 17.4,
  syncMs: 0.42,
};
const plain = createPaint(false);

describe('the status line of the demo', () => {
  test('says time, price, who is where and what the service does', () => {
    expect(statusLine(READING, { columns: 200, paint: plain })).toBe(
      '12 Mar 11:24  ETH $130.86  52 accounts  3 restricted  2 liquidatable  1 auction  backstop $560k  insurance $812  17 commands/s  sync 0.4 ms',
    );
    expect(statusLine({ ...READING, priceUsd: null }, { columns: 200, paint: plain })).toContain('no price yet');
  });

  test('counts one account as one, and says what is less than a thousand dollars in dollars', () => {
    const line = statusLine(
      { ...READING, accounts: 1, auctions: 2, insurance: 0, backstop: -40 },
      { columns: 200, paint: plain },
    );
    expect(line).toContain('  1 account  ');
    expect(line).toContain('  2 auctions  backstop -$40  insurance $0  ');
    expect(statusLine({ ...READING, insurance: 999.6 }, { columns: 200, paint: plain })).toContain('insurance $1.0k');
  });

  test.each([
    [100, '12 Mar 11:24  ETH $130.86  52 accounts  3 restricted  2 liquidatable  1 auction  backstop $560k'],
    [79, '12 Mar 11:24  ETH $130.86  52 accounts  3 restricted  2 liquidatable  1 auction'],
    [40, '12 Mar 11:24  ETH $130.86  1 auction'],
    [5, '12 Mar 11:24'],
  ])('leaves out whole what %i columns have no room for, the least important first', (columns, line) => {
    expect(statusLine(READING, { columns, paint: plain })).toBe(line);
  });

  test('paints what asks for attention, and colour takes no room', () => {
    const paint = createPaint(true);
    const line = statusLine(READING, { columns: 79, paint });
    expect(line).toContain('\u001b[33m3 restricted\u001b[39m');
    expect(line).toContain('\u001b[31m2 liquidatable\u001b[39m');
    const codes = ['\u001b[1m', '\u001b[22m', '\u001b[31m', '\u001b[33m', '\u001b[39m'];
    const bare = codes.reduce((text, code) => text.replaceAll(code, ''), line);
    expect(bare).toBe(statusLine(READING, { columns: 79, paint: plain }));
    expect(statusLine({ ...READING, liquidatable: 0 }, { columns: 79, paint })).not.toContain('\u001b[31m');
  });

  test('tells times of the recording in UTC', () => {
    expect(recordedTime(Date.UTC(2020, 2, 13, 3, 5))).toBe('13 Mar 03:05');
  });
});
