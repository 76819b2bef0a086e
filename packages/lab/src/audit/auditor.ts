// The independent auditor: it keeps its own books from the event stream, derives again what time, prices and parameters do to them,
// and stops a run at the first figure on which it and the engine differ. It is slow, bigint only, and shares no code with the core:
// types are all it imports from there, and how margin is computed comes from the written specification.
//
// Checked from events: every posting nets to zero and moves what its figures say; interest, funding, marks, social and claim
// indexes, the bearing of losses, slices with their fees and payments. Checked from state: balances, pools, funds, reserves, holdings
// and indexes after every block; margin of the accounts a block touched, and of all accounts every hundredth block and at the end.
// Taken as told: aggregated prices and slow prices of feeds, tranche share prices, the choice of who is deleveraged, escrows.
// Not priced: options; an account that holds one is compared in its balances, not in its margin.

import type { BlockResult, Engine, Event, Genesis } from '@plimsoll/core/engine';
import { applyEvent, asText, comparePool, endBlock, startBlock } from './applyEvent.ts';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, FUNDS, fundOf, minuteOf, openBooks } from './books.ts';
import { checkBounds, checkLegs } from './checkEvent.ts';
import { checkBetter, checkSlice } from './checkSlice.ts';
import { type AuditedMarket, marketOf } from './market.ts';
import { type AuditedMargin, isPriceable, marginOf } from './requirement.ts';

/** `full`: all accounts after every block; `sampled`: touched ones, and all every hundredth block; `off`: nothing. */
export type AuditMode = 'full' | 'sampled' | 'off';

/** How the auditor asks the engine what it holds an account's margin to be: passed in, because asking runs the core's code. */
export type ReadMargin = (engine: Engine, account: number) => AuditedMargin;

export interface Auditor {
  readonly mode: AuditMode;
  /** To be called after every block, without gaps. Throws `AuditFailure`. */
  readonly observe: (engine: Engine, block: { readonly height: number; readonly timeMs: number }, result: BlockResult) => void;
  /** Compares every account once more: at the end of a run. Throws `AuditFailure`. */
  readonly finish: (engine: Engine) => void;
  /** Account margins compared so far, and those left out because they hold options. */
  readonly counts: { compared: number; unpriced: number; blocks: number };
}

/** Every so many blocks all accounts are compared. */
export const FULL_EVERY = 100;

/** An auditor for a run that starts at `genesis`. */
export function createAuditor(genesis: Genesis, options: { readonly mode: AuditMode; readonly readMargin: ReadMargin }): Auditor {
  const books = openBooks(genesis);
  const markets: (AuditedMarket | undefined)[] = [];
  const counts = { compared: 0, unpriced: 0, blocks: 0 };
  const run: Run = { books, markets, counts, readMargin: options.readMargin };
  const { mode } = options;
  return {
    mode,
    counts,
    observe: (engine, block, result) => {
      if (mode === 'off') return;
      observeBlock(run, block, result);
      const isFull = mode === 'full' || books.height % FULL_EVERY === 0;
      compareProtocol(books, engine);
      if (isFull) compareParameters(books, engine);
      for (const id of isFull ? books.accounts.keys() : touchedBy(result.events)) compareAccount(run, engine, id);
    },
    finish: (engine) => {
      if (mode === 'off') return;
      compareProtocol(books, engine);
      compareParameters(books, engine);
      for (const id of books.accounts.keys()) compareAccount(run, engine, id);
    },
  };
}

interface Run {
  readonly books: Books;
  readonly markets: (AuditedMarket | undefined)[];
  readonly counts: { compared: number; unpriced: number; blocks: number };
  readonly readMargin: ReadMargin;
}

function observeBlock(run: Run, block: { readonly height: number; readonly timeMs: number }, result: BlockResult): void {
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
  const notes = startBlock(books);
  for (const event of result.events) {
    checkLegs(books, event);
    checkBounds(books, event);
    if (event.kind !== 'sliceSold') {
      applyEvent(books, event, notes);
      continue;
    }
    const account = accountOf(books, event.account);
    const market = currentMarket(run, account.group);
    checkSlice(books, event, market);
    const before = isPriceable(books, account) ? marginOf(books, market, account) : null;
    applyEvent(books, event, notes);
    if (before !== null)
      checkBetter(books, event, { before, after: marginOf(books, currentMarket(run, account.group), account) });
  }
  endBlock(books, notes);
}

/** The market of a group, priced again when anything that it stands on moved. */
function currentMarket(run: Run, group: number): AuditedMarket {
  const found = run.markets[group];
  if (found !== undefined && found.version === run.books.version && found.timeMs === minuteOf(run.books)) return found;
  const priced = marketOf(run.books, group);
  run.markets[group] = priced;
  return priced;
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
  if (!isPriceable(books, account)) {
    run.counts.unpriced += 1;
    return;
  }
  const expected = marginOf(books, currentMarket(run, account.group), account);
  const found = run.readMargin(engine, id);
  run.counts.compared += 1;
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
