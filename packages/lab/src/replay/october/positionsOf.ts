import type { EngineState } from '@plimsoll/core/engine';
import { instrumentAt, lotsAt, positionCount, positionStart } from '@plimsoll/core/ledger';
import type { AccountId, InstrumentId } from '@plimsoll/core/numeric';

/** What an account holds, in slot order. */
export function positionsOf(
  state: EngineState,
  account: AccountId,
): readonly { readonly instrument: InstrumentId; readonly lots: number }[] {
  const store = state.ledger.accounts;
  const start = positionStart(store, account);
  return Array.from({ length: positionCount(store, account) }, (_, place) => ({
    instrument: instrumentAt(store, start + place),
    lots: lotsAt(store, start + place),
  }));
}
