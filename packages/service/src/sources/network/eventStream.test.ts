import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventStreamReader } from './eventStream.ts';

function read(text: string | Uint8Array, lengthMax = 1_000): readonly string[] | null {
  return createEventStreamReader(lengthMax).read(typeof text === 'string' ? Buffer.from(text) : text);
}

describe('a stream of events', () => {
  test.each<[string, string, readonly string[]]>([
    ['one event', 'data: a\n\n', ['a']],
    ['a space after the colon that is no part of it, and a second that is', 'data:  a\n\ndata:b\n\n', [' a', 'b']],
    ['an event of several lines', 'data: a\ndata: b\ndata\n\n', ['a\nb\n']],
    ['every end of line', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', ['a', 'b', 'c']],
    ['comments, names and ids beside the data', ': ping\nevent: x\nid: 7\nretry: 1\ndata: a\n\n', ['a']],
    ['nothing where there is no data', ': ping\n\nevent: x\n\n\n', []],
    ['a mark of byte order before it', '\ufeffdata: a\n\n', ['a']],
    ['nothing that is not ended', 'data: a\n', []],
    ['fields that only start like data', 'database: a\ndata : b\n\n', []],
  ])('has %s', (_, text, events) => {
    expect(read(text)).toEqual(events);
  });

  test('reads the same wherever it is cut', () => {
    const bytes = Buffer.from(': ping\r\n\r\ndata: {"ü":1}\r\ndata: 2\r\n\r\ndata: last\r\r');
    const whole = read(bytes);
    expect(whole).toEqual(['{"ü":1}\n2', 'last']);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), (cuts) => {
        const reader = createEventStreamReader(1_000);
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const events = places.slice(1).flatMap((end, piece) => reader.read(bytes.subarray(places[piece], end)) ?? []);
        expect(events).toEqual(whole);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  test('is given up once an event is longer than it may be, in one line, in many, or in one that never ends', () => {
    expect(read(`data: ${'x'.repeat(99)}\n\n`, 100)).toEqual(['x'.repeat(99)]);
    expect(read(`data: ${'x'.repeat(100)}\n\n`, 100)).toBeNull();
    expect(read('data: x\n'.repeat(51), 100)).toBeNull();
    expect(read('x'.repeat(107), 100)).toBeNull();
    const reader = createEventStreamReader(100);
    const answers = Array.from({ length: 200 }, () => reader.read(Buffer.from('x')));
    expect(answers.indexOf(null)).toBe(106);
  });

  test.each<[string, string]>([
    ['comments', ':\n'],
    ['empty lines', '\n'],
    ['fields that are no data', 'id: 7\n'],
    ['data without a value', 'data\n'],
  ])('is given up once there is too much of %s and no event, in one piece or in many', (_, line) => {
    const bytes = Buffer.from(line.repeat(40_000));
    expect(createEventStreamReader(10_000).read(bytes)).toBeNull();
    const reader = createEventStreamReader(10_000);
    let taken = 0;
    while (taken < bytes.length && reader.read(bytes.subarray(taken, taken + 100)) !== null) taken += 100;
    expect(taken).toBeLessThanOrEqual(10_000 + 4_096);
    expect(taken / line.length).toBeLessThanOrEqual(4_096);
  });

  test('counts anew after each event: comments that keep it alive may go on for ever', () => {
    const reader = createEventStreamReader(1_000);
    for (let round = 0; round < 100; round += 1)
      expect(reader.read(Buffer.from(`${': ping\n\n'.repeat(500)}data: ${round}\n\n`))).toEqual([String(round)]);
  });
});
