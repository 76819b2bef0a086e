/** Comparing two states byte for byte, and saying where they differ. */

import type { EngineState } from '@plimsoll/core/engine';
import { encodeCanonical, stateToPlain } from '@plimsoll/core/wire';
import { sha256 } from '../worlds/createWorld.ts';

/** Hexadecimal SHA-256 of the canonical bytes of the whole state. */
export function stateDigest(state: EngineState): string {
  return digestOf(stateToPlain(state));
}

/** The state without hash and nonces: what must be the same after a command that was refused. */
export function contentOf(state: EngineState): unknown {
  const { previousHash: _hash, nonces: _nonces, ...content } = stateToPlain(state);
  return content;
}

/** The first path at which two states differ, with both values; null when they are the same. */
export function stateDifference(a: EngineState, b: EngineState): string | null {
  return firstDifference(stateToPlain(a), stateToPlain(b), 'state');
}

/** The first path at which two plain values differ, keys in order; null when they are the same. */
export function firstDifference(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return `${path}: ${String(a)} ≠ ${String(b)}`;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  for (const key of [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0))) {
    const found = firstDifference(left.get(key), right.get(key), `${path}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** SHA-256 of a plain value's canonical bytes, as hexadecimal text. */
export function digestOf(plain: unknown): string {
  return Buffer.from(sha256(encodeCanonical(plain))).toString('hex');
}
