/**
 * xoshiro128** 1.1 (Blackman and Vigna, 2018, public domain): four 32-bit words of state, one 32-bit word a draw.
 * Only 32-bit integer operations, so every machine draws the same words.
 */
export type XoshiroState = { a: number; b: number; c: number; d: number };

/** Next 32-bit word in [0, 2^32); advances `state`. */
export function xoshiroNext(state: XoshiroState): number {
  const result = Math.imul(rotateLeft(Math.imul(state.b, 5), 7), 9) >>> 0;
  const shifted = state.b << 9;
  state.c ^= state.a;
  state.d ^= state.b;
  state.b ^= state.c;
  state.a ^= state.d;
  state.c ^= shifted;
  state.d = rotateLeft(state.d, 11);
  return result;
}

/** A state for any text: FNV-1a over its UTF-16 units, spread into four words by splitmix32. Never all zero. */
export function xoshiroStateOf(text: string): XoshiroState {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  let counter = hash ^ text.length;
  const word = (): number => {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = counter;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  // The mixer is a bijection and the four counters differ, so at most one of the four words is zero.
  return { a: word(), b: word(), c: word(), d: word() };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
