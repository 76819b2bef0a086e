// The independent auditor: it keeps its own books from the event stream, derives again what time, prices and parameters do to them,
// and stops a run at the first figure on which it and the engine differ. It is slow, bigint only, and shares no code with the core:
// types are all it imports from there, and how margin is computed comes from the written specification.
//
// Checked from events: every posting nets to zero and moves what its figures say; feeds, from the reports of the block to their price, band
// and slow price (feeds.ts); interest, funding, marks, social and claim indexes; averages that settle an expiry (settlement.ts); what is
// written off and who bears it (writeOff.ts); escrows of bids (checkBid.ts); at which price, to whom and for which fraction the bids of an
// auction clear (clearing.ts, reserve.ts); how much of it a tranche or an AMM pool takes, and at which price (trancheTake.ts, poolTake.ts);
// that nobody below took, or bore a loss, in the place of one of these who would have taken (leftOut.ts);
// slices with their payments and fees (checkSlice.ts, sliceFee.ts); tranche shares, and what nothing stands behind (backstop.ts); at what a
// bankrupt account is deleveraged (deleverage.ts), who is closed against and how many lots each (adlShares.ts); principals of cash loans
// (cashLoans.ts); swaps and liquidity of AMM pools (poolTrades.ts). Checked from state: balances, pools, funds, reserves, holdings and
// indexes after every block; margin of the accounts a block touched, and of all accounts every hundredth block and at the end. Options are
// priced in fixed point by Black-76 (options.ts).
// Taken as told: that nothing was left out of which no event tells (an auction that was not visited or not opened, a clearing of which no
// slice was sold, a pool or a tranche that did not take where nobody took in its place, a deficit that no layer took up); how much a
// voluntary top-up moves within its daily cap; how many shares an offer of liquidity could have made; and what a settlement price or a
// restart gate forbids to sell.
// Refused: what it does not know (refuse.ts).

import type { BlockResult, Engine, Event, Genesis } from '@plimsoll/core/engine';
import { applyEvent, type BlockNotes, comparePool, endBlock, markOf, startBlock } from './applyEvent.ts';
import { agree, insist } from './auditFailure.ts';
import { checkTranche, compareTranche, unbackedOf } from './backstop.ts';
import { type AccountBook, accountOf, type Books, FUNDS, fundOf, minuteOf, openBooks } from './books.ts';
import { checkLoan, checkLoans } from './cashLoans.ts';
import { checkBid } from './checkBid.ts';
import { checkBounds, checkLegs } from './checkEvent.ts';
import { checkBetter, checkSlice } from './checkSlice.ts';
import { checkClearing } from './clearing.ts';
import { checkDeleveraged, type Deleveraged, endDeleveraging, planDeleveraging } from './deleverage.ts';
import { feedsToWrite } from './feeds.ts';
import { checkLayers, type Visit } from './leftOut.ts';
import { type AuditedMarket, checkOptions, marketOf, type OptionPrices } from './market.ts';
import type { OptionRow } from './options.ts';
import { asText } from './parameterChange.ts';
import { checkPoolTake } from './poolTake.ts';
import { checkPoolTrade } from './poolTrades.ts';
import { refuseUnknownAsset, refuseUnknownProfiles } from './refuse.ts';
import { type AuditedMargin, maintenanceHealth, marginOf, saleEquityOf } from './requirement.ts';
import { checkFee } from './sliceFee.ts';
import { compareSurfaces, reportsToKeep } from './volatility.ts';
import { checkWriteOff, endWriteOff, planWriteOff, writtenOffBy } from './writeOff.ts';

/** `full`: all accounts after every block; `sampled`: touched ones, and all every hundredth block; `off`: nothing. */
export type AuditMode = 'full' | 'sampled' | 'off';

/** How the auditor asks the engine what it holds an account's margin to be: passed in, because asking runs the core's code. */
export type ReadMargin = (engine: Engine, account: number) => AuditedMargin;

/** How the auditor asks what the engine's risk rows say of an option, to check it; null when there is no row. */
export type ReadOption = (engine: Engine, instrument: number) => OptionRow | null;

export interface Auditor {
  readonly mode: AuditMode;
  /** To be called after every block, without gaps. Throws `AuditFailure`, or `AuditRefusal` for what a block lists or applies. */
  readonly observe: (engine: Engine, block: { readonly height: number; readonly timeMs: number }, result: BlockResult) => void;
  /** Compares every account once more: at the end of a run. Throws `AuditFailure`. */
  readonly finish: (engine: Engine) => void;
  /** Account margins compared so far, and those of them with options that have not settled. */
  readonly counts: { compared: number; withOptions: number; blocks: number };
}

/** Every so many blocks all accounts are compared. */
export const FULL_EVERY = 100;

/** An auditor for a run that starts at `genesis`. Throws `AuditRefusal` for one that it cannot judge, unless it is off. */
export function createAuditor(
  genesis: Genesis,
  options: { readonly mode: AuditMode; readonly readMargin: ReadMargin; readonly readOption: ReadOption },
): Auditor {
  const { mode } = options;
  const books = openBooks(genesis);
  if (mode !== 'off') {
    refuseUnknownProfiles(books);
    for (const terms of books.assets) refuseUnknownAsset(terms);
  }
  const markets: (AuditedMarket | undefined)[] = [];
  const counts = { compared: 0, withOptions: 0, blocks: 0 };
  const { readMargin, readOption } = options;
  const run: Run = { books, markets, counts, readMargin, readOption, optionPrices: new Map(), engine: null };
  return {
    mode,
    counts,
    observe: (engine, block, result) => {
      if (mode === 'off') return;
      run.engine = engine;
      const touched = touchedBy(result.events);
      observeBlock(run, block, result, touched);
      const isFull = mode === 'full' || books.height % FULL_EVERY === 0;
      compareProtocol(books, engine);
      checkOptions(books, { ask: askOf(run), prices: run.optionPrices });
      if (isFull) compareParameters(books, engine);
      for (const id of isFull ? books.accounts.keys() : touched) compareAccount(run, engine, id);
    },
    finish: (engine) => {
      if (mode === 'off') return;
      run.engine = engine;
      compareProtocol(books, engine);
      checkOptions(books, { ask: askOf(run), prices: run.optionPrices });
      compareParameters(books, engine);
      for (const id of books.accounts.keys()) compareAccount(run, engine, id);
    },
  };
}

interface Run {
  readonly books: Books;
  readonly markets: (AuditedMarket | undefined)[];
  readonly counts: { compared: number; withOptions: number; blocks: number };
  readonly readMargin: ReadMargin;
  readonly readOption: ReadOption;
  readonly optionPrices: OptionPrices;
  /** The engine after the block under audit: asked for rows of options. */
  engine: Engine | null;
}

function observeBlock(
  run: Run,
  block: { readonly height: number; readonly timeMs: number },
  result: BlockResult,
  touched: ReadonlySet<number>,
): void {
  const { books } = run;
  agree({ height: block.height, figure: 'height' }, books.height + 1, block.height);
  insist(
    block.timeMs >= books.timeMs,
    { height: block.height, figure: 'block time' },
    { expected: `at least ${books.timeMs}`, found: String(block.timeMs) },
  );
  books.height = block.height;
  books.timeMs = block.timeMs;
  run.counts.blocks += 1;
  const notes = startBlock(books, {
    dueFeeds: feedsToWrite(books, result.results),
    dueReports: reportsToKeep(books, result.results),
    optionMark: (instrument) => {
      const group = books.instruments[instrument]?.group ?? -1;
      return currentMarket(run, group).instruments.get(instrument)?.mark ?? 0n;
    },
  });
  const markAt = (instrument: number): bigint => markOf(books, instrument, notes);
  const visits = new Map<number, Visit>();
  for (const [index, event] of result.events.entries()) {
    checkLegs(books, event);
    checkBounds(books, event);
    followWriteOff(run, notes, { events: result.events, index });
    checkList(run, event);
    checkLayers(books, result.events, index, {
      visits,
      marketOf: (group) => currentMarket(run, group),
      trancheMargin: (tranche) => saleOf(run, tranche.id),
    });
    if (
      event.kind === 'backstopFunded' ||
      event.kind === 'backstopRedeeming' ||
      event.kind === 'backstopRedeemed' ||
      event.kind === 'trancheUpdated'
    )
      notes.tranche = checkTranche(books, event, marginNow(run, books.trancheAccounts[event.tranche] ?? -1));
    if (event.kind === 'bidRecorded') {
      checkBid(books, event, currentMarket(run, accountOf(books, event.account).group), notes.escrows);
      notes.bids.push({ ...event, sizePpm: BigInt(event.sizePpm) });
    }
    if (event.kind === 'cashLoanSettled') checkLoan(books, event, markAt);
    checkPoolTrade(books, event);
    if (event.kind === 'poolBought')
      checkPoolTake(books, event, {
        market: currentMarket(run, accountOf(books, event.account).group),
        trancheMargin: (tranche) => saleOf(run, tranche.id),
      });
    if (event.kind !== 'deleveraged') finishDeleveraging(run, notes);
    const taken = event.kind === 'deleveraged' ? followDeleveraging(run, notes, event) : null;
    notes.isGateMoved ||= movesGate(books, event);
    if (event.kind !== 'sliceSold') {
      applyEvent(books, event, notes);
      if (event.kind === 'deleveraged' && taken !== null) checkUnburdened(run, event, taken);
      continue;
    }
    const account = accountOf(books, event.account);
    const market = currentMarket(run, account.group);
    checkClearing(books, event, {
      bids: notes.bids,
      clearings: notes.clearings,
      market,
      trancheMargin: (tranche) => saleOf(run, tranche.id),
    });
    checkSlice(books, event, market);
    checkFee(books, event, market);
    const before = marginOf(books, market, account);
    applyEvent(books, event, notes);
    checkBetter(books, event, { before, after: marginOf(books, currentMarket(run, account.group), account) });
  }
  finishDeleveraging(run, notes);
  if (notes.writeOff !== null) endWriteOff(books, notes.writeOff);
  checkLoans(books, touched, markAt);
  endBlock(books, notes);
  if (notes.isGateMoved) checkGates(run);
  books.previousHash = result.hash;
}

/** Debts that are written off, each as large as it must be. */
function followWriteOff(run: Run, notes: BlockNotes, at: { readonly events: readonly Event[]; readonly index: number }): void {
  const { books } = run;
  const event = at.events[at.index];
  const account = writtenOffBy(at.events, at.index);
  if (notes.writeOff !== null && account !== notes.writeOff.account) {
    if (event?.kind === 'lossWritten' && event.layer === 'recovery') return;
    endWriteOff(books, notes.writeOff);
    notes.writeOff = null;
  }
  if (account === null) return;
  notes.writeOff ??= planWriteOff(books, account, {
    market: currentMarket(run, accountOf(books, account).group),
    sale: saleOf(run, account),
  });
  if (event?.kind === 'lossWritten') checkWriteOff(books, notes.writeOff, event, notes.poolLoss?.before ?? null);
}

/** A part of a deleveraging against what the account's deficit makes of it; the margin of the other side before it. */
function followDeleveraging(run: Run, notes: BlockNotes, event: Deleveraged): AuditedMargin {
  const { books } = run;
  const markAt = (instrument: number): bigint => markOf(books, instrument, notes);
  if (notes.deleveraging?.account !== event.account) finishDeleveraging(run, notes);
  notes.deleveraging ??= planDeleveraging(books, event.account, { sale: saleOf(run, event.account), markOf: markAt });
  const other = marginNow(run, event.counterparty);
  const market = currentMarket(run, accountOf(books, event.account).group);
  checkDeleveraged(books, notes.deleveraging, event, { mark: markAt(event.instrument), other, market });
  return other;
}

/** Everybody who was to be closed against has been, before anything else happens. */
function finishDeleveraging(run: Run, notes: BlockNotes): void {
  const { books } = run;
  if (notes.deleveraging === null) return;
  endDeleveraging(books, notes.deleveraging, currentMarket(run, accountOf(books, notes.deleveraging.account).group));
  notes.deleveraging = null;
}

/** A hedge stays: closing raises nobody's requirement. */
function checkUnburdened(run: Run, event: Deleveraged, before: AuditedMargin): void {
  const after = marginNow(run, event.counterparty);
  insist(
    after.maintenance <= before.maintenance,
    {
      height: run.books.height,
      account: event.counterparty,
      figure: `requirement after deleveraging instrument ${event.instrument}`,
    },
    { expected: `at most ${before.maintenance}`, found: String(after.maintenance) },
  );
}

/** Margin of an account as the books stand. */
function marginNow(run: Run, id: number): AuditedMargin {
  const account = accountOf(run.books, id);
  return marginOf(run.books, currentMarket(run, account.group), account);
}

/** The same in the settlement asset, whatever the account's mode: what it would be sold for. */
function saleOf(run: Run, id: number): AuditedMargin {
  const account = accountOf(run.books, id);
  const mode = account.mode === 'overcollateralized' ? 'portfolio' : account.mode;
  return marginOf(run.books, currentMarket(run, account.group), { ...account, mode });
}

/** Who comes on the list of accounts below maintenance is below it, and who leaves it is not. */
function checkList(run: Run, event: Event): void {
  if (event.kind !== 'scanned') return;
  const { height } = run.books;
  for (const [accounts, isBelow] of [
    [event.fell, true],
    [event.rose, false],
  ] as const) {
    for (const account of accounts) {
      if (!accountOf(run.books, account).isOpen) continue;
      const margin = marginNow(run, account);
      const health = maintenanceHealth(margin);
      const expected = isBelow ? 'below zero on the list' : 'zero or more off the list';
      insist(health < 0n === isBelow, { height, account, figure: 'maintenance health' }, { expected, found: String(health) });
    }
  }
}

function movesGate(books: Books, event: Event): boolean {
  if (event.kind === 'scanned') return true;
  if (!('legs' in event)) return false;
  return event.legs.some((leg) => leg.place === 'fund' || ('account' in leg && books.below.has(leg.account)));
}

/** What nothing stands behind, group by group; it holds new risk and withdrawals back. */
function checkGates(run: Run): void {
  const { books } = run;
  for (const { id } of books.groups) {
    const figure = `deficit of group ${id} that nothing stands behind`;
    const market = currentMarket(run, id);
    const expected = unbackedOf(books, id, {
      equity: (account) => saleEquityOf(books, market, account),
      margin: (account) => saleOf(run, account.id),
    });
    agree({ height: books.height, figure }, expected, books.unbacked.get(id) ?? 0n);
  }
}

/** The market of a group, priced again when anything that it stands on moved. */
function currentMarket(run: Run, group: number): AuditedMarket {
  const found = run.markets[group];
  if (found !== undefined && found.version === run.books.version && found.timeMs === minuteOf(run.books)) return found;
  const priced = marketOf(run.books, group, { ask: askOf(run), prices: run.optionPrices });
  run.markets[group] = priced;
  return priced;
}

function askOf({ engine, readOption }: Run): (instrument: number) => OptionRow | null {
  return (instrument) => (engine === null ? null : readOption(engine, instrument));
}

/** Accounts that events name in their legs. */
function touchedBy(events: readonly Event[]): ReadonlySet<number> {
  const touched = new Set<number>();
  for (const event of events) {
    if (event.kind === 'accountOpened' || event.kind === 'accountClosed') touched.add(event.account);
    if (!('legs' in event)) continue;
    for (const leg of event.legs) if ('account' in leg) touched.add(leg.account);
  }
  return touched;
}

/** Everything that is no account's own: holdings, funds, pools, reserves, open interest, indexes, parameters. */
function compareProtocol(books: Books, engine: Engine): void {
  const { state } = engine;
  const { ledger } = state;
  const at = (figure: string): { readonly height: number; readonly figure: string } => ({ height: books.height, figure });
  agree(at('height of the state'), books.height, state.height);
  agree(at('time of the state'), books.timeMs, state.timeMs);
  agree(at('number of accounts'), books.accounts.length, ledger.accounts.rowCount);
  for (const { id } of books.assets) {
    agree(at(`outside of asset ${id}`), books.outside.get(id) ?? 0n, ledger.assets[id]?.outside);
    agree(at(`issued of asset ${id}`), books.issued.get(id) ?? 0n, ledger.assets[id]?.issued);
    const own = books.pools.get(id);
    const pool = ledger.pools[id];
    if (own !== undefined && pool !== undefined && pool !== null) comparePool(books, id, own, pool);
    agree(at(`final price of asset ${id}`), books.assetStates[id]?.finalPrice ?? null, state.assets[id]?.finalPrice);
  }
  for (const { id } of books.groups) {
    for (const [index, fund] of FUNDS.entries())
      agree(at(`fund ${fund} of group ${id}`), fundOf(books, id, fund), ledger.groups[id]?.funds[index]);
  }
  for (const { id } of books.ammPools) {
    const amm = ledger.amms[id];
    for (const [index, asset] of (amm?.assets ?? []).entries()) {
      agree(at(`reserve of AMM pool ${id} in asset ${asset}`), books.reserves.get(id)?.get(asset) ?? 0n, amm?.reserves[index]);
    }
  }
  for (const { id } of books.instruments) compareInstrument(books, engine, id);
  compareSurfaces(books, engine);
  for (const { id } of books.groups)
    agree(at(`deficit of group ${id} that nothing stands behind`), books.unbacked.get(id) ?? 0n, state.groups[id]?.unbacked);
  for (const [id, tranche] of state.tranches.entries()) {
    const own = books.tranches[id];
    if (own !== undefined) compareTranche(books, id, own, tranche);
  }
}

/** The whole parameter set, record by record, as text. */
function compareParameters(books: Books, engine: Engine): void {
  const { parameters } = engine.state;
  const { global, groups, assets, underlyings, instruments, feeds, lending, profiles } = books.parameters;
  const own = { global, groups, assets, underlyings, instruments, feeds, lending, profiles };
  for (const [name, records] of Object.entries(own)) {
    const found = Object.entries(parameters).find(([candidate]) => candidate === name)?.[1];
    agree({ height: books.height, figure: `parameters of ${name}` }, asText(records), asText(found));
  }
}

function compareInstrument(books: Books, engine: Engine, id: number): void {
  const { instruments } = engine.state.ledger.accounts;
  const at = (figure: string): { readonly height: number; readonly figure: string } => ({
    height: books.height,
    figure: `${figure} of instrument ${id}`,
  });
  const own = books.instrumentStates[id];
  const found = engine.state.instruments[id];
  agree(at('lots long'), books.longs.get(id) ?? 0n, instruments.longLots[id]);
  agree(at('lots short'), books.shorts.get(id) ?? 0n, instruments.shortLots[id]);
  agree(at('lots short against lots long'), books.longs.get(id) ?? 0n, books.shorts.get(id) ?? 0n);
  if (own === undefined || found === undefined) return;
  agree(at('funding index'), own.funding.index, found.funding.index);
  agree(at('social index'), own.socialIndex, found.socialIndex);
  agree(at('claim index'), own.claimIndex, found.claimIndex);
  agree(at('mark average'), own.mark.average, found.mark.average);
  agree(at('status'), own.status, found.status);
  agree(at('final price'), own.finalPrice, found.finalPrice);
}

/** One account: its row, and its margin at both levels. */
function compareAccount(run: Run, engine: Engine, id: number): void {
  const { books } = run;
  const account = accountOf(books, id);
  compareRow(books, engine, account);
  if (!account.isOpen) return;
  const expected = marginOf(books, currentMarket(run, account.group), account);
  const found = run.readMargin(engine, id);
  run.counts.compared += 1;
  if (holdsOption(books, account)) run.counts.withOptions += 1;
  if (isSameMargin(expected, found)) return;
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: id,
    figure,
  });
  agree(at('equity'), expected.equity, found.equity);
  agree(at('haircut equity at maintenance'), expected.haircutEquityMaintenance, found.haircutEquityMaintenance);
  agree(at('haircut equity at initial'), expected.haircutEquityInitial, found.haircutEquityInitial);
  agree(at('maintenance requirement'), expected.maintenance, found.maintenance);
  agree(at('initial requirement'), expected.initial, found.initial);
}

function holdsOption(books: Books, account: AccountBook): boolean {
  for (const id of account.positions.keys())
    if (books.instruments[id]?.form.kind === 'option' && books.instrumentStates[id]?.status !== 'settled') return true;
  return false;
}

function isSameMargin(a: AuditedMargin, b: AuditedMargin): boolean {
  return (
    a.equity === b.equity &&
    a.haircutEquityMaintenance === b.haircutEquityMaintenance &&
    a.haircutEquityInitial === b.haircutEquityInitial &&
    a.maintenance === b.maintenance &&
    a.initial === b.initial
  );
}

type AccountStore = Engine['state']['ledger']['accounts'];

/** The same figures as in `compareRow`, which names the one that differs. */
function isSameRow(store: AccountStore, account: AccountBook): boolean {
  const { id, positions, collateral, supply, debt } = account;
  const positionCount = store.positionCount[id] ?? 0;
  const balanceCount = store.balanceCount[id] ?? 0;
  if (
    account.owner !== store.owner[id] ||
    account.group !== store.group[id] ||
    (account.isOpen ? 1 : 2) !== store.status[id] ||
    account.cash !== store.cash[id] ||
    account.loanShares !== store.loanShares[id] ||
    account.loanPrincipal !== store.loanPrincipal[id] ||
    positions.size !== positionCount ||
    collateral.size + supply.size + debt.size !== balanceCount
  )
    return false;
  const firstPosition = store.positionStart[id] ?? 0;
  for (let slot = firstPosition; slot < firstPosition + positionCount; slot += 1) {
    const own = positions.get(store.positionInstrument[slot] ?? -1);
    if (own === undefined || own !== BigInt(store.positionLots[slot] ?? 0)) return false;
  }
  const firstBalance = store.balanceStart[id] ?? 0;
  for (let slot = firstBalance; slot < firstBalance + balanceCount; slot += 1) {
    const key = store.balanceKey[slot] ?? -1;
    const kind = key & 3;
    const own = (kind === 0 ? collateral : kind === 1 ? supply : kind === 2 ? debt : null)?.get(key >> 2);
    if (own === undefined || own !== store.balanceValue[slot]) return false;
  }
  return true;
}

/** The columns of the account's row, read as plain data. */
function compareRow(books: Books, engine: Engine, account: AccountBook): void {
  const store = engine.state.ledger.accounts;
  if (isSameRow(store, account)) return;
  const { id } = account;
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account: id,
    figure,
  });
  agree(at('owner'), account.owner, store.owner[id]);
  agree(at('group'), account.group, store.group[id]);
  agree(at('whether it is open'), account.isOpen ? 1 : 2, store.status[id]);
  agree(at('cash'), account.cash, store.cash[id]);
  agree(at('shares of the cash loan'), account.loanShares, store.loanShares[id]);
  agree(at('principal of the cash loan'), account.loanPrincipal, store.loanPrincipal[id]);
  agree(at('number of positions'), account.positions.size, store.positionCount[id]);
  const firstPosition = store.positionStart[id] ?? 0;
  for (let slot = firstPosition; slot < firstPosition + (store.positionCount[id] ?? 0); slot += 1) {
    const instrument = store.positionInstrument[slot] ?? -1;
    agree(at(`lots of instrument ${instrument}`), account.positions.get(instrument) ?? 0n, store.positionLots[slot]);
  }
  agree(at('number of balances'), account.collateral.size + account.supply.size + account.debt.size, store.balanceCount[id]);
  const firstBalance = store.balanceStart[id] ?? 0;
  for (let slot = firstBalance; slot < firstBalance + (store.balanceCount[id] ?? 0); slot += 1) {
    // A key is asset · 4 + kind: 0 collateral, 1 supply, 2 debt.
    const key = store.balanceKey[slot] ?? -1;
    const kinds = [account.collateral, account.supply, account.debt];
    const names = ['collateral in', 'supply shares of', 'debt shares of'];
    agree(
      at(`${names[key & 3] ?? 'balance of'} asset ${key >> 2}`),
      kinds[key & 3]?.get(key >> 2) ?? 0n,
      store.balanceValue[slot],
    );
  }
}
