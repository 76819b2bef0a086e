import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandIndex, createCommandIndex } from './commandIndex.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';
const arbitraryId = fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 64 }).map((letters) => letters.join(''));

describe('the index of command ids', () => {
  it('does what a map of maps does, through growth, collisions and removals', () => {
    // Few hashes, so that every removal closes a gap among others.
    const step = fc.record({ hash: fc.integer({ min: 0, max: 40 }), isRemoval: fc.boolean(), pick: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 0, max: 900 }), (steps, crowd) => {
        const index = createCommandIndex();
        const model = new Map<number, number[]>();
        let next = 0;
        const add = (hash: number): void => {
          index.add(hash, next);
          model.set(hash, [...(model.get(hash) ?? []), next]);
          next += 1;
        };
        for (let i = 0; i < crowd; i += 1) add(i % 1_021);
        for (const { hash, isRemoval, pick } of steps) {
          const known = model.get(hash) ?? [];
          const removed = known[pick % Math.max(1, known.length)];
          if (!isRemoval || removed === undefined) {
            add(hash);
            continue;
          }
          index.remove(hash, removed);
          index.remove(hash, next + 7);
          model.set(
            hash,
            known.filter((serial) => serial !== removed),
          );
        }
        expect(index.size()).toBe([...model.values()].reduce((sum, { length }) => sum + length, 0));
        for (const [hash, serials] of model) expect(serialsUnder(index, hash)).toEqual(serials);
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('finds the serial number that is asked for among those of one hash, beyond 2^31 too', () => {
    const index = createCommandIndex();
    const serials = [5, 2 ** 31, 2 ** 40, 2 ** 53 - 2];
    for (const serial of serials) index.add(77, serial);
    for (const serial of serials) expect(index.find(77, (one) => one === serial)).toBe(serial);
    expect(index.find(77, () => false)).toBe(-1);
    expect(index.find(78, () => true)).toBe(-1);
  });

  it('hashes an id the same way each time, and differently in another index: the keys are secret', () => {
    const one = createCommandIndex();
    const other = createCommandIndex();
    let differing = 0;
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 2 ** 31 - 1 }), arbitraryId, (actor, id) => {
        const hash = one.hashOf(actor, id);
        expect(hash).toBe(one.hashOf(actor, id));
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 31 - 1).toBe(true);
        if (other.hashOf(actor, id) !== hash) differing += 1;
      }),
      { seed: 12, numRuns: 500 },
    );
    expect(differing).toBeGreaterThan(490);
  });

  it('spreads ids that differ in one letter, one place or the actor alone', () => {
    const index = createCommandIndex();
    const hashes = new Set<number>();
    for (let i = 0; i < 20_000; i += 1) hashes.add(index.hashOf(7, `t${i}`));
    for (let actor = -1; actor < 20_000; actor += 1) hashes.add(index.hashOf(actor, 'same'));
    // 40,001 of 2^31: about 0.4 collisions are expected.
    expect(hashes.size).toBeGreaterThan(39_990);
  });

  it('adds up the longest id of the highest letters exactly', () => {
    const index = createCommandIndex();
    const long = 'z'.repeat(107);
    const ids = [long, `${long.slice(1)}y`, `y${long.slice(1)}`];
    expect(new Set(ids.map((id) => index.hashOf(2 ** 31 - 1, id))).size).toBe(3);
  });
});

/** Every serial number under a hash, ascending. */
function serialsUnder(index: CommandIndex, hash: number): readonly number[] {
  const found: number[] = [];
  index.find(hash, (serial) => {
    found.push(serial);
    return false;
  });
  return found.sort((a, b) => a - b);
}
