import { drawNormal } from './normal.ts';
import { type XoshiroState, xoshiroNext, xoshiroStateOf } from './xoshiro.ts';

/**
 * A seeded source of pseudo-random numbers. The same seed gives the same draws on every machine and every Node version:
 * only 32-bit integer operations and + − × ÷ on doubles are used. Not for secrets.
 */
export type Random = {
  /** The text the generator was seeded with, forks included: print it to reproduce a run. */
  readonly seed: string;
  /** Uniform integer in [0, 2^32). */
  nextUint32(): number;
  /** Uniform multiple of 2^-53 in [0, 1). */
  nextFloat(): number;
  /** Uniform integer in [0, n), without bias. `n` is an integer from 1 to 2^53 − 1. */
  integerBelow(n: number): number;
  /** Uniform integer in [0, n), without bias, for amounts of any size. `n` ≥ 1. */
  bigintBelow(n: bigint): bigint;
  /** Uniform integer in (low, high]: the half-open bracket that prices and debts live in. `low` < `high`. */
  bigintAboveUpTo(bracket: { readonly low: bigint; readonly high: bigint }): bigint;
  /** One draw of the standard normal distribution. */
  normal(): number;
  /** One element, each equally likely. The list must not be empty. */
  pick<T extends NonNullable<unknown>>(items: readonly T[]): T;
  /** A new array in uniformly random order; the input is left alone. */
  shuffle<T>(items: readonly T[]): T[];
  /**
   * An independent generator named by `label`. It depends on the seed and the label alone, never on how many numbers
   * were drawn before, so adding a draw in one place does not move another.
   */
  fork(label: string): Random;
};

/** Creates a generator. A number seed and its decimal text are the same seed. Throws RangeError on a non-integer number. */
export function createRandom(seed: number | string): Random {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new RangeError(`random seed: expected a safe integer or a text, found ${seed}`);
  }
  return fromState(String(seed), xoshiroStateOf(String(seed)));
}

function fromState(seed: string, state: XoshiroState): Random {
  const nextUint32 = (): number => xoshiroNext(state);
  const nextFloat = (): number => uint53(nextUint32) / 9007199254740992;
  const integerBelow = (n: number): number => drawBelow(nextUint32, n);
  const bigintBelow = (n: bigint): bigint => drawBigintBelow(nextUint32, n);
  return {
    seed,
    nextUint32,
    nextFloat,
    integerBelow,
    bigintBelow,
    bigintAboveUpTo: ({ low, high }) => low + 1n + bigintBelow(high - low),
    normal: () => drawNormal(nextFloat),
    pick: (items) => pickFrom(items, integerBelow),
    shuffle: (items) => shuffled(items, nextFloat),
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}

function uint53(nextUint32: () => number): number {
  const high = nextUint32() >>> 5;
  const low = nextUint32() >>> 6;
  return high * 67108864 + low;
}

function drawBelow(nextUint32: () => number, n: number): number {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new RangeError(`integerBelow: expected an integer from 1 to 2^53 - 1, found ${n}`);
  }
  const range = n <= 4294967296 ? 4294967296 : 9007199254740992;
  const limit = range - (range % n);
  for (;;) {
    const draw = n <= 4294967296 ? nextUint32() : uint53(nextUint32);
    if (draw < limit) {
      return draw % n;
    }
  }
}

function drawBigintBelow(nextUint32: () => number, n: bigint): bigint {
  if (n < 1n) {
    throw new RangeError(`bigintBelow: expected at least 1, found ${n}`);
  }
  const words = Math.max(1, Math.ceil((n - 1n).toString(16).length / 8));
  const range = 1n << BigInt(32 * words);
  const limit = range - (range % n);
  for (;;) {
    let draw = 0n;
    for (let i = 0; i < words; i += 1) {
      draw = (draw << 32n) | BigInt(nextUint32());
    }
    if (draw < limit) {
      return draw % n;
    }
  }
}

function pickFrom<T extends NonNullable<unknown>>(items: readonly T[], integerBelow: (n: number) => number): T {
  const picked = items.length === 0 ? undefined : items[integerBelow(items.length)];
  if (picked === undefined) {
    throw new RangeError('pick: expected a list with at least one element');
  }
  return picked;
}

/** Orders by random keys; equal keys, one pair in 2^53, keep their order. */
function shuffled<T>(items: readonly T[], nextFloat: () => number): T[] {
  return items
    .map((item) => ({ item, key: nextFloat() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
