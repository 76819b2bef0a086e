import type { OwnerId, TimeMs } from '@plimsoll/core/numeric';
import type { Address, IdentityChange, Scope, SessionKey } from './identityChange.ts';

export interface Session {
  readonly owner: OwnerId;
  readonly key: SessionKey;
  readonly scopes: readonly Scope[];
  readonly accounts: readonly number[] | null;
  readonly expiresAtMs: TimeMs;
}

/** Who is who: wallets, owners and sessions, as of the last durable block. Read-only view; `identity/` owns it. */
export interface Directory {
  ownerOf(address: Address): OwnerId | null;
  addressOf(owner: OwnerId): Address | null;
  /** A session that was opened and not revoked; the caller compares its expiry with block time. */
  session(key: SessionKey): Session | null;
  /** Opened and not revoked, ascending by key; expired ones are dropped when the owner opens another. */
  sessionsOf(owner: OwnerId): readonly Session[];
}

/** What the sequencer drives: decides and applies identity changes, deterministic, and part of snapshot and state root. */
export interface DirectoryState extends Directory {
  /** A code with figures when the change is refused; otherwise applies it and gives the owner it is about. */
  apply(
    change: IdentityChange,
    nowMs: TimeMs,
  ): { readonly ok: true; readonly owner: OwnerId } | { readonly ok: false; readonly code: string };
  /** Plain data with a canonical form (`encodeCanonical`): equal directories give equal bytes. */
  toPlain(): unknown;
}
