import type { AssetTerms } from '../assets/asset.ts';
import type { GroupTerms, InstrumentTerms, UnderlyingTerms } from '../assets/instrument.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { RedemptionRequest, TrancheAccounting } from '../liquidity/backstopVault.ts';
import type {
  AccountId,
  FeedId,
  GroupId,
  Height,
  OwnerId,
  Ppm,
  Price,
  Shares,
  Ticks,
  TicksPerLot,
  TimeMs,
  VenueId,
} from '../numeric/brand.ts';
import type { FeedState, SourceRegistration } from '../oracle/feed.ts';
import type { FundingState } from '../oracle/funding.ts';
import type { MarkState } from '../oracle/mark.ts';
import type { SettlementAverage } from '../oracle/settlementAverage.ts';
import type { VolatilitySurface } from '../oracle/volatilitySurface.ts';
import type { AmmPoolTerms, Authorities, ParameterChange, Parameters, TrancheTerms } from './parameters.ts';

/** Canonical state: all of it is snapshotted and hashed. What is derived (risk models, health) lives in `view.ts`. */
export interface EngineState {
  height: Height;
  timeMs: TimeMs;
  previousHash: Uint8Array;
  readonly ledger: Ledger;
  readonly authorities: Authorities;
  readonly terms: Terms;
  /** Indexed by InstrumentId. */
  readonly instruments: InstrumentState[];
  /** Indexed by AssetId. */
  readonly assets: AssetState[];
  /** Indexed by FeedId. */
  readonly feeds: FeedState[];
  /** What sources said of volatilities, ascending by underlying and expiry; of expiries with options that have not settled. */
  readonly surfaces: VolatilitySurface[];
  /** Indexed by SourceId and VenueId. */
  readonly sources: PriceSource[];
  readonly venues: Venue[];
  /** Last nonce used, by actor. */
  readonly nonces: Map<OwnerId, number>;
  readonly delegates: Map<AccountId, readonly OwnerId[]>;
  readonly protections: Map<AccountId, ProtectionState>;
  parameters: Parameters;
  /** Earlier sets, oldest first, each with the moment at which it was replaced. */
  readonly parameterHistory: { readonly parameters: Parameters; readonly replacedAtMs: TimeMs }[];
  readonly pendingBundles: PendingBundle[];
  nextBundle: number;
  /** Open auctions, by the account being liquidated. */
  readonly auctions: Map<AccountId, Auction>;
  /** Indexed by TrancheId. */
  readonly tranches: TrancheState[];
  /** Indexed by GroupId. */
  readonly groups: GroupState[];
  /** Recovery claims of accounts beyond what their lots and supply carry (recoveryClaims.ts); zero entries are absent. */
  readonly claims: Map<AccountId, bigint>;
  /** What recoveries have paid each account so far: later payments are shared as if all had come at once. */
  readonly recovered: Map<AccountId, bigint>;
  /** Account ids at which the round-robin parts of the queue, protection and settlement go on. */
  readonly cursors: { queue: number; protection: number; settlement: number; visit: number };
  lastScanMs: TimeMs;
  /** Accounts below maintenance when they were last looked at: canonical, so that a restored node goes on with the same list. */
  readonly below: Set<AccountId>;
}

export interface Terms {
  readonly assets: AssetTerms[];
  readonly underlyings: UnderlyingTerms[];
  readonly groups: GroupTerms[];
  readonly instruments: InstrumentTerms[];
  readonly ammPools: AmmPoolTerms[];
  readonly tranches: TrancheTerms[];
}

/** A registered source and the feeds it may report to. */
export interface PriceSource {
  readonly registration: SourceRegistration;
  readonly feeds: readonly FeedId[];
}

export interface Venue {
  readonly id: VenueId;
  readonly actor: OwnerId;
}

export interface InstrumentState {
  readonly status: 'active' | 'reduceOnly' | 'settled';
  /** Loss carried by each lot on either side (ticks per |lot|), and the part of it that became a claim. */
  readonly socialIndex: TicksPerLot;
  readonly claimIndex: TicksPerLot;
  /** Ticks per lot, with the sub-tick remainder (see oracle/mark). */
  readonly funding: FundingState;
  readonly mark: MarkState;
  /** Time average of the index while its settlement window runs. */
  readonly settlement: SettlementAverage | null;
  /** When a wind-down takes effect, or the expiry; null when neither is set. */
  readonly settlesAtMs: TimeMs | null;
  readonly finalPrice: TicksPerLot | null;
}

export interface AssetState {
  readonly status: 'active' | 'winding' | 'final';
  readonly windsDownAtMs: TimeMs | null;
  readonly settlement: SettlementAverage | null;
  readonly finalPrice: Price | null;
}

export interface GroupState {
  /** Σ max(0, −equity) over the group's accounts less the capacity of its waterfall; while positive, the group is gated. */
  readonly unbacked: Ticks;
}

/** What an owner signed in advance. */
export type Protection =
  | {
      /** Below `triggerPpm` of the initial requirement, move cash from a sibling that stays above initial. */
      readonly kind: 'topUp';
      readonly sibling: AccountId;
      readonly dailyCap: Ticks;
    }
  | {
      /** Below initial, offer a slice in a voluntary auction at no less than `limitPpm` of its mark value. */
      readonly kind: 'slice';
      readonly sizePpm: Ppm;
      readonly limitPpm: Ppm;
    };

export interface ProtectionState {
  readonly protection: Protection;
  /** Start of the current day window and what was moved in it. */
  readonly windowStartMs: TimeMs;
  readonly movedInWindow: Ticks;
}

export interface PendingBundle {
  readonly id: number;
  readonly changes: readonly ParameterChange[];
  readonly proposedAtMs: TimeMs;
  readonly dueAtMs: TimeMs;
}

export interface Auction {
  readonly account: AccountId;
  readonly group: GroupId;
  /** voluntary: offered by the owner; liquidation: below maintenance; insolvent: equity below zero at mark. */
  readonly stage: 'voluntary' | 'liquidation' | 'insolvent';
  readonly openedAtMs: TimeMs;
  /** Start of the current stage: the clock of the reserve price. */
  readonly stageAtMs: TimeMs;
  /** Cash received for slices; it stays with the account and is not for sale. */
  readonly reservedCash: Ticks;
  /** A loss of this account was written off: whatever is still sold pays the recovery fund, not the owner. */
  readonly wiped: boolean;
}

export interface TrancheState {
  /** The margin account that holds what the tranche owns. */
  readonly account: AccountId;
  readonly accounting: TrancheAccounting;
  /** Shares by the account that funded them, ascending by account; requested ones included until they are paid. */
  readonly holders: readonly { readonly account: AccountId; readonly shares: Shares }[];
  /** Redemptions in their cooldown, by sequence. */
  readonly redemptions: readonly QueuedRedemption[];
  readonly nextSequence: number;
}

export interface QueuedRedemption {
  readonly account: AccountId;
  readonly request: RedemptionRequest;
}
