// One event into the books: what it says is compared with what the auditor derives, then booked.

import type { Event, Parameters } from '@plimsoll/core/engine';
import { accruedPool, advancedPerpetual, poolAfterLoss } from './accrual.ts';
import { agree, insist } from './auditFailure.ts';
import type { TrancheBook } from './backstop.ts';
import {
  accountOf,
  addAsset,
  addGroup,
  addInstrument,
  type Books,
  bookLegs,
  fundOf,
  type InstrumentBook,
  openAccount,
  type PoolBook,
  poolOf,
  settlementAssetOf,
} from './books.ts';
import { checkTurn } from './cashLoans.ts';
import type { BidBook, Clearing } from './clearing.ts';
import type { Deleveraging } from './deleverage.ts';
import { ceilDiv, floorDiv, least, MILLION, most, nearestDiv } from './exact.ts';
import { checkFeed, type FeedBook, SILENT } from './feeds.ts';
import { asText, changed } from './parameterChange.ts';
import { lotTicks, markFigures } from './prices.ts';
import { refuseUnknownAsset, refuseUnknownInstrument, refuseUnknownProfiles } from './refuse.ts';
import { checkSettlement, knownPart, settlementsDue, settlingTicks } from './settlement.ts';
import { checkReport, type DueReport, forgetSettled } from './volatility.ts';
import type { WriteOff } from './writeOff.ts';

/** What a block carries from one event to a later one, and what held before it began. */
export interface BlockNotes {
  /** Feeds before this block's reports: what was in force since the last block. */
  readonly heldFeeds: readonly FeedBook[];
  /** Feeds that this block must write, as the auditor derives them, until it does. */
  readonly dueFeeds: Map<number, FeedBook>;
  /** Reports of volatility that this block must keep, in order, until it does. */
  readonly dueReports: DueReport[];
  /** Instruments of which this block must advance the average that settles them, until it does. */
  readonly dueSettlements: Set<number>;
  /** A pool that bore a loss whose write-off has not been seen yet. */
  poolLoss: { readonly asset: number; readonly before: PoolBook } | null;
  /** An instrument whose loss index rose and whose loss has not been seen yet. */
  socialised: { readonly instrument: number; readonly perLot: bigint; readonly claimPerLot: bigint } | null;
  /** What the last socialised loss left as claims, until the event that says so. */
  claimed: bigint;
  /** The tranche that the event at hand changes, as derived from the books before it. */
  tranche: TrancheBook | null;
  /** The account whose debts are being written off, and what is left of it to write. */
  writeOff: WriteOff | null;
  /** The account that is being deleveraged, and at what. */
  deleveraging: Deleveraging | null;
  /** What bids of the block have escrowed, by bidder. */
  readonly escrows: Map<number, bigint>;
  /** Bids of the block as they were accepted, and how those of each auction clear. */
  readonly bids: BidBook[];
  readonly clearings: Map<number, Clearing>;
  /** True once something moved that what nothing stands behind depends on: a scan, a fund, or an account on the list. */
  isGateMoved: boolean;
  /** Mark of a lot of an option now. */
  readonly optionMark: (instrument: number) => bigint;
}

export function startBlock(books: Books, derived: Pick<BlockNotes, 'optionMark' | 'dueFeeds' | 'dueReports'>): BlockNotes {
  // Field by field: spreading `derived` costs thirty times as much, in every block.
  return {
    dueFeeds: derived.dueFeeds,
    dueReports: derived.dueReports,
    optionMark: derived.optionMark,
    heldFeeds: books.feeds.slice(),
    dueSettlements: settlementsDue(books),
    poolLoss: null,
    socialised: null,
    claimed: 0n,
    tranche: null,
    writeOff: null,
    deleveraging: null,
    escrows: new Map(),
    bids: [],
    clearings: new Map(),
    isGateMoved: false,
  };
}

/** Nothing may be left half done at the end of a block. */
export function endBlock(books: Books, notes: BlockNotes): void {
  const { height } = books;
  const { poolLoss, socialised, claimed, dueFeeds, dueReports, dueSettlements } = notes;
  for (const [feed, due] of dueFeeds)
    insist(false, { height, figure: `update of feed ${feed}` }, { expected: `written, ${due.quality}`, found: 'none' });
  for (const { underlying, expiryMs } of dueReports)
    insist(
      false,
      { height, figure: `volatilities of underlying ${underlying} at ${expiryMs}` },
      { expected: 'kept', found: 'none' },
    );
  for (const instrument of dueSettlements)
    insist(false, { height, figure: `settlement average of instrument ${instrument}` }, { expected: 'advanced', found: 'none' });
  insist(
    poolLoss === null,
    { height, figure: `loss borne by pool ${poolLoss?.asset ?? ''}` },
    { expected: 'its debt written off', found: 'none' },
  );
  insist(
    socialised === null,
    { height, figure: `social index of instrument ${socialised?.instrument ?? ''}` },
    { expected: 'its loss written', found: 'none' },
  );
  agree({ height, figure: 'claims of a socialised loss' }, claimed, 0n);
}

/** Books an event. Its legs have been compared with its figures before (checkEvent.ts). */
export function applyEvent(books: Books, event: Event, notes: BlockNotes): void {
  const { height } = books;
  if ('legs' in event) bookLegs(books, event, event.legs);
  switch (event.kind) {
    case 'accountOpened':
      return openAccount(books, event);
    case 'accountClosed': {
      const account = accountOf(books, event.account);
      const held = account.positions.size + account.collateral.size + account.supply.size + account.debt.size;
      agree(
        { height, account: account.id, figure: 'holdings of a closed account' },
        0n,
        BigInt(held) + account.cash + account.loanShares,
      );
      account.isOpen = false;
      books.protections.delete(event.account);
      books.below.delete(event.account);
      return;
    }
    case 'poolUpdated':
      return applyPool(books, event, notes);
    case 'instrumentUpdated':
      return applyInstrument(books, event, notes);
    case 'lossWritten':
      return applyLoss(books, event, notes);
    case 'feedUpdated':
      books.feeds[event.feed] = checkFeed(books, event, notes.dueFeeds.get(event.feed));
      notes.dueFeeds.delete(event.feed);
      books.version += 1;
      return;
    case 'volatilityReported':
      checkReport(books, event, notes.dueReports);
      books.version += 1;
      return;
    case 'assetUpdated':
      books.assetStates[event.asset] = event.state;
      books.version += 1;
      return;
    case 'protectionSet':
      if (event.protection === null) books.protections.delete(event.account);
      else books.protections.set(event.account, { protection: event.protection, movedInWindow: 0n });
      return;
    case 'toppedUp':
      books.protections.set(event.account, event.state);
      return;
    case 'auctionOpened':
    case 'auctionStaged':
      books.auctions.set(event.auction.account, event.auction);
      return;
    case 'auctionClosed':
      books.auctions.delete(event.account);
      return;
    case 'sourceRegistered':
      agree({ height, figure: 'id of the source registered' }, books.sources.length, event.source);
      books.sources.push({ weight: event.weight, feeds: [...event.feeds] });
      return;
    case 'recoveryClaimed':
    case 'claimsMoved':
      return applyClaims(books, event);
    case 'backstopFunded':
    case 'backstopRedeeming':
    case 'backstopRedeemed':
    case 'trancheUpdated': {
      if (notes.tranche === null) throw new Error('A tranche is derived before its event is booked.');
      books.tranches[event.tranche] = notes.tranche;
      notes.tranche = null;
      return;
    }
    case 'scanned':
      for (const account of event.fell) books.below.add(account);
      for (const account of event.rose) books.below.delete(account);
      return;
    case 'cursorsMoved':
      return checkTurn(books, event);
    case 'groupGated':
      books.unbacked.set(event.group, event.unbacked);
      return;
    default:
      return applyListing(books, event);
  }
}

type PoolUpdated = Extract<Event, { kind: 'poolUpdated' }>;
const POOL_FIGURES = [
  'cash',
  'debtShares',
  'supplyShares',
  'debtIndex',
  'supplyIndex',
  'reserve',
  'loanShares',
  'loanPrincipal',
  'claimIndex',
  'lastAccrualMs',
] as const;

/** Interest is derived again; a loss is taken as told and checked when the write-off names its shares. */
function applyPool(books: Books, event: PoolUpdated, notes: BlockNotes): void {
  const { height } = books;
  const own = poolOf(books, event.asset);
  if (event.cause === 'interest') {
    const parameters = books.parameters.lending[event.asset];
    if (parameters === undefined) throw new Error(`The auditor knows no lending parameters of asset ${event.asset}.`);
    const expected = accruedPool(own, parameters, books.timeMs);
    comparePool(books, event.asset, expected, event.pool);
    books.pools.set(event.asset, expected);
    return;
  }
  agree(
    { height, figure: `loss borne by pool ${event.asset} before its write-off` },
    null,
    notes.poolLoss === null ? null : notes.poolLoss.asset,
  );
  notes.poolLoss = { asset: event.asset, before: own };
  const { reserve, supplyIndex, claimIndex } = event.pool;
  insist(
    reserve <= own.reserve && supplyIndex <= own.supplyIndex && claimIndex >= own.claimIndex,
    { height, figure: `loss of pool ${event.asset}` },
    { expected: 'reserve and supply index that fall, claims that rise', found: 'another direction' },
  );
  books.pools.set(event.asset, { ...own, reserve, supplyIndex, claimIndex });
}

/** Every figure of a pool. */
export function comparePool(
  books: Books,
  asset: number,
  expected: PoolBook,
  found: Readonly<Record<(typeof POOL_FIGURES)[number], bigint | number>>,
): void {
  for (const figure of POOL_FIGURES)
    agree({ height: books.height, figure: `${figure} of pool ${asset}` }, expected[figure], found[figure]);
}

type InstrumentUpdated = Extract<Event, { kind: 'instrumentUpdated' }>;

function applyInstrument(books: Books, event: InstrumentUpdated, notes: BlockNotes): void {
  const { instrument: id, state, cause } = event;
  const own = books.instrumentStates[id];
  const terms = books.instruments[id];
  if (own === undefined || terms === undefined) throw new Error(`The auditor knows no instrument ${id}.`);
  books.instrumentStates[id] = structuredClone(state);
  books.version += 1;
  const heldFeed = notes.heldFeeds[books.underlyings[terms.underlying]?.feed ?? -1];
  checkSettlement(books, event, { own, heldFeed });
  if (cause === 'expiry') notes.dueSettlements.delete(id);
  if (state.status === 'settled') forgetSettled(books, terms);
  if (cause === 'funding') {
    const next = advancedPerpetual(own, terms, { nowMs: books.timeMs, heldFeed, risk: books.parameters.instruments[id] });
    compareFunding(books, id, next.funding, state.funding);
    agree(named(books, id, 'mark average'), next.average, state.mark.average);
    agree(named(books, id, 'premium sample'), next.samplePpm, BigInt(state.mark.samplePpm));
  } else {
    compareFunding(books, id, { ...own.funding, index: BigInt(own.funding.index) }, state.funding);
    agree(named(books, id, 'mark average'), own.mark.average, state.mark.average);
    agree(named(books, id, 'premium sample'), own.mark.samplePpm, state.mark.samplePpm);
  }
  if (cause === 'socialised') return noteSocialised(books, event, own, notes);
  agree(named(books, id, 'social index'), own.socialIndex, state.socialIndex);
  agree(named(books, id, 'claim index'), own.claimIndex, state.claimIndex);
  if (state.finalPrice !== null && own.finalPrice === null) checkFinal(books, event);
  if (own.finalPrice !== null) agree(named(books, id, 'final price'), own.finalPrice, state.finalPrice);
}

function named(books: Books, instrument: number, figure: string): { readonly height: number; readonly figure: string } {
  return { height: books.height, figure: `${figure} of instrument ${instrument}` };
}

function compareFunding(
  books: Books,
  id: number,
  expected: {
    readonly index: bigint;
    readonly remainder: bigint;
    readonly rate: bigint;
    readonly elapsedMs: number;
    readonly coveredMs: number;
    readonly premiumSum: bigint;
  },
  found: InstrumentBook['funding'],
): void {
  agree(named(books, id, 'funding index'), expected.index, found.index);
  agree(named(books, id, 'funding remainder'), expected.remainder, found.remainder);
  agree(named(books, id, 'funding rate'), expected.rate, found.rate);
  agree(named(books, id, 'funding premium sum'), expected.premiumSum, found.premiumSum);
  agree(named(books, id, 'funding window'), expected.elapsedMs, found.elapsedMs);
  agree(named(books, id, 'funding window covered'), expected.coveredMs, found.coveredMs);
}

/** The average over a whole window, paid out: the value of a lot, or what an option is worth at it. */
function checkFinal(books: Books, { instrument, state }: InstrumentUpdated): void {
  const terms = books.instruments[instrument];
  const average = state.settlement;
  if (terms === undefined || average === null) return;
  insist(average.coveredMs >= average.windowMs, named(books, instrument, 'settlement window'), {
    expected: `${average.windowMs} ms`,
    found: `${average.coveredMs} ms`,
  });
  const settled = lotTicks(terms, most(1n, nearestDiv(average.priceSum, BigInt(average.windowMs))));
  const strike = terms.form.kind === 'option' ? lotTicks(terms, terms.form.strike) : 0n;
  const isPut = terms.form.kind === 'option' && terms.form.right === 'put';
  const final = terms.form.kind !== 'option' ? settled : most(0n, isPut ? strike - settled : settled - strike);
  agree(named(books, instrument, 'final price'), final, state.finalPrice);
}

function noteSocialised(books: Books, { instrument, state }: InstrumentUpdated, own: InstrumentBook, notes: BlockNotes): void {
  agree(
    named(books, instrument, 'loss written for an earlier social index'),
    null,
    notes.socialised === null ? null : notes.socialised.instrument,
  );
  const perLot = BigInt(state.socialIndex - own.socialIndex);
  const claimPerLot = BigInt(state.claimIndex - own.claimIndex);
  insist(perLot >= 0n && claimPerLot >= 0n, named(books, instrument, 'social index'), {
    expected: 'one that rises',
    found: String(perLot),
  });
  notes.socialised = { instrument, perLot, claimPerLot };
}

type LossWritten = Extract<Event, { kind: 'lossWritten' }>;

function applyLoss(books: Books, event: LossWritten, notes: BlockNotes): void {
  const at = { height: books.height, account: event.account };
  if (event.layer === 'recovery') {
    agree({ ...at, figure: 'claims of a socialised loss' }, notes.claimed, event.amount);
    notes.claimed = 0n;
    return;
  }
  if (event.layer !== 'socialised') return;
  if (event.asset !== null) return checkPoolLoss(books, event, notes);
  if (event.instrument === null) return;
  const { instrument } = event;
  const risen = notes.socialised;
  agree({ ...at, figure: 'instrument whose social index rose' }, instrument, risen?.instrument ?? null);
  notes.socialised = null;
  const gross = (books.longs.get(instrument) ?? 0n) + (books.shorts.get(instrument) ?? 0n);
  const perLot = gross === 0n ? 0n : ceilDiv(event.amount, gross);
  agree({ ...at, figure: `rise of the social index of instrument ${instrument}` }, perLot, risen?.perLot ?? null);
  const terms = books.instruments[instrument];
  if (terms === undefined) throw new Error(`The auditor knows no instrument ${instrument}.`);
  const bound = BigInt(books.parameters.groups[terms.group]?.socialBoundPpm ?? 0);
  const mark = markOf(books, instrument, notes);
  const claimPerLot = perLot - least(perLot, floorDiv(mark * bound, MILLION));
  agree({ ...at, figure: `rise of the claim index of instrument ${instrument}` }, claimPerLot, risen?.claimPerLot ?? null);
  notes.claimed = claimPerLot * gross;
}

/** Mark of a lot without indexes: final, checked, or derived. */
export function markOf(books: Books, instrument: number, { optionMark }: Pick<BlockNotes, 'optionMark'>): bigint {
  const terms = books.instruments[instrument];
  if (terms === undefined) throw new Error(`The auditor knows no instrument ${instrument}.`);
  const final = books.instrumentStates[instrument]?.finalPrice ?? null;
  if (final !== null) return BigInt(final);
  if (terms.form.kind === 'option') return optionMark(instrument);
  return settlingTicks(terms, markFigures(books, terms).price, knownPart(books, terms));
}

/** The pool's figures after a write-off of so many debt shares, from those before the loss was told. The shares are gone already. */
function checkPoolLoss(books: Books, event: LossWritten, notes: BlockNotes): void {
  const at = { height: books.height, account: event.account };
  const asset = event.asset ?? -1;
  const told = notes.poolLoss;
  agree({ ...at, figure: 'pool that bore the loss' }, asset, told?.asset ?? null);
  notes.poolLoss = null;
  const burned = -event.legs.reduce((sum, leg) => (leg.place === 'debtShares' ? sum + leg.shares : sum), 0n);
  if (told === null) return;
  const expected = poolAfterLoss(told.before, burned, books.parameters.lending[asset]?.lossBoundPpm ?? 0);
  const paidIn = event.legs.reduce((sum, leg) => (leg.place === 'pool' ? sum + leg.amount : sum), 0n);
  const { group } = accountOf(books, event.account);
  if (asset !== settlementAssetOf(books, group)) {
    // In another asset nobody else can pay: insurance has given its cash before, and the pool bears no more than it can.
    agree({ ...at, figure: `loss of pool ${asset} beyond its reserve and suppliers` }, 0n, expected.uncovered);
    agree({ ...at, figure: `insurance left at the loss of pool ${asset}` }, 0n, fundOf(books, group, 'insurance'));
  }
  agree({ ...at, figure: `loss of pool ${asset} paid from elsewhere` }, expected.uncovered, paidIn);
  agree({ ...at, figure: `loss of pool ${asset}` }, expected.amount, event.amount);
  comparePool(
    books,
    asset,
    { ...expected.pool, debtShares: expected.pool.debtShares - burned, cash: expected.pool.cash + paidIn },
    poolOf(books, asset),
  );
  notes.claimed = expected.claimed;
}

function applyClaims(books: Books, event: Extract<Event, { kind: 'recoveryClaimed' | 'claimsMoved' }>): void {
  if (event.kind === 'recoveryClaimed') {
    accountOf(books, event.account).recovered += event.amount;
    const own = (books.claims.get(event.account) ?? 0n) - event.amount;
    agree(
      { height: books.height, account: event.account, figure: 'recovery claim left' },
      own,
      event.claims.find((entry) => entry.account === event.account)?.claim,
    );
  }
  for (const { account, claim } of event.claims) {
    if (claim === 0n) books.claims.delete(account);
    else books.claims.set(account, claim);
  }
}

/** What is listed, and parameters: books of terms, and a bundle applied entry by entry. Throws `AuditRefusal` for what the auditor does not know. */
function applyListing(books: Books, listed: Event): void {
  if (listed.kind !== 'assetListed' && listed.kind !== 'instrumentListed' && listed.kind !== 'bundleApplied') return;
  const event = structuredClone(listed); // the engine keeps the event's own records
  switch (event.kind) {
    case 'assetListed': {
      refuseUnknownAsset(event.terms);
      listUnderlying(books, event.underlying);
      for (const feed of event.feeds) listFeed(books, feed);
      addAsset(books, event.terms);
      books.parameters = {
        ...books.parameters,
        assets: [...books.parameters.assets, event.risk],
        lending: [...books.parameters.lending, event.lending],
      };
      if (event.pool !== null) {
        books.ammPools.push(event.pool);
        books.reserves.set(event.pool.id, new Map());
      }
      books.version += 1;
      return;
    }
    case 'instrumentListed': {
      refuseUnknownInstrument(event.terms);
      listUnderlying(books, event.underlying);
      if (event.group !== null) {
        addGroup(books, event.group.terms);
        books.parameters = { ...books.parameters, groups: [...books.parameters.groups, event.group.parameters] };
        refuseUnknownProfiles(books);
      }
      addInstrument(books, event.terms);
      books.parameters = { ...books.parameters, instruments: [...books.parameters.instruments, event.risk] };
      books.version += 1;
      return;
    }
    case 'bundleApplied': {
      const next = event.changes.reduce(changed, books.parameters);
      agree({ height: books.height, figure: `parameters of bundle ${event.bundle}` }, asText(next), asText(event.parameters));
      books.parameters = next;
      refuseUnknownProfiles(books);
      books.version += 1;
      return;
    }
  }
}

type NewUnderlying = Extract<Event, { kind: 'assetListed' }>['underlying'];

function listUnderlying(books: Books, added: NewUnderlying): void {
  if (added === null) return;
  listFeed(books, added.feed);
  books.underlyings.push(added.terms);
  books.parameters = { ...books.parameters, underlyings: [...books.parameters.underlyings, added.risk] };
}

function listFeed(books: Books, parameters: Parameters['feeds'][number]): void {
  books.feeds.push(SILENT);
  books.parameters = { ...books.parameters, feeds: [...books.parameters.feeds, parameters] };
}
