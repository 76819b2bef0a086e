import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantViolation } from './assert.ts';
import {
  formatDecimal,
  formatDecimalFixed,
  type ParsedDecimal,
  parseDecimal,
  parseDecimalRounded,
  powerOfTen,
} from './decimal.ts';
import { DECIMAL_MAX } from './limits.ts';
import type { Rounding } from './rounding.ts';

const value = fc.oneof(fc.bigInt({ min: -DECIMAL_MAX, max: DECIMAL_MAX }), fc.bigInt({ min: -2000n, max: 2000n }));
const decimals = fc.integer({ min: 0, max: 36 });
const roundings: readonly Rounding[] = ['down', 'up', 'towardZero', 'awayFromZero', 'nearest'];

describe('parseDecimal', () => {
  it('reads plain decimal text into units of the last decimal', () => {
    const texts = ['0', '1', '-1', '0.5', '-0.5', '12.345678', '1000000', '0.000001'];
    expect(texts.map((text) => acceptedOf(parseDecimal(text, 6)))).toEqual([
      0n,
      1_000_000n,
      -1_000_000n,
      500_000n,
      -500_000n,
      12_345_678n,
      1_000_000_000_000n,
      1n,
    ]);
    expect(acceptedOf(parseDecimal('42', 0))).toBe(42n);
  });

  it('accepts zeros beyond the decimals and a negative zero, which are exact', () => {
    expect(acceptedOf(parseDecimal('1.50000000', 2))).toBe(150n);
    expect(acceptedOf(parseDecimal('7.000', 0))).toBe(7n);
    expect(acceptedOf(parseDecimal('-0.00', 2))).toBe(0n);
  });

  it('refuses digits that it cannot represent instead of rounding them', () => {
    expect(parseDecimal('0.1234567', 6)).toEqual({
      ok: false,
      reason: 'must have at most 6 decimals, not "0.1234567"',
    });
    expect(parseDecimal('1.5', 0).ok).toBe(false);
  });

  it('refuses exponents, spaces and an empty text with the reason', () => {
    expect(reasonOf(parseDecimal('1e5', 6))).toBe('must be written out without an exponent, not "1e5"');
    expect(reasonOf(parseDecimal('1.5E-3', 6))).toContain('without an exponent');
    expect(reasonOf(parseDecimal(' 1', 6))).toContain('without spaces');
    expect(reasonOf(parseDecimal('1\n', 6))).toContain('without spaces');
    expect(reasonOf(parseDecimal('', 6))).toBe('must be a decimal number, not an empty text');
  });

  it.each([
    '.5',
    '5.',
    '.',
    '-',
    '+1',
    '--1',
    '01',
    '00',
    '-01.5',
    '1.2.3',
    '1,5',
    '1_000',
    '0x10',
    'NaN',
    'Infinity',
    '١',
    '1n',
    '−1',
  ])('refuses %j', (text) => {
    expect(reasonOf(parseDecimal(text, 6))).toContain('must be a plain decimal number');
  });

  it('accepts the largest magnitude and refuses the next', () => {
    for (const [text, ok] of [
      [DECIMAL_MAX.toString(), true],
      [(-DECIMAL_MAX).toString(), true],
      [(DECIMAL_MAX + 1n).toString(), false],
      [(-DECIMAL_MAX - 1n).toString(), false],
    ] as const) {
      expect(parseDecimal(text, 0).ok).toBe(ok);
    }
    expect(reasonOf(parseDecimal('9'.repeat(39), 0))).toContain('is out of range');
  });

  it('refuses a text of unreasonable length without reading it', () => {
    expect(reasonOf(parseDecimal('9'.repeat(1_000_000), 6))).toBe(
      'must be a decimal number of at most 128 characters, not 1000000',
    );
  });

  it('never throws, whatever the text', () => {
    const nearMiss = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', '+', 'e', 'E', ' ', 'é'), maxLength: 140 });
    const text = fc.oneof(nearMiss, fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(text, decimals, (tried, places) => {
        expect(typeof parseDecimal(tried, places).ok).toBe('boolean');
        expect(typeof parseDecimalRounded(tried, places, 'down').ok).toBe('boolean');
      }),
      { seed: 51, numRuns: 1000 },
    );
  });

  it('shows no control characters of the refused text', () => {
    expect(reasonOf(parseDecimal('\u001b[31m1', 6))).toContain('"?[31m1"');
  });

  it('stops at a number of decimals that no format has', () => {
    for (const bad of [-1, 37, 0.5, Number.NaN]) {
      expect(() => parseDecimal('1', bad)).toThrow(InvariantViolation);
    }
  });
});

describe('formatDecimal', () => {
  it('writes the shortest text', () => {
    expect([0n, 1n, -1n, 1_500_000n, -12_345_678n, 100_000_000n].map((v) => formatDecimal(v, 6))).toEqual([
      '0',
      '0.000001',
      '-0.000001',
      '1.5',
      '-12.345678',
      '100',
    ]);
    expect(formatDecimal(1200n, 0)).toBe('1200');
  });

  it('is read back to the same value', () => {
    fc.assert(
      fc.property(value, decimals, (original, places) => {
        expect(acceptedOf(parseDecimal(formatDecimal(original, places), places))).toBe(original);
      }),
      { seed: 52, numRuns: 3000 },
    );
  });

  it('is canonical: reading any accepted text and writing it gives the one shortest form', () => {
    fc.assert(
      fc.property(value, decimals, fc.nat({ max: 5 }), (original, places, zeros) => {
        const short = formatDecimal(original, places);
        const long = short.includes('.') ? short + '0'.repeat(zeros) : `${short}.0${'0'.repeat(zeros)}`;
        expect(formatDecimal(acceptedOf(parseDecimal(long, places)), places)).toBe(short);
        expect(short).not.toMatch(/\.$|\.[0-9]*0$|^-0$/);
      }),
      { seed: 53, numRuns: 1000 },
    );
  });
});

describe('formatDecimalFixed', () => {
  it('rounds as named when fewer decimals are shown', () => {
    expect(roundings.map((rounding) => formatDecimalFixed(-1_250_000n, 6, 1, rounding))).toEqual([
      '-1.3',
      '-1.2',
      '-1.2',
      '-1.3',
      '-1.2',
    ]);
    expect(formatDecimalFixed(1_999_999n, 6, 2, 'down')).toBe('1.99');
    expect(formatDecimalFixed(1_999_999n, 6, 0, 'nearest')).toBe('2');
  });

  it('pads with zeros when more are shown', () => {
    expect(formatDecimalFixed(15n, 1, 4, 'down')).toBe('1.5000');
    expect(formatDecimalFixed(-5n, 3, 3, 'down')).toBe('-0.005');
  });

  it('has no sign when the value rounds to zero', () => {
    expect(formatDecimalFixed(-1n, 6, 2, 'towardZero')).toBe('0.00');
    expect(formatDecimalFixed(-1n, 6, 0, 'up')).toBe('0');
  });

  it('shows the digits that exact arithmetic gives', () => {
    fc.assert(
      fc.property(value, decimals, decimals, (original, places, shown) => {
        const text = formatDecimalFixed(original, places, shown, 'down');
        const [, fraction = ''] = text.split('.');
        expect(fraction.length).toBe(shown);
        const read = BigInt(text.replace('.', '')) * powerOfTen(places);
        const exact = original * powerOfTen(shown);
        expect(read <= exact && exact - read < powerOfTen(places)).toBe(true);
      }),
      { seed: 54, numRuns: 2000 },
    );
  });
});

describe('parseDecimalRounded', () => {
  it('rounds measured digits as named', () => {
    expect(roundings.map((rounding) => acceptedOf(parseDecimalRounded('-0.125', 2, rounding)))).toEqual([
      -13n,
      -12n,
      -12n,
      -13n,
      -12n,
    ]);
  });

  it('reads what files of measurements contain', () => {
    const texts = ['5.1e-05', '1E3', '+2.5', '.5', '5.', '007', '1e-30', '0e999', '-1.5e+2'];
    expect(texts.map((text) => acceptedOf(parseDecimalRounded(text, 6, 'nearest')))).toEqual([
      51n,
      1_000_000_000n,
      2_500_000n,
      500_000n,
      5_000_000n,
      7_000_000n,
      0n,
      0n,
      -150_000_000n,
    ]);
  });

  it('agrees with parseDecimal wherever that accepts, in every rounding', () => {
    fc.assert(
      fc.property(value, decimals, fc.constantFrom(...roundings), (original, places, rounding) => {
        const text = formatDecimal(original, places);
        expect(parseDecimalRounded(text, places, rounding)).toEqual(parseDecimal(text, places));
      }),
      { seed: 55, numRuns: 1000 },
    );
  });

  it.each(['', '.', '-', 'e5', '1e', '1e1000', '1 ', 'abc', '--1', '1e5.5', 'NaN'])('refuses %j', (text) => {
    expect(parseDecimalRounded(text, 6, 'nearest').ok).toBe(false);
  });

  it('refuses a magnitude out of range', () => {
    expect(reasonOf(parseDecimalRounded('1e99', 6, 'nearest'))).toContain('is out of range');
    expect(reasonOf(parseDecimalRounded('9'.repeat(129), 6, 'nearest'))).toContain('128 characters');
  });
});

function acceptedOf(parsed: ParsedDecimal): bigint {
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

function reasonOf(parsed: ParsedDecimal): string {
  if (parsed.ok) throw new Error(`accepted as ${parsed.value}`);
  return parsed.reason;
}
