import type { AccountId, OwnerId } from '@plimsoll/core/numeric';
import type { Unsigned } from '@plimsoll/lab/worlds/createWorld';
import type { AccountJson, AuctionJson, OutcomeJson } from '@plimsoll/service';
import type { Persona } from './cast.ts';

/** Somebody's place at the public interface: what they sign goes in, outcomes come back. Everything crosses HTTP. */
export interface Seat {
  readonly owner: OwnerId;
  /** Signed by this owner's session key, in order, as one batch; empty batches send nothing. */
  readonly send: (commands: readonly Unsigned[]) => Promise<readonly OutcomeJson[]>;
  /** The accounts that this owner has opened. */
  readonly accounts: () => Promise<readonly AccountId[]>;
  readonly account: (id: AccountId) => Promise<AccountJson>;
}

export interface Player {
  readonly persona: Persona;
  readonly seat: Seat;
  readonly account: AccountId;
}

/** The demo as its agents see it. */
export interface Hall {
  readonly custodian: Seat;
  readonly venue: Seat;
  readonly sources: readonly Seat[];
  readonly players: readonly Player[];
  readonly marketMaker: AccountId;
  readonly auctions: () => Promise<readonly AuctionJson[]>;
  /** What the sources see, 1e-9 USD. */
  readonly priceNanoAt: (timeMs: number) => bigint;
  readonly reportedNano: (place: number, timeMs: number) => bigint;
  /** Uniform in [0, below). */
  readonly draw: (below: number) => number;
}
