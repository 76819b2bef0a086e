/**
 * Who is who: wallets, owners and sessions. Every change is decided and applied here, one after the other, on block time; whether its
 * signature is good was asked before. Cost: constant per change, but for the expired sessions of the owner.
 */

import { nonceMaxAt } from '@plimsoll/core/engine';
import { assert, ID_MAX, type OwnerId, ownerId, type TimeMs, timeMs } from '@plimsoll/core/numeric';
import type { Deployment } from '../contracts/deployment.ts';
import type { DirectoryState, Session } from '../contracts/directory.ts';
import type { Address, IdentityChange, Scope, SessionKey } from '../contracts/identityChange.ts';
import { checkEd25519Key } from '../verify/ed25519.ts';
import { isAddress } from './address.ts';
import type { IdentityCode } from './identityCodes.ts';

/** Longest life of a session. */
export const SESSION_MAX_MS = 366 * 86_400_000;
/** Most sessions of one owner at a time. */
export const SESSIONS_MAX = 64;
/** Most accounts that a session is bound to; the API takes no more either. */
export const SESSION_ACCOUNTS_MAX = 256;

/** Every scope, so that a list of them can be checked and printed. */
export const SCOPES: { readonly [S in Scope]: string } = {
  read: "read the owner's accounts and those it is a delegate of",
  trade: 'trade, swap, provide liquidity, open and close accounts',
  lend: 'supply, take back, borrow and repay',
  liquidate: 'bid in auctions, fund and redeem the backstop',
  transfer: 'move balances between accounts, and set protection',
  withdraw: 'take tokens out',
  report: 'report prices, premiums and volatilities',
  govern: 'list, register, propose and cancel',
  custody: 'credit deposits',
};

type Applied = ReturnType<DirectoryState['apply']>;

/** The directory with what views of it show beside the contract. */
export interface OwnerDirectory extends DirectoryState {
  /** Of identity changes: the last nonce used, 0 before the first. */
  nonceOf(owner: OwnerId): number;
  ownerCount(): number;
}

/** Columns ascending by owner id: a million owners are three arrays. */
interface PlainDirectory {
  readonly version: 1;
  readonly nextOwner: number;
  readonly owners: Int32Array;
  /** 20 bytes each. */
  readonly addresses: Uint8Array;
  readonly nonces: Float64Array;
  /** Ascending by key. */
  readonly sessions: readonly {
    readonly owner: number;
    readonly key: SessionKey;
    readonly scopes: readonly string[];
    readonly accounts: readonly number[] | null;
    readonly expiresAtMs: number;
  }[];
}

/** What a directory needs of a deployment. */
export type DirectoryGenesis = Pick<Deployment, 'identities' | 'firstOwner'> & {
  readonly genesis: Pick<Deployment['genesis'], 'authorities'>;
};

/** The directory of a new deployment: its identities, and nobody else. */
export function createDirectory({ identities, firstOwner, genesis }: DirectoryGenesis): OwnerDirectory {
  const { governor, custodian, vault } = genesis.authorities;
  assert(
    [governor, custodian, vault].every((owner) => owner < firstOwner),
    'Ids that are given later are above those of the authorities.',
  );
  assert(
    identities.every(({ owner }) => owner !== vault),
    'The vault signs nothing, so it has no wallet.',
  );
  const known = [...identities].sort((a, b) => a.owner - b.owner);
  const books = emptyBooks(firstOwner);
  for (const { owner, address } of known) {
    assert(isAddress(address), `Address ${address} of a deployment is lower-case hexadecimal.`);
    assert(owner < firstOwner, `Owner ${owner} of a deployment is below the first id that is given later.`);
    addOwner(books, { owner, address, nonce: 0 });
  }
  return directoryOf(books);
}

/** The directory that `toPlain` wrote. Asserts its shape: the bytes were checked when they were read. */
export function directoryFromPlain(value: unknown): OwnerDirectory {
  assert(isPlainDirectory(value), 'A directory is restored from what it wrote.');
  const books = emptyBooks(ownerId(value.nextOwner));
  for (let i = 0; i < value.owners.length; i += 1) {
    const address = `0x${Buffer.from(value.addresses.subarray(i * 20, i * 20 + 20)).toString('hex')}`;
    addOwner(books, { owner: ownerId(value.owners[i] ?? -1), address, nonce: value.nonces[i] ?? -1 });
  }
  for (const { owner, key, scopes, accounts, expiresAtMs } of value.sessions) {
    assert(scopes.every(isScope), 'The scopes of a session are known.');
    addSession(books, { owner: ownerId(owner), key, scopes, accounts, expiresAtMs: timeMs(expiresAtMs) });
  }
  return directoryOf(books);
}

/** How the sequencer makes the directory of a new folder, and of one that it recovers. */
export const directoryFactory = {
  create: (deployment: DirectoryGenesis): OwnerDirectory => createDirectory(deployment),
  restore: (_deployment: DirectoryGenesis, plain: unknown): OwnerDirectory => directoryFromPlain(plain),
} as const;

interface OwnerEntry {
  readonly owner: OwnerId;
  readonly address: Address;
  nonce: number;
}

interface Books {
  nextOwner: OwnerId;
  /** In order of their ids: ids only grow. */
  readonly owners: Map<OwnerId, OwnerEntry>;
  readonly byAddress: Map<Address, OwnerEntry>;
  readonly sessions: Map<SessionKey, Session>;
  readonly sessionKeys: Map<OwnerId, Set<SessionKey>>;
}

function emptyBooks(nextOwner: OwnerId): Books {
  return { nextOwner, owners: new Map(), byAddress: new Map(), sessions: new Map(), sessionKeys: new Map() };
}

function addOwner(books: Books, entry: OwnerEntry): void {
  assert(
    !books.owners.has(entry.owner) && !books.byAddress.has(entry.address),
    'An owner has one wallet, and a wallet one owner.',
  );
  books.owners.set(entry.owner, entry);
  books.byAddress.set(entry.address, entry);
}

function addSession(books: Books, session: Session): void {
  books.sessions.set(session.key, session);
  const keys = books.sessionKeys.get(session.owner) ?? new Set();
  books.sessionKeys.set(session.owner, keys.add(session.key));
}

function dropSession(books: Books, { owner, key }: Session): void {
  books.sessions.delete(key);
  const keys = books.sessionKeys.get(owner);
  keys?.delete(key);
  if (keys?.size === 0) books.sessionKeys.delete(owner);
}

function sessionsOf(books: Books, owner: OwnerId): readonly Session[] {
  const keys = [...(books.sessionKeys.get(owner) ?? [])].sort(compareText);
  return keys.flatMap((key) => books.sessions.get(key) ?? []);
}

function directoryOf(books: Books): OwnerDirectory {
  return {
    ownerOf: (address) => books.byAddress.get(address)?.owner ?? null,
    addressOf: (owner) => books.owners.get(owner)?.address ?? null,
    session: (key) => books.sessions.get(key) ?? null,
    nonceOf: (owner) => books.owners.get(owner)?.nonce ?? 0,
    sessionsOf: (owner) => sessionsOf(books, owner),
    ownerCount: () => books.owners.size,
    apply: (change, nowMs) => applyChange(books, change, nowMs),
    toPlain: () => plainOf(books),
  };
}

function applyChange(books: Books, change: IdentityChange, nowMs: TimeMs): Applied {
  if (change.kind === 'registerOwner') return registerOwner(books, change.address);
  const entry = books.owners.get(change.owner);
  if (entry === undefined) return refused('unknownOwner');
  const fault = useNonce(entry, change.nonce, nowMs);
  if (fault !== null) return refused(fault);
  switch (change.kind) {
    case 'openSession':
      return openSession(books, change, nowMs);
    case 'revokeSession':
      return revokeSession(books, change);
    default:
      return unreachableChange(change);
  }
}

/** As with commands (`useNonce` of the core): used up whatever becomes of the change, so that a refused one never comes back. */
function useNonce(entry: OwnerEntry, nonce: number, nowMs: TimeMs): IdentityCode | null {
  if (!Number.isSafeInteger(nonce) || nonce <= entry.nonce) return 'staleNonce';
  if (nonce > nonceMaxAt(nowMs)) return 'nonceTooHigh';
  entry.nonce = nonce;
  return null;
}

function registerOwner(books: Books, address: Address): Applied {
  if (!isAddress(address)) return refused('malformedAddress');
  if (books.byAddress.has(address)) return refused('addressTaken');
  if (books.nextOwner >= ID_MAX) return refused('ownersFull');
  const owner = books.nextOwner;
  addOwner(books, { owner, address, nonce: 0 });
  books.nextOwner = ownerId(owner + 1);
  return { ok: true, owner };
}

type OpenSession = Extract<IdentityChange, { readonly kind: 'openSession' }>;
type RevokeSession = Extract<IdentityChange, { readonly kind: 'revokeSession' }>;

function openSession(books: Books, change: OpenSession, nowMs: TimeMs): Applied {
  const fault = faultOfSession(change, nowMs);
  if (fault !== null) return refused(fault);
  // The owner's wallet may give its own session other terms; another owner's key is not for taking.
  const current = books.sessions.get(change.key);
  if (current !== undefined && current.owner !== change.owner && current.expiresAtMs > nowMs) return refused('keyTaken');
  const live = sessionsOf(books, change.owner).filter(({ key, expiresAtMs }) => expiresAtMs > nowMs && key !== change.key);
  if (live.length >= SESSIONS_MAX) return refused('sessionsFull');
  if (current !== undefined) dropSession(books, current);
  for (const session of sessionsOf(books, change.owner)) if (session.expiresAtMs <= nowMs) dropSession(books, session);
  const { owner, key, scopes, accounts, expiresAtMs } = change;
  addSession(books, {
    owner,
    key,
    scopes: [...scopes].sort(compareText),
    accounts: accounts === null ? null : [...accounts].sort((a, b) => a - b),
    expiresAtMs,
  });
  return { ok: true, owner };
}

/** What is wrong with the terms of a session; null when nothing is. */
function faultOfSession({ key, scopes, accounts, expiresAtMs }: OpenSession, nowMs: TimeMs): IdentityCode | null {
  const verdict = checkEd25519Key(key);
  if (verdict !== 'valid') return verdict === 'lowOrderKey' ? verdict : 'malformedKey';
  if (scopes.length === 0 || !scopes.every(isScope) || hasRepeats(scopes)) return 'invalidScopes';
  if (accounts !== null) {
    if (accounts.length === 0 || accounts.length > SESSION_ACCOUNTS_MAX || hasRepeats(accounts)) return 'invalidAccounts';
  }
  if (expiresAtMs <= nowMs) return 'sessionExpired';
  return expiresAtMs - nowMs > SESSION_MAX_MS ? 'sessionTooLong' : null;
}

function revokeSession(books: Books, change: RevokeSession): Applied {
  const session = books.sessions.get(change.key);
  if (session === undefined || session.owner !== change.owner) return refused('unknownSession');
  dropSession(books, session);
  return { ok: true, owner: change.owner };
}

function plainOf(books: Books): PlainDirectory {
  const entries = [...books.owners.values()];
  const addresses = new Uint8Array(entries.length * 20);
  for (const [index, { address }] of entries.entries()) addresses.set(Buffer.from(address.slice(2), 'hex'), index * 20);
  return {
    version: 1,
    nextOwner: books.nextOwner,
    owners: Int32Array.from(entries, ({ owner }) => owner),
    addresses,
    nonces: Float64Array.from(entries, ({ nonce }) => nonce),
    sessions: [...books.sessions.values()].sort((a, b) => compareText(a.key, b.key)),
  };
}

function isPlainDirectory(value: unknown): value is PlainDirectory {
  if (typeof value !== 'object' || value === null) return false;
  const plain: { readonly [K in keyof PlainDirectory]?: unknown } = value;
  const { version, nextOwner, owners, addresses, nonces, sessions } = plain;
  return (
    version === 1 &&
    Number.isSafeInteger(nextOwner) &&
    owners instanceof Int32Array &&
    addresses instanceof Uint8Array &&
    nonces instanceof Float64Array &&
    addresses.length === owners.length * 20 &&
    nonces.length === owners.length &&
    isRising([...owners]) &&
    (owners.at(-1) ?? -1) < Number(nextOwner) &&
    Array.isArray(sessions)
  );
}

function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text);
}

function hasRepeats(values: readonly (string | number)[]): boolean {
  return new Set(values).size !== values.length;
}

/** Strictly, from 0. */
function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => value > (values[index - 1] ?? -1));
}

function refused(code: IdentityCode): Applied {
  return { ok: false, code };
}

function unreachableChange(change: never): never {
  throw new TypeError(`no such change: ${JSON.stringify(change)}`);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
