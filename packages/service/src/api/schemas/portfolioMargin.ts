/** The margin of a portfolio document: what `plimsoll margin --json` prints and a simulation of a document answers (docs/cli.md). */

import Type, { type Static } from 'typebox';
import { DateTime, Decimal, Nullable } from './common.ts';

const Estimate = Nullable(Type.String({ description: 'A decimal estimate, no amount; null where there is none.' }));
const Factor = Type.String({ description: 'Factor on the price or volatility of now.' });
const Range = Type.Object({ low: Factor, high: Factor });
const Box = Type.Object({ underlying: Type.String(), price: Range, volatility: Range });

const EquityTerm = Type.Object({
  kind: Type.Enum(['cash', 'position', 'collateral', 'supply', 'debt']),
  subject: Type.String({ description: 'Symbol of the asset or instrument.' }),
  value: Decimal,
  credit: Type.String({ description: 'What counts of the value at this level.' }),
  quantity: Type.Optional(
    Type.String({ description: 'Units of the underlying of a position, signed; whole units of a balance.' }),
  ),
  unrealized: Type.Optional(Nullable(Decimal)),
  haircut: Type.Optional(Type.String({ description: 'Share of the value that does not count.' })),
  doubt: Type.Optional(Type.String({ description: 'The part of the haircut that doubt in the feeds takes.' })),
});

const RequirementTerm = Type.Object({
  kind: Type.String(),
  label: Type.String({ description: 'Its name in words.' }),
  subject: Type.String({ description: 'What it is charged on: a symbol, an underlying, the account.' }),
  charge: Decimal,
  loss: Type.Optional(Decimal),
  scenario: Type.Optional(Nullable(Type.String({ description: 'The scenario in words.' }))),
});

const Level = Type.Object(
  {
    haircutEquity: Decimal,
    requirement: Decimal,
    health: Type.String({ description: 'Haircut equity less requirement.' }),
    equityTerms: Type.Array(EquityTerm),
    requirementTerms: Type.Array(RequirementTerm),
  },
  { title: 'DocumentMarginLevel' },
);

/** Decimal text to 1e-12, in the unit of the figures. */
const GreeksTotal = {
  value: Decimal,
  delta: Type.String({ description: 'Gain per rise of the underlying by 1 USD.' }),
  gamma: Type.String({ description: 'Gain of delta per rise by 1 USD.' }),
  vega: Type.String({ description: 'Gain per rise of implied volatility by 0.01.' }),
  theta: Type.String({ description: 'Gain per calendar day.' }),
  rho: Type.String({ description: 'Gain per rise of the rate by 0.01.' }),
};

const Breach = Type.Object(
  {
    time: Nullable(
      Type.Object({
        health: Decimal,
        thetaPerDay: Estimate,
        byThetaDays: Estimate,
        repricedAt: Nullable(
          Type.String({ description: 'First time found at which an unchanged market is a breach, ISO 8601.' }),
        ),
      }),
    ),
    obstacle: Type.Optional(Type.String({ description: 'Why there are no moves.' })),
    moves: Type.Array(
      Type.Object({
        underlying: Type.String(),
        deltaPerUsd: Estimate,
        gammaPerUsdSquared: Estimate,
        vegaPerPoint: Estimate,
        byDeltaUsd: Estimate,
        byGammaDownUsd: Estimate,
        byGammaUpUsd: Estimate,
        byVegaPoints: Estimate,
      }),
      { description: 'Moves that lose what may be lost, as the Greeks see it.' },
    ),
    envelopes: Type.Object(
      {
        obstacle: Nullable(Type.String({ description: 'Why nothing is proved.' })),
        each: Type.Array(Type.Object({ underlying: Type.String(), price: Range, volatility: Nullable(Range), both: Box })),
        together: Nullable(Type.Array(Box)),
      },
      { description: 'Markets in which a breach is proved to be impossible (docs/envelopes.md).' },
    ),
  },
  { description: 'How far maintenance is.' },
);

const Loan = Type.Object({
  collateral: Type.String(),
  debt: Type.String(),
  close: Nullable(
    Type.Object(
      {
        repay: Decimal,
        seize: Decimal,
        toProtocol: Decimal,
        badDebt: Decimal,
        limit: Type.String({ description: 'What bounds it.' }),
        raisesHealth: Type.Boolean(),
      },
      { description: 'The largest close that the rules allow.' },
    ),
  ),
  auction: Nullable(Type.Object({ raise: Decimal, lot: Decimal, openingPrice: Decimal })),
});

const Scenarios = Type.Object({
  underlyings: Type.Array(
    Type.Object({
      underlying: Type.String(),
      results: Type.Array(Type.Object({ set: Type.String(), scenario: Type.String(), profit: Decimal })),
      basis: Type.Array(Type.Object({ expiry: DateTime, up: Decimal, down: Decimal, loss: Decimal })),
    }),
  ),
  joint: Type.Array(Type.Object({ name: Type.String(), profit: Decimal })),
});

const Greeks = Type.Object({
  underlyings: Type.Array(
    Type.Object({
      underlying: Type.String(),
      ...GreeksTotal,
      expiries: Type.Array(Type.Object({ expiry: Nullable(DateTime), ...GreeksTotal })),
    }),
  ),
  positions: Type.Array(Type.Object({ instrument: Type.String(), ...GreeksTotal })),
});

export const PortfolioMarginSchema = Type.Object(
  {
    kind: Type.Literal('margin'),
    version: Type.Integer(),
    file: Type.String({ description: '`request` for what came over the network.' }),
    name: Type.String(),
    mode: Type.Enum(['portfolio', 'isolated', 'overcollateralized']),
    settlementAsset: Type.String(),
    unit: Type.String({
      description: 'What the figures are in: the settlement asset, or USD for an overcollateralized account.',
    }),
    time: DateTime,
    profile: Type.Object({ name: Type.String(), coherent: Type.Boolean() }),
    healthClass: Type.Enum(['healthy', 'restricted', 'liquidatable', 'insolvent']),
    equity: Decimal,
    markToMarket: Decimal,
    unrealized: Nullable(Decimal),
    source: Nullable(
      Type.Object(
        {
          convention: Type.Enum(['requirement', 'netMargin', 'healthFactor']),
          text: Type.Optional(Type.String()),
          maintenance: Nullable(Decimal),
          initial: Nullable(Decimal),
        },
        { description: 'The margin as the source of the profile states it, in its own sign.' },
      ),
    ),
    maintenance: Level,
    initial: Level,
    liquidation: Type.Array(
      Type.Object({
        underlying: Type.String(),
        price: Decimal,
        below: Nullable(Decimal),
        above: Nullable(Decimal),
        obstacle: Type.Optional(Type.String({ description: 'Why none was looked for.' })),
      }),
      { description: 'Prices at which the account falls below maintenance while all else stays.' },
    ),
    breach: Breach,
    loans: Type.Array(Loan),
    scenarios: Scenarios,
    greeks: Greeks,
    check: Nullable(
      Type.Object(
        { level: Type.Enum(['maintenance', 'initial']), passed: Type.Boolean() },
        { description: 'Of `--check` alone.' },
      ),
    ),
    lints: Type.Array(
      Type.Object({ code: Type.String(), path: Type.String(), sentence: Type.String() }, { description: 'Something unwise.' }),
    ),
    assumed: Type.Array(Type.Object({ path: Type.String(), value: Type.String() }), {
      description: 'What the document left out, and what was taken in its place.',
    }),
  },
  { title: 'PortfolioMargin' },
);
export type PortfolioMarginJson = Static<typeof PortfolioMarginSchema>;
