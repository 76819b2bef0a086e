import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from '../assets/parameters.ts';
import type { LendingParameters } from '../ledger/lendingPool.ts';
import type { AuctionParameters } from '../liquidation/auctionClock.ts';
import type { MarginProfile } from '../margin/profile.ts';
import type { AssetId, DurationMs, GroupId, OwnerId, PoolId, Ppm, Price, Ticks, TrancheId } from '../numeric/brand.ts';
import type { FeedParameters } from '../oracle/feed.ts';

/**
 * All parameters in force: one immutable value, part of canonical state, changed only by listing and by bundles.
 * Arrays are indexed by id.
 */
export interface Parameters {
  readonly global: GlobalParameters;
  readonly groups: readonly GroupParameters[];
  readonly assets: readonly AssetRiskParameters[];
  readonly underlyings: readonly UnderlyingRiskParameters[];
  readonly instruments: readonly InstrumentRiskParameters[];
  readonly feeds: readonly FeedParameters[];
  readonly lending: readonly LendingParameters[];
  readonly profiles: readonly MarginProfile[];
}

export interface GlobalParameters {
  /** An account is liquidatable only if it fails the current set and every set in force during this time. */
  readonly graceMs: DurationMs;
  /** Between proposing a bundle and its effect. */
  readonly timelockMs: DurationMs;
  /** Between asking for a wind-down and its final price. */
  readonly windDownMs: DurationMs;
  /** A bundle that would make more than this share of open interest liquidatable is refused. */
  readonly maxFlipPpm: Ppm;
  /** Least equity (ticks) with which an account may open new risk: dust cannot clog the queue. */
  readonly minOpenEquity: Ticks;
  /** Accounts are scanned whenever prices or parameters moved, and at least this often. */
  readonly scanEveryMs: DurationMs;
  readonly budget: BlockBudget;
}

/** Work per block is bounded; what does not fit waits in the stated order. */
export interface BlockBudget {
  readonly commandsMax: number;
  readonly auctionsOpened: number;
  readonly auctionsVisited: number;
  readonly protections: number;
  readonly settlements: number;
  readonly adlCandidates: number;
}

export interface GroupParameters {
  readonly group: GroupId;
  /** Name of the margin profile in force. */
  readonly profile: string;
  readonly auction: AuctionParameters;
  /** Split of the liquidation fee; insurance takes all of it until it reaches its target. Sums to 1,000,000. */
  readonly feeToInsurancePpm: Ppm;
  readonly feeToBackstopPpm: Ppm;
  readonly feeToProtocolPpm: Ppm;
  /** Liquidation fee on collateral that is sold, where instruments name their own. */
  readonly collateralFeePpm: Ppm;
  /** Insurance target as a share of stressed open interest, and at least this (ticks). */
  readonly insuranceTargetPpm: Ppm;
  readonly insuranceFloor: Ticks;
  /** A loss written off on an account that nobody took leaves this much of its collateral's value for the next taker. */
  readonly writeOffIncentivePpm: Ppm;
  /** Socialised loss up to this share of notional is final; beyond it becomes a recovery claim. */
  readonly socialBoundPpm: Ppm;
  /** Below this USD price of the settlement asset the group is reduce-only. */
  readonly pegThreshold: Price;
}

export interface TrancheTerms {
  readonly id: TrancheId;
  readonly group: GroupId;
  /** Caps on losses, realised and unrealised, as shares of what the tranche was funded with. */
  readonly lossCapPpm: Ppm;
  readonly hourlyLossCapPpm: Ppm;
  readonly cooldownMs: DurationMs;
  /** Time constant of the slow value. */
  readonly slowMs: DurationMs;
}

export interface AmmPoolTerms {
  readonly id: PoolId;
  readonly group: GroupId;
  readonly base: AssetId;
  readonly share: AssetId;
  readonly feePpm: Ppm;
}

/** Who may act beyond owners and their delegates. */
export interface Authorities {
  readonly governor: OwnerId;
  readonly custodian: OwnerId;
  /** Owns the tranche accounts; never an actor: no command can be signed for it. */
  readonly vault: OwnerId;
}

/** One entry of a bundle: the whole new value of one parameter record. */
export type ParameterChange =
  | { readonly kind: 'global'; readonly value: GlobalParameters }
  | { readonly kind: 'group'; readonly value: GroupParameters }
  | { readonly kind: 'asset'; readonly value: AssetRiskParameters }
  | { readonly kind: 'underlying'; readonly value: UnderlyingRiskParameters }
  | { readonly kind: 'instrument'; readonly value: InstrumentRiskParameters }
  | { readonly kind: 'feed'; readonly value: FeedParameters }
  | { readonly kind: 'lending'; readonly asset: AssetId; readonly value: LendingParameters }
  | { readonly kind: 'profile'; readonly value: MarginProfile };

/** Largest supported counts, so that ids pack and work per block stays bounded. */
export const ASSETS_MAX = 256;
export const INSTRUMENTS_MAX = 4096;
