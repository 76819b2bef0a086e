import type { EngineState } from '../engine/state.ts';
import { type AccountColumns, accountColumns, restoreAccounts } from '../ledger/accountColumns.ts';
import { float64At } from '../ledger/columns.ts';
import { ledgerFromSheet, ledgerToPlain, type PlainLedger, plainSheet } from '../ledger/plainLedger.ts';
import { compareNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { ownerId } from '../numeric/brand.ts';
import { type CanonicalValue, createCanonicalWriter, writeCanonical } from './canonical.ts';
import { type CanonicalError, decodeCanonical } from './decodeCanonical.ts';
import { SNAPSHOT_VERSION, WIRE_VERSION } from './version.ts';

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

/** Room for what is not in columns; more is found when it is needed. */
const ROOM_BYTES = 64 * 1024;

/** What a snapshot holds: accounts and nonces as columns, which are most of it, the rest as plain data. */
interface PlainSnapshot {
  readonly snapshotVersion: number;
  readonly state: Omit<PlainState, 'ledger' | 'nonces'>;
  readonly sheet: Omit<PlainLedger, 'accounts'>;
  readonly accounts: AccountColumns;
  /** Last nonces by actor, ascending by actor. */
  readonly actors: Int32Array;
  readonly nonces: Float64Array;
}

/** Canonical bytes of the whole state; equal states give equal bytes. Cost: one pass over the columns of accounts. */
export function encodeSnapshot(state: EngineState): Uint8Array {
  const { nonces, ...rest } = stateWithoutLedger(state);
  const snapshot: PlainSnapshot = {
    snapshotVersion: SNAPSHOT_VERSION,
    state: rest,
    sheet: plainSheet(state.ledger),
    accounts: accountColumns(state.ledger.accounts),
    actors: Int32Array.from(nonces, ([actor]) => actor),
    nonces: Float64Array.from(nonces, ([, nonce]) => nonce),
  };
  // Columns are nearly all of it: a buffer of their size is filled once, where one that grows would be copied over and over.
  const columns = Object.values(snapshot.accounts).reduce((sum: number, { byteLength }) => sum + byteLength, 0);
  const writer = createCanonicalWriter(columns + snapshot.actors.byteLength * 3 + ROOM_BYTES);
  writeCanonical(writer, snapshot);
  return writer.bytes.subarray(0, writer.length);
}

export type DecodedSnapshot =
  | { readonly ok: true; readonly state: EngineState }
  | { readonly ok: false; readonly error: CanonicalError };

/** The state of a snapshot, or where its bytes go wrong. Bytes of another version are refused. */
export function decodeSnapshot(bytes: Uint8Array): DecodedSnapshot {
  const decoded = decodeCanonical(bytes);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  const version = versionIn(value);
  if (version === null) return { ok: false, error: { offset: 0, reason: 'this is not a snapshot' } };
  if (version !== SNAPSHOT_VERSION)
    return { ok: false, error: { offset: 0, reason: `snapshot format ${version}, this program reads ${SNAPSHOT_VERSION}` } };
  const snapshot = value as unknown as PlainSnapshot;
  // One state has one form of bytes: an empty list is the absence of a list.
  const { surfaces } = snapshot.state;
  if ('surfaces' in snapshot.state && !(Array.isArray(surfaces) && surfaces.length > 0))
    return { ok: false, error: { offset: 0, reason: 'surfaces of a snapshot are a list that is not empty, or absent' } };
  return { ok: true, state: stateOf(snapshot) };
}

/** The format of a decoded value; null when it is no snapshot. Format 1 began with the version of the wire. */
function versionIn(value: CanonicalValue): number | null {
  if (value === null || typeof value !== 'object') return null;
  if ('snapshotVersion' in value && typeof value['snapshotVersion'] === 'number') return value['snapshotVersion'];
  return 'version' in value ? 1 : null;
}

function stateOf({ state: plain, sheet, accounts, actors, nonces }: PlainSnapshot): EngineState {
  const { version, ...rest } = plain;
  assert(version === WIRE_VERSION, 'A snapshot is of this wire version.');
  assert(actors.length === nonces.length, 'Every actor of a snapshot has a nonce.');
  const ledger = ledgerFromSheet(sheet);
  restoreAccounts(ledger, accounts);
  const lastNonces: EngineState['nonces'] = new Map();
  for (const [at, actor] of actors.entries()) lastNonces.set(ownerId(actor), float64At(nonces, at));
  return {
    ...rest,
    ledger,
    terms: {
      assets: [...plain.terms.assets],
      underlyings: [...plain.terms.underlyings],
      groups: [...plain.terms.groups],
      instruments: [...plain.terms.instruments],
      ammPools: [...plain.terms.ammPools],
      tranches: [...plain.terms.tranches],
    },
    surfaces: plain.surfaces === undefined ? [] : [...plain.surfaces],
    nonces: lastNonces,
    delegates: new Map(plain.delegates),
    protections: new Map(plain.protections),
    auctions: new Map(plain.auctions),
    claims: new Map(plain.claims),
    recovered: new Map(plain.recovered),
    below: new Set(plain.below),
  };
}

function sortedEntries<K extends number, V>(map: ReadonlyMap<K, V>): readonly (readonly [K, V])[] {
  return [...map].sort(([a], [b]) => a - b);
}
