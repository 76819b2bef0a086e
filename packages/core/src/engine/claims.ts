import { grossLots } from '../ledger/instrumentTotals.ts';
import type { Leg } from '../ledger/legs.ts';
import { instrumentAt, lotsAt, positionCount, positionStart } from '../ledger/positions.ts';
import { claimCashChange, claimCashChangeForSupply, claimOfPosition, claimOfSupply } from '../ledger/recoveryClaims.ts';
import { addNumber } from '../numeric/arithmetic.ts';
import { type AccountId, type GroupId, RAY_ONE, shares, type Ticks, ticks } from '../numeric/brand.ts';
import { mulDivDown } from '../numeric/rounding.ts';
import {
  groupIdOf,
  instrumentStateOf,
  lotsOf,
  poolOf,
  settlementAssetOf,
  settlementAssetOfGroup,
  supplySharesOf,
} from './lookup.ts';
import type { EngineState } from './state.ts';

/**
 * Recovery claims. A loss beyond its bound raises a claim index (per |lot| of an instrument, per supply share of a pool).
 * An account's claim is its own entry plus what its lots and shares carry, so the entry moves whenever those do.
 */
export function moveClaims(state: EngineState, legs: readonly Leg[]): void {
  for (const leg of legs) {
    if (leg.place === 'position') {
      const { claimIndex } = instrumentStateOf(state, leg.instrument);
      if (claimIndex === 0) continue;
      const before = lotsOf(state, leg.account, leg.instrument);
      addClaim(state, leg.account, claimCashChange({ lotsBefore: before, lotsAfter: addNumber(before, leg.lots), claimIndex }));
    }
    if (leg.place === 'supplyShares' && leg.asset === settlementAssetOf(state, leg.account)) {
      const { claimIndex } = poolOf(state, leg.asset);
      if (claimIndex === 0n) continue;
      const before = supplySharesOf(state, leg.account, leg.asset);
      addClaim(
        state,
        leg.account,
        claimCashChangeForSupply({ sharesBefore: before, sharesAfter: shares(before + leg.shares), claimIndex }),
      );
    }
  }
}

function addClaim(state: EngineState, account: AccountId, change: bigint): void {
  const next = (state.claims.get(account) ?? 0n) + change;
  if (next === 0n) state.claims.delete(account);
  else state.claims.set(account, next);
}

/** What the account is owed from the group's recoveries, in ticks. */
export function claimOf(state: EngineState, account: AccountId): Ticks {
  const store = state.ledger.accounts;
  let claim = state.claims.get(account) ?? 0n;
  const start = positionStart(store, account);
  for (let slot = start; slot < start + positionCount(store, account); slot += 1) {
    claim += claimOfPosition(lotsAt(store, slot), instrumentStateOf(state, instrumentAt(store, slot)).claimIndex);
  }
  const asset = settlementAssetOf(state, account);
  claim += claimOfSupply(supplySharesOf(state, account, asset), poolOf(state, asset).claimIndex);
  return ticks(claim);
}

/** Everything that the group's recoveries owe. */
export function outstandingClaims(state: EngineState, group: GroupId): Ticks {
  let total = 0n;
  for (const [account, claim] of state.claims) if (groupIdOf(state, account) === group) total += claim;
  for (const terms of state.terms.instruments) {
    if (terms.group !== group) continue;
    total +=
      BigInt(grossLots(state.ledger.accounts.instruments, terms.id)) * BigInt(instrumentStateOf(state, terms.id).claimIndex);
  }
  const pool = poolOf(state, settlementAssetOfGroup(state, group));
  total += mulDivDown<bigint>(pool.supplyShares, pool.claimIndex, RAY_ONE);
  return ticks(total);
}

/** What the group's recoveries have paid so far. */
export function recoveredOf(state: EngineState, group: GroupId): bigint {
  let total = 0n;
  for (const [account, paid] of state.recovered) if (groupIdOf(state, account) === group) total += paid;
  return total;
}
