import { randomInt } from 'node:crypto';
import type { CommandId } from '../contracts/submission.ts';

/**
 * Which serial number an actor's command id has: a table of open addressing over typed arrays, which the collector of garbage has nothing to do
 * with however full it is. It holds hashes and serial numbers, not the ids: its owner says whether a serial number is that of an id.
 *
 * Clients choose ids, so the hash is keyed: Σ key_i · letter_i mod 2^31 − 1 with keys drawn at random (Carter and Wegman, 1979). Two different
 * ids collide with a chance of 2^-31 whoever chose them, and nobody can look for ids that do.
 */
export interface CommandIndex {
  hashOf(actor: number, id: CommandId): number;
  /** The serial number under this hash that `isIt`; −1 when there is none. */
  find(hash: number, isIt: (serial: number) => boolean): number;
  /** `serial`: 0 to 2^53 − 2. */
  add(hash: number, serial: number): void;
  /** Nothing when it is not there. */
  remove(hash: number, serial: number): void;
  size(): number;
}

const PRIME = 2_147_483_647;
const TWO_31 = 2_147_483_648;
/** Letters have keys of their own up to this place: the longest id is a wallet's address and a command id, 107 letters. */
const PLACES = 128;
const FIRST_CAPACITY = 1_024;

export function createCommandIndex(): CommandIndex {
  // Every sum below is exact: 128 letters below 2^7 and two halves of an actor below 2^16, times keys below 2^31, are below 2^49.
  const keys = Float64Array.from({ length: PLACES + 2 }, () => randomInt(PRIME));
  const highKey = keys[PLACES] ?? 0;
  const lowKey = keys[PLACES + 1] ?? 0;
  let hashes = new Int32Array(FIRST_CAPACITY);
  /** One more than the serial number; 0 where nothing is. */
  let serials = new Float64Array(FIRST_CAPACITY);
  let mask = FIRST_CAPACITY - 1;
  let count = 0;

  // Places are masked, so they lie within the arrays.
  const put = (hash: number, mark: number): void => {
    let at = hash & mask;
    while (serials[at] !== 0) at = (at + 1) & mask;
    hashes[at] = hash;
    serials[at] = mark;
  };
  const grow = (): void => {
    const oldHashes = hashes;
    const oldSerials = serials;
    hashes = new Int32Array(oldHashes.length * 2);
    serials = new Float64Array(oldHashes.length * 2);
    mask = hashes.length - 1;
    for (let at = 0; at < oldSerials.length; at += 1)
      if (oldSerials[at] !== 0) put(oldHashes[at] as number, oldSerials[at] as number);
  };
  /** Closes the gap: whatever was put further on because of it moves up. */
  const close = (gap: number): void => {
    let hole = gap;
    for (let at = (gap + 1) & mask; serials[at] !== 0; at = (at + 1) & mask) {
      const home = (hashes[at] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      hashes[hole] = hashes[at] as number;
      serials[hole] = serials[at] as number;
      hole = at;
    }
    serials[hole] = 0;
  };
  return {
    hashOf(actor, id) {
      let sum = (actor >>> 16) * highKey + (actor & 0xffff) * lowKey;
      for (let i = 0; i < id.length; i += 1) sum += (id.charCodeAt(i) & 127) * (keys[i & (PLACES - 1)] as number);
      // Modulo a Mersenne prime: the high part counts once.
      const high = Math.floor(sum / TWO_31);
      const folded = sum - high * TWO_31 + high;
      return folded >= PRIME ? folded - PRIME : folded;
    },
    find(hash, isIt) {
      for (let at = hash & mask; serials[at] !== 0; at = (at + 1) & mask) {
        if (hashes[at] !== hash) continue;
        const serial = (serials[at] as number) - 1;
        if (isIt(serial)) return serial;
      }
      return -1;
    },
    add(hash, serial) {
      if ((count + 1) * 2 > serials.length) grow();
      put(hash, serial + 1);
      count += 1;
    },
    remove(hash, serial) {
      for (let at = hash & mask; serials[at] !== 0; at = (at + 1) & mask) {
        if (serials[at] !== serial + 1) continue;
        close(at);
        count -= 1;
        return;
      }
    },
    size: () => count,
  };
}
