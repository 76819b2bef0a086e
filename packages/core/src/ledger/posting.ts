/**
 * `post`: the only writer of value. It gathers the legs into one net change per place, checks everything, and then writes;
 * after the marked point nothing can fail. A posting that does not hold together is our own bug and stops the node with a
 * sentence; whether a command may have what it asks for is decided before, by the engine.
 *
 * What is checked: value legs net to zero per asset and position legs per instrument; accounts are open and trade instruments of
 * their own group; no collateral, pool, AMM reserve, holding, insurance, protocol, recovery or dust falls below zero, no deficit above; amounts
 * stay below 2^62, positions within LOTS_MAX, slots within their maximum; and no pool owes more than it has and is owed.
 */

import { InvariantViolation, unreachable } from '../numeric/assert.ts';
import { type AccountId, type AssetId, accountId, amount, assetId, instrumentId, lots, shares } from '../numeric/brand.ts';
import { AMOUNT_MAX, LOTS_MAX, POSITIONS_MAX } from '../numeric/limits.ts';
import { addCash, isOpen } from './accountStore.ts';
import { addBalance, BALANCES_MAX, balanceByKey, KIND_COLLATERAL, KIND_DEBT, KIND_SUPPLY } from './balances.ts';
import { loanInterest, sizedLoan } from './cashLoan.ts';
import { bigint64At, entryAt, float64At, int32At, uint8At, uint16At } from './columns.ts';
import { instrumentGroup, OPEN_INTEREST_MAX } from './instrumentTotals.ts';
import type { Ledger } from './ledger.ts';
import { FUND_KINDS, type FundKind, type Leg } from './legs.ts';
import { poolResidual } from './lendingPool.ts';
import { addLots, positionSlot } from './positions.ts';
import {
  addLongChange,
  addLotsToEntry,
  addToAsset,
  addToEntry,
  addToInstrument,
  entryOf,
  findEntry,
  PLACE_AMM,
  PLACE_BALANCE,
  PLACE_BALANCE_SLOTS,
  PLACE_CASH,
  PLACE_CASH_LOAN,
  PLACE_FUND,
  PLACE_ISSUED,
  PLACE_OUTSIDE,
  PLACE_POOL,
  PLACE_POSITION,
  PLACE_POSITION_SLOTS,
  type PlannedPool,
  plannedPool,
  startPosting,
} from './postingScratch.ts';

/**
 * Applies a posting whole, or throws an `InvariantViolation` and changes nothing. Cost: about a microsecond for a trade
 * between two accounts, linear in the number of legs.
 */
export function post(ledger: Ledger, legs: readonly Leg[]): void {
  const { scratch } = ledger;
  startPosting(scratch);
  for (const leg of legs) gather(ledger, leg);
  checkNets(ledger);
  // Checks may append entries that count slots; those are checked in turn.
  for (let entry = 0; entry < scratch.entryCount; entry += 1) checkEntry(ledger, entry);
  checkOpenInterest(ledger);
  checkPools(ledger);
  // ── point of no return: below this line nothing can fail ──
  if (scratch.closing) {
    for (let entry = 0; entry < scratch.entryCount; entry += 1) {
      if (uint8At(scratch.entryCloses, entry) === 1) writeEntry(ledger, entry);
    }
  }
  for (let entry = 0; entry < scratch.entryCount; entry += 1) {
    if (uint8At(scratch.entryCloses, entry) === 0) writeEntry(ledger, entry);
  }
  for (const pool of scratch.pools) ledger.pools[pool.asset] = pool;
}

function gather(ledger: Ledger, leg: Leg): void {
  const { scratch } = ledger;
  switch (leg.place) {
    case 'cash': {
      const group = openGroup(ledger, leg.account);
      addToAsset(scratch, settlementAsset(ledger, group), leg.amount);
      addToEntry(scratch, entryOf(scratch, PLACE_CASH, leg.account, group), leg.amount);
      return;
    }
    case 'position': {
      const group = openGroup(ledger, leg.account);
      if (instrumentGroup(ledger.accounts.instruments, leg.instrument) !== group) {
        refuse('An account holds instruments of its own group only', leg.instrument);
      }
      addToInstrument(scratch, leg.instrument, leg.lots);
      addLotsToEntry(scratch, entryOf(scratch, PLACE_POSITION, leg.account, leg.instrument), leg.lots);
      return;
    }
    case 'balance':
      openGroup(ledger, leg.account);
      return gatherValue(ledger, PLACE_BALANCE, leg.account, leg.asset * 4 + KIND_COLLATERAL, leg.asset, leg.amount);
    case 'pool':
      return gatherValue(ledger, PLACE_POOL, leg.asset, 0, leg.asset, leg.amount);
    case 'fund': {
      const asset = settlementAsset(ledger, leg.group);
      return gatherValue(ledger, PLACE_FUND, leg.group, FUND_KINDS.indexOf(leg.fund), asset, leg.amount);
    }
    case 'amm':
      return gatherValue(ledger, PLACE_AMM, leg.pool, leg.asset, leg.asset, leg.amount);
    case 'outside':
      return gatherValue(ledger, PLACE_OUTSIDE, leg.asset, 0, leg.asset, leg.amount);
    case 'issued':
      return gatherValue(ledger, PLACE_ISSUED, leg.asset, 0, leg.asset, leg.amount);
    case 'supplyShares':
      openGroup(ledger, leg.account);
      return gatherShares(ledger, leg.account, leg.asset * 4 + KIND_SUPPLY, leg.shares);
    case 'debtShares':
      openGroup(ledger, leg.account);
      return gatherShares(ledger, leg.account, leg.asset * 4 + KIND_DEBT, leg.shares);
    case 'cashLoan': {
      const group = openGroup(ledger, leg.account);
      if (leg.principal < 0n) refuse('The principal of a cash loan is not negative', leg.principal);
      entryOf(scratch, PLACE_CASH, leg.account, group);
      const entry = entryOf(scratch, PLACE_CASH_LOAN, leg.account, 0);
      addToEntry(scratch, entry, leg.interest);
      scratch.entryLoanPrincipal[entry] = leg.principal;
      scratch.sizesLoans = true;
      return;
    }
    default:
      unreachable(leg);
  }
}

function gatherValue(ledger: Ledger, place: number, first: number, second: number, asset: number, change: bigint): void {
  const { scratch } = ledger;
  addToAsset(scratch, asset, change);
  addToEntry(scratch, entryOf(scratch, place, first, second), change);
}

function gatherShares(ledger: Ledger, account: number, key: number, change: bigint): void {
  addToEntry(ledger.scratch, entryOf(ledger.scratch, PLACE_BALANCE, account, key), change);
}

/** The group of an account that may be posted to. */
function openGroup(ledger: Ledger, account: AccountId): number {
  if (!isOpen(ledger.accounts, account)) refuse('An account that is posted to is open', account);
  return int32At(ledger.accounts.group, account);
}

function settlementAsset(ledger: Ledger, group: number): AssetId {
  const figures = ledger.groups[group];
  if (figures === null || figures === undefined) refuse('A group that is posted to is registered', group);
  return figures.settlementAsset;
}

function checkNets(ledger: Ledger): void {
  const { assetCount, assets, assetSums, instrumentCount, instruments, instrumentSums } = ledger.scratch;
  for (let at = 0; at < assetCount; at += 1) {
    if (assetSums[at] !== 0n) {
      refuse(`The value legs of a posting net to zero; those of asset ${assets[at]} do not`, assetSums[at]);
    }
  }
  for (let at = 0; at < instrumentCount; at += 1) {
    if (instrumentSums[at] !== 0) {
      refuse(`The position legs of a posting net to zero; those of instrument ${instruments[at]} do not`, instrumentSums[at]);
    }
  }
}

function checkEntry(ledger: Ledger, entry: number): void {
  const { scratch } = ledger;
  const first = int32At(scratch.entryFirst, entry);
  const second = int32At(scratch.entrySecond, entry);
  switch (int32At(scratch.entryPlace, entry)) {
    case PLACE_CASH:
      return checkCash(ledger, entry, first, second);
    case PLACE_BALANCE:
      return checkBalance(ledger, entry, first, second);
    case PLACE_POSITION:
      return checkPosition(ledger, entry, first, second);
    case PLACE_POOL: {
      const pool = poolPlan(ledger, first);
      pool.cash = amount(bounded(pool.cash, entryAt(scratch.entryAmount, entry), 'The cash of a pool'));
      return;
    }
    case PLACE_FUND:
      return checkFund(ledger, entry, first, second);
    case PLACE_AMM: {
      const amm = ledger.amms[first];
      const reserve = amm?.reserves[amm.assets.indexOf(assetId(second))];
      if (reserve === undefined) refuse('An AMM pool that is posted to holds the asset', second);
      bounded(reserve, entryAt(scratch.entryAmount, entry), 'The reserve of an AMM pool');
      return;
    }
    case PLACE_OUTSIDE:
    case PLACE_ISSUED: {
      const figures = ledger.assets[first];
      if (figures === null || figures === undefined) refuse('An asset that is posted to is registered', first);
      const outside = int32At(scratch.entryPlace, entry) === PLACE_OUTSIDE;
      const contra = outside ? figures.outside : figures.issued;
      bounded(-contra, -entryAt(scratch.entryAmount, entry), outside ? 'The holding of an asset' : 'An asset in circulation');
      return;
    }
    case PLACE_POSITION_SLOTS:
      return checkSlots(uint16At(ledger.accounts.positionCount, first), float64At(scratch.entryLots, entry), POSITIONS_MAX);
    case PLACE_BALANCE_SLOTS:
      return checkSlots(uint16At(ledger.accounts.balanceCount, first), float64At(scratch.entryLots, entry), BALANCES_MAX);
    default:
      return;
  }
}

/** Plans the loan behind the account's cash as well: it stays as it is unless the posting sizes it anew. */
function checkCash(ledger: Ledger, entry: number, account: number, group: number): void {
  const { accounts, scratch } = ledger;
  const next = bigint64At(accounts.cash, account) + entryAt(scratch.entryAmount, entry);
  if (next > AMOUNT_MAX || next < -AMOUNT_MAX) refuse('The cash of an account is below 2^62', next);
  if (!scratch.sizesLoans) return;
  const loanShares = bigint64At(accounts.loanShares, account);
  const principal = bigint64At(accounts.loanPrincipal, account);
  scratch.entryLoanShares[entry] = loanShares;
  scratch.entryLoanPrincipal[entry] = principal;
  const loanEntry = findEntry(scratch, PLACE_CASH_LOAN, account, 0);
  if (loanEntry < 0) return;
  const asset = settlementAsset(ledger, group);
  if ((ledger.pools[asset] ?? null) === null) refuse('A cash loan is sized where the asset has a lending pool', asset);
  const pool = poolPlan(ledger, asset);
  const owed = loanInterest(pool, { shares: shares(loanShares), principal: amount(principal) });
  const paid = entryAt(scratch.entryAmount, loanEntry);
  if (paid < 0n || paid > owed) refuse('The interest paid on cash is at most what is owed', paid);
  const sized = amount(entryAt(scratch.entryLoanPrincipal, loanEntry));
  const loan = sizedLoan(pool, { principal: sized, interest: amount(owed - paid) });
  scratch.entryLoanShares[entry] = loan.shares;
  scratch.entryLoanPrincipal[entry] = loan.principal;
  pool.loanShares = shares(pool.loanShares + loan.shares - loanShares);
  pool.loanPrincipal = amount(pool.loanPrincipal + loan.principal - principal);
}

function checkBalance(ledger: Ledger, entry: number, account: number, key: number): void {
  const { scratch } = ledger;
  const change = entryAt(scratch.entryAmount, entry);
  if ((ledger.assets[key >> 2] ?? null) === null) refuse('An asset that is posted to is registered', key >> 2);
  const before = balanceByKey(ledger.accounts, account, key);
  const after = bounded(before, change, 'A balance');
  if ((key & 3) === KIND_SUPPLY) {
    const pool = poolPlan(ledger, key >> 2);
    pool.supplyShares = shares(pool.supplyShares + change);
  } else if ((key & 3) === KIND_DEBT) {
    const pool = poolPlan(ledger, key >> 2);
    pool.debtShares = shares(pool.debtShares + change);
  }
  countSlot(ledger, entry, PLACE_BALANCE_SLOTS, account, before !== 0n, after !== 0n);
}

function checkPosition(ledger: Ledger, entry: number, account: number, instrument: number): void {
  const { accounts, scratch } = ledger;
  const slot = positionSlot(accounts, account, instrument);
  const before = slot < 0 ? 0 : float64At(accounts.positionLots, slot);
  const after = before + float64At(scratch.entryLots, entry);
  if (Math.abs(after) > LOTS_MAX) refuse('A position is at most 2^40 lots', after);
  addLongChange(scratch, instrument, before, after);
  countSlot(ledger, entry, PLACE_POSITION_SLOTS, account, before !== 0, after !== 0);
}

function countSlot(ledger: Ledger, entry: number, place: number, account: number, before: boolean, after: boolean): void {
  if (before === after) return;
  const { scratch } = ledger;
  if (before) {
    scratch.entryCloses[entry] = 1;
    scratch.closing = true;
  }
  addLotsToEntry(scratch, entryOf(scratch, place, account, 0), after ? 1 : -1);
}

function checkSlots(present: number, change: number, most: number): void {
  if (present + change > most) refuse('An account holds at most 128 positions and 128 balances', present + change);
}

function checkFund(ledger: Ledger, entry: number, group: number, fund: number): void {
  const kind: FundKind = entryAt(FUND_KINDS, fund);
  const present = entryAt(ledger.groups[group]?.funds ?? [], fund);
  const change = entryAt(ledger.scratch.entryAmount, entry);
  const next = present + change;
  if (kind === 'socialised') {
    if (next > AMOUNT_MAX || next < -AMOUNT_MAX) refuse('A fund is below 2^62', next);
  } else if (kind === 'deficit') {
    bounded(-present, -change, 'A deficit');
  } else {
    bounded(present, change, 'A fund');
  }
}

function checkOpenInterest(ledger: Ledger): void {
  const { instrumentCount, instruments, longChanges } = ledger.scratch;
  for (let at = 0; at < instrumentCount; at += 1) {
    const long = float64At(ledger.accounts.instruments.longLots, entryAt(instruments, at)) + entryAt(longChanges, at);
    if (long > OPEN_INTEREST_MAX) refuse('The open interest of an instrument is at most 2^51 lots', long);
  }
}

function checkPools(ledger: Ledger): void {
  for (const pool of ledger.scratch.pools) {
    const negative = pool.supplyShares < 0n || pool.debtShares < 0n;
    if (negative) refuse('The shares of a pool are not negative', pool.asset);
    if (poolResidual(pool) < 0n) {
      refuse(`Pool ${pool.asset} owes no more than it has and is owed, in 1e-27 of a unit`, poolResidual(pool));
    }
  }
}

function poolPlan(ledger: Ledger, asset: number): PlannedPool {
  const present = ledger.pools[asset];
  if (present === null || present === undefined) refuse('A lending pool that is posted to is registered', asset);
  return plannedPool(ledger.scratch, present);
}

function bounded(present: bigint, change: bigint, what: string): bigint {
  const next = present + change;
  if (next < 0n || next > AMOUNT_MAX) refuse(`${what} is not negative and below 2^62`, next);
  return next;
}

function writeEntry(ledger: Ledger, entry: number): void {
  const { accounts, scratch } = ledger;
  const first = int32At(scratch.entryFirst, entry);
  const second = int32At(scratch.entrySecond, entry);
  const change = entryAt(scratch.entryAmount, entry);
  switch (int32At(scratch.entryPlace, entry)) {
    case PLACE_CASH: {
      const group = ledger.groups[second];
      if (group !== null && group !== undefined) group.cash += change;
      addCash(accounts, accountId(first), change);
      if (!scratch.sizesLoans) return;
      accounts.loanShares[first] = entryAt(scratch.entryLoanShares, entry);
      accounts.loanPrincipal[first] = entryAt(scratch.entryLoanPrincipal, entry);
      return;
    }
    case PLACE_POSITION:
      addLots(accounts, accountId(first), {
        instrument: instrumentId(second),
        lots: lots(float64At(scratch.entryLots, entry)),
      });
      return;
    case PLACE_BALANCE: {
      addBalance(accounts, accountId(first), { key: second, value: change });
      const figures = ledger.assets[second >> 2];
      if ((second & 3) === KIND_COLLATERAL && figures) figures.collateral += change;
      return;
    }
    case PLACE_FUND: {
      const funds = ledger.groups[first]?.funds;
      if (funds) funds[second] = amount(entryAt(funds, second) + change);
      return;
    }
    case PLACE_AMM: {
      const amm = ledger.amms[first];
      const at = amm?.assets.indexOf(assetId(second)) ?? -1;
      if (amm) amm.reserves[at] = amount(entryAt(amm.reserves, at) + change);
      return;
    }
    case PLACE_OUTSIDE:
    case PLACE_ISSUED: {
      const figures = ledger.assets[first];
      if (!figures) return;
      if (int32At(scratch.entryPlace, entry) === PLACE_OUTSIDE) figures.outside = amount(figures.outside + change);
      else figures.issued = amount(figures.issued + change);
      return;
    }
    default:
      return; // pools are written whole; slot counts and interest are plans
  }
}

function refuse(sentence: string, figure: bigint | number | undefined): never {
  throw new InvariantViolation(`${sentence}; here it is ${String(figure)}.`);
}
