/**
 * Nothing changes without a cause that an event names. From state and events together: a row that changed belongs to an account in
 * some event's legs; an index, a mark, a feed, a price or a parameter that changed was changed by an event of its kind; and an event that
 * only a signature may cause comes from an accepted command. Postings net to zero, from the legs.
 */

import type { BlockResult, Engine, EngineState, Event, Parameters } from '@plimsoll/core/engine';
import type { Leg, LendingPool } from '@plimsoll/core/ledger';
import type { CountedRows } from './conservation.ts';
import { advanceColumn, countColumn } from './countedColumn.ts';
import type { Note } from './violation.ts';

/** What the state was after the block before, as far as it can change only with a cause. */
export interface StateMemory {
  rows: number;
  readonly counted: CountedRows;
  readonly positionRuns: RunMemory;
  readonly balanceRuns: RunMemory;
  instruments: readonly unknown[];
  feeds: readonly unknown[];
  surfaces: readonly unknown[];
  assets: readonly unknown[];
  pools: readonly (LendingPool | null)[];
  parameters: Parameters;
}

interface RunMemory {
  start: Int32Array;
  capacity: Uint16Array;
}

export function rememberState(state: EngineState): StateMemory {
  const { accounts, pools } = state.ledger;
  const { rowCount, balanceSpace, positionSpace } = accounts;
  return {
    rows: rowCount,
    counted: {
      cash: countColumn('cash', accounts.group, accounts.cash, rowCount),
      loanShares: countColumn('shares of the cash loan', accounts.group, accounts.loanShares, rowCount),
      loanPrincipal: countColumn('principal of the cash loan', accounts.group, accounts.loanPrincipal, rowCount),
      balances: countColumn('balances', accounts.balanceKey, accounts.balanceValue, balanceSpace.used),
      lots: countColumn('lots', accounts.positionInstrument, accounts.positionLots, positionSpace.used),
    },
    positionRuns: runsOf(accounts.positionStart, accounts.positionCapacity, rowCount),
    balanceRuns: runsOf(accounts.balanceStart, accounts.balanceCapacity, rowCount),
    instruments: [...state.instruments],
    feeds: [...state.feeds],
    surfaces: [...state.surfaces],
    assets: [...state.assets],
    pools: [...pools],
    parameters: state.parameters,
  };
}

function runsOf(start: Int32Array, capacity: Uint16Array, rows: number): RunMemory {
  return { start: start.slice(0, rows), capacity: capacity.slice(0, rows) };
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
  for (const leg of legs) {
    switch (leg.place) {
      case 'position':
        addTo(sums, `instrument ${leg.instrument}`, BigInt(leg.lots));
        break;
      case 'cash':
        addTo(sums, `asset ${settlementOf(state, state.ledger.accounts.group[leg.account] ?? -1)}`, leg.amount);
        break;
      case 'fund':
        addTo(sums, `asset ${settlementOf(state, leg.group)}`, leg.amount);
        break;
      case 'balance':
      case 'pool':
      case 'amm':
      case 'outside':
      case 'issued':
        addTo(sums, `asset ${leg.asset}`, leg.amount);
        break;
      default:
        break;
    }
  }
  for (const [subject, sum] of sums) if (sum !== 0n) note('postingNetsToZero', `${event.kind} in ${subject}`, 0n, sum);
}

function addTo(sums: Map<string, bigint>, key: string, value: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + value);
}

function settlementOf(state: EngineState, group: number): number {
  return state.terms.groups[group]?.settlementAsset ?? -1;
}

function checkRows(state: EngineState, memory: StateMemory, touched: ReadonlySet<number>, note: Note): void {
  const { accounts } = state.ledger;
  const { rowCount: rows, group } = accounts;
  const { cash, loanShares, loanPrincipal, balances, lots } = memory.counted;
  for (const [column, values] of [
    [cash, accounts.cash],
    [loanShares, accounts.loanShares],
    [loanPrincipal, accounts.loanPrincipal],
  ] as const) {
    for (const row of advanceColumn(column, { keys: group, values, count: rows })) {
      if (row < memory.rows && !touched.has(row))
        note('namedCause', `account ${row}, ${column.name}`, 'unchanged: no event names it', 'changed');
    }
  }
  checkRuns(
    { name: lots.name, start: accounts.positionStart, capacity: accounts.positionCapacity },
    advanceColumn(lots, {
      keys: accounts.positionInstrument,
      values: accounts.positionLots,
      count: accounts.positionSpace.used,
    }),
    { memory: memory.positionRuns, rows, touched, note },
  );
  checkRuns(
    { name: balances.name, start: accounts.balanceStart, capacity: accounts.balanceCapacity },
    advanceColumn(balances, { keys: accounts.balanceKey, values: accounts.balanceValue, count: accounts.balanceSpace.used }),
    { memory: memory.balanceRuns, rows, touched, note },
  );
  memory.rows = rows;
}

interface RunCheck {
  readonly memory: RunMemory;
  readonly rows: number;
  readonly touched: ReadonlySet<number>;
  readonly note: Note;
}

/** A slot that changed lies in a run that a touched account holds now or held before. */
function checkRuns(
  { name, start, capacity }: { readonly name: string; readonly start: Int32Array; readonly capacity: Uint16Array },
  changed: readonly number[],
  { memory, rows, touched, note }: RunCheck,
): void {
  let explained: Set<number> | null = null;
  for (const slot of changed) {
    explained ??= slotsOf(touched, [
      { start, capacity },
      { start: memory.start, capacity: memory.capacity },
    ]);
    if (!explained.has(slot)) note('namedCause', `${name} in slot ${slot}`, 'unchanged: no event names its account', 'changed');
  }
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

/** Indexes, marks, feeds, prices and parameters change by events of their kind alone. */
function checkRecords(state: EngineState, events: readonly Event[], memory: StateMemory, note: Note): void {
  const named = {
    instruments: new Set<number>(),
    feeds: new Set<number>(),
    assets: new Set<number>(),
    pools: new Set<number>(),
    surfaces: false,
    parameters: false,
  };
  for (const event of events) {
    // With the last option of an expiry its volatilities go.
    if (event.kind === 'volatilityReported' || (event.kind === 'instrumentUpdated' && event.state.status === 'settled'))
      named.surfaces = true;
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
  const isSurfaceSame =
    memory.surfaces.length === state.surfaces.length && state.surfaces.every((one, at) => one === memory.surfaces[at]);
  if (!isSurfaceSame && !named.surfaces) note('namedCause', 'volatilities', 'unchanged: no event names them', 'changed');
  memory.surfaces = [...state.surfaces];
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
  'volatilityReported',
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
