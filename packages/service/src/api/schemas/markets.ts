import Type, { type Static } from 'typebox';
import { BODY_BYTES_MAX } from '../../sources/signedPush.ts';
import { DateTime, Decimal, HexKey, Id, IntegerText, Nullable, Timestamp } from './common.ts';
import { sourceReport } from './coreRecords.ts';
import { ParameterChangesSchema, ScenarioSchema } from './parameters.ts';
import { schemaOf } from './plainSchema.ts';

export const QualitySchema = Type.Enum(['valid', 'uncertain', 'stale', 'disagreement', 'noQuorum', 'never'], {
  description: 'How good a price is; only `valid` lets new risk and withdrawals pass.',
});

/** A tradable instrument, CCXT field names where a field means the same. */
export const MarketSchema = Type.Object(
  {
    id: Id,
    symbol: Type.String(),
    base: Type.String({ description: 'Symbol of the underlying.' }),
    settle: Type.String({ description: 'Symbol of the settlement asset.' }),
    group: Id,
    type: Type.Enum(['spot', 'swap', 'future', 'option']),
    active: Type.Boolean({ description: 'False once it is reduce-only or settled.' }),
    status: Type.Enum(['active', 'reduceOnly', 'settled']),
    contractSize: Type.String({ description: 'Units of the underlying in one contract (lot).' }),
    expiry: Nullable(Timestamp),
    expiryDatetime: Nullable(DateTime),
    strike: Nullable(Decimal),
    optionType: Nullable(Type.Enum(['call', 'put'])),
    payoff: Nullable(Type.String({ description: 'Formula of a perpetual on a function of the price.' })),
    indexPrice: Decimal,
    markPrice: Decimal,
    markPerContract: Decimal,
    quality: QualitySchema,
    fundingRate: Nullable(Type.String({ description: 'Share of the index price per hour; longs pay a positive rate.' })),
    fundingIndex: Decimal,
    socialIndex: Decimal,
    openInterest: Type.String({ description: 'Contracts held long.' }),
    openInterestCap: Type.String(),
    finalPrice: Nullable(Decimal),
    settlesAt: Nullable(Timestamp),
  },
  { title: 'Market' },
);
export type MarketJson = Static<typeof MarketSchema>;

export const AssetSchema = Type.Object(
  {
    id: Id,
    symbol: Type.String(),
    decimals: Type.Integer({ description: 'Decimals of one ledger unit.' }),
    form: Type.Enum(['cash', 'volatile', 'staked', 'lpShare', 'basket']),
    status: Type.Enum(['active', 'winding', 'final']),
    price: Type.String({ description: 'USD for one whole unit.' }),
    priceLow: Decimal,
    priceHigh: Decimal,
    quality: QualitySchema,
    collateral: Type.String({ description: 'Held as collateral over all accounts.' }),
    collateralCap: Decimal,
    supplyCap: Decimal,
    holdings: Decimal,
    loanToValue: Decimal,
    liquidationThreshold: Decimal,
    haircuts: Type.Array(Type.Object({ upTo: Nullable(Decimal), haircut: Decimal })),
    canBorrow: Type.Boolean(),
    finalPrice: Nullable(Decimal),
  },
  { title: 'Asset' },
);
export type AssetJson = Static<typeof AssetSchema>;

export const GroupSchema = Type.Object({
  id: Id,
  symbol: Type.String(),
  kind: Type.Enum(['cross', 'isolated']),
  settle: Type.String(),
  profile: Type.String(),
  accountsBelow: Type.Integer({ minimum: 0, description: 'Accounts below maintenance when they were last looked at.' }),
  gated: Type.Boolean({ description: 'True while losses exceed what backs them: no new risk and no withdrawals.' }),
  unbacked: Decimal,
});
export type GroupJson = Static<typeof GroupSchema>;

export const OracleFeedSchema = Type.Object(
  {
    id: Id,
    symbol: Type.String(),
    price: Nullable(Decimal),
    low: Nullable(Decimal),
    high: Nullable(Decimal),
    slowPrice: Nullable(Decimal),
    confidence: Nullable(Type.String({ description: 'Half width of the interval as a share of the price.' })),
    quality: QualitySchema,
    ageMs: Nullable(Type.Integer({ minimum: 0, description: 'Block time less publish time of the quorum.' })),
    timestamp: Nullable(Timestamp),
    datetime: Nullable(DateTime),
    singleSource: Type.Boolean(),
    mayLiquidate: Type.Boolean({ description: 'False until the restart gate has passed.' }),
    restartGateMs: Type.Integer({ minimum: 0 }),
    quorumSpanMs: Nullable(Type.Integer({ minimum: 0 })),
    minSources: Type.Integer(),
    freshSources: Type.Integer({ minimum: 0 }),
    sources: Type.Array(
      Type.Object({
        source: Id,
        weight: Type.Integer(),
        status: Type.Enum(['active', 'suspended']),
        price: Nullable(Decimal),
        confidence: Nullable(Decimal),
        ageMs: Nullable(Type.Integer({ minimum: 0 })),
        isFresh: Type.Boolean(),
      }),
    ),
  },
  { title: 'OracleFeed' },
);
export type OracleFeedJson = Static<typeof OracleFeedSchema>;

const SourceCount = Type.Integer({ minimum: 0 });

/** A price source of this process. */
export const SourceSchema = Type.Object({
  source: Id,
  kind: Type.Enum(['recorded', 'pythHermes', 'chainlinkDataStreams', 'signedPush']),
  trust: Type.Enum(['verified', 'unverified'], { description: 'Whether its signatures are checked against keys held here.' }),
  status: Type.Enum(['starting', 'live', 'stale', 'flooding', 'failing', 'refused', 'withheld', 'ended']),
  sinceMs: Timestamp,
  lastPublishMs: Nullable(Timestamp),
  lastReceivedMs: Nullable(Timestamp),
  payloads: SourceCount,
  accepted: SourceCount,
  transportFaults: SourceCount,
  dropped: Type.Object(
    {
      flood: SourceCount,
      faulty: SourceCount,
      unverified: SourceCount,
      withheld: SourceCount,
      repeated: SourceCount,
      unregisteredFeed: SourceCount,
      refused: SourceCount,
    },
    { description: 'What was not passed on, by reason.' },
  ),
  lastFault: Nullable(Type.Object({ code: Type.String(), message: Type.String(), atMs: Timestamp })),
  lastReports: Type.Array(schemaOf(sourceReport), { description: 'What it last said, by feed.' }),
});
export type SourceJson = Static<typeof SourceSchema>;

/** Prices of a publisher, signed; the body is canonical bytes (docs/price-sources.md). */
export const PricePushSchema = Type.Object(
  {
    key: HexKey,
    body: Type.String({
      pattern: '^([0-9a-f]{2})+$',
      maxLength: 2 * BODY_BYTES_MAX,
      description: 'Canonical bytes of `{ chainId, deployment, prices }` in hexadecimal.',
    }),
    signature: Type.String({
      pattern: '^[0-9a-f]{128}$',
      description: 'Ed25519 signature by the key, over the tag `plimsoll price push 1`, a line feed, and the body.',
    }),
  },
  { additionalProperties: false },
);
export type PricePushJson = Static<typeof PricePushSchema>;

/** What became of a push. That its prices are in the feed is seen in the feed and in the health of the source. */
export const PushOutcomeSchema = Type.Object({
  status: Type.Enum(['queued', 'repeated'], {
    description: '`queued`: it waits to be reported. `repeated`: nothing in it is new, and nothing was counted against the rate.',
  }),
  queued: Type.Integer({ minimum: 0, description: 'Prices that wait to be reported.' }),
  dropped: Type.Integer({ minimum: 0, description: 'Prices that are no newer than what is known, or of too many feeds.' }),
});
export type PushOutcomeJson = Static<typeof PushOutcomeSchema>;

export const AuctionSchema = Type.Object(
  {
    account: Id,
    group: Id,
    stage: Type.Enum(['voluntary', 'liquidation', 'insolvent']),
    openedAt: Timestamp,
    stageAt: Timestamp,
    value: Type.String({ description: 'Mark value of the whole portfolio on sale, in settlement units.' }),
    reservePrice: Type.String({ description: 'Least accepted now for the whole; negative: paid to the taker.' }),
    reservedCash: Decimal,
    equity: Decimal,
    maintenanceMargin: Decimal,
    health: Decimal,
    positions: Type.Array(Type.Object({ symbol: Type.String(), contracts: Type.String(), side: Type.Enum(['long', 'short']) })),
    balances: Type.Array(
      Type.Object({ asset: Type.String(), kind: Type.Enum(['collateral', 'supply', 'debt']), amount: Decimal }),
    ),
    cash: Decimal,
  },
  { title: 'Auction' },
);
export type AuctionJson = Static<typeof AuctionSchema>;

export const TrancheSchema = Type.Object({
  id: Id,
  group: Id,
  account: Id,
  netAssetValue: Decimal,
  shareValue: Decimal,
  mintPrice: Decimal,
  redeemPrice: Decimal,
  totalShares: IntegerText,
  funded: Decimal,
  condition: Type.Enum(['empty', 'live', 'dead']),
  lossRoom: Type.String({ description: 'What it may still lose under its caps.' }),
  freeInitialMargin: Decimal,
  lossCap: Decimal,
  hourlyLossCap: Decimal,
  cooldownMs: Type.Integer(),
  holders: Type.Integer({ minimum: 0 }),
  redeeming: IntegerText,
});
export type TrancheJson = Static<typeof TrancheSchema>;

export const WaterfallSchema = Type.Object({
  group: Id,
  symbol: Type.String(),
  insurance: Decimal,
  insuranceFloor: Decimal,
  insuranceTarget: Type.String({
    description: 'What it collects fees up to: a share of stressed open interest, at least the floor.',
  }),
  backstop: Type.String({ description: 'What the tranches may still lose under their caps.' }),
  capacity: Type.String({ description: 'Insurance and backstop together.' }),
  unbacked: Decimal,
  protocol: Decimal,
  recovery: Type.String({ description: 'In the fund that repays claims.' }),
  recovered: Type.String({ description: 'Paid on claims so far.' }),
  claims: Type.String({ description: 'Still owed from recoveries.' }),
  deficit: Decimal,
  dust: Decimal,
  socialised: Decimal,
  socialBound: Decimal,
  feeSplit: Type.Object({ insurance: Decimal, backstop: Decimal, protocol: Decimal }),
  auctions: Type.Integer({ minimum: 0 }),
});
export type WaterfallJson = Static<typeof WaterfallSchema>;

export const LendingPoolSchema = Type.Object({
  asset: Id,
  symbol: Type.String(),
  supplied: Decimal,
  borrowed: Decimal,
  idle: Decimal,
  reserve: Decimal,
  utilisation: Decimal,
  borrowRate: Type.String({ description: 'Per year.' }),
  supplyIndex: Decimal,
  debtIndex: Decimal,
  canBorrow: Type.Boolean(),
  accruedAt: Timestamp,
});
export type LendingPoolJson = Static<typeof LendingPoolSchema>;

export const AmmPoolSchema = Type.Object({
  id: Id,
  group: Id,
  base: Type.String(),
  quote: Type.String(),
  share: Type.String(),
  baseReserve: Decimal,
  quoteReserve: Decimal,
  issued: Decimal,
  fee: Decimal,
});
export type AmmPoolJson = Static<typeof AmmPoolSchema>;

export const PendingBundleSchema = Type.Object({
  id: Id,
  proposedAt: Timestamp,
  dueAt: Timestamp,
  changes: ParameterChangesSchema,
  shadow: Type.Object(
    {
      height: Type.Integer({ minimum: 0, description: 'The block with which counting began.' }),
      untilHeight: Type.Integer({
        minimum: 0,
        description:
          'The block with which it ended. Each account counts as it stood, and each group at the prices it had, in a block from the one to the other.',
      }),
      flippedShare: Nullable(
        Type.String({
          description: 'Share of gross notional that would fall below maintenance; null: too many accounts to say here.',
        }),
      ),
      limit: Decimal,
      wouldBeRefused: Type.Boolean(),
      faults: Type.Array(Type.String()),
    },
    { description: 'What the bundle would do if it were applied now, from the shadow application of the engine itself.' },
  ),
});
export type PendingBundleJson = Static<typeof PendingBundleSchema>;

export const RiskRowSchema = Type.Object({
  kind: Type.Enum(['instrument', 'asset']),
  id: Id,
  symbol: Type.String(),
  underlying: Type.String(),
  notional: Decimal,
  longValue: Decimal,
  shortValue: Decimal,
  maintenanceRate: Type.String({ description: 'Charged per contract beside the scenarios, at maintenance.' }),
  initialRate: Decimal,
  shortMinimum: Decimal,
  profits: Type.Array(Decimal, { description: 'Profit of one long contract (or risk unit) per scenario, in settlement units.' }),
});
export type RiskRowJson = Static<typeof RiskRowSchema>;

export const RiskMatrixSchema = Type.Object({
  group: Id,
  profile: Type.String(),
  jointWeight: Decimal,
  scenarios: Type.Array(ScenarioSchema, { description: 'The stress scenarios: columns of `profits`.' }),
  jointScenarios: Type.Integer({ minimum: 0 }),
  rows: Type.Array(RiskRowSchema),
  nextCursor: Nullable(Type.String()),
});
export type RiskMatrixJson = Static<typeof RiskMatrixSchema>;

/** One summand of a requirement or of haircut equity. */
export const RequirementTermSchema = Type.Object({
  kind: Type.String(),
  underlying: Nullable(Type.String()),
  symbol: Nullable(Type.String({ description: 'Instrument or asset that it is charged on.' })),
  scenario: Nullable(Type.Integer({ description: 'Index into the scenarios of the risk matrix.' })),
  expiry: Nullable(Timestamp),
  loss: Nullable(Decimal),
  charge: Decimal,
});

export const EquityTermSchema = Type.Object({
  kind: Type.Enum(['cash', 'position', 'collateral', 'supply', 'debt']),
  symbol: Nullable(Type.String()),
  amount: Nullable(Type.String({ description: 'Contracts of a position (signed), whole units of a balance.' })),
  value: Decimal,
  credit: Type.String({ description: 'What counts of the value at this level.' }),
  haircut: Nullable(Decimal),
});

export const MarginLevelSchema = Type.Object(
  {
    haircutEquity: Decimal,
    requirement: Decimal,
    health: Decimal,
    equityTerms: Type.Array(EquityTermSchema),
    requirementTerms: Type.Array(RequirementTermSchema),
  },
  { title: 'MarginLevel' },
);
export type MarginLevelJson = Static<typeof MarginLevelSchema>;

export const MarginFiguresSchema = Type.Object(
  {
    unit: Type.String({ description: 'Symbol of the settlement asset; USD for overcollateralized accounts.' }),
    equity: Decimal,
    maintenanceMargin: Decimal,
    initialMargin: Decimal,
    maintenanceHealth: Type.String({ description: 'Haircut equity less requirement; below zero the account is liquidatable.' }),
    initialHealth: Type.String({ description: 'Below zero only what makes it safer passes.' }),
    marginRatio: Nullable(
      Type.String({ description: 'Maintenance margin over haircut equity, rounded up to 1e-6; 1 is the line.' }),
    ),
    healthClass: Type.Enum(['healthy', 'restricted', 'liquidatable', 'insolvent']),
  },
  { title: 'MarginFigures' },
);
export type MarginFiguresJson = Static<typeof MarginFiguresSchema>;
