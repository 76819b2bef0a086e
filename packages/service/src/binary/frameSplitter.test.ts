import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameSplitter } from './frameSplitter.ts';

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

describe('the frame splitter', () => {
  it('cuts the same frames from a stream, however it is chopped up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 40 }),
        (bodies, sizes) => {
          const stream = Buffer.concat(bodies.map(framed));
          const splitter = createFrameSplitter(300);
          const found: Buffer[] = [];
          for (let at = 0, turn = 0; at < stream.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            splitter.push(Buffer.from(stream.subarray(at, at + size)));
            at += size;
            for (let body = splitter.next(); body !== null; body = splitter.next()) found.push(Buffer.from(body));
          }
          expect(found).toEqual(bodies.map((body) => Buffer.from(body)));
          expect(splitter.isPartial()).toBe(false);
        },
      ),
      { seed: 6, numRuns: 500 },
    );
  });

  it('refuses a length of zero and one above the limit before the frame has arrived', () => {
    const splitter = createFrameSplitter(10);
    splitter.push(Buffer.from([11, 0, 0, 0]));
    expect(() => splitter.next()).toThrow('a frame of 11 bytes is above the 10 allowed');
    const other = createFrameSplitter(10);
    other.push(Buffer.alloc(4));
    expect(() => other.next()).toThrow('a frame has at least its type');
  });

  it('keeps half a frame until the rest comes', () => {
    const splitter = createFrameSplitter(10);
    splitter.push(Buffer.from([2, 0, 0]));
    expect(splitter.next()).toBeNull();
    expect(splitter.isPartial()).toBe(true);
    splitter.push(Buffer.from([0, 7]));
    expect(splitter.next()).toBeNull();
    splitter.push(Buffer.from([8]));
    expect(splitter.next()).toEqual(Buffer.from([7, 8]));
    expect(splitter.next()).toBeNull();
  });
});
