import { assert } from '../numeric/assert.ts';
import type { HashFunction } from '../numeric/hash.ts';

/**
 * A binary Merkle tree over account leaves that is recomputed from dirty leaves only. Leaves and nodes are hashed
 * under different prefixes; an absent leaf is 32 zero bytes; the tree has the smallest power of two that holds all.
 */
export interface MerkleTree {
  readonly hash: HashFunction;
  /** Levels from the leaves up, 32 bytes a node. */
  levels: Uint8Array[];
  capacity: number;
  count: number;
}

const NODE = 32;

export function createMerkleTree(hash: HashFunction): MerkleTree {
  return { hash, levels: [new Uint8Array(NODE)], capacity: 1, count: 0 };
}

/** Sets leaves by index and returns the new root. Cost: hashes of the dirty leaves × depth. */
export function updateMerkleTree(
  tree: MerkleTree,
  leaves: readonly { readonly index: number; readonly bytes: Uint8Array }[],
): Uint8Array {
  let dirty: number[] = [];
  for (const leaf of leaves) {
    assert(Number.isSafeInteger(leaf.index) && leaf.index >= 0, 'A leaf has an index of zero or more.');
    while (leaf.index >= tree.capacity) grow(tree);
    tree.count = Math.max(tree.count, leaf.index + 1);
    (tree.levels[0] as Uint8Array).set(prefixed(tree.hash, 0, leaf.bytes), leaf.index * NODE);
    dirty.push(leaf.index);
  }
  for (let level = 1; level < tree.levels.length; level += 1) {
    dirty = [...new Set(dirty.map((index) => index >> 1))];
    const below = tree.levels[level - 1] as Uint8Array;
    const here = tree.levels[level] as Uint8Array;
    for (const index of dirty) {
      here.set(prefixed(tree.hash, 1, below.subarray(index * 2 * NODE, (index * 2 + 2) * NODE)), index * NODE);
    }
  }
  return merkleRoot(tree);
}

/** The root covers the number of leaves, so that a shorter tree is never mistaken for a longer one. */
export function merkleRoot(tree: MerkleTree): Uint8Array {
  const top = tree.levels[tree.levels.length - 1] as Uint8Array;
  const bytes = new Uint8Array(NODE + 8);
  bytes.set(top.subarray(0, NODE));
  new DataView(bytes.buffer).setFloat64(NODE, tree.count, true);
  return prefixed(tree.hash, 2, bytes);
}

function grow(tree: MerkleTree): void {
  tree.capacity *= 2;
  tree.levels = tree.levels.map((level) => {
    const grown = new Uint8Array(level.length * 2);
    grown.set(level);
    return grown;
  });
  tree.levels.push(new Uint8Array(NODE));
  for (let level = 1; level < tree.levels.length; level += 1) {
    const below = tree.levels[level - 1] as Uint8Array;
    const here = tree.levels[level] as Uint8Array;
    const from = level === tree.levels.length - 1 ? 0 : here.length / NODE / 2;
    for (let index = from; index < here.length / NODE; index += 1) {
      here.set(prefixed(tree.hash, 1, below.subarray(index * 2 * NODE, (index * 2 + 2) * NODE)), index * NODE);
    }
  }
}

function prefixed(hash: HashFunction, prefix: number, bytes: Uint8Array): Uint8Array {
  const input = new Uint8Array(bytes.length + 1);
  input[0] = prefix;
  input.set(bytes, 1);
  return hash(input);
}
