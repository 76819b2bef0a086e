import type { Command, Event, Rejection } from '@plimsoll/core/engine';
import type { Height, OwnerId } from '@plimsoll/core/numeric';
import type { IdentityChange } from './identityChange.ts';

/** 1 to 64 characters of [A-Za-z0-9_-], chosen by the client, unique per actor: the key under which an outcome is found again. */
export type CommandId = string;

/** What enters a block: a command whose signature was verified, or a verified change of who is who. */
export type Entry =
  | { readonly kind: 'command'; readonly commandId: CommandId; readonly command: Command }
  | { readonly kind: 'identity'; readonly commandId: CommandId; readonly actor: OwnerId | null; readonly change: IdentityChange };

/** Known only once the entry's block is durable. */
export type Outcome =
  | {
      readonly status: 'accepted';
      readonly height: Height;
      /** Place within its block, from 0. */
      readonly index: number;
      /** What the command itself caused; later steps of the block (liquidation, funding) are events of the block. */
      readonly events: readonly Event[];
      /** For identity changes that create something: the owner's id. */
      readonly owner: OwnerId | null;
    }
  | {
      readonly status: 'rejected';
      readonly height: Height;
      readonly index: number;
      /** A code of the core, or of the identity table; stable for good. */
      readonly code: string;
      readonly account: Rejection['account'];
      readonly figures: Rejection['figures'];
    };

/**
 * What is known of a command id: its outcome (without events once it left memory), still under way, or never heard of (or older
 * than what is kept: the actor's nonce then proves that it cannot execute any more).
 */
export type Lookup =
  | { readonly status: 'pending' }
  | { readonly status: 'unknown' }
  | { readonly status: 'known'; readonly outcome: Outcome };

/**
 * Refused before acceptance: at these places stand command ids that their actors used for something else, of which the outcome is kept.
 * Nothing of the submission was executed.
 */
export interface ReusedIds {
  readonly kind: 'reused';
  readonly places: readonly number[];
}

/** Refused before acceptance: nothing was executed, nothing will be; try again after this many milliseconds. */
export interface Overload {
  readonly kind: 'overload';
  readonly reason: 'queueFull' | 'stopping' | 'diskFull' | 'recovering';
  readonly retryAfterMs: number;
}
