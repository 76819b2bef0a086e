import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCanonical } from './canonical.ts';
import { createLongLivedReader, decodeCanonical, decodeWith } from './decodeCanonical.ts';
import { bytesToHex, fromJsonValue, toJsonValue } from './json.ts';

const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
    fc.bigInt({ min: -(2n ** 140n), max: 2n ** 140n }),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

describe('canonical bytes', () => {
  it('come back as the same value', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decodeCanonical(encodeCanonical(value))).toStrictEqual({ ok: true, value });
      }),
      { seed: 20200312 },
    );
  });

  it('do not depend on the order in which fields were written', () => {
    expect(bytesToHex(encodeCanonical({ b: 1, a: 2n, '10': 3, '9': 4 }))).toBe(
      bytesToHex(encodeCanonical({ '9': 4, a: 2n, '10': 3, b: 1 })),
    );
  });

  it('tell apart numbers and bigints, and text and bytes', () => {
    const forms = [1, 1n, '1', Uint8Array.of(49)].map((value) => bytesToHex(encodeCanonical(value)));
    expect(new Set(forms).size).toBe(4);
  });

  it('keep columns as columns', () => {
    const columns = {
      lots: Float64Array.of(1, -2, 2 ** 52),
      ids: Int32Array.of(-1, 7),
      cash: BigInt64Array.of(-(2n ** 62n), 5n),
    };
    expect(decodeCanonical(encodeCanonical(columns))).toStrictEqual({ ok: true, value: columns });
  });

  it('refuse what has no meaning on the wire', () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, () => 1, { a: undefined }, '\ud800']) {
      expect(() => encodeCanonical(value)).toThrow(/canonical form/);
    }
  });

  it('refuse every truncation and never read past the end', () => {
    const bytes = encodeCanonical({ kind: 'traded', lots: 12, legs: [{ place: 'cash', amount: -5n }], name: 'é€😀' });
    for (let length = 0; length < bytes.length; length += 1) expect(decodeCanonical(bytes.subarray(0, length)).ok).toBe(false);
    expect(decodeCanonical(Uint8Array.from([...bytes, 0])).ok).toBe(false);
  });

  it('refuse the second forms of floats in columns: negative zeros, infinities, NaN', () => {
    const bytes = encodeCanonical(Float64Array.of(7));
    const view = new DataView(bytes.buffer);
    for (const value of [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      view.setFloat64(5, value, true);
      expect(decodeCanonical(bytes).ok).toBe(false);
    }
    expect(encodeCanonical(Float64Array.of(-0))).toEqual(encodeCanonical(Float64Array.of(0)));
    expect(() => encodeCanonical(Float64Array.of(Number.NaN))).toThrow(/canonical form/);
  });

  it('are refused beyond a depth whatever the reader has met before', () => {
    const nested = (depth: number): unknown => (depth === 0 ? { a: 1 } : [nested(depth - 1)]);
    const reader = createLongLivedReader();
    expect(decodeWith(reader, encodeCanonical({ a: 1 })).ok).toBe(true);
    expect(decodeWith(reader, encodeCanonical(nested(63))).ok).toBe(true);
    for (const value of [nested(64), nested(65)]) {
      expect(decodeCanonical(encodeCanonical(value)).ok).toBe(false);
      expect(decodeWith(reader, encodeCanonical(value)).ok).toBe(false);
    }
  });

  it('have one encoding: what decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeCanonical(bytes);
        if (decoded.ok) expect(encodeCanonical(decoded.value)).toEqual(bytes);
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });
});

describe('JSON', () => {
  it('carries bigints as text and brings everything back', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(fromJsonValue(JSON.parse(JSON.stringify(toJsonValue(value))))).toEqual(value);
      }),
      { seed: 11 },
    );
  });

  it('does not mistake text that looks like a bigint for one', () => {
    expect(fromJsonValue(toJsonValue(['12n', '~12n', 12n]))).toEqual(['12n', '~12n', 12n]);
  });
});
