import { openInterest } from '../ledger/instrumentTotals.ts';
import { absNumber } from '../numeric/arithmetic.ts';
import type { InstrumentId, Lots } from '../numeric/brand.ts';
import type { EngineState } from './state.ts';

/** True when a change takes a position toward zero and not beyond it. */
export function isReducing(held: Lots, change: Lots): boolean {
  if (held === 0 || change === 0) return change === 0;
  return held > 0 !== change > 0 && absNumber(change) <= absNumber(held);
}

/** Long lots in total after a trade between one who held `bought` and one who held `sold`. At most 2^51 + 2^42: exact. */
export function openInterestAfter(
  state: EngineState,
  trade: { readonly instrument: InstrumentId; readonly bought: Lots; readonly sold: Lots; readonly lots: Lots },
): number {
  const { instrument, bought, sold, lots } = trade;
  const before = Math.max(bought, 0) + Math.max(sold, 0);
  const after = Math.max(bought + lots, 0) + Math.max(sold - lots, 0);
  return openInterest(state.ledger.accounts.instruments, instrument) + (after - before);
}
