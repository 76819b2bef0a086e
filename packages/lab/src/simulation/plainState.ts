/** The whole canonical state as one plain value with sorted lists, for comparing two states byte for byte. */

import type { EngineState } from '@plimsoll/core/engine';
import { ledgerToPlain } from '@plimsoll/core/ledger';
import { encodeCanonical } from '@plimsoll/core/wire';
import { sha256 } from '../worlds/createWorld.ts';

/** Everything in the state; `nonces`, height, time and hash can be left out to compare what a command changed. */
export function plainStateOf(state: EngineState): Readonly<Record<string, unknown>> {
  return {
    height: state.height,
    timeMs: state.timeMs,
    previousHash: state.previousHash,
    nonces: entries(state.nonces),
    ...plainContentOf(state),
  };
}

/** The state without height, hash and nonces: what must be the same after a command that was refused. */
export function plainContentOf(state: EngineState): Readonly<Record<string, unknown>> {
  return {
    ledger: ledgerToPlain(state.ledger),
    authorities: state.authorities,
    terms: state.terms,
    instruments: state.instruments,
    assets: state.assets,
    feeds: state.feeds,
    sources: state.sources,
    venues: state.venues,
    delegates: entries(state.delegates),
    protections: entries(state.protections),
    parameters: state.parameters,
    parameterHistory: state.parameterHistory,
    pendingBundles: state.pendingBundles,
    nextBundle: state.nextBundle,
    auctions: entries(state.auctions),
    tranches: state.tranches,
    groups: state.groups,
    claims: entries(state.claims),
    cursors: state.cursors,
    lastScanMs: state.lastScanMs,
    below: [...state.below].sort((a, b) => a - b),
  };
}

/** SHA-256 of a plain value's canonical bytes, as hexadecimal text. */
export function digestOf(plain: unknown): string {
  return Buffer.from(sha256(encodeCanonical(plain))).toString('hex');
}

/** The first path at which two plain values differ, or null. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | null {
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

function entries<V>(map: ReadonlyMap<number, V>): readonly (readonly [number, V])[] {
  return [...map].sort(([a], [b]) => a - b);
}
