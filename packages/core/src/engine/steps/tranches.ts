import { computeMargin } from '../../margin/computeMargin.ts';
import { advanceTranche, dueRedemptions, payRedemption } from '../../liquidity/backstopVault.ts';
import { max, min, neg } from '../../numeric/arithmetic.ts';
import { amount, shares, type Ticks, ticks, ZERO_TICKS } from '../../numeric/brand.ts';
import { type BlockRun, emit } from '../block.ts';
import { withShares } from '../commands/backstop.ts';
import { loadPortfolio } from '../loadPortfolio.ts';
import { idleHoldingsOf, settlementAssetOf } from '../lookup.ts';
import { cashLeg } from '../posting.ts';
import type { QueuedRedemption, TrancheState } from '../state.ts';
import { trancheNav } from '../tranches.ts';
import { modelOf } from '../view.ts';
import { trancheId } from '../../numeric/brand.ts';

/** Slow values, loss windows and due redemptions of every tranche that somebody funded; at the scan interval, or when a redemption is due. */
export function advanceTranches(run: BlockRun): void {
  const { state } = run.view;
  for (let id = 0; id < state.tranches.length; id += 1) {
    const found = state.tranches[id];
    const terms = state.terms.tranches[id];
    if (found === undefined || terms === undefined || found.accounting.totalShares === 0n) continue;
    const isDue = state.timeMs - found.accounting.slowAtMs >= state.parameters.global.scanEveryMs;
    const due = dueRedemptions(found.redemptions.map((entry) => entry.request), state.timeMs);
    if (!isDue && due.length === 0) continue;
    const accounting = advanceTranche(found.accounting, { nav: trancheNav(run.view, found), nowMs: state.timeMs, limits: terms });
    emit(run, { kind: 'trancheUpdated', tranche: trancheId(id), state: { ...found, accounting } });
    for (const request of due) {
      const entry = state.tranches[id]?.redemptions.find((queued) => queued.request.sequence === request.sequence);
      if (entry !== undefined) payDue(run, id, entry);
    }
  }
}

/** Pays a redemption as far as the tranche's initial margin and idle holdings reach; the rest keeps its place. */
function payDue(run: BlockRun, id: number, entry: QueuedRedemption): void {
  const { state } = run.view;
  const found = state.tranches[id];
  if (found === undefined || found.account === entry.account) return;
  const payment = payRedemption(found.accounting, { shares: entry.request.shares, nav: trancheNav(run.view, found), payable: payableOf(run, found) });
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
