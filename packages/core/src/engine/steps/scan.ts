import { compareNumber } from '../../numeric/arithmetic.ts';
import { type AccountId, ZERO_TICKS } from '../../numeric/brand.ts';
import { type BlockRun, emit } from '../block.ts';
import { flagAccounts, flagAllAccounts } from '../healthFilter.ts';
import { figuresOf } from '../healthOf.ts';
import { sideOf } from '../healthSides.ts';
import type { EngineView } from '../view.ts';

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
  const flagged = isFull ? flagAllAccounts(view) : touchedAndFlagged(view);
  const below = new Set(flagged.filter((account) => isBelow(view, account)));
  for (const account of below) if (!state.below.has(account)) fell.push(account);
  const looked = isFull ? state.below : view.touched;
  for (const account of looked) if (state.below.has(account) && !below.has(account)) rose.push(account);
  rose.sort(compareNumber);
  view.pricesMoved = false;
  if (isFull || fell.length > 0 || rose.length > 0) {
    emit(run, { kind: 'scanned', atMs: isFull ? state.timeMs : state.lastScanMs, fell, rose });
  }
}

function isBelow(view: EngineView, account: AccountId): boolean {
  const side = sideOf(view, account, 'health');
  return side === 0 ? figuresOf(view, account, view.scanned).healthMaintenance < ZERO_TICKS : side < 0;
}

function touchedAndFlagged(view: EngineView): readonly AccountId[] {
  return flagAccounts(view, Int32Array.from(view.touched).sort(compareNumber));
}
