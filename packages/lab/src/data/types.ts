/**
 * What the loaders and scenario files hand on. Prices are `bigint` in 1e-9 of the quote (nano), amounts of ether in 1e-9
 * ETH, dollars and DAI in 1e-6 where the name says micro; times are unix milliseconds UTC.
 */

/** Where a series comes from and what may be said about it. Every series of a report shows its `label`. */
export type SeriesLabel = {
  /** Short text shown beside the series. */
  readonly label: string;
  /** True when one source stands behind it: then nothing may be claimed about resistance to manipulation. */
  readonly singleSource: boolean;
  /** True when values between the observed ones were made up (seeded) from coarser data. */
  readonly reconstructed: boolean;
};

/**
 * A step function of time: `pricesNano[i]` holds from `timesMs[i]` (inclusive) until the next time.
 * Times rise strictly; both arrays are equally long and not empty.
 */
export type PriceSeries = SeriesLabel & {
  readonly name: string;
  readonly timesMs: readonly number[];
  readonly pricesNano: readonly bigint[];
};

/** One candle of an exchange; open time inclusive, `openTimeMs + intervalMs` exclusive. */
export type Candle = {
  readonly openTimeMs: number;
  readonly openNano: bigint;
  readonly highNano: bigint;
  readonly lowNano: bigint;
  readonly closeNano: bigint;
  /** Traded base units, 1e-9. */
  readonly volumeNano: bigint;
};

/** One update of MakerDAO's delayed ETH oracle (OSM): `priceNano` became the protocol's price in `block`. */
export type OracleUpdate = {
  readonly block: number;
  /** Interpolated between known block times; the block number is exact. */
  readonly timeMs: number;
  readonly priceNano: bigint;
};

/** One collateral auction (flip, ETH-A): its lot and its last bid, and the deal when it was closed. */
export type AuctionRecord = {
  readonly auctionId: number;
  /** Ether for sale, 1e-9 ETH, rounded down. */
  readonly lotNanoEth: bigint;
  readonly bidCount: number;
  /** DAI per ETH of the last bid, 1e-9, rounded down: the many bids of nearly nothing read as 0. */
  readonly winningPriceNanoDai: bigint;
  readonly lastBidBlock: number;
  readonly lastBidTimeMs: number;
  /** Undefined while the auction was never closed. */
  readonly dealBlock: number | undefined;
  readonly dealTimeMs: number | undefined;
  /** Gas price of the last bid's transaction in wei; undefined where the auction was never closed. */
  readonly gasPriceWei: bigint | undefined;
};

/** Everything about 12-13 March 2020 that ships with the project. */
export type BlackThursdayScenario = {
  readonly name: string;
  readonly title: string;
  readonly windowStartMs: number;
  /** Exclusive. */
  readonly windowEndMs: number;
  /** Rising auction id; every auction whose last bid fell inside the window. */
  readonly auctions: readonly AuctionRecord[];
  /** Rising block; from before the window until after the last deal. */
  readonly oracleUpdates: readonly OracleUpdate[];
  readonly candleIntervalMs: number;
  /** Rising, without gaps, covering the window. */
  readonly candles: readonly Candle[];
};

/** One venue's price of one asset; the times are those at which the price was published. */
export type VenueSeries = {
  readonly venue: string;
  readonly symbol: string;
  readonly kind: 'spot' | 'perpetual';
  /** What the price is in; USDT is taken as a dollar and the series says so here. */
  readonly quote: 'USD' | 'USDT';
  /** Rising strictly. Never earlier than the trades that made the price. */
  readonly publishTimesMs: readonly number[];
  readonly pricesNano: readonly bigint[];
  /** Lowest trade between the previous publish time and this one. */
  readonly lowsNano: readonly bigint[];
};

export type MultiVenueAsset = {
  readonly asset: string;
  /** At least two, by rising venue name. */
  readonly venues: readonly VenueSeries[];
};

/** A venue that fell far below all the others of its asset at the same time. */
export type VenueCollapse = {
  readonly asset: string;
  readonly venue: string;
  /** When the deepest print was published. */
  readonly timeMs: number;
  readonly lowNano: bigint;
  /** Lowest price of the other venues around that time. */
  readonly otherVenuesNano: bigint;
  /** lowNano / otherVenuesNano in parts per million, rounded down. */
  readonly ratioPpm: number;
};

/** One trader's book as the deleveraging saw it; the short side, in profit when the market fell. */
export type ShortAccount = {
  readonly accountId: number;
  /** Account value before it was deleveraged, 1e-6 USD. */
  readonly accountValueMicroUsd: bigint;
  /** Notional that was deleveraged, 1e-6 USD. */
  readonly notionalMicroUsd: bigint;
  /** Notional over account value of the whole account, parts per million. */
  readonly leveragePpm: number;
};

/** The figures that the synthetic long side is calibrated to. */
export type CascadeTotals = {
  readonly liquidatedMicroUsd: bigint;
  readonly deleveragedMicroUsd: bigint;
  readonly liquidationCount: number;
  readonly deleveragingCount: number;
};

/** Share of normal order-book depth that stood from a time on; 1,000,000 is normal. */
export type DepthStep = { readonly fromMs: number; readonly depthPpm: number };

/** A crash of many assets on several venues: real (`october-2025`) or generated (`october-shaped`), the same shape. */
export type MultiVenueScenario = SeriesLabel & {
  readonly name: string;
  readonly title: string;
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  /** Text that every report made from it must print; undefined where none is asked for. */
  readonly attribution: string | undefined;
  /** True when neither the data nor a report made from it may be used commercially. */
  readonly nonCommercial: boolean;
  /** By rising asset name. */
  readonly assets: readonly MultiVenueAsset[];
  /** By rising asset, then venue name. */
  readonly collapses: readonly VenueCollapse[];
  /** By rising account id. */
  readonly shortAccounts: readonly ShortAccount[];
  readonly totals: CascadeTotals;
  /** Deleveraged notional per asset of this scenario, by rising asset name; absent assets had none. */
  readonly notionalByAsset: readonly { readonly asset: string; readonly deleveragedMicroUsd: bigint }[];
  /** Rising times; the first one is `startMs`. */
  readonly depth: readonly DepthStep[];
  /** One sentence on where the depth steps come from. */
  readonly depthLabel: string;
};
