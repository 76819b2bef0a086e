/**
 * The scan for accounts that might be below maintenance, in doubles. Whoever it flags is decided exactly; whoever it does not flag is
 * certainly at or above maintenance.
 *
 * ## The sum, and why it is never above the true health
 *
 *     H ≥ base + cash + Σ (lots · value + |lots| · charge) + Σ (balance · coefficient − begun) − interest
 *
 * 1. Over the reals this holds by margin/linearBound.ts, with coefficients that are exact up to a relative error of 2^-45, and with `base` =
 *    −4 ticks for each leg there can be, which pays for ceilings.
 * 2. The tables lower every coefficient by 2^-32 of its magnitude (of both sides' together for an instrument), cash is lowered here by as
 *    much, and interest raised. An account has at most 128 positions and 128 balances, so fewer than 2^9 terms are added; doubles err
 *    by at most 2^9 · 2^-53 · Σ |terms| < 2^-43 · Σ |terms|, far inside the 2^-32 · Σ |terms| given away.
 * 3. An account passes only if the sum is above zero; a NaN, an infinite charge or a base of −Infinity never passes.
 *
 * ## Cushions: why most accounts need no sum
 *
 * A pass over all accounts keeps for each its *cushion*: its sum, divided by its *weight*, Σ |lots| · −charge + ⅛ (Σ |balance · coefficient| + begun +
 * interest-bearing loan, and cash where it is not counted one to one). It keeps the tables too. When coefficients have moved since, let m be the
 * largest fall of any coefficient of the account's group, as a share of what that coefficient contributes to the weight. The sum falls by
 * at most m · weight, so an account with cushion > m is still above zero. Cushions are lowered by 2^-20 of themselves and rounded to
 * single precision (2^-24); m is raised by 2^-30 of the coefficients' magnitudes, which is more than steps 1 and 2 gave away. An account whose row
 * changed loses its cushion (`forgetCushion`) and is summed.
 */

import { MODE_OVERCOLLATERALIZED, STATUS_OPEN } from '../ledger/accountStore.ts';
import type { AccountId } from '../numeric/brand.ts';
import { accountId } from '../numeric/brand.ts';
import { approximateAt } from '../numeric/exactSum.ts';
import { compileFilter, createFilterTables, SLACK } from './filterCoefficients.ts';
import { BALANCE_WEIGHT, largestMoves } from './filterMoves.ts';
import type { FilterTables } from './filterState.ts';
import { accountCount } from './lookup.ts';
import type { EngineView } from './view.ts';

/** Accounts of one chunk, whose sums without positions stay in the nearest cache. */
const CHUNK: number = 1024;
/** A pass over all accounts renews the cushions once this share of them no longer clears. */
const RENEWAL_SHARE: number = 1 / 8;
const CUSHION_SHARE: number = 1 - 2 ** -20;
/** Cushions are cut to it, so that single precision holds them. */
const CUSHION_MAX: number = 2 ** 100;

/** The open accounts that might be below maintenance, ascending: cushions first. A few nanoseconds an account while prices move little. */
export function flagAllAccounts(view: EngineView): readonly AccountId[] {
  const thin = thinAccounts(view, Math.floor(accountCount(view.state) * RENEWAL_SHARE));
  return thin === null ? renewCushions(view) : flagAccounts(view, thin);
}

/** Those of the given rows, which are ascending, whose sum does not clear them. */
export function flagAccounts(view: EngineView, rows: Int32Array): readonly AccountId[] {
  if (rows.length === 0) return [];
  return sumAll(view, { rows, from: 0, to: rows.length, cushions: null });
}

/** A pass over all accounts that takes their cushions under the present coefficients. Returns whom the sums flag. */
export function renewCushions(view: EngineView): readonly AccountId[] {
  const { filter } = view;
  const count = accountCount(view.state);
  const cushions = filter.cushions.length < count ? new Float32Array(roomFor(count)) : filter.cushions.fill(0);
  const flagged = sumAll(view, { rows: null, from: 0, to: count, cushions });
  filter.cushions = cushions;
  filter.reference = filter.tables;
  return flagged;
}

/** Room for a quarter more, so that new accounts do not replace the column at every pass. */
function roomFor(count: number): number {
  return count + (count >> 2);
}

/** The accounts whose cushion does not cover how far coefficients have moved; null when they are more than `most`, or cushions were taken of another market or not at all. */
export function thinAccounts(view: EngineView, most: number): Int32Array | null {
  const { filter, state } = view;
  const { reference, cushions } = filter;
  const count = accountCount(state);
  if (reference === null || count > cushions.length) return null;
  const tables = tablesOf(view);
  // An asset was listed since.
  if (tables.keys !== reference.keys) return null;
  for (let group = 0; group < state.terms.groups.length; group += 1) {
    if (!Number.isNaN(reference.cash[group * 2]) && Number.isNaN(tables.cash[group * 2])) compileFilter(view, tables, group);
  }
  const moves = largestMoves(reference, tables);
  const { group } = state.ledger.accounts;
  const thin = new Int32Array(most);
  let found = 0;
  for (let account = 0; account < count; account = (account + 1) | 0) {
    // account < count, which is at most the length of either column; a group that is not in the moves makes the comparison false
    if ((cushions[account] as number) > (moves[group[account] as number] as number)) continue;
    if (found === thin.length) return null;
    thin[found] = account;
    found = (found + 1) | 0;
  }
  return thin.subarray(0, found);
}

/** What is summed: rows[from … to − 1], or the rows from … to − 1 themselves; cushions are written where there is a column for them. */
interface Summed {
  readonly rows: Int32Array | null;
  readonly from: number;
  readonly to: number;
  readonly cushions: Float32Array | null;
}

/** Sums in chunks: cash, balances and loans of all, then positions. A group is compiled the first time that a chunk meets one of its accounts. */
function sumAll(view: EngineView, { rows, from, to, cushions }: Summed): readonly AccountId[] {
  const tables = tablesOf(view);
  const columns = columnsOf(view);
  const size = Math.min(CHUNK, Math.max(0, to - from));
  const scratch = { owned: new Float64Array(size), weight: new Float64Array(size), doubtful: new Int32Array(size) };
  const flagged: AccountId[] = [];
  for (let first = from; first < to; first += CHUNK) {
    const chunk = { rows, from: first, to: Math.min(first + CHUNK, to), cushions };
    for (;;) {
      const missing = sumOwned(columns, tables, chunk, scratch);
      if (missing < 0) break;
      compileFilter(view, tables, missing);
    }
    const found = addPositions(columns, tables, chunk, scratch);
    for (let index = 0; index < found; index += 1) flagged.push(accountId(scratch.doubtful[index] ?? -1));
  }
  return flagged;
}

function tablesOf({ filter, state }: EngineView): FilterTables {
  const found = filter.tables;
  // Pool indexes move with time.
  if (found !== null && found.timeMs === state.timeMs) return found;
  const tables = createFilterTables(state);
  filter.tables = tables;
  return tables;
}

/** The ledger's columns as the sum reads them. */
type Columns = ReturnType<typeof columnsOf>;

function columnsOf({ state, words }: EngineView) {
  const store = state.ledger.accounts;
  const { status, group, mode, positionStart, positionCount, positionLots, positionInstrument } = store;
  const { balanceStart, balanceCount, balanceKey } = store;
  return {
    ...{
      status,
      group,
      mode,
      positionStart,
      positionCount,
      positionLots,
      positionInstrument,
      balanceStart,
      balanceCount,
      balanceKey,
    },
    cash: words.of(store.cash),
    // Asked whether they are zero: one read instead of two.
    loanBits: words.doublesOf(store.loanShares),
    loanShares: words.of(store.loanShares),
    loanPrincipal: words.of(store.loanPrincipal),
    balances: words.of(store.balanceValue),
  };
}

/** Between the two loops, by place in the chunk. */
interface Scratch {
  /** The sum without positions; infinite for an account that is not open. */
  readonly owned: Float64Array;
  /** The weight without positions. */
  readonly weight: Float64Array;
  /** Rows that were not cleared. */
  readonly doubtful: Int32Array;
}

// The two loops read a million rows, so they call nothing but `approximateAt`. Typed arrays are read with `as number`: rows exist, and `post`
// keeps slots inside their columns; anything beyond a table is undefined, makes the sum NaN and flags the account.

/** Cash, balances and loans. Returns the group of an account that is not compiled yet, or −1. */
function sumOwned(columns: Columns, tables: FilterTables, chunk: Summed, { owned, weight }: Scratch): number {
  const { status, group, mode, balanceStart, balanceCount, balanceKey, cash, loanBits, loanShares, loanPrincipal, balances } =
    columns;
  const { keys } = tables;
  const { rows, from, to } = chunk;
  const [open, overcollateralized, slack, balanceWeight] = [STATUS_OPEN, MODE_OVERCOLLATERALIZED, SLACK, BALANCE_WEIGHT];
  const { cash: cashRates, base, balance: balanceRates, begun: begunOf, loan: loanRates } = tables;
  for (let index = from; index < to; index = (index + 1) | 0) {
    const account = rows === null ? index : (rows[index] as number);
    const place = (index - from) | 0;
    if (status[account] !== open) {
      owned[place] = Number.POSITIVE_INFINITY;
      weight[place] = 0;
      continue;
    }
    const isUsd = mode[account] === overcollateralized;
    const kind = ((group[account] as number) << 1) | (isUsd ? 1 : 0);
    const cashRate = cashRates[kind] as number;
    if (Number.isNaN(cashRate)) return group[account] as number;
    const settled = approximateAt(cash, account) * cashRate;
    let sum = settled - Math.abs(settled) * slack + (base[kind] as number);
    let light = isUsd ? Math.abs(settled) : 0;
    const count = balanceCount[account] as number;
    if (count > 0) {
      const first = balanceStart[account] as number;
      const keyed = kind * keys;
      for (let slot = first; slot < first + count; slot = (slot + 1) | 0) {
        const key = keyed + (balanceKey[slot] as number);
        const worth = approximateAt(balances, slot) * (balanceRates[key] as number);
        const begun = begunOf[key] as number;
        sum += worth - begun;
        light += Math.abs(worth) + begun;
      }
    }
    if (loanBits[account] !== 0) {
      const owed = approximateAt(loanShares, account) * (loanRates[kind] as number);
      sum -= Math.max(0, owed - approximateAt(loanPrincipal, account) + 1) * cashRate;
      // Interest that is converted moves by two coefficients at once: no cushion.
      light += isUsd ? Number.POSITIVE_INFINITY : owed;
    }
    owned[place] = sum;
    weight[place] = light * balanceWeight;
  }
  return -1;
}

/**
 * Adds positions, writes the rows that are not cleared into `doubtful` and returns how many. Four positions at a time, in two sums each, so
 * that one addition does not wait for the last.
 */
function addPositions(columns: Columns, tables: FilterTables, chunk: Summed, { owned, weight, doubtful }: Scratch): number {
  const { positionStart, positionCount, positionLots, positionInstrument, balanceCount, loanBits, cash } = columns;
  const { value, charge } = tables;
  const { rows, from, to, cushions } = chunk;
  const [cushionShare, most] = [CUSHION_SHARE, CUSHION_MAX];
  let found = 0;
  for (let index = from; index < to; index = (index + 1) | 0) {
    const account = rows === null ? index : (rows[index] as number);
    const place = (index - from) | 0;
    let slot = positionStart[account] as number;
    const past = (slot + (positionCount[account] as number)) | 0;
    const lastQuad = (past - 3) | 0;
    let health = owned[place] as number;
    let more = 0;
    let charged = 0;
    let chargedMore = 0;
    for (; slot < lastQuad; slot = (slot + 4) | 0) {
      const second = (slot + 1) | 0;
      const third = (slot + 2) | 0;
      const fourth = (slot + 3) | 0;
      const lots0 = positionLots[slot] as number;
      const lots1 = positionLots[second] as number;
      const lots2 = positionLots[third] as number;
      const lots3 = positionLots[fourth] as number;
      const id0 = positionInstrument[slot] as number;
      const id1 = positionInstrument[second] as number;
      const id2 = positionInstrument[third] as number;
      const id3 = positionInstrument[fourth] as number;
      health += lots0 * (value[id0] as number) + lots1 * (value[id1] as number);
      more += lots2 * (value[id2] as number) + lots3 * (value[id3] as number);
      charged += Math.abs(lots0) * (charge[id0] as number) + Math.abs(lots1) * (charge[id1] as number);
      chargedMore += Math.abs(lots2) * (charge[id2] as number) + Math.abs(lots3) * (charge[id3] as number);
    }
    for (; slot < past; slot = (slot + 1) | 0) {
      const lots = positionLots[slot] as number;
      const id = positionInstrument[slot] as number;
      more += lots * (value[id] as number);
      charged += Math.abs(lots) * (charge[id] as number);
    }
    charged += chargedMore;
    health += charged + more;
    // Written as "not above zero", so that anything that is not a number is flagged too.
    if (!(health > 0)) {
      const isEmpty = positionCount[account] === 0 && balanceCount[account] === 0 && loanBits[account] === 0;
      if (isEmpty && (cash[account * 2 + 1] as number) >= 0 && (owned[place] as number) > Number.NEGATIVE_INFINITY) {
        // Nothing but cash that is not negative: nothing can be rounded, no price can touch it, and many accounts are empty.
        if (cushions !== null) cushions[account] = Number.POSITIVE_INFINITY;
        continue;
      }
      doubtful[found] = account;
      found = (found + 1) | 0;
    } else if (cushions !== null) {
      cushions[account] = Math.min(health / ((weight[place] as number) - charged), most) * cushionShare;
    }
  }
  return found;
}
