import { cashOf } from '../../ledger/accountStore.ts';
import { balanceCount } from '../../ledger/balances.ts';
import { debtValue, sharesForRepayment } from '../../ledger/lendingPool.ts';
import { positionCount } from '../../ledger/positions.ts';
import { advanceTranche, dueRedemptions, payRedemption } from '../../liquidity/backstopVault.ts';
import { computeMargin } from '../../margin/computeMargin.ts';
import { max, min, neg } from '../../numeric/arithmetic.ts';
import { type AccountId, amount, shares, type Ticks, ticks, trancheId, ZERO_AMOUNT, ZERO_TICKS } from '../../numeric/brand.ts';
import { type BlockRun, emit } from '../block.ts';
import { withShares } from '../commands/trancheHoldings.ts';
import { loadPortfolio } from '../loadPortfolio.ts';
import { debtSharesOf, groupIdOf, idleHoldingsOf, poolOf, settlementAssetOf } from '../lookup.ts';
import { cashLeg, poolLeg, sharesLeg } from '../posting.ts';
import type { QueuedRedemption, TrancheState } from '../state.ts';
import { trancheNav } from '../tranches.ts';
import { modelOf } from '../view.ts';

/** Slow values, loss windows and due redemptions of every tranche that somebody funded; at the scan interval, or when a redemption is due. */
export function advanceTranches(run: BlockRun): void {
  const { state } = run.view;
  for (let id = 0; id < state.tranches.length; id += 1) {
    const found = state.tranches[id];
    const terms = state.terms.tranches[id];
    if (found === undefined || terms === undefined || found.accounting.totalShares === 0n) continue;
    const isDue = state.timeMs - found.accounting.slowAtMs >= state.parameters.global.scanEveryMs;
    const due = dueRedemptions(
      found.redemptions.map((entry) => entry.request),
      state.timeMs,
    );
    if (!isDue && due.length === 0) continue;
    const accounting = advanceTranche(found.accounting, { nav: trancheNav(run.view, found), nowMs: state.timeMs, limits: terms });
    emit(run, { kind: 'trancheUpdated', tranche: trancheId(id), state: { ...found, accounting } });
    for (const request of due) {
      const entry = state.tranches[id]?.redemptions.find((queued) => queued.request.sequence === request.sequence);
      if (entry !== undefined) payDue(run, id, entry);
    }
  }
}

/**
 * Works a tranche's inventory off: its cash repays what it took over in debt, and what it holds beside cash stands for sale in
 * a voluntary auction at half the discount it was taken at. Its caps stop buying; nothing ever forces it to sell lower.
 */
export function workOffInventory(run: BlockRun): void {
  for (const tranche of run.view.state.tranches) {
    if (tranche.accounting.totalShares === 0n) continue;
    repayDebt(run, tranche.account);
    offerInventory(run, tranche.account);
  }
}

function repayDebt(run: BlockRun, account: AccountId): void {
  const { state } = run.view;
  const asset = settlementAssetOf(state, account);
  const owed = debtSharesOf(state, account, asset);
  const cash = cashOf(state.ledger.accounts, account);
  if (owed === 0n || cash <= 0n) return;
  const pool = poolOf(state, asset);
  const debt = debtValue(pool, owed);
  const repaid = min(debt, cash);
  const burned = repaid === debt ? owed : sharesForRepayment(pool, repaid);
  if (burned === 0n) return;
  const legs = [
    ...cashLeg(account, neg(repaid)),
    ...poolLeg(asset, repaid),
    ...sharesLeg('debtShares', account, asset, neg(burned)),
  ];
  emit(run, { kind: 'repaid', account, asset, amount: repaid, legs });
}

/** The auction's reserved cash is the tranche's own: only the inventory is for sale. */
function offerInventory(run: BlockRun, account: AccountId): void {
  const { state } = run.view;
  const store = state.ledger.accounts;
  const reservedCash = ticks(max(cashOf(store, account), ZERO_AMOUNT));
  const open = state.auctions.get(account);
  if (open !== undefined) {
    if (open.reservedCash !== reservedCash) emit(run, { kind: 'auctionStaged', auction: { ...open, reservedCash } });
    return;
  }
  if (positionCount(store, account) + balanceCount(store, account) === 0) return;
  emit(run, {
    kind: 'auctionOpened',
    auction: {
      account,
      group: groupIdOf(state, account),
      stage: 'voluntary',
      openedAtMs: state.timeMs,
      stageAtMs: state.timeMs,
      reservedCash,
      wiped: false,
    },
  });
}

/** Pays a redemption as far as the tranche's initial margin and idle holdings reach; the rest keeps its place. */
function payDue(run: BlockRun, id: number, entry: QueuedRedemption): void {
  const { state } = run.view;
  const found = state.tranches[id];
  if (found === undefined || found.account === entry.account) return;
  const payment = payRedemption(found.accounting, {
    shares: entry.request.shares,
    nav: trancheNav(run.view, found),
    payable: payableOf(run, found),
  });
  if (payment.burned === 0n) return;
  const left = { ...entry, request: { ...entry.request, shares: payment.left } };
  const redemptions = found.redemptions.flatMap((queued) => (queued !== entry ? [queued] : payment.left > 0n ? [left] : []));
  const next: TrancheState = {
    ...found,
    accounting: payment.tranche,
    holders: withShares(found, entry.account, shares(-payment.burned)),
    redemptions,
  };
  const paid = amount(payment.paid);
  emit(run, {
    kind: 'backstopRedeemed',
    tranche: trancheId(id),
    account: entry.account,
    amount: paid,
    shares: payment.burned,
    state: next,
    legs: [...cashLeg(found.account, neg(paid)), ...cashLeg(entry.account, paid)],
  });
}

function payableOf(run: BlockRun, tranche: TrancheState): Ticks {
  const { view } = run;
  loadPortfolio(view.state, tranche.account, view.before);
  const { healthInitial } = computeMargin(modelOf(view, view.before.group), view.before);
  const idle = ticks(idleHoldingsOf(view.state, settlementAssetOf(view.state, tranche.account)));
  return max(ZERO_TICKS, min(healthInitial, idle));
}
