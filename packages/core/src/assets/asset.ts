import type { Amount, AssetId, DurationMs, FeedId, PoolId, Ppm, Price, UnderlyingId } from '../numeric/brand.ts';

/**
 * What a collateral asset is. The price feed, the scenarios it moves with and the cap on it are separate facts,
 * because a staked token is priced by its own feed and moves with the asset that it stands for.
 */
export interface AssetTerms {
  readonly id: AssetId;
  readonly symbol: string;
  /** Decimals of one ledger unit, at most 9. Settlement assets have exactly 6: one ledger unit is one tick. */
  readonly ledgerDecimals: number;
  /** Most ledger units the protocol will hold, below 2^62. */
  readonly supplyCap: Amount;
  /** The feed that prices it in USD. LP shares and baskets without a market of their own have none. */
  readonly feed: FeedId | null;
  /** Ledger units in one feed unit: a price is USD (1e-9) for this many ledger units. */
  readonly feedUnit: Amount;
  /** Ledger units in one risk unit, the whole units in which scenarios see the asset; worth about a dollar or more. */
  readonly riskUnit: Amount;
  /** The underlying whose shocks it takes inside scenarios; null keeps it outside (haircut only). Fixed at listing. */
  readonly underlying: UnderlyingId | null;
  readonly form: AssetForm;
}

export type AssetForm =
  | { readonly kind: 'cash' }
  | { readonly kind: 'volatile' }
  | StakedForm
  | { readonly kind: 'lpShare'; readonly pool: PoolId }
  | BasketForm;

/** A staked or wrapped asset: worth the smaller of its market price and base price × capped redemption ratio. */
export interface StakedForm {
  readonly kind: 'staked';
  readonly base: AssetId;
  /** Feed of the redemption ratio (1e-9 base units per unit), reported like a price. */
  readonly ratioFeed: FeedId;
  /** Ratio at listing (1e-9) and the fastest growth that is believed. */
  readonly ratioAtListing: Price;
  readonly listedAtMs: number;
  readonly growthCapPpmPerYear: Ppm;
  readonly ratioMaxAgeMs: DurationMs;
}

/** A synthetic token with look-through parts: worth the smaller of its market price (if it has one) and its parts. */
export interface BasketForm {
  readonly kind: 'basket';
  readonly parts: readonly BasketPart[];
  /** `parts`: scenarios see the basket as the parts that it stands for. Absent: outside, and only its haircut counts. Fixed at listing. */
  readonly scenarios?: 'parts';
}

export interface BasketPart {
  readonly asset: AssetId;
  /** Ledger units of the part in one feed unit of the basket. */
  readonly amountPerFeedUnit: Amount;
  /** Largest share of the basket's value this part may count for; what is above it counts nothing. */
  readonly capPpm: Ppm;
}
