import type { AssetTerms } from '../assets/asset.ts';
import type { GroupTerms, InstrumentTerms, UnderlyingTerms } from '../assets/instrument.ts';
import type { AssetRiskParameters, InstrumentRiskParameters, UnderlyingRiskParameters } from '../assets/parameters.ts';
import type { LendingParameters } from '../ledger/lendingPool.ts';
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
  Price,
  Shares,
  SourceId,
  Ticks,
  TicksPerLot,
  TimeMs,
  TrancheId,
  UnderlyingId,
  VenueId,
} from '../numeric/brand.ts';
import type { FeedParameters } from '../oracle/feed.ts';
import type { VolatilityMark } from '../oracle/volatilitySurface.ts';
import type { AmmPoolTerms, GroupParameters, ParameterChange } from './parameters.ts';
import type { Protection } from './state.ts';

/**
 * Every command names its actor (authenticated outside the core) and that actor's nonce. Nonces rise strictly per
 * actor, so a command executes at most once and an old one never executes late.
 */
interface Signed {
  readonly actor: OwnerId;
  readonly nonce: number;
}

// ── accounts and balances ────────────────────────────────────────────────────────────────────────────────────────
export interface OpenAccount extends Signed {
  readonly kind: 'openAccount';
  readonly group: GroupId;
  readonly mode: 'portfolio' | 'isolated' | 'overcollateralized';
}
export interface CloseAccount extends Signed {
  readonly kind: 'closeAccount';
  readonly account: AccountId;
}
/** Issued by the custodian, who has seen the tokens arrive. */
export interface Deposit extends Signed {
  readonly kind: 'deposit';
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount;
}
export interface Withdraw extends Signed {
  readonly kind: 'withdraw';
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount;
}
export interface Transfer extends Signed {
  readonly kind: 'transfer';
  readonly from: AccountId;
  readonly to: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount;
}

// ── lending ──────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Supply extends Signed {
  readonly kind: 'supply';
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount;
}
/** `amount` null takes back everything supplied. */
export interface Unsupply extends Signed {
  readonly kind: 'unsupply';
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount | null;
}
export interface Borrow extends Signed {
  readonly kind: 'borrow';
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount;
}
/** `amount` null repays the whole debt. */
export interface Repay extends Signed {
  readonly kind: 'repay';
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: Amount | null;
}

// ── trading ──────────────────────────────────────────────────────────────────────────────────────────────────────
/** Reported by an authorised venue, or signed by both sides (`actor` and `cosigner`). */
export interface Trade extends Signed {
  readonly kind: 'trade';
  readonly instrument: InstrumentId;
  readonly buyer: AccountId;
  readonly seller: AccountId;
  readonly lots: Lots;
  readonly price: TicksPerLot;
  readonly cosigner: OwnerId | null;
}
export interface ReportPrices extends Signed {
  readonly kind: 'reportPrices';
  readonly source: SourceId;
  readonly prices: readonly {
    readonly feed: FeedId;
    readonly price: Price;
    readonly confidencePpm: Ppm;
    readonly publishTimeMs: TimeMs;
  }[];
}
/** A venue's impact-mid premium of a perpetual over its index, ppm of index, signed. */
export interface ReportPremiums extends Signed {
  readonly kind: 'reportPremiums';
  readonly venue: VenueId;
  readonly premiums: readonly { readonly instrument: InstrumentId; readonly premiumPpm: Ppm; readonly publishTimeMs: TimeMs }[];
}
/** What a source says of the volatilities of an underlying, published at one time: one smile for each of some expiries. */
export interface ReportVolatilities extends Signed {
  readonly kind: 'reportVolatilities';
  readonly source: SourceId;
  readonly underlying: UnderlyingId;
  readonly publishTimeMs: TimeMs;
  readonly smiles: readonly { readonly expiryMs: TimeMs; readonly smile: ReportedSmile }[];
}
/** A smile as marks at rising strikes, or as raw SVI (pricing/sviSmile.ts) in 1e-12, its tenor the time from publication to expiry. */
export type ReportedSmile =
  | { readonly kind: 'marks'; readonly marks: readonly VolatilityMark[] }
  | {
      readonly kind: 'svi';
      readonly aPico: number;
      readonly bPico: number;
      readonly rhoPico: number;
      readonly mPico: number;
      readonly sigmaPico: number;
      /** Forward of the fit, 1e-9 USD per feed unit. */
      readonly forward: Price;
    };

// ── liquidation ──────────────────────────────────────────────────────────────────────────────────────────────────
/** A bid for at most `sizePpm` of what is on sale, at no more than `limit` for the whole; lives for this block. */
export interface Bid extends Signed {
  readonly kind: 'bid';
  readonly account: AccountId;
  readonly liquidated: AccountId;
  readonly sizePpm: Ppm;
  readonly limit: Ticks;
}
export interface FundBackstop extends Signed {
  readonly kind: 'fundBackstop';
  readonly tranche: TrancheId;
  readonly account: AccountId;
  readonly amount: Amount;
}
/** Starts the cooldown for `shares`; they stay at risk until it ends. */
export interface RedeemBackstop extends Signed {
  readonly kind: 'redeemBackstop';
  readonly tranche: TrancheId;
  readonly account: AccountId;
  readonly shares: Shares;
}
export interface SetProtection extends Signed {
  readonly kind: 'setProtection';
  readonly account: AccountId;
  readonly protection: Protection | null;
}
export interface ClaimRecovery extends Signed {
  readonly kind: 'claimRecovery';
  readonly account: AccountId;
}

// ── pools ────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface AddLiquidity extends Signed {
  readonly kind: 'addLiquidity';
  readonly pool: PoolId;
  readonly account: AccountId;
  readonly baseMax: Amount;
  readonly quoteMax: Amount;
  readonly sharesMin: Amount;
}
export interface RemoveLiquidity extends Signed {
  readonly kind: 'removeLiquidity';
  readonly pool: PoolId;
  readonly account: AccountId;
  readonly shares: Amount;
}
export interface Swap extends Signed {
  readonly kind: 'swap';
  readonly pool: PoolId;
  readonly account: AccountId;
  readonly give: 'base' | 'quote';
  readonly amount: Amount;
  readonly receiveMin: Amount;
}

// ── authority ────────────────────────────────────────────────────────────────────────────────────────────────────
export interface AuthorizeDelegate extends Signed {
  readonly kind: 'authorizeDelegate';
  readonly account: AccountId;
  readonly delegate: OwnerId;
}
export interface RevokeDelegate extends Signed {
  readonly kind: 'revokeDelegate';
  readonly account: AccountId;
  readonly delegate: OwnerId;
}
export interface RegisterSource extends Signed {
  readonly kind: 'registerSource';
  readonly sourceActor: OwnerId;
  readonly weight: number;
  /** The feeds it may report to. */
  readonly feeds: readonly FeedId[];
}
export interface RegisterVenue extends Signed {
  readonly kind: 'registerVenue';
  readonly venueActor: OwnerId;
}

// ── listing and parameters ───────────────────────────────────────────────────────────────────────────────────────
/** A new underlying brings its feed with it; ids are assigned in order and must be the next ones. */
export interface NewUnderlying {
  readonly feed: FeedParameters;
  readonly terms: UnderlyingTerms;
  readonly risk: UnderlyingRiskParameters;
}
export interface ListAsset extends Signed {
  readonly kind: 'listAsset';
  readonly underlying: NewUnderlying | null;
  readonly feeds: readonly FeedParameters[];
  readonly terms: AssetTerms;
  readonly risk: AssetRiskParameters;
  readonly lending: LendingParameters;
  readonly pool: AmmPoolTerms | null;
}
export interface ListInstrument extends Signed {
  readonly kind: 'listInstrument';
  readonly underlying: NewUnderlying | null;
  readonly group: { readonly terms: GroupTerms; readonly parameters: GroupParameters } | null;
  readonly terms: InstrumentTerms;
  readonly risk: InstrumentRiskParameters;
}
export interface WindDownAsset extends Signed {
  readonly kind: 'windDownAsset';
  readonly asset: AssetId;
}
export interface WindDownInstrument extends Signed {
  readonly kind: 'windDownInstrument';
  readonly instrument: InstrumentId;
}
/** An atomic set of parameter changes: linted and shadow-applied when proposed and again when due. */
export interface ProposeBundle extends Signed {
  readonly kind: 'proposeBundle';
  readonly changes: readonly ParameterChange[];
}
export interface CancelBundle extends Signed {
  readonly kind: 'cancelBundle';
  readonly bundle: number;
}

export type Command =
  | OpenAccount
  | CloseAccount
  | Deposit
  | Withdraw
  | Transfer
  | Supply
  | Unsupply
  | Borrow
  | Repay
  | Trade
  | ReportPrices
  | ReportPremiums
  | ReportVolatilities
  | Bid
  | FundBackstop
  | RedeemBackstop
  | SetProtection
  | ClaimRecovery
  | AddLiquidity
  | RemoveLiquidity
  | Swap
  | AuthorizeDelegate
  | RevokeDelegate
  | RegisterSource
  | RegisterVenue
  | ListAsset
  | ListInstrument
  | WindDownAsset
  | WindDownInstrument
  | ProposeBundle
  | CancelBundle;

export type CommandKind = Command['kind'];
