import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLongLivedWriter, encodeCanonical, writeCanonical } from './canonical.ts';
import { decodeCanonical } from './decodeCanonical.ts';

/** Encodes values one after the other with one writer that remembers shapes. */
function encodedTogether(values: readonly unknown[]): Uint8Array[] {
  const writer = createLongLivedWriter(16);
  return values.map((value) => {
    writer.length = 0;
    writeCanonical(writer, value);
    return writer.bytes.slice(0, writer.length);
  });
}

describe('a writer that remembers shapes', () => {
  it('writes the same bytes as one that forgets, whatever it met before', () => {
    const key = fc.constantFrom('kind', 'place', 'account', 'amount', 'b', 'B', 'ä', '1', '');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('cash', 'traded', 'kind', '', 'ä'),
        fc.integer(),
        fc.constantFrom(-0, 2 ** 31, 2 ** 31 - 1, -1, 2 ** 53 - 1, 0.5),
        fc.bigInt(),
        fc.constantFrom(null, true, false),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.uniqueArray(fc.tuple(key, tie('any')), { maxLength: 5, selector: ([name]) => name }).map(Object.fromEntries),
      ),
    })).any;
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
        const twice = [...values, ...values];
        expect(encodedTogether(twice)).toEqual(twice.map((one) => encodeCanonical(one)));
      }),
      { seed: 61, numRuns: 500 },
    );
  });

  it('tells records apart whose keys are the same and whose tag is another field', () => {
    const records = [
      { kind: 'a', place: 7 },
      { kind: 5, place: 'a' },
      { kind: 'a', place: 'b' },
      { place: 'b', kind: 'a' },
      { kind: 'b', place: 'a' },
      { a: 1 },
      { a: 1, kind: 'c' },
    ];
    const written = encodedTogether([...records, ...records]);
    expect(written).toEqual([...records, ...records].map((record) => encodeCanonical(record)));
    for (const [index, record] of records.entries()) {
      expect(decodeCanonical(written[index + records.length] ?? new Uint8Array())).toEqual({ ok: true, value: record });
    }
  });

  it('goes on when it has met more shapes than it keeps', () => {
    const records = Array.from({ length: 1_500 }, (_, index) => ({ [`key${index}`]: index, kind: `kind${index % 700}` }));
    expect(encodedTogether([...records, ...records])).toEqual([...records, ...records].map((record) => encodeCanonical(record)));
  });

  it('refuses what has no canonical form inside a record it knows', () => {
    const writer = createLongLivedWriter(16);
    writeCanonical(writer, { kind: 'a', value: 1 });
    expect(() => writeCanonical(writer, { kind: 'a', value: undefined })).toThrow('no canonical form');
    expect(() => writeCanonical(writer, { kind: 'a', value: Number.NaN })).toThrow('no canonical form');
  });
});
