import { percentShown } from '@plimsoll/service/portfolio/percent';
import { describe, expect, test } from 'vitest';
import { priceShown, ticksShown, withCommas } from './decimals.ts';
import { createProgress } from './progress.ts';
import { createPaint } from './style.ts';
import { formatTable } from './table.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const terminalOf = (isTTY: boolean, environment: Record<string, string>, errors: string[] = []): Terminal =>
  createTerminal(
    { stdout: { isTTY, write: () => true }, stderr: { isTTY, columns: 40, write: (text: string) => errors.push(text) } },
    environment,
  );

describe('colour', () => {
  test.each<[isTTY: boolean, environment: Record<string, string>, hasColor: boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('on a terminal: %s, with %j: %s', (isTTY, environment, hasColor) => {
    expect(terminalOf(isTTY, environment).hasColor).toBe(hasColor);
  });

  test('paint leaves the text as it is without colour', () => {
    expect(createPaint(false)('red', 'low')).toBe('low');
    expect(createPaint(true)('red', 'low')).toBe('\u001b[31mlow\u001b[39m');
  });
});

describe('progress', () => {
  test('off a terminal is a line each ten per cent, and no control characters', () => {
    const errors: string[] = [];
    const progress = createProgress(terminalOf(false, {}, errors));
    for (let step = 0; step <= 1000; step += 1) progress.report(step / 1000, 'blocks');
    progress.finish();
    expect(errors).toHaveLength(11);
    expect(errors[0]).toBe('  0 %  blocks\n');
    expect(errors.at(-1)).toBe('100 %  blocks\n');
  });

  test('on a terminal is one line that is redrawn, no wider than the terminal, and cleared at the end', () => {
    const errors: string[] = [];
    const progress = createProgress(terminalOf(true, {}, errors));
    progress.report(0.5, 'a label that is far too long for so narrow a terminal');
    progress.report(0.5, 'a label that is far too long for so narrow a terminal');
    progress.finish();
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain(`\r\u001b[2K[${'#'.repeat(14)}${'.'.repeat(14)}]  50 %`);
    expect((errors[0] ?? '').length - '\r\u001b[2K'.length).toBeLessThanOrEqual(39);
    expect(errors[1]).toBe('\r\u001b[2K');
  });

  test('figures outside 0 to 1 stay on the scale', () => {
    const errors: string[] = [];
    const progress = createProgress(terminalOf(false, {}, errors));
    progress.report(Number.NaN, 'a');
    progress.report(7, 'b');
    expect(errors).toEqual(['  0 %  a\n', '100 %  b\n']);
  });
});

describe('figures in text', () => {
  test('have commas between thousands and all their decimals', () => {
    expect(ticksShown(1_234_567_000_001n)).toBe('1,234,567.000001');
    expect(ticksShown(-999_999_999n)).toBe('-999.999999');
    expect(withCommas('-123456')).toBe('-123,456');
    expect(priceShown(2_710_200_000_000n)).toBe('2,710.20');
    expect(priceShown(1n)).toBe('0.000000001');
    expect(percentShown(45_000n, 'signed')).toBe('+4.5 %');
    expect(percentShown(-180_000n, 'signed')).toBe('-18 %');
  });

  test('stand in columns', () => {
    expect(
      formatTable(
        [{ align: 'left' }, { align: 'right' }, { align: 'left' }],
        [
          ['a', '1', ''],
          ['bcd', '10', 'x'],
        ],
      ),
    ).toEqual(['a     1', 'bcd  10  x']);
  });
});

describe('the width of a terminal', () => {
  test('is what it is now, and 80 where nobody says or it has none', () => {
    const stderr = { isTTY: true, columns: 120, write: () => true };
    const terminal = createTerminal({ stdout: { write: () => true }, stderr }, {});
    expect(terminal.columns).toBe(120);
    stderr.columns = 0;
    expect(terminal.columns).toBe(80);
    expect(createTerminal({ stdout: { write: () => true }, stderr: { write: () => true } }, {}).columns).toBe(80);
  });
});
