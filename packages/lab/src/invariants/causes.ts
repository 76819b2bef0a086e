/**
 * Nothing changes without a cause that an event names. From state and events together: a row that changed belongs to an account in
 * some event's legs; an index, a mark, a feed, a price or a parameter that changed was changed by an event of its kind; and an event that
 * only a signature may cause comes from an accepted command. Postings net to zero, from the legs.
 */

import type { BlockResult, Engine, EngineState, Event, Parameters } from '@plimsoll/core/engine';
import type { Leg, LendingPool } from '@plimsoll/core/ledger';
import type { Note } from './violation.ts';

/** What the state was after the block before, as far as it can change only with a cause. */
export interface StateMemory {
  rows: number;
  columns: ColumnMemory[];
  positionRuns: RunMemory;
  balanceRuns: RunMemory;
  instruments: readonly unknown[];
  feeds: readonly unknown[];
  assets: readonly unknown[];
  pools: readonly (LendingPool | null)[];
  parameters: Parameters;
}

interface ColumnMemory {
  readonly name: string;
  words: Int32Array;
}

interface RunMemory {
  start: Int32Array;
  capacity: Uint16Array;
  words: Int32Array;
  used: number;
}

export function rememberState(state: EngineState): StateMemory {
  const { accounts, pools } = state.ledger;
  const { rowCount } = accounts;
  return {
    rows: rowCount,
    columns: rowColumns(state).map(({ name, column }) => ({ name, words: wordsOf(column, rowCount).slice() })),
    positionRuns: runsOf(
      accounts.positionStart,
      accounts.positionCapacity,
      wordsOf(accounts.positionLots, accounts.positionSpace.used),
      rowCount,
    ),
    balanceRuns: runsOf(
      accounts.balanceStart,
      accounts.balanceCapacity,
      wordsOf(accounts.balanceValue, accounts.balanceSpace.used),
      rowCount,
    ),
    instruments: [...state.instruments],
    feeds: [...state.feeds],
    assets: [...state.assets],
    pools: [...pools],
    parameters: state.parameters,
  };
}

function rowColumns({ ledger }: EngineState): readonly { readonly name: string; readonly column: BigInt64Array }[] {
  const { accounts } = ledger;
  return [
    { name: 'cash', column: accounts.cash },
    { name: 'shares of the cash loan', column: accounts.loanShares },
    { name: 'principal of the cash loan', column: accounts.loanPrincipal },
  ];
}

function wordsOf(column: BigInt64Array | Float64Array, count: number): Int32Array {
  return new Int32Array(column.buffer, column.byteOffset, count * 2);
}

function runsOf(start: Int32Array, capacity: Uint16Array, words: Int32Array, rows: number): RunMemory {
  return { start: start.slice(0, rows), capacity: capacity.slice(0, rows), words: words.slice(), used: words.length / 2 };
}

/** Checks that every change since `memory` has its cause in the block. */
export function checkCauses(engine: Engine, result: BlockResult, memory: StateMemory, note: Note): void {
  const touched = new Set<number>();
  for (const event of result.events) {
    if (!('legs' in event)) continue;
    for (const leg of event.legs) if ('account' in leg) touched.add(leg.account);
    checkNets(engine.state, event, event.legs, note);
  }
  checkRows(engine.state, memory, touched, note);
  checkRecords(engine.state, result.events, memory, note);
  checkSignatures(engine.state, result, note);
}

function checkNets(state: EngineState, event: Event, legs: readonly Leg[], note: Note): void {
  const sums = new Map<string, bigint>();
  const add = (key: string, value: bigint): void => void sums.set(key, (sums.get(key) ?? 0n) + value);
  const settlement = (group: number): number => state.terms.groups[group]?.settlementAsset ?? -1;
  for (const leg of legs) {
    switch (leg.place) {
      case 'position':
        add(`instrument ${leg.instrument}`, BigInt(leg.lots));
        break;
      case 'cash':
        add(`asset ${settlement(state.ledger.accounts.group[leg.account] ?? -1)}`, leg.amount);
        break;
      case 'fund':
        add(`asset ${settlement(leg.group)}`, leg.amount);
        break;
      case 'balance':
      case 'pool':
      case 'amm':
      case 'outside':
      case 'issued':
        add(`asset ${leg.asset}`, leg.amount);
        break;
      default:
        break;
    }
  }
  for (const [subject, sum] of sums) if (sum !== 0n) note('postingNetsToZero', `${event.kind} in ${subject}`, 0n, sum);
}

function checkRows(state: EngineState, memory: StateMemory, touched: ReadonlySet<number>, note: Note): void {
  const { accounts } = state.ledger;
  const rows = accounts.rowCount;
  for (const [index, { name, column }] of rowColumns(state).entries()) {
    const remembered = memory.columns[index];
    if (remembered === undefined) continue;
    const words = wordsOf(column, rows);
    for (const row of changedPairs(remembered.words, words)) {
      if (row < memory.rows && !touched.has(row))
        note('namedCause', `account ${row}, ${name}`, 'unchanged: no event names it', 'changed');
    }
    remembered.words = kept(remembered.words, words);
  }
  checkRuns(accounts.positionStart, accounts.positionCapacity, wordsOf(accounts.positionLots, accounts.positionSpace.used), {
    memory: memory.positionRuns,
    rows,
    touched,
    what: 'lots',
    note,
  });
  checkRuns(accounts.balanceStart, accounts.balanceCapacity, wordsOf(accounts.balanceValue, accounts.balanceSpace.used), {
    memory: memory.balanceRuns,
    rows,
    touched,
    what: 'balances',
    note,
  });
  memory.rows = rows;
}

/** Bytes compared at once: most of a column is as it was, and comparing memory costs next to nothing. */
const CHUNK_WORDS = 1024;

/** Places of 64-bit entries that differ, those that only one side has included. */
function changedPairs(before: Int32Array, now: Int32Array): readonly number[] {
  const changed: number[] = [];
  const shared = Math.min(before.length, now.length);
  for (let from = 0; from < shared; from += CHUNK_WORDS) {
    const to = Math.min(shared, from + CHUNK_WORDS);
    if (bytesOf(before, from, to).equals(bytesOf(now, from, to))) continue;
    for (let word = from; word < to; word += 2) {
      if (before[word] !== now[word] || before[word + 1] !== now[word + 1]) changed.push(word >> 1);
    }
  }
  for (const longer of [before, now]) {
    for (let word = shared; word < longer.length; word += 2)
      if (longer[word] !== 0 || longer[word + 1] !== 0) changed.push(word >> 1);
  }
  return changed;
}

function bytesOf(words: Int32Array, from: number, to: number): Buffer {
  return Buffer.from(words.buffer, words.byteOffset + from * 4, (to - from) * 4);
}

interface RunCheck {
  readonly memory: RunMemory;
  readonly rows: number;
  readonly touched: ReadonlySet<number>;
  readonly what: string;
  readonly note: Note;
}

/** A slot that changed lies in a run that a touched account holds now or held before. */
function checkRuns(
  start: Int32Array,
  capacity: Uint16Array,
  words: Int32Array,
  { memory, rows, touched, what, note }: RunCheck,
): void {
  let explained: Set<number> | null = null;
  for (const slot of changedPairs(memory.words, words)) {
    explained ??= slotsOf(touched, [
      { start, capacity },
      { start: memory.start, capacity: memory.capacity },
    ]);
    if (!explained.has(slot)) note('namedCause', `${what} in slot ${slot}`, 'unchanged: no event names its account', 'changed');
  }
  memory.words = kept(memory.words, words);
  memory.used = words.length / 2;
  if (memory.start.length !== rows) {
    memory.start = start.slice(0, rows);
    memory.capacity = capacity.slice(0, rows);
    return;
  }
  memory.start.set(start.subarray(0, rows));
  memory.capacity.set(capacity.subarray(0, rows));
}

function slotsOf(
  touched: ReadonlySet<number>,
  runs: readonly { readonly start: Int32Array; readonly capacity: Uint16Array }[],
): Set<number> {
  const slots = new Set<number>();
  for (const { start, capacity } of runs) {
    for (const row of touched) {
      const first = start[row] ?? 0;
      for (let slot = first; slot < first + (capacity[row] ?? 0); slot += 1) slots.add(slot);
    }
  }
  return slots;
}

function kept(before: Int32Array, now: Int32Array): Int32Array {
  if (before.length !== now.length) return now.slice();
  before.set(now);
  return before;
}

/** Indexes, marks, feeds, prices and parameters change by events of their kind alone. */
function checkRecords(state: EngineState, events: readonly Event[], memory: StateMemory, note: Note): void {
  const named = {
    instruments: new Set<number>(),
    feeds: new Set<number>(),
    assets: new Set<number>(),
    pools: new Set<number>(),
    parameters: false,
  };
  for (const event of events) {
    if (event.kind === 'instrumentUpdated') named.instruments.add(event.instrument);
    else if (event.kind === 'feedUpdated') named.feeds.add(event.feed);
    else if (event.kind === 'assetUpdated') named.assets.add(event.asset);
    else if (event.kind === 'poolUpdated') named.pools.add(event.asset);
    else if (event.kind === 'bundleApplied' || event.kind === 'assetListed' || event.kind === 'instrumentListed')
      named.parameters = true;
  }
  const compare = (what: string, before: readonly unknown[], now: readonly unknown[], causes: ReadonlySet<number>): void => {
    for (let id = 0; id < before.length; id += 1) {
      if (before[id] !== now[id] && !causes.has(id))
        note('namedCause', `${what} ${id}`, 'unchanged: no event names it', 'changed');
    }
  };
  compare('instrument', memory.instruments, state.instruments, named.instruments);
  compare('feed', memory.feeds, state.feeds, named.feeds);
  compare('asset', memory.assets, state.assets, named.assets);
  for (const [id, before] of memory.pools.entries()) {
    const now = state.ledger.pools[id] ?? null;
    if (before === null || now === null || named.pools.has(id)) continue;
    const isSame =
      before.debtIndex === now.debtIndex &&
      before.supplyIndex === now.supplyIndex &&
      before.reserve === now.reserve &&
      before.claimIndex === now.claimIndex;
    if (!isSame) note('namedCause', `indexes of pool ${id}`, 'unchanged: no event names it', 'changed');
  }
  if (memory.parameters !== state.parameters && !named.parameters)
    note('namedCause', 'parameters', 'unchanged: no event names them', 'changed');
  memory.instruments = [...state.instruments];
  memory.feeds = [...state.feeds];
  memory.assets = [...state.assets];
  memory.pools = [...state.ledger.pools];
  memory.parameters = state.parameters;
}

/** Events that only somebody's signature may cause. */
const SIGNED: ReadonlySet<Event['kind']> = new Set([
  'accountOpened',
  'accountClosed',
  'deposited',
  'withdrawn',
  'transferred',
  'supplied',
  'unsupplied',
  'borrowed',
  'repaid',
  'traded',
  'protectionSet',
  'bidRecorded',
  'recoveryClaimed',
  'backstopFunded',
  'backstopRedeeming',
  'liquidityAdded',
  'liquidityRemoved',
  'swapped',
  'delegateAuthorized',
  'delegateRevoked',
  'sourceRegistered',
  'venueRegistered',
  'assetListed',
  'instrumentListed',
  'bundleProposed',
]);

/** A tranche signs nothing: what it took over it repays by itself. */
function checkSignatures(state: EngineState, result: BlockResult, note: Note): void {
  const signed = new Set<Event>();
  for (const command of result.results) if (command.kind === 'accepted') for (const event of command.events) signed.add(event);
  const tranches = new Set<number>(state.tranches.map((tranche) => tranche.account));
  for (const event of result.events) {
    if (!SIGNED.has(event.kind) || signed.has(event)) continue;
    if (event.kind === 'repaid' && tranches.has(event.account)) continue;
    note('signedCause', event.kind, 'an accepted command', 'none');
  }
}
