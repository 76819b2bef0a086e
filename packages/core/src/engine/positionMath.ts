import { openInterest as openInterestOf } from '../ledger/instrumentTotals.ts';
import { absNumber, addNumber, maxNumber, subNumber } from '../numeric/arithmetic.ts';
import { type AccountId, type InstrumentId, type Lots, lots } from '../numeric/brand.ts';
import { lotsOf } from './lookup.ts';
import type { EngineState } from './state.ts';

export const ZERO_LOTS: Lots = lots(0);

export function addLots(a: Lots, b: Lots): Lots {
  return addNumber(a, b);
}

/** True when a change takes a position toward zero and not beyond it. */
export function isReducing(held: Lots, change: Lots): boolean {
  if (held === 0 || change === 0) return change === 0;
  return held > 0 !== change > 0 && absNumber(change) <= absNumber(held);
}

/** Long lots in total after a trade. */
export function openInterestAfter(
  state: EngineState,
  trade: { readonly instrument: InstrumentId; readonly buyer: AccountId; readonly seller: AccountId; readonly lots: Lots },
): number {
  const { instrument, buyer, seller } = trade;
  const long = (held: Lots): Lots => maxNumber(held, ZERO_LOTS);
  const bought = lotsOf(state, buyer, instrument);
  const sold = lotsOf(state, seller, instrument);
  const before = addNumber(long(bought), long(sold));
  const after = addNumber(long(addNumber(bought, trade.lots)), long(subNumber(sold, trade.lots)));
  return openInterestOf(state.ledger.accounts.instruments, instrument) + subNumber(after, before);
}
