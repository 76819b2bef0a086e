import { BALANCES_MAX, balanceByKey, balanceCount, balanceKey } from '../ledger/balances.ts';
import type { BalanceKind, Leg } from '../ledger/legs.ts';
import { positionCount, positionSlot } from '../ledger/positions.ts';
import type { AccountId } from '../numeric/brand.ts';
import { POSITIONS_MAX } from '../numeric/limits.ts';
import type { EngineState } from './state.ts';

/** True when the account has room for every position and balance that the legs would open. Closing ones are not counted on. */
export function hasSlotsFor(state: EngineState, account: AccountId, legs: readonly Leg[]): boolean {
  const store = state.ledger.accounts;
  // However the legs fall, they open no more slots than there are legs.
  if (
    Math.max(positionCount(store, account), balanceCount(store, account)) + legs.length <=
    Math.min(POSITIONS_MAX, BALANCES_MAX)
  )
    return true;
  const instruments = new Set<number>();
  const keys = new Set<number>();
  for (const leg of legs) {
    if (!('account' in leg) || leg.account !== account) continue;
    if (leg.place === 'position' && positionSlot(store, account, leg.instrument) < 0) instruments.add(leg.instrument);
    const kind = kindOf(leg);
    if (kind === null || !('asset' in leg)) continue;
    const key = balanceKey(leg.asset, kind);
    if (balanceByKey(store, account, key) === 0n) keys.add(key);
  }
  return (
    positionCount(store, account) + instruments.size <= POSITIONS_MAX && balanceCount(store, account) + keys.size <= BALANCES_MAX
  );
}

function kindOf(leg: Leg): BalanceKind | null {
  if (leg.place === 'balance') return 'collateral';
  if (leg.place === 'supplyShares') return 'supply';
  return leg.place === 'debtShares' ? 'debt' : null;
}
