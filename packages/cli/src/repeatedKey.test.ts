import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedKey } from './repeatedKey.ts';

test('a key that stands twice in one object is named by its path', () => {
  expect(repeatedKey('{"a":1,"b":[0,{"c":1,"d":{"c":2},"c":3}]}')).toBe('b[1].c');
  expect(repeatedKey('{"size":"1","size":"2"}')).toBe('size');
});

test('an escaped spelling of the same key is the same key', () => {
  expect(repeatedKey('{"a":1,"\\u0061":2}')).toBe('a');
});

test('texts that look like structure do not count', () => {
  expect(repeatedKey('{"a":"{\\"a\\":1,","b":["a","a"],"c":{"a":"\\\\"}}')).toBeNull();
});

test('no JSON that was written from a value has a repeated key, and planting one anywhere at the top is found', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const text = JSON.stringify(value);
      expect(repeatedKey(text)).toBeNull();
      const [key = ''] = Object.keys(value);
      expect(repeatedKey(`${text.slice(0, -1)},${JSON.stringify(key)}:0}`)).toBe(key.replace(/^\./, ''));
    }),
    { seed: 7 },
  );
});
