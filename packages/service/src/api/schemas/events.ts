/** Every kind of event of the engine, field by field: a kind or field of the core that is not described here does not compile. */

import type { Event, EventKind, LossWritten, SliceSold } from '@plimsoll/core/engine';
import type { AccountId, Amount, AssetId, InstrumentId, Lots, PoolId, TicksPerLot, TrancheId } from '@plimsoll/core/numeric';
import Type from 'typebox';
import {
  assetRisk,
  feedParameters,
  groupParameters,
  instrumentRisk,
  lendingParameters,
  newUnderlying,
} from '../../commands/parameterCodecs.ts';
import { ammPoolTerms, assetTerms, groupTerms, instrumentTerms } from '../../commands/termCodecs.ts';
import type { PlainOf } from '../../views/plainJson.ts';
import {
  assetState,
  auction,
  claims,
  feedState,
  instrumentState,
  legs,
  lendingPool,
  parameters,
  pendingBundle,
  protection,
  protectionState,
  trancheState,
  volatilityReport,
} from './coreRecords.ts';
import { parameterChanges } from './parameters.ts';
import {
  choice,
  id,
  integer,
  list,
  nullable,
  type Plain,
  type PlainTable,
  record,
  recordKeywords,
  shown,
  time,
  wide,
} from './plainSchema.ts';

type EventOf<K extends EventKind> = Extract<Event, { readonly kind: K }>;

interface EventEntry<K extends EventKind> {
  readonly description: string;
  readonly fields: PlainTable<Omit<EventOf<K>, 'kind'>>;
}

const account: Plain<AccountId> = id('The account.');
const asset: Plain<AssetId> = id('The asset.');
const instrument: Plain<InstrumentId> = id('The instrument.');
const lots: Plain<Lots> = integer('Lots.');
const price: Plain<TicksPerLot> = integer('Price of one lot, ticks.');
const tranche: Plain<TrancheId> = id('The tranche.');
const pool: Plain<PoolId> = id('The pool.');
const bundle: Plain<number> = integer('Number of the bundle.');
const moved: Plain<Amount> = wide('Ledger units of the asset.');
const settled: Plain<Amount> = wide('Settlement asset, ledger units.');
const shares: Plain<bigint> = wide('Shares of the tranche.');

const lossWritten: PlainTable<LossWritten> = {
  account,
  layer: choice('Layer of the waterfall that took it over.', { insurance: true, socialised: true, recovery: true }),
  amount: wide('Ticks.'),
  instrument: nullable(id('Whose holders bear it, where it was socialised.')),
  asset: nullable(id('Whose suppliers bear it, where it was socialised.')),
};

const sliceSold: PlainTable<SliceSold> = {
  account,
  taker: id('Account that took the slice.'),
  layer: choice('Layer of the waterfall; `inventory`: a tranche sells what it took.', {
    protection: true,
    auction: true,
    backstop: true,
    inventory: true,
  }),
  fractionPpm: integer('Size of the slice, ppm of the portfolio.'),
  price: wide('For the slice, ticks: positive is paid to the account, negative to the taker.'),
  markValue: wide('Of the slice at mark, ticks.'),
  fee: wide('Ticks.'),
  insurancePaid: wide('What insurance paid the taker, ticks.'),
  toRecovery: wide('Paid to recovery in place of the owner, ticks.'),
};

export const EVENT_TABLE: { readonly [K in EventKind]: EventEntry<K> } = {
  // accounts
  accountOpened: {
    description: 'An account was opened.',
    fields: {
      account,
      owner: id('Its owner.'),
      group: id('Its group.'),
      mode: choice('Its margin mode.', { portfolio: true, isolated: true, overcollateralized: true }),
    },
  },
  accountClosed: { description: 'An account was closed.', fields: { account } },
  deposited: { description: 'Tokens came in.', fields: { account, asset, amount: moved, legs } },
  withdrawn: { description: 'Tokens went out.', fields: { account, asset, amount: moved, legs } },
  transferred: {
    description: 'A balance moved to another account.',
    fields: { from: id('Account that gave.'), to: id('Account that received.'), asset, amount: moved, legs },
  },
  // lending
  supplied: { description: 'A balance was lent to its pool.', fields: { account, asset, amount: moved, legs } },
  unsupplied: { description: 'What was lent was taken back.', fields: { account, asset, amount: moved, legs } },
  borrowed: { description: 'A pool lent.', fields: { account, asset, amount: moved, legs } },
  repaid: { description: 'A debt was repaid.', fields: { account, asset, amount: moved, legs } },
  poolUpdated: {
    description: 'Interest accrued, or a loss was borne.',
    fields: { asset, pool: lendingPool, cause: choice('Why.', { interest: true, loss: true }) },
  },
  cashLoanSettled: {
    description: 'The loan behind negative settled cash was sized anew.',
    fields: { account, interest: wide('Paid, ledger units.'), principal: wide('From now on, ledger units.'), legs },
  },
  // trading
  traded: {
    description: 'Lots changed hands.',
    fields: { instrument, buyer: id('Account that bought.'), seller: id('Account that sold.'), lots, price, legs },
  },
  instrumentUpdated: {
    description: 'An instrument moved on.',
    fields: {
      instrument,
      state: instrumentState,
      cause: choice('Why.', { funding: true, mark: true, expiry: true, windDown: true, socialised: true }),
    },
  },
  positionSettled: {
    description: 'A position was settled at the final price.',
    fields: { account, counterparty: id('Account on the other side.'), instrument, lots, price, legs },
  },
  // oracle
  feedUpdated: { description: 'A feed moved on.', fields: { feed: id('The feed.'), state: feedState } },
  volatilityReported: {
    description: 'A source said what volatilities are.',
    fields: { underlying: id('The underlying.'), expiryMs: time('The expiry.'), report: volatilityReport },
  },
  assetUpdated: { description: 'An asset moved on.', fields: { asset, state: assetState } },
  // protection
  protectionSet: {
    description: 'An owner signed a protection, or took it back (null).',
    fields: { account, protection: nullable(protection) },
  },
  toppedUp: {
    description: 'A sibling gave cash.',
    fields: { account, sibling: id('Account that gave.'), amount: wide('Ticks.'), state: protectionState, legs },
  },
  // liquidation
  auctionOpened: { description: 'An auction was opened.', fields: { auction } },
  auctionStaged: { description: 'An auction entered another stage.', fields: { auction } },
  auctionClosed: {
    description: 'An auction was closed.',
    fields: { account, reason: choice('Why.', { restored: true, sold: true, empty: true, withdrawn: true }) },
  },
  bidRecorded: {
    description: 'A bid waits for its clearing.',
    fields: {
      account: id('Who bids.'),
      liquidated: id('For whose portfolio.'),
      sizePpm: integer('Most of it, ppm.'),
      limit: wide('Most for the whole, ticks; negative: wants to be paid.'),
      escrow: wide('Set aside, ticks.'),
    },
  },
  sliceSold: { description: 'A slice of a portfolio changed hands.', fields: { ...sliceSold, legs } },
  poolBought: {
    description: 'A pool of a market maker bought collateral.',
    fields: {
      account,
      pool,
      base: wide('Given to the pool, ledger units of the base asset.'),
      quote: wide('Received, ledger units of the settlement asset.'),
      repaid: wide('Debt repaid, ledger units.'),
      fee: wide('Ticks.'),
      legs,
    },
  },
  deleveraged: {
    description: 'A winner took a position over.',
    fields: {
      account,
      counterparty: id('The winner.'),
      instrument,
      lots,
      price,
      paid: wide('What the winner gained or lost by it, ticks.'),
      legs,
    },
  },
  lossWritten: { description: 'A layer took a deficit over.', fields: { ...lossWritten, legs } },
  claimsMoved: { description: 'Recovery claims changed.', fields: { claims } },
  groupGated: {
    description: 'What is unbacked in a group changed; while it is positive, no new risk and no withdrawals.',
    fields: { group: id('The group.'), unbacked: wide('Ticks.') },
  },
  recoveryClaimed: {
    description: 'A claim was paid out of recoveries.',
    fields: { account, amount: wide('Ticks.'), claims, legs },
  },
  // pools
  backstopFunded: {
    description: 'A tranche was funded.',
    fields: { tranche, account, amount: settled, shares, state: trancheState, legs },
  },
  backstopRedeeming: {
    description: 'A redemption began its cooldown.',
    fields: { tranche, account, shares, state: trancheState },
  },
  backstopRedeemed: {
    description: 'A redemption was paid.',
    fields: { tranche, account, amount: settled, shares, state: trancheState, legs },
  },
  trancheUpdated: { description: 'A tranche moved on.', fields: { tranche, state: trancheState } },
  liquidityAdded: {
    description: 'A pool took both assets and minted shares.',
    fields: {
      pool,
      account,
      base: wide('Ledger units of the base asset.'),
      quote: wide('Ledger units of the settlement asset.'),
      shares: wide('LP shares minted, their ledger units.'),
      legs,
    },
  },
  liquidityRemoved: {
    description: 'A pool burnt shares and gave both assets.',
    fields: {
      pool,
      account,
      base: wide('Ledger units of the base asset.'),
      quote: wide('Ledger units of the settlement asset.'),
      shares: wide('LP shares burnt, their ledger units.'),
      legs,
    },
  },
  swapped: {
    description: 'A swap against a pool.',
    fields: {
      pool,
      account,
      give: choice('What the account gave.', { base: true, quote: true }),
      paid: wide('Given, ledger units.'),
      received: wide('Received, ledger units.'),
      legs,
    },
  },
  // authority, listing, parameters
  delegateAuthorized: { description: 'A delegate may act.', fields: { account, delegate: id('Its owner id.') } },
  delegateRevoked: { description: 'A delegate may no longer act.', fields: { account, delegate: id('Its owner id.') } },
  sourceRegistered: {
    description: 'A price source was registered.',
    fields: {
      source: id('The source.'),
      actor: id('Who may report for it.'),
      weight: integer('Its weight.'),
      feeds: list('Feeds that it may report to.', id('A feed.')),
    },
  },
  venueRegistered: {
    description: 'A venue was registered.',
    fields: { venue: id('The venue.'), actor: id('Who may report for it.') },
  },
  assetListed: {
    description: 'An asset was listed.',
    fields: {
      underlying: nullable(shown(newUnderlying)),
      feeds: list('Feeds that came with it.', shown(feedParameters)),
      terms: shown(assetTerms),
      risk: shown(assetRisk),
      lending: shown(lendingParameters),
      pool: nullable(shown(ammPoolTerms)),
    },
  },
  instrumentListed: {
    description: 'An instrument was listed.',
    fields: {
      underlying: nullable(shown(newUnderlying)),
      group: nullable(
        record<NonNullable<EventOf<'instrumentListed'>['group']>>('A group that came with it.', {
          terms: shown(groupTerms),
          parameters: shown(groupParameters),
        }),
      ),
      terms: shown(instrumentTerms),
      risk: shown(instrumentRisk),
    },
  },
  bundleProposed: { description: 'Parameter changes were proposed.', fields: { bundle: pendingBundle } },
  bundleCancelled: {
    description: 'A bundle was cancelled.',
    fields: { bundle, reason: choice('By whom.', { governor: true, refused: true }) },
  },
  bundleApplied: {
    description: 'A bundle took effect.',
    fields: { bundle, changes: parameterChanges, parameters },
  },
  historyTrimmed: { description: 'Earlier parameters were forgotten.', fields: { beforeMs: time('Those replaced before.') } },
  // block
  nonceUsed: { description: 'A nonce was used.', fields: { actor: id('Whose.'), nonce: integer('The nonce.') } },
  cursorsMoved: {
    description: 'Where the round-robin work of the next block begins, by account.',
    fields: {
      queue: integer('Liquidations.'),
      protection: integer('Protections.'),
      settlement: integer('Settlements.'),
      visit: integer('Auctions.'),
    },
  },
  scanned: {
    description: 'All accounts were looked at.',
    fields: {
      atMs: time('When.'),
      fell: list('Fell below maintenance since.', account),
      rose: list('Rose above it since.', account),
    },
  },
};

/** Keywords of a schema of those kinds, without some of their fields. */
export function eventKeywordsOf(kinds: readonly EventKind[], without: readonly string[] = []): Readonly<Record<string, unknown>> {
  const arms = kinds.map((kind) => {
    const { description, fields }: EventEntry<EventKind> = EVENT_TABLE[kind];
    const shownFields = Object.fromEntries(Object.entries(fields).filter(([name]) => !without.includes(name)));
    return recordKeywords(description, shownFields, { kind: { type: 'string', const: kind } });
  });
  return { oneOf: arms, discriminator: { propertyName: 'kind' } };
}

export const EVENT_KINDS: readonly EventKind[] = Object.keys(EVENT_TABLE).filter(isEventKind);

function isEventKind(text: string): text is EventKind {
  return Object.hasOwn(EVENT_TABLE, text);
}

/** What an event of the engine looks like in an answer. */
export const EventSchema: Type.TUnsafe<EventJson> = Type.Unsafe<EventJson>({
  title: 'Event',
  description:
    'What happened. Amounts stand in ledger integers: ticks (1e-6 of the settlement unit), ledger units, 1e-9 USD, ppm.',
  ...eventKeywordsOf(EVENT_KINDS),
});
/** An event in an answer, told apart by `kind`. */
export type EventJson = PlainOf<Event>;
