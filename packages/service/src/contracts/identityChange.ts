import type { AccountId, OwnerId, TimeMs } from '@plimsoll/core/numeric';

/** 20 bytes as lower-case hexadecimal with 0x. */
export type Address = string;
/** An ed25519 public key, 32 bytes as lower-case hexadecimal without 0x. */
export type SessionKey = string;

/** What a session key may do: read its accounts, and issue the kinds of commands of these scopes. */
export type Scope = 'read' | 'trade' | 'lend' | 'liquidate' | 'transfer' | 'withdraw' | 'report' | 'govern' | 'custody';

/** A change of who is who. It is journaled like a command, so that recovery knows the same people. */
export type IdentityChange =
  /** A wallet becomes an owner; the next free owner id is its own. */
  | { readonly kind: 'registerOwner'; readonly address: Address }
  | {
      readonly kind: 'openSession';
      readonly owner: OwnerId;
      readonly key: SessionKey;
      readonly scopes: readonly Scope[];
      /** Null: every account of the owner, and those it is a delegate of. */
      readonly accounts: readonly AccountId[] | null;
      readonly expiresAtMs: TimeMs;
      /** Strictly rising per owner, bounded by block time as nonces of commands are, and used up whatever becomes of the change. */
      readonly nonce: number;
    }
  | { readonly kind: 'revokeSession'; readonly owner: OwnerId; readonly key: SessionKey; readonly nonce: number };
