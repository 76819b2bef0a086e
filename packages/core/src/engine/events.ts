import type { AssetTerms } from '../assets/asset.ts';
import type { GroupTerms, InstrumentTerms } from '../assets/instrument.ts';
import type { AssetRiskParameters, InstrumentRiskParameters } from '../assets/parameters.ts';
import type { Leg } from '../ledger/legs.ts';
import type { LendingParameters, LendingPool } from '../ledger/lendingPool.ts';
import type {
  AccountId,
  Amount,
  AssetId,
  FeedId,
  GroupId,
  InstrumentId,
  Lots,
  OwnerId,
  PoolId,
  Ppm,
  SourceId,
  Ticks,
  TicksPerLot,
  TimeMs,
  TrancheId,
  UnderlyingId,
  VenueId,
} from '../numeric/brand.ts';
import type { FeedParameters, FeedState } from '../oracle/feed.ts';
import type { VolatilityReport } from '../oracle/volatilitySurface.ts';
import type { NewUnderlying } from './commands.ts';
import type { AmmPoolTerms, GroupParameters, ParameterChange, Parameters } from './parameters.ts';
import type { AssetState, Auction, InstrumentState, PendingBundle, Protection, ProtectionState, TrancheState } from './state.ts';

/** The layers of the waterfall, in order. Every payment names its layer. */
export type WaterfallLayer = 'protection' | 'auction' | 'backstop' | 'insurance' | 'adl' | 'socialised' | 'recovery';
export const WATERFALL_LAYERS: readonly WaterfallLayer[] = [
  'protection',
  'auction',
  'backstop',
  'insurance',
  'adl',
  'socialised',
  'recovery',
];

interface Moving {
  /** What moved: posted by `evolve` as one transaction. */
  readonly legs: readonly Leg[];
}

/**
 * What happened. Events are all that changes state: replaying them gives the same state without deciding anything
 * again. Value moves only by legs; the other fields set small records whole.
 */
export type Event =
  // accounts
  | {
      readonly kind: 'accountOpened';
      readonly account: AccountId;
      readonly owner: OwnerId;
      readonly group: GroupId;
      readonly mode: AccountMode;
    }
  | { readonly kind: 'accountClosed'; readonly account: AccountId }
  | ({ readonly kind: 'deposited'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount } & Moving)
  | ({ readonly kind: 'withdrawn'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount } & Moving)
  | ({
      readonly kind: 'transferred';
      readonly from: AccountId;
      readonly to: AccountId;
      readonly asset: AssetId;
      readonly amount: Amount;
    } & Moving)
  // lending
  | ({ readonly kind: 'supplied'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount } & Moving)
  | ({ readonly kind: 'unsupplied'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount } & Moving)
  | ({ readonly kind: 'borrowed'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount } & Moving)
  | ({ readonly kind: 'repaid'; readonly account: AccountId; readonly asset: AssetId; readonly amount: Amount } & Moving)
  | { readonly kind: 'poolUpdated'; readonly asset: AssetId; readonly pool: LendingPool; readonly cause: 'interest' | 'loss' }
  | ({
      readonly kind: 'cashLoanSettled';
      readonly account: AccountId;
      readonly interest: Amount;
      readonly principal: Amount;
    } & Moving)
  // trading
  | ({
      readonly kind: 'traded';
      readonly instrument: InstrumentId;
      readonly buyer: AccountId;
      readonly seller: AccountId;
      readonly lots: Lots;
      readonly price: TicksPerLot;
    } & Moving)
  | {
      readonly kind: 'instrumentUpdated';
      readonly instrument: InstrumentId;
      readonly state: InstrumentState;
      readonly cause: 'funding' | 'mark' | 'expiry' | 'windDown' | 'socialised';
    }
  | ({
      readonly kind: 'positionSettled';
      readonly account: AccountId;
      readonly counterparty: AccountId;
      readonly instrument: InstrumentId;
      readonly lots: Lots;
      readonly price: TicksPerLot;
    } & Moving)
  // oracle
  | { readonly kind: 'feedUpdated'; readonly feed: FeedId; readonly state: FeedState }
  | {
      readonly kind: 'volatilityReported';
      readonly underlying: UnderlyingId;
      readonly expiryMs: TimeMs;
      /** Marks at the strikes of listed options, whatever form they were reported in. */
      readonly report: VolatilityReport;
    }
  | { readonly kind: 'assetUpdated'; readonly asset: AssetId; readonly state: AssetState }
  // protection
  | { readonly kind: 'protectionSet'; readonly account: AccountId; readonly protection: Protection | null }
  | ({
      readonly kind: 'toppedUp';
      readonly account: AccountId;
      readonly sibling: AccountId;
      readonly amount: Ticks;
      readonly state: ProtectionState;
    } & Moving)
  // liquidation
  | { readonly kind: 'auctionOpened'; readonly auction: Auction }
  | { readonly kind: 'auctionStaged'; readonly auction: Auction }
  | { readonly kind: 'auctionClosed'; readonly account: AccountId; readonly reason: 'restored' | 'sold' | 'empty' | 'withdrawn' }
  | {
      readonly kind: 'bidRecorded';
      readonly account: AccountId;
      readonly liquidated: AccountId;
      readonly sizePpm: Ppm;
      readonly limit: Ticks;
      readonly escrow: Ticks;
    }
  | ({ readonly kind: 'sliceSold' } & SliceSold & Moving)
  | ({
      readonly kind: 'poolBought';
      readonly account: AccountId;
      readonly pool: PoolId;
      readonly base: Amount;
      readonly quote: Amount;
      readonly repaid: Amount;
      readonly fee: Ticks;
    } & Moving)
  | ({
      readonly kind: 'deleveraged';
      readonly account: AccountId;
      readonly counterparty: AccountId;
      readonly instrument: InstrumentId;
      readonly lots: Lots;
      readonly price: TicksPerLot;
      readonly paid: Ticks;
    } & Moving)
  | ({ readonly kind: 'lossWritten' } & LossWritten & Moving)
  | { readonly kind: 'claimsMoved'; readonly claims: readonly ClaimEntry[] }
  | { readonly kind: 'groupGated'; readonly group: GroupId; readonly unbacked: Ticks }
  | ({
      readonly kind: 'recoveryClaimed';
      readonly account: AccountId;
      readonly amount: Ticks;
      readonly claims: readonly ClaimEntry[];
    } & Moving)
  // pools
  | ({
      readonly kind: 'backstopFunded';
      readonly tranche: TrancheId;
      readonly account: AccountId;
      readonly amount: Amount;
      readonly shares: bigint;
      readonly state: TrancheState;
    } & Moving)
  | {
      readonly kind: 'backstopRedeeming';
      readonly tranche: TrancheId;
      readonly account: AccountId;
      readonly shares: bigint;
      readonly state: TrancheState;
    }
  | ({
      readonly kind: 'backstopRedeemed';
      readonly tranche: TrancheId;
      readonly account: AccountId;
      readonly amount: Amount;
      readonly shares: bigint;
      readonly state: TrancheState;
    } & Moving)
  | { readonly kind: 'trancheUpdated'; readonly tranche: TrancheId; readonly state: TrancheState }
  | ({
      readonly kind: 'liquidityAdded';
      readonly pool: PoolId;
      readonly account: AccountId;
      readonly base: Amount;
      readonly quote: Amount;
      readonly shares: Amount;
    } & Moving)
  | ({
      readonly kind: 'liquidityRemoved';
      readonly pool: PoolId;
      readonly account: AccountId;
      readonly base: Amount;
      readonly quote: Amount;
      readonly shares: Amount;
    } & Moving)
  | ({
      readonly kind: 'swapped';
      readonly pool: PoolId;
      readonly account: AccountId;
      readonly give: 'base' | 'quote';
      readonly paid: Amount;
      readonly received: Amount;
    } & Moving)
  // authority, listing, parameters
  | { readonly kind: 'delegateAuthorized'; readonly account: AccountId; readonly delegate: OwnerId }
  | { readonly kind: 'delegateRevoked'; readonly account: AccountId; readonly delegate: OwnerId }
  | {
      readonly kind: 'sourceRegistered';
      readonly source: SourceId;
      readonly actor: OwnerId;
      readonly weight: number;
      readonly feeds: readonly FeedId[];
    }
  | { readonly kind: 'venueRegistered'; readonly venue: VenueId; readonly actor: OwnerId }
  | {
      readonly kind: 'assetListed';
      readonly underlying: NewUnderlying | null;
      readonly feeds: readonly FeedParameters[];
      readonly terms: AssetTerms;
      readonly risk: AssetRiskParameters;
      readonly lending: LendingParameters;
      readonly pool: AmmPoolTerms | null;
    }
  | {
      readonly kind: 'instrumentListed';
      readonly underlying: NewUnderlying | null;
      readonly group: { readonly terms: GroupTerms; readonly parameters: GroupParameters } | null;
      readonly terms: InstrumentTerms;
      readonly risk: InstrumentRiskParameters;
    }
  | { readonly kind: 'bundleProposed'; readonly bundle: PendingBundle }
  | { readonly kind: 'bundleCancelled'; readonly bundle: number; readonly reason: 'governor' | 'refused' }
  | {
      readonly kind: 'bundleApplied';
      readonly bundle: number;
      readonly changes: readonly ParameterChange[];
      readonly parameters: Parameters;
    }
  | { readonly kind: 'historyTrimmed'; readonly beforeMs: TimeMs }
  // block
  | { readonly kind: 'nonceUsed'; readonly actor: OwnerId; readonly nonce: number }
  | {
      readonly kind: 'cursorsMoved';
      readonly queue: number;
      readonly protection: number;
      readonly settlement: number;
      readonly visit: number;
    }
  | { readonly kind: 'scanned'; readonly atMs: TimeMs; readonly fell: readonly AccountId[]; readonly rose: readonly AccountId[] };

/** An account's own part of its recovery claim, beside what its lots and supply carry. */
export interface ClaimEntry {
  readonly account: AccountId;
  readonly claim: bigint;
}

export type AccountMode = 'portfolio' | 'isolated' | 'overcollateralized';

/** A slice of a portfolio changed hands. `price` is for the slice: positive is paid to the account, negative to the taker. */
export interface SliceSold {
  readonly account: AccountId;
  readonly taker: AccountId;
  /** `inventory`: a tranche sells what it took; no payment of the waterfall. */
  readonly layer: 'protection' | 'auction' | 'backstop' | 'inventory';
  readonly fractionPpm: Ppm;
  readonly price: Ticks;
  readonly markValue: Ticks;
  readonly fee: Ticks;
  /** What insurance paid the taker. */
  readonly insurancePaid: Ticks;
  /** What the owner no longer receives because a loss was written off before: paid to recovery. */
  readonly toRecovery: Ticks;
}

/** A deficit that a layer took over. */
export interface LossWritten {
  readonly account: AccountId;
  readonly layer: 'insurance' | 'socialised' | 'recovery';
  readonly amount: Ticks;
  /** Where it was socialised: the instrument's holders or the suppliers of the borrowed asset. */
  readonly instrument: InstrumentId | null;
  readonly asset: AssetId | null;
}

export type EventKind = Event['kind'];
