import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeColumn, encodeColumn } from './columnCoding.ts';

describe('column coding', () => {
  it('reads as documented', () => {
    expect(encodeColumn([627n, 628n, 629n, 629n], 'delta')).toEqual(['627 1*2 0']);
    expect(encodeColumn([5n, undefined, undefined, 4n], 'delta')).toEqual(['5 -*2 -1']);
    expect(encodeColumn([5n, -5n, -5n], 'plain')).toEqual(['5 -5*2']);
    expect(encodeColumn([], 'plain')).toEqual([]);
  });

  it('gives back every column it encodes, in lines of at most 110 characters', () => {
    const values = fc.array(fc.option(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), { nil: undefined }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(values, fc.constantFrom('plain' as const, 'delta' as const), (column, coding) => {
        const lines = encodeColumn(column, coding);
        const decoded = decodeColumn({ lines, coding, rows: column.length, nullable: true });
        expect(decoded).toEqual({ ok: true, values: column });
        expect(lines.every((line) => line.length <= 110)).toBe(true);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  const malformed: readonly (readonly [title: string, lines: readonly string[], expected: RegExp])[] = [
    ['a word that is no integer', ['1 x'], /integers/],
    ['two spaces', ['1  2'], /integers/],
    ['a leading zero', ['01 2'], /integers/],
    ['a repeat of zero', ['1*0 2'], /integers/],
    ['a missing value in a full column', ['1 -'], /not nullable/],
    ['too few values', ['1'], /2 values/],
    ['too many values', ['1 2 3'], /2 values/],
    ['a repeat that would fill the memory', ['1*999999999'], /2 values/],
  ];
  for (const [title, lines, expected] of malformed) {
    it(`refuses ${title}`, () => {
      const decoded = decodeColumn({ lines, coding: 'plain', rows: 2, nullable: false });
      expect(decoded.ok).toBe(false);
      expect(decoded.ok ? '' : decoded.expected).toMatch(expected);
    });
  }
});
