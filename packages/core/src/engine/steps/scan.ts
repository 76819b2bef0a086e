import { accountId, type AccountId, ZERO_TICKS } from '../../numeric/brand.ts';
import { compareNumber } from '../../numeric/arithmetic.ts';
import { type BlockRun, emit } from '../block.ts';
import { figuresOf } from '../healthOf.ts';
import { accountCount, isOpenAccount } from '../lookup.ts';
import { surelyHealthy } from '../healthFilter.ts';

/**
 * Keeps the list of accounts below maintenance. All accounts are looked at when prices, marks or parameters moved and at the
 * scan interval (interest grows in between); otherwise those that the block touched. The filter passes only accounts that are
 * certainly healthy; the others are computed exactly.
 */
export function scanAccounts(run: BlockRun): void {
  const { view } = run;
  const { state } = view;
  const isFull = view.pricesMoved || state.timeMs - state.lastScanMs >= state.parameters.global.scanEveryMs;
  const fell: AccountId[] = [];
  const rose: AccountId[] = [];
  const look = (account: AccountId): void => {
    const isBelow = isOpenAccount(state, account) && !surelyHealthy(view, account) && figuresOf(view, account, view.scanned).healthMaintenance < ZERO_TICKS;
    if (isBelow && !state.below.has(account)) fell.push(account);
    if (!isBelow && state.below.has(account)) rose.push(account);
  };
  if (isFull) for (let row = 0; row < accountCount(state); row += 1) look(accountId(row));
  else for (const account of [...view.touched].sort(compareNumber)) look(account);
  view.pricesMoved = false;
  if (isFull || fell.length > 0 || rose.length > 0) {
    emit(run, { kind: 'scanned', atMs: isFull ? state.timeMs : state.lastScanMs, fell, rose });
  }
}
