/** Records of the engine's state that events set whole, and what moves when value moves. */

import type {
  AssetState,
  Auction,
  ClaimEntry,
  InstrumentState,
  Parameters,
  PendingBundle,
  Protection,
  ProtectionState,
  QueuedRedemption,
  TrancheState,
} from '@plimsoll/core/engine';
import type { Leg, LendingPool } from '@plimsoll/core/ledger';
import type { LossBucket, RedemptionRequest, TrancheAccounting } from '@plimsoll/core/liquidity';
import type { MarginProfile } from '@plimsoll/core/margin';
import type { AccountId, AssetId, GroupId } from '@plimsoll/core/numeric';
import type {
  AcceptedPremium,
  AcceptedReport,
  Aggregate,
  Band,
  FeedState,
  FundingState,
  MarkState,
  QuorumWindow,
  SettlementAverage,
  SlowPriceState,
  VolatilityMark,
  VolatilityReport,
} from '@plimsoll/core/oracle';
import type { SourceReport } from '../../sources/sourceReport.ts';
import { MarginProfileSchema, parameterChanges, parameterRecords } from './parameters.ts';
import {
  choice,
  flag,
  id,
  integer,
  list,
  nullable,
  type Plain,
  record,
  time,
  titled,
  variant,
  wide,
  words,
} from './plainSchema.ts';

// ── what moves ───────────────────────────────────────────────────────────────────────────────────────────────────
const account: Plain<AccountId> = id('The account.');
const asset: Plain<AssetId> = id('The asset.');
const group: Plain<GroupId> = id('The group.');
const UNITS = 'ledger units of the asset, signed: positive belongs to the place';

/** Legs of one event sum to zero per asset, and per instrument. */
export const legs: Plain<readonly Leg[]> = list(
  'What moved. Value sums to zero per asset, positions per instrument.',
  titled(
    'Leg',
    variant<Leg, 'place'>('place', 'One line of a posting.', {
      cash: { account: id('Its cash.'), amount: wide('Settlement asset, ledger units, signed.') },
      balance: { account: id('Its balance.'), asset: id('Of the asset.'), amount: wide(UNITS) },
      pool: { asset: id('Lending pool of the asset.'), amount: wide(UNITS) },
      fund: {
        group: id('Of the group.'),
        fund: choice('Which pocket of the protocol.', {
          insurance: true,
          protocol: true,
          recovery: true,
          socialised: true,
          deficit: true,
          dust: true,
        }),
        amount: wide('Settlement asset, ledger units, signed.'),
      },
      amm: { pool: id('Pool of the market maker.'), asset: id('Which of its two sides.'), amount: wide(UNITS) },
      outside: { asset: id('Outside the protocol: less of it is a deposit.'), amount: wide(UNITS) },
      issued: { asset: id('LP shares that are out.'), amount: wide(UNITS) },
      position: {
        account: id('Its position.'),
        instrument: id('In the instrument.'),
        lots: integer('Lots, signed: long positive.'),
      },
      supplyShares: { account: id('What it supplies.'), asset: id('To the pool of the asset.'), shares: wide('Shares, signed.') },
      debtShares: { account: id('What it owes.'), asset: id('To the pool of the asset.'), shares: wide('Shares, signed.') },
      cashLoan: {
        account: id('Whose loan.'),
        interest: wide('Interest paid, ledger units.'),
        principal: wide('Principal from now on, ledger units.'),
      },
    }),
  ),
);

export const claims: Plain<readonly ClaimEntry[]> = list(
  'Recovery claims of accounts.',
  record<ClaimEntry>('The claim that the account has from now on, beside what its lots and supply carry.', {
    account: id('The account.'),
    claim: wide('Settlement asset, 1e-27 of a ledger unit.'),
  }),
);

// ── lending and instruments ──────────────────────────────────────────────────────────────────────────────────────
export const lendingPool: Plain<LendingPool> = titled(
  'LendingPoolState',
  record('A lending pool.', {
    asset,
    cash: wide('Idle, the reserve included, ledger units.'),
    debtShares: wide('Shares of what is owed to it.'),
    supplyShares: wide('Shares of what it owes.'),
    debtIndex: wide('Ledger units per debt share, 1e-27.'),
    supplyIndex: wide('Ledger units per supply share, 1e-27.'),
    reserve: wide('The part of the protocol, ledger units.'),
    loanShares: wide('Shares of loans behind negative settled cash.'),
    loanPrincipal: wide('Principal of those loans, ledger units.'),
    claimIndex: wide('Recovery claims raised so far per supply share, 1e-27 of a ledger unit.'),
    lastAccrualMs: time('Interest has accrued up to here.'),
  }),
);

const funding: Plain<FundingState> = titled(
  'FundingState',
  record('Funding.', {
    index: integer('What one long lot has paid since listing, ticks, signed.'),
    remainder: wide('What the index has not reached yet, 1/3.6e18 of a tick.'),
    rate: wide('Rate in force, 1e-12 of the index price per hour, signed; longs pay a positive rate.'),
    elapsedMs: integer('Time into the window in the making, milliseconds.'),
    coveredMs: integer('Of it with a premium, milliseconds.'),
    premiumSum: wide('Sum of premium (ppm) times milliseconds over that.'),
  }),
);

const mark: Plain<MarkState> = titled(
  'MarkState',
  record('Mark.', {
    instrument: id('The instrument.'),
    premiums: list(
      'The latest premium of each venue.',
      record<AcceptedPremium>('A premium over the index.', {
        venue: id('The venue.'),
        premiumPpm: integer('Ppm of the index, signed.'),
        publishTimeMs: time('When it was seen.'),
        receivedMs: time('Block that brought it.'),
      }),
    ),
    samplePpm: integer('Median over fresh venues, clamped, ppm of the index, signed.'),
    average: wide('Slow average of it, 1e-12 of the index, signed.'),
    updatedMs: time('Up to here.'),
  }),
);

const settlementAverage: Plain<SettlementAverage> = titled(
  'SettlementAverage',
  record('Average of the index while its settlement window runs.', {
    expiryMs: time('End of the window.'),
    windowMs: integer('Length of the window, milliseconds.'),
    updatedMs: time('Up to here.'),
    coveredMs: integer('Time of the window with a valid index, milliseconds.'),
    priceSum: wide('Sum of price (1e-9 USD) times milliseconds over that.'),
  }),
);

export const instrumentState: Plain<InstrumentState> = titled(
  'InstrumentState',
  record('An instrument as it stands.', {
    status: choice('Whether it trades.', { active: true, reduceOnly: true, settled: true }),
    socialIndex: integer('Loss carried by each lot on either side, ticks.'),
    claimIndex: integer('The part of it that became a claim, ticks.'),
    funding,
    mark,
    settlement: nullable(settlementAverage),
    settlesAtMs: nullable(time('When a wind-down takes effect, or the expiry.')),
    finalPrice: nullable(integer('Ticks per lot.')),
  }),
);

export const assetState: Plain<AssetState> = titled(
  'AssetState',
  record('An asset as it stands.', {
    status: choice('Whether it is wound down.', { active: true, winding: true, final: true }),
    windsDownAtMs: nullable(time('When the wind-down takes effect.')),
    settlement: nullable(settlementAverage),
    finalPrice: nullable(wide('1e-9 USD per feed unit.')),
  }),
);

// ── oracle ───────────────────────────────────────────────────────────────────────────────────────────────────────
const slowPrice: Plain<SlowPriceState> = titled(
  'SlowPriceState',
  record('The slow price.', {
    value: wide('1e-18 USD.'),
    updatedMs: time('Up to here.'),
    interval: integer('Number of the current interval since 1970.'),
    delay: list('Ring of delay prices.', wide('1e-18 USD.')),
    accumulated: wide('Sum of price times milliseconds of the current interval.'),
    accumulatedMs: integer('Milliseconds of that sum.'),
  }),
);

export const feedState: Plain<FeedState> = titled(
  'FeedState',
  record('A feed as it stands.', {
    feed: id('The feed.'),
    quality: choice('How good its price is.', {
      valid: true,
      uncertain: true,
      stale: true,
      disagreement: true,
      noQuorum: true,
      never: true,
    }),
    reports: list(
      'The latest accepted report of each source.',
      record<AcceptedReport>('A report.', {
        source: id('The source.'),
        price: wide('1e-9 USD per feed unit.'),
        confidencePpm: integer('Half width of its interval, ppm of the price.'),
        publishTimeMs: time('When it was seen.'),
        receivedMs: time('Block that brought it.'),
      }),
    ),
    aggregate: nullable(
      record<Aggregate>('The last price that a quorum agreed on.', {
        price: wide('1e-9 USD per feed unit.'),
        confidencePpm: integer('Ppm of the price.'),
        atMs: time('Block that computed it.'),
        publishTimeMs: time('Publish time of the quorum.'),
        sourceCount: integer('Sources kept.'),
        weight: integer('Their weight.'),
        singleSource: flag('Whether one source alone made it.'),
      }),
    ),
    band: nullable(record<Band>('Its band.', { low: wide('1e-9 USD per feed unit.'), high: wide('1e-9 USD per feed unit.') })),
    quorum: nullable(
      record<QuorumWindow>('The current unbroken run of quorums, by publish time.', {
        firstMs: time('The first.'),
        lastMs: time('The latest.'),
      }),
    ),
    slow: nullable(slowPrice),
    checkedMs: nullable(time('Last block that aggregated.')),
  }),
);

export const volatilityReport: Plain<VolatilityReport> = titled(
  'VolatilityReport',
  record('What a source said of volatilities.', {
    source: id('The source.'),
    publishTimeMs: time('When it was seen.'),
    marks: list(
      'By strike, rising.',
      record<VolatilityMark>('Implied volatility at a strike.', {
        strike: wide('1e-9 USD per feed unit.'),
        volatilityPpm: integer('Per year, ppm.'),
      }),
    ),
  }),
);

/** What an adapter of this process last said; not of the engine. */
export const sourceReport: Plain<SourceReport> = titled(
  'SourceReport',
  record('A report of a source.', {
    feed: id('The feed.'),
    price: wide('1e-9 USD per feed unit.'),
    confidencePpm: integer('Half width of its interval, ppm of the price.'),
    publishTimeMs: time('When it was seen.'),
    verified: choice('Whether signatures over this very price were checked against keys held here.', {
      verified: true,
      unverified: true,
    }),
    why: words('Whose signatures, or why none.'),
  }),
);

// ── protection, liquidation, backstop ────────────────────────────────────────────────────────────────────────────
export const protection: Plain<Protection> = titled(
  'Protection',
  variant<Protection, 'kind'>('kind', 'What the owner signed in advance.', {
    topUp: { sibling: id('Account of the owner that gives cash.'), dailyCap: wide('Most that moves in a day, ticks.') },
    slice: {
      sizePpm: integer('Slice that is offered, ppm of the account.'),
      limitPpm: integer('Least price, ppm of mark value.'),
    },
  }),
);

export const protectionState: Plain<ProtectionState> = titled(
  'ProtectionState',
  record('A protection as it stands.', {
    protection,
    windowStartMs: time('Start of the current day window.'),
    movedInWindow: wide('Moved in it, ticks.'),
  }),
);

export const auction: Plain<Auction> = titled(
  'AuctionState',
  record('An auction.', {
    account,
    group,
    stage: choice('voluntary: offered by the owner; liquidation: below maintenance; insolvent: equity below zero at mark.', {
      voluntary: true,
      liquidation: true,
      insolvent: true,
    }),
    openedAtMs: time('When it was opened.'),
    stageAtMs: time('Start of the stage: the clock of the reserve price.'),
    reservedCash: wide('Received for slices and not for sale, ticks.'),
    wiped: flag('Whether a loss was written off: what is still sold pays the recovery fund.'),
  }),
);

const accounting: Plain<TrancheAccounting> = titled(
  'TrancheAccounting',
  record('Shares of a tranche. Values per share are ticks in 1e-27.', {
    totalShares: wide('Shares that are out.'),
    slowValue: wide('Slow value of a share.'),
    slowAtMs: time('Up to here.'),
    funded: wide('What holders paid for their present shares, ticks.'),
    buckets: list(
      'Highest value of a share in the latest buckets of time.',
      record<LossBucket>('A bucket.', { bucket: integer('Its number.'), peakValue: wide('Ticks per share in 1e-27.') }),
    ),
  }),
);

const redemption: Plain<QueuedRedemption> = titled(
  'QueuedRedemption',
  record('A redemption in its cooldown.', {
    account,
    request: record<RedemptionRequest>('What was asked for.', {
      sequence: integer('Rises with every request of the tranche.'),
      owner: id('The owner.'),
      shares: wide('Shares.'),
      requestedAtMs: time('When it was asked for.'),
      dueAtMs: time('End of the cooldown.'),
    }),
  }),
);

export const trancheState: Plain<TrancheState> = titled(
  'TrancheState',
  record('A tranche as it stands.', {
    account: id('Margin account that holds what the tranche owns.'),
    accounting,
    holders: list(
      'Shares by the account that funded them.',
      record<TrancheState['holders'][number]>('A holder.', { account, shares: wide('Shares, requested ones included.') }),
    ),
    redemptions: list('In their cooldown, by sequence.', redemption),
    nextSequence: integer('Of the next request.'),
  }),
);

// ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────────
const profile: Plain<MarginProfile> = { keywords: { ...MarginProfileSchema } };

export const parameters: Plain<Parameters> = titled(
  'ParameterSet',
  record('All parameters in force.', {
    ...parameterRecords,
    profiles: list('Margin profiles.', profile),
  }),
);

export const pendingBundle: Plain<PendingBundle> = titled(
  'PendingBundleState',
  record('A bundle in its timelock.', {
    id: integer('Its number.'),
    changes: parameterChanges,
    proposedAtMs: time('When it was proposed.'),
    dueAtMs: time('When it takes effect.'),
  }),
);
