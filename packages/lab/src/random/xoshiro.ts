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

/**
 * A state for any text: a 128-bit hash of its UTF-16 units in four lanes that stir each other, so that the many
 * generators forked from one seed do not meet by chance. Never all zero.
 */
export function xoshiroStateOf(text: string): XoshiroState {
  const state: XoshiroState = { a: 0x9e3779b9, b: 0x243f6a88, c: 0xb7e15162, d: text.length };
  for (let i = 0; i < text.length; i += 1) {
    stir(state, text.charCodeAt(i) + 1);
  }
  for (let round = 0; round < 4; round += 1) {
    stir(state, 0);
  }
  state.d |= state.a === 0 && state.b === 0 && state.c === 0 ? 1 : 0;
  return state;
}

/** One bijective round for a given unit: each lane is multiplied by an odd constant and mixed into its neighbour. */
function stir(state: XoshiroState, unit: number): void {
  state.a = mixed(state.a ^ unit ^ state.d);
  state.b = mixed(state.b ^ state.a);
  state.c = mixed(state.c ^ state.b);
  state.d = mixed(state.d ^ state.c);
}

/** An invertible mixer of 32 bits (multipliers by Wellons's search for low bias). */
function mixed(word: number): number {
  let x = (word + 0x9e3779b9) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
