import { nextInTurn, selectForLiquidation } from '../../../liquidation/queue.ts';
import { compareNumber } from '../../../numeric/arithmetic.ts';
import { type AccountId, ticks, timeMs, ZERO_TICKS } from '../../../numeric/brand.ts';
import { auctionedAccounts, waitingAccounts } from '../../accountLists.ts';
import { type BlockRun, emit } from '../../block.ts';
import { figuresOf, isLiquidatable } from '../../healthOf.ts';
import { groupIdOf } from '../../lookup.ts';
import { scanAccounts } from '../scan.ts';
import { visitAuction } from './visitAuction.ts';

/**
 * Step 5: open auctions for accounts below their line, clear the bids of this block, then let the layers behind them act, each
 * only when those above are exhausted. Opening and visiting are bounded per block; what does not fit waits, in queue order.
 */
export function liquidate(run: BlockRun): void {
  scanAccounts(run);
  openAuctions(run);
  visitAuctions(run);
  run.view.bids.clear();
  run.view.escrow.clear();
  askForScan(run);
}

/** A loss that was shared after the scan moved values: the next scan is full, in canonical state, so that a restored node does it too. */
function askForScan(run: BlockRun): void {
  if (!run.view.pricesMoved) return;
  run.view.pricesMoved = false;
  emit(run, { kind: 'scanned', atMs: timeMs(0), fell: [], rose: [] });
}

function openAuctions(run: BlockRun): void {
  const { view } = run;
  const { state } = view;
  const unsold = waitingAccounts(view.lists, state);
  if (unsold.size === 0) return;
  const waiting = [...unsold]
    .filter((account) => !isTrancheAccount(run, account))
    .sort(compareNumber)
    .map((account) => ({ account, shortfall: ticks(-figuresOf(view, account, view.scanned).healthMaintenance) }))
    .filter(({ account, shortfall }) => shortfall > ZERO_TICKS && isLiquidatable(view, account));
  if (waiting.length === 0) return;
  const { selected, cursor } = selectForLiquidation(waiting, {
    budget: state.parameters.global.budget.auctionsOpened,
    cursor: state.cursors.queue,
  });
  for (const account of selected) openAuction(run, account);
  if (cursor !== state.cursors.queue) emit(run, { kind: 'cursorsMoved', ...state.cursors, queue: cursor });
}

function openAuction(run: BlockRun, account: AccountId): void {
  const { state } = run.view;
  const { timeMs } = state;
  const before = state.auctions.get(account);
  if (before !== undefined)
    return emit(run, { kind: 'auctionStaged', auction: { ...before, stage: 'liquidation', stageAtMs: timeMs } });
  emit(run, {
    kind: 'auctionOpened',
    auction: {
      account,
      group: groupIdOf(state, account),
      stage: 'liquidation',
      openedAtMs: timeMs,
      stageAtMs: timeMs,
      reservedCash: ZERO_TICKS,
      wiped: false,
    },
  });
}

/** Tranches are sold by nobody: their caps stop buying, and what they hold is worked off by their providers. */
function isTrancheAccount(run: BlockRun, account: AccountId): boolean {
  return run.view.state.tranches.some((tranche) => tranche.account === account);
}

/** Auctions with bids first, all of them; then the others in turn by account id, up to the budget. */
function visitAuctions(run: BlockRun): void {
  const { view } = run;
  const { state } = view;
  const { bids } = view;
  for (const account of [...bids.keys()].sort(compareNumber)) if (state.auctions.has(account)) visitAuction(run, account);
  const open = auctionedAccounts(view.lists, state);
  const quiet = bids.size === 0 ? open : open.filter((account) => !bids.has(account));
  const quietCount = quiet.length;
  const visited = nextInTurn(quiet, { cursor: state.cursors.visit, count: state.parameters.global.budget.auctionsVisited });
  for (const account of visited) visitAuction(run, account);
  const last = visited.at(-1);
  if (last !== undefined && visited.length < quietCount) emit(run, { kind: 'cursorsMoved', ...state.cursors, visit: last });
}
