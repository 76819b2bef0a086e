import Type, { type Static } from 'typebox';
import { DateTime, Decimal, Id, IntegerText, Nullable, Timestamp } from './common.ts';
import { protection } from './coreRecords.ts';
import { MarginFiguresSchema, MarginLevelSchema } from './markets.ts';
import { schemaOf } from './plainSchema.ts';
import { PortfolioMarginSchema } from './portfolioMargin.ts';

export const AccountModeSchema = Type.Enum(['portfolio', 'isolated', 'overcollateralized']);

/** A position, CCXT field names where a field means the same. There is no entry price: positions are marked to the tick. */
export const PositionSchema = Type.Object({
  id: Id,
  symbol: Type.String(),
  timestamp: Timestamp,
  datetime: DateTime,
  contracts: Type.String({ description: 'Contracts, without sign.' }),
  contractSize: Type.String({ description: 'Units of the underlying in one contract.' }),
  side: Type.Enum(['long', 'short']),
  notional: Type.String({ description: 'Contracts × mark in settlement units, without sign.' }),
  markPrice: Decimal,
  marginMode: Type.Enum(['cross', 'isolated']),
  value: Type.String({ description: 'What the position adds to equity: mark less funding and socialised loss.' }),
});
export type PositionJson = Static<typeof PositionSchema>;

export const BalanceSchema = Type.Object({
  asset: Type.String(),
  assetId: Id,
  kind: Type.Enum(['collateral', 'supply', 'debt']),
  amount: Decimal,
});
export type BalanceJson = Static<typeof BalanceSchema>;

export const AccountSchema = Type.Object(
  {
    id: Id,
    owner: Id,
    group: Id,
    mode: AccountModeSchema,
    settle: Type.String(),
    timestamp: Timestamp,
    datetime: DateTime,
    cash: Type.String({ description: 'Signed, net of accrued interest.' }),
    loan: Type.String({ description: 'Principal of the loan behind negative settled cash.' }),
    claim: Type.String({ description: 'Owed to the account from recoveries.' }),
    delegates: Type.Array(Id),
    protection: Nullable(schemaOf(protection)),
    auction: Nullable(Type.Enum(['voluntary', 'liquidation', 'insolvent'])),
    liquidatable: Type.Boolean({
      description: 'Below maintenance under every set of parameters in force during the grace, on feeds past their gates.',
    }),
    balances: Type.Array(BalanceSchema),
    positions: Type.Array(PositionSchema),
    margin: MarginFiguresSchema,
    trancheShares: Type.Array(Type.Object({ tranche: Id, shares: IntegerText })),
  },
  { title: 'Account' },
);
export type AccountJson = Static<typeof AccountSchema>;

export const AccountSummarySchema = Type.Object({
  id: Id,
  owner: Id,
  group: Id,
  mode: AccountModeSchema,
  isOpen: Type.Boolean(),
  isOwner: Type.Boolean({ description: 'False for accounts that the reader is a delegate of.' }),
});
export type AccountSummaryJson = Static<typeof AccountSummarySchema>;

export const AccountMarginSchema = Type.Object({
  account: Id,
  figures: MarginFiguresSchema,
  maintenance: MarginLevelSchema,
  initial: MarginLevelSchema,
});
export type AccountMarginJson = Static<typeof AccountMarginSchema>;

const Unfollowed = Nullable(
  Type.String({
    description: 'Why none was looked for: something held is worth what no move of prices reaches. Null: they were.',
  }),
);
const Factor = Type.String({ description: 'Factor on the present price (or volatility).' });

export const LiquidationPricesSchema = Type.Object({
  account: Id,
  single: Type.Array(
    Type.Object({
      underlying: Type.String(),
      price: Decimal,
      below: Nullable(
        Type.String({ description: 'Highest price below the present one at which the account is below maintenance.' }),
      ),
      above: Nullable(Type.String({ description: 'Lowest price above it, up to ten times.' })),
      obstacle: Unfollowed,
    }),
    { description: 'One underlying moves and everything else stays.' },
  ),
  together: Type.Object(
    { below: Nullable(Factor), above: Nullable(Factor), obstacle: Unfollowed },
    { description: 'Every underlying that the account holds moves by one factor, from near zero to ten.' },
  ),
  proved: Type.Object(
    {
      obstacle: Nullable(Type.String({ description: 'Why nothing is proved.' })),
      boxes: Type.Array(
        Type.Object({
          underlying: Type.String(),
          priceLow: Factor,
          priceHigh: Factor,
          volatilityLow: Factor,
          volatilityHigh: Factor,
        }),
      ),
    },
    { description: 'Markets, each underlying anywhere in its range at once, within which no breach of maintenance is possible.' },
  ),
});
export type LiquidationPricesJson = Static<typeof LiquidationPricesSchema>;

const GreeksTotal = {
  value: Type.Number(),
  delta: Type.Number({ description: 'Gain per rise of the underlying by 1 USD.' }),
  gamma: Type.Number({ description: 'Gain of delta per rise by 1 USD.' }),
  vega: Type.Number({ description: 'Gain per rise of implied volatility by 0.01.' }),
  theta: Type.Number({ description: 'Gain per calendar day.' }),
  rho: Type.Number({ description: 'Gain per rise of the rate by 0.01.' }),
};

export const GreeksSchema = Type.Object({
  account: Id,
  unit: Type.String(),
  value: Type.Number(),
  theta: Type.Number(),
  rho: Type.Number(),
  underlyings: Type.Array(
    Type.Object({
      underlying: Type.String(),
      ...GreeksTotal,
      expiries: Type.Array(Type.Object({ expiry: Nullable(Timestamp), ...GreeksTotal })),
    }),
  ),
});
export type GreeksJson = Static<typeof GreeksSchema>;

const CLOSED = { additionalProperties: false };

/** What is changed before margin is computed. Symbols or ids; amounts in whole units, signed. */
export const ChangesSchema = Type.Object(
  {
    cash: Type.Optional(Decimal),
    positions: Type.Optional(
      Type.Array(
        Type.Object(
          {
            symbol: Type.String({ maxLength: 64 }),
            contracts: Type.String({ pattern: '^-?(0|[1-9][0-9]{0,12})$', description: 'Added; negative sells.' }),
            price: Type.Optional(
              Type.String({
                pattern: '^(0|[1-9][0-9]*)(\\.[0-9]+)?$',
                maxLength: 40,
                description: 'Settlement units per contract paid or received; the mark if left out.',
              }),
            ),
          },
          CLOSED,
        ),
        { maxItems: 256 },
      ),
    ),
    balances: Type.Optional(
      Type.Array(
        Type.Object(
          { asset: Type.String({ maxLength: 64 }), kind: Type.Enum(['collateral', 'supply', 'debt']), amount: Decimal },
          CLOSED,
        ),
        { maxItems: 128 },
      ),
    ),
    prices: Type.Optional(
      Type.Array(
        Type.Object(
          {
            underlying: Type.String({ maxLength: 64 }),
            price: Type.String({ pattern: '^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,9})?$', description: 'USD.' }),
          },
          CLOSED,
        ),
        {
          maxItems: 32,
          description:
            'What if prices were these: every mark, forward and collateral price of the underlying moves in proportion.',
        },
      ),
    ),
  },
  CLOSED,
);
export type ChangesJson = Static<typeof ChangesSchema>;

/** Three questions: a document by itself; changes on nothing, in the live markets of a group; changes on an account of one's own. */
export const SimulateSchema = Type.Union([
  Type.Object(
    {
      document: Type.Unknown({ title: 'PortfolioDocument', description: 'A portfolio document, as `plimsoll margin` reads it.' }),
      profile: Type.Optional(
        Type.Union([Type.String({ maxLength: 64 }), Type.Record(Type.String(), Type.Unknown(), { title: 'MarginProfile' })], {
          description: 'Name of a shipped profile, or a profile as JSON.',
        }),
      ),
    },
    CLOSED,
  ),
  Type.Object(
    {
      group: Id,
      mode: AccountModeSchema,
      changes: ChangesSchema,
      profile: Type.Optional(
        Type.String({ maxLength: 64, description: 'Name of a profile in the parameters of the deployment.' }),
      ),
      explain: Type.Optional(Type.Boolean()),
    },
    CLOSED,
  ),
  Type.Object(
    {
      account: Id,
      changes: ChangesSchema,
      profile: Type.Optional(Type.String({ maxLength: 64 })),
      explain: Type.Optional(Type.Boolean()),
    },
    CLOSED,
  ),
]);
export type SimulateJson = Static<typeof SimulateSchema>;

export const SimulationSchema = Type.Union([
  Type.Object({
    kind: Type.Literal('figures'),
    profile: Type.String(),
    figures: MarginFiguresSchema,
    maintenance: Nullable(MarginLevelSchema),
    initial: Nullable(MarginLevelSchema),
  }),
  Type.Object({ kind: Type.Literal('document'), margin: PortfolioMarginSchema }),
]);
export type SimulationJson = Static<typeof SimulationSchema>;
