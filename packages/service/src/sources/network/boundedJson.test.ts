import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { boundedJson } from './boundedJson.ts';

const ROOMY = { bytes: 100_000, values: 10_000 };

afterEach(() => {
  vi.restoreAllMocks();
});

describe('JSON that somebody else wrote', () => {
  test('is read as it stands, whatever its texts hold', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        expect(boundedJson(JSON.stringify(value), ROOMY)).toEqual({ json: JSON.parse(JSON.stringify(value)) });
      }),
      { seed: 41, numRuns: 300 },
    );
    const brackets = ['[[[[[[[[[[[[', ',,,,', '\\"[[[[', '"{"'];
    expect(boundedJson(JSON.stringify(brackets), { bytes: 1_000, values: 5 })).toEqual({ json: brackets });
  });

  test.each<[string, string, object]>([
    ['too long', '"xxxx"', { bytes: 5 }],
    ['too deep', `${'['.repeat(9)}${']'.repeat(9)}`, {}],
    ['of records that are too deep', `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`, {}],
    ['of too many values in a list', '[1,2,3]', { values: 3 }],
    ['of too many fields', '{"a":1,"b":2,"c":3}', { values: 3 }],
    ['of too many empty lists', '[[],[],[]]', { values: 5 }],
  ])('is refused before it is parsed when it is %s', (_, text, max) => {
    expect(boundedJson(text, ROOMY)).not.toEqual(max);
    const parse = vi.spyOn(JSON, 'parse');
    expect(boundedJson(text, { ...ROOMY, ...max })).toBeNull();
    expect(parse).not.toHaveBeenCalled();
  });

  test('that is exactly as much as it may be is read', () => {
    expect(boundedJson('[1,2,3]', { bytes: 7, values: 4 })).toEqual({ json: [1, 2, 3] });
    const deep = `${'['.repeat(8)}${']'.repeat(8)}`;
    expect(boundedJson(deep, ROOMY)?.json).toEqual(JSON.parse(deep));
  });

  test.each(['', '{', '[1,]', 'nothing', '"open'])('is refused when it is none: %j', (text) => {
    expect(boundedJson(text, ROOMY)).toBeNull();
  });
});
