import type { EngineState } from '../engine/state.ts';
import { ledgerFromPlain, ledgerToPlain, type PlainLedger } from '../ledger/plainLedger.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type CanonicalError, decodeCanonical, encodeCanonical } from './canonical.ts';
import { WIRE_VERSION } from './version.ts';

/**
 * Canonical state as plain data: maps and sets become arrays sorted by id, the ledger its logical content. What is derived is
 * not in it. Two engines with the same content encode to the same bytes, whatever they lived through.
 */
export interface PlainState
  extends Omit<
    EngineState,
    'ledger' | 'surfaces' | 'nonces' | 'delegates' | 'protections' | 'auctions' | 'claims' | 'recovered' | 'below'
  > {
  readonly version: number;
  readonly ledger: PlainLedger;
  /** Absent while there is none: a state that no volatility was reported to has the bytes that it always had. */
  readonly surfaces?: EngineState['surfaces'];
  readonly nonces: Entries<EngineState['nonces']>;
  readonly delegates: Entries<EngineState['delegates']>;
  readonly protections: Entries<EngineState['protections']>;
  readonly auctions: Entries<EngineState['auctions']>;
  readonly claims: Entries<EngineState['claims']>;
  readonly recovered: Entries<EngineState['recovered']>;
  readonly below: Keys<EngineState['below']>;
}

type Entries<M> = M extends Map<infer K, infer V> ? readonly (readonly [K, V])[] : never;
type Keys<S> = S extends Set<infer K> ? readonly K[] : never;

export function stateToPlain(state: EngineState): PlainState {
  return { ...stateWithoutLedger(state), ledger: ledgerToPlain(state.ledger) };
}

/** Everything but the ledger, in one form whatever the order in which it came about. */
export function stateWithoutLedger(state: EngineState): Omit<PlainState, 'ledger'> {
  const { ledger: _ledger, surfaces, ...rest } = state;
  return {
    ...rest,
    ...(surfaces.length === 0 ? {} : { surfaces }),
    version: WIRE_VERSION,
    nonces: sortedEntries(state.nonces),
    delegates: sortedEntries(state.delegates),
    protections: sortedEntries(state.protections),
    auctions: sortedEntries(state.auctions),
    claims: sortedEntries(state.claims),
    recovered: sortedEntries(state.recovered),
    below: [...state.below].sort(compareNumber),
  };
}

export function stateFromPlain(plain: PlainState): EngineState {
  const { version, ...rest } = plain;
  assert(version === WIRE_VERSION, 'A snapshot is of this wire version.');
  return {
    ...rest,
    ledger: ledgerFromPlain(plain.ledger),
    terms: {
      assets: [...plain.terms.assets],
      underlyings: [...plain.terms.underlyings],
      groups: [...plain.terms.groups],
      instruments: [...plain.terms.instruments],
      ammPools: [...plain.terms.ammPools],
      tranches: [...plain.terms.tranches],
    },
    surfaces: plain.surfaces === undefined ? [] : [...plain.surfaces],
    nonces: new Map(plain.nonces),
    delegates: new Map(plain.delegates),
    protections: new Map(plain.protections),
    auctions: new Map(plain.auctions),
    claims: new Map(plain.claims),
    recovered: new Map(plain.recovered),
    below: new Set(plain.below),
  };
}

/** Canonical bytes of the whole state; equal states give equal bytes. */
export function encodeSnapshot(state: EngineState): Uint8Array {
  return encodeCanonical(stateToPlain(state));
}

export type DecodedSnapshot =
  | { readonly ok: true; readonly state: EngineState }
  | { readonly ok: false; readonly error: CanonicalError };

/** The state of a snapshot, or where its bytes go wrong. Bytes of another version are refused. */
export function decodeSnapshot(bytes: Uint8Array): DecodedSnapshot {
  const decoded = decodeCanonical(bytes);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  if (value === null || typeof value !== 'object' || !('version' in value))
    return { ok: false, error: { offset: 0, reason: 'this is not a snapshot' } };
  if (value['version'] !== WIRE_VERSION)
    return { ok: false, error: { offset: 0, reason: `snapshot version ${String(value['version'])}, expected ${WIRE_VERSION}` } };
  // One state has one form of bytes: an empty list is the absence of a list.
  const surfaces = 'surfaces' in value ? value['surfaces'] : undefined;
  if ('surfaces' in value && !(Array.isArray(surfaces) && surfaces.length > 0))
    return { ok: false, error: { offset: 0, reason: 'surfaces of a snapshot are a list that is not empty, or absent' } };
  return { ok: true, state: stateFromPlain(value as unknown as PlainState) };
}

function sortedEntries<K extends number, V>(map: ReadonlyMap<K, V>): readonly (readonly [K, V])[] {
  return [...map].sort(([a], [b]) => a - b);
}
