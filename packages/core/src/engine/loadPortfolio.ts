import { isOpen, modeOf } from '../ledger/accountStore.ts';
import {
  assetOfKey,
  balanceCount,
  balanceKey,
  balanceKeyAt,
  balanceSlot,
  balanceStart,
  balanceValueAt,
  KIND_COLLATERAL,
  KIND_SUPPLY,
} from '../ledger/balances.ts';
import { netCashOf } from '../ledger/ledger.ts';
import type { BalanceKind, Leg } from '../ledger/legs.ts';
import { debtValue, type LendingPool, supplyValue } from '../ledger/lendingPool.ts';
import { instrumentAt, lotsAt, ownerGrossLots, positionCount, positionStart } from '../ledger/positions.ts';
import {
  addBalance,
  addPosition,
  BALANCE_COLLATERAL,
  BALANCE_DEBT,
  BALANCE_SUPPLY,
  clearPortfolio,
  type Portfolio,
} from '../margin/portfolio.ts';
import { absNumber, addNumber } from '../numeric/arithmetic.ts';
import { assert } from '../numeric/assert.ts';
import { type AccountId, assetId, type InstrumentId, type Lots, shares, ticks, ZERO_TICKS } from '../numeric/brand.ts';
import { groupIdOf, instrumentStateOf, lotsOf, ownerOf, poolOf } from './lookup.ts';
import type { EngineState } from './state.ts';

const NO_LEGS: readonly Leg[] = [];

/**
 * Fills `out` with an account as margin sees it: cash net of accrued loan interest, lots, balances in ledger units. With
 * `legs` it is the account as it would be after that posting; so a command is judged on the state it would leave,
 * without writing it. Positions of settled instruments are already cash. Cost: linear in what the account holds.
 */
export function loadPortfolio(state: EngineState, account: AccountId, out: Portfolio, legs: readonly Leg[] = NO_LEGS): void {
  const store = state.ledger.accounts;
  assert(isOpen(store, account), 'A portfolio is loaded of an open account.');
  const owner = ownerOf(state, account);
  clearPortfolio(out, { mode: modeOf(store, account), group: groupIdOf(state, account), owner, cash: ZERO_TICKS });
  let cash: bigint = netCashOf(state.ledger, account);
  for (const leg of legs) if (leg.place === 'cash' && leg.account === account) cash += leg.amount;
  cash += loadPositions(state, account, out, legs);
  loadBalances(state, account, out, legs);
  out.cash = ticks(cash);
}

/** Adds the positions and returns what positions of settled instruments are worth in cash. */
function loadPositions(state: EngineState, account: AccountId, out: Portfolio, legs: readonly Leg[]): bigint {
  const store = state.ledger.accounts;
  const start = positionStart(store, account);
  const end = start + positionCount(store, account);
  let settled = 0n;
  for (let slot = start; slot < end; slot += 1) {
    const instrument = instrumentAt(store, slot);
    settled += loadPosition(state, out, { account, instrument, held: lotsAt(store, slot) }, legs);
  }
  for (let i = 0; i < legs.length; i += 1) {
    const leg = legs[i];
    if (leg?.place !== 'position' || leg.account !== account) continue;
    if (lotsOf(state, account, leg.instrument) !== 0 || isRepeated(legs, i)) continue;
    settled += loadPosition(
      state,
      out,
      { account, instrument: leg.instrument, held: lotsOf(state, account, leg.instrument) },
      legs,
    );
  }
  return settled;
}

/** True when an earlier leg moves the same position. */
function isRepeated(legs: readonly Leg[], index: number): boolean {
  const leg = legs[index];
  for (let i = 0; i < index; i += 1) {
    const other = legs[i];
    if (
      leg?.place === 'position' &&
      other?.place === 'position' &&
      other.account === leg.account &&
      other.instrument === leg.instrument
    )
      return true;
  }
  return false;
}

function loadPosition(
  state: EngineState,
  out: Portfolio,
  position: { readonly account: AccountId; readonly instrument: InstrumentId; readonly held: Lots },
  legs: readonly Leg[],
): bigint {
  const { account, instrument, held } = position;
  const owner = out.owner;
  let after = held;
  let ownerGross = ownerGrossLots(state.ledger.accounts, owner, instrument);
  for (const leg of legs) {
    if (leg.place !== 'position' || leg.instrument !== instrument) continue;
    if (leg.account === account) after = addNumber(after, leg.lots);
    if (ownerOf(state, leg.account) === owner) {
      const other = lotsOf(state, leg.account, instrument);
      ownerGross += absNumber(addNumber(other, leg.lots)) - absNumber(other);
    }
  }
  if (after === 0) return 0n;
  const { status, finalPrice, funding, socialIndex } = instrumentStateOf(state, instrument);
  if (status === 'settled' && finalPrice !== null) {
    return BigInt(after) * BigInt(finalPrice - funding.index) - BigInt(absNumber(after)) * BigInt(socialIndex);
  }
  addPosition(out, { instrument, lots: after, ownerGross: Math.max(ownerGross, absNumber(after)) });
  return 0n;
}

function loadBalances(state: EngineState, account: AccountId, out: Portfolio, legs: readonly Leg[]): void {
  const store = state.ledger.accounts;
  const start = balanceStart(store, account);
  const end = start + balanceCount(store, account);
  for (let slot = start; slot < end; slot += 1) {
    const key = balanceKeyAt(store, slot);
    loadBalance(state, out, key, balanceValueAt(store, slot) + legsOn(legs, account, key));
  }
  for (let i = 0; i < legs.length; i += 1) {
    const leg = legs[i];
    const key = leg === undefined ? null : keyOf(leg, account);
    if (key === null || balanceSlot(state.ledger.accounts, account, key) >= 0) continue;
    if (legs.findIndex((other) => keyOf(other, account) === key) !== i) continue;
    loadBalance(state, out, key, legsOn(legs, account, key));
  }
}

function legsOn(legs: readonly Leg[], account: AccountId, key: number): bigint {
  let total = 0n;
  for (const leg of legs) {
    if (keyOf(leg, account) !== key) continue;
    if (leg.place === 'balance') total += leg.amount;
    else if (leg.place === 'supplyShares' || leg.place === 'debtShares') total += leg.shares;
  }
  return total;
}

const KIND_OF_PLACE: Readonly<Record<'balance' | 'supplyShares' | 'debtShares', BalanceKind>> = {
  balance: 'collateral',
  supplyShares: 'supply',
  debtShares: 'debt',
};

function keyOf(leg: Leg, account: AccountId): number | null {
  if (leg.place !== 'balance' && leg.place !== 'supplyShares' && leg.place !== 'debtShares') return null;
  return leg.account === account ? balanceKey(leg.asset, KIND_OF_PLACE[leg.place]) : null;
}

function loadBalance(state: EngineState, out: Portfolio, key: number, value: bigint): void {
  if (value <= 0n) return;
  const asset = assetOfKey(key);
  const kind = key & 3;
  if (kind === KIND_COLLATERAL) return addBalance(out, { asset, kind: BALANCE_COLLATERAL, amount: value });
  const pool: LendingPool = poolOf(state, assetId(asset));
  if (kind === KIND_SUPPLY) return addBalance(out, { asset, kind: BALANCE_SUPPLY, amount: supplyValue(pool, shares(value)) });
  addBalance(out, { asset, kind: BALANCE_DEBT, amount: debtValue(pool, shares(value)) });
}
