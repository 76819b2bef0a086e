import type { Engine } from '@plimsoll/core/engine';
import { figuresOf, isOpenAccount } from '@plimsoll/core/engine';
import { accountId } from '@plimsoll/core/numeric';
import type { ReadMargin } from '../audit/auditor.ts';

/** The margin that the engine decides with, from its own model of the account's group; zeros for a closed account. */
export const readMargin: ReadMargin = (engine: Engine, account: number) => {
  const id = accountId(account);
  if (!isOpenAccount(engine.state, id))
    return { equity: 0n, haircutEquityMaintenance: 0n, haircutEquityInitial: 0n, maintenance: 0n, initial: 0n };
  return figuresOf(engine.view, id, engine.view.scanned);
};
