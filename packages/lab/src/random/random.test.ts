import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';
import { type XoshiroState, xoshiroNext } from './xoshiro.ts';

describe('xoshiro128**', () => {
  it('draws the reference words from the state 1, 2, 3, 4', () => {
    const state: XoshiroState = { a: 1, b: 2, c: 3, d: 4 };
    const words = Array.from({ length: 5 }, () => xoshiroNext(state));
    expect(words).toEqual([11520, 0, 5927040, 70819200, 2031721883]);
  });
});

describe('createRandom', () => {
  it('keeps its published words for the seed 1', () => {
    const random = createRandom(1);
    expect(Array.from({ length: 4 }, () => random.nextUint32())).toEqual(WORDS_OF_SEED_ONE);
  });

  it('treats a number and its decimal text as the same seed and other seeds as other streams', () => {
    expect(createRandom(42).nextUint32()).toBe(createRandom('42').nextUint32());
    const firsts = Array.from({ length: 1000 }, (_, seed) => createRandom(seed).nextUint32());
    expect(new Set(firsts).size).toBe(1000);
  });

  it('refuses a seed that is not an integer', () => {
    expect(() => createRandom(0.5)).toThrow(RangeError);
  });

  it('forks by seed and label alone, whatever was drawn before', () => {
    const early = createRandom('a').fork('vaults').nextUint32();
    const parent = createRandom('a');
    for (let i = 0; i < 17; i += 1) {
      parent.nextUint32();
    }
    expect(parent.fork('vaults').nextUint32()).toBe(early);
    expect(parent.fork('prices').nextUint32()).not.toBe(early);
  });

  it('spreads nextFloat evenly over [0, 1)', () => {
    const random = createRandom('float');
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i += 1) {
      const value = random.nextFloat();
      const bin = Math.floor(value * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(bins.length).toBe(10); // a value outside [0, 1) would have opened another bin
    // 10,000 expected in each; 500 is more than five standard deviations (95).
    expect(bins.every((count) => Math.abs(count - 10_000) < 500)).toBe(true);
  });

  it('keeps integerBelow inside its range for every n', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer(), (n, seed) => {
        const value = createRandom(seed).integerBelow(n);
        return Number.isInteger(value) && value >= 0 && value < n;
      }),
      { seed: 7, numRuns: 500 },
    );
    expect(() => createRandom(1).integerBelow(0)).toThrow(RangeError);
  });

  it('reaches both ends of a bracket and never its open lower end', () => {
    const random = createRandom('bracket');
    const seen = new Set(Array.from({ length: 200 }, () => random.bigintAboveUpTo({ low: 5n, high: 8n })));
    expect([...seen].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([6n, 7n, 8n]);
    const huge = random.bigintBelow(1n << 200n);
    expect(huge >= 0n && huge < 1n << 200n).toBe(true);
    expect(() => random.bigintBelow(0n)).toThrow(RangeError);
  });

  it('draws normals with the moments and the tail of the standard normal', () => {
    const random = createRandom('normal');
    const draws = Array.from({ length: 200_000 }, () => random.normal());
    const mean = draws.reduce((sum, z) => sum + z, 0) / draws.length;
    const second = draws.reduce((sum, z) => sum + z * z, 0) / draws.length;
    const fourth = draws.reduce((sum, z) => sum + z * z * z * z, 0) / draws.length;
    const beyondTwo = draws.filter((z) => Math.abs(z) > 2).length / draws.length;
    // Standard errors: 0.0022, 0.0032, 0.022, 0.0005; the bounds are about four of them.
    expect(Math.abs(mean)).toBeLessThan(0.009);
    expect(Math.abs(second - 1)).toBeLessThan(0.013);
    expect(Math.abs(fourth - 3)).toBeLessThan(0.09);
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.002);
  });

  it('keeps its published normal draws', () => {
    const random = createRandom('normal-vector');
    expect(Array.from({ length: 3 }, () => random.normal())).toEqual(NORMALS_OF_VECTOR_SEED);
  });

  it('shuffles into a permutation, picks a member and leaves the input alone', () => {
    const items = Object.freeze([1, 2, 3, 4, 5, 6, 7, 8]);
    const random = createRandom('shuffle');
    const shuffled = random.shuffle(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual([...items]);
    expect(shuffled).not.toEqual([...items]);
    expect(items).toContain(random.pick(items));
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

const WORDS_OF_SEED_ONE: readonly number[] = [260825414, 1871462888, 2065123201, 3943658760];
const NORMALS_OF_VECTOR_SEED: readonly number[] = [-0.08369128363934963, -1.4197722632521084, -0.18983503749435038];
