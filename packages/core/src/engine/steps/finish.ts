import { cashOf, isOpen, loanSharesOf } from '../../ledger/accountStore.ts';
import { cashLoanLegs, fundOf, owedLoanInterest } from '../../ledger/ledger.ts';
import { instrumentAt, lotsAt, positionCount, positionStart } from '../../ledger/positions.ts';
import { unbackedDeficit } from '../../liquidation/waterfall.ts';
import { compareNumber } from '../../numeric/arithmetic.ts';
import { type AccountId, type Amount, accountId, amount, type GroupId, ticks, ZERO_TICKS } from '../../numeric/brand.ts';
import { type BlockRun, emit } from '../block.ts';
import { markTicksOf } from '../fillBand.ts';
import { deficitOf, saleValueOf } from '../healthOf.ts';
import { sideOf } from '../healthSides.ts';
import { accountCount, groupIdOf, instrumentStateOf, isLinearInstrument } from '../lookup.ts';
import { openTranches } from '../tranches.ts';

/** Step 6, the part that decides: cash loans of touched accounts are settled and sized anew, groups are gated or opened. */
export function finishBlock(run: BlockRun): void {
  settleLoans(run);
  gateGroups(run);
  run.view.touched.clear();
  // Their size charges are bounded by the open interest of this block; the next one may be of the same moment.
  run.view.filter.tables = null;
}

/** Touched accounts, and a bounded number of others in turn, so that nobody's loan stays what it was for long. */
function settleLoans(run: BlockRun): void {
  const { state } = run.view;
  const due = new Set<AccountId>(run.view.touched);
  const count = accountCount(state);
  const turns = Math.min(state.parameters.global.budget.settlements, count);
  for (let step = 1; step <= turns; step += 1) due.add(accountId((state.cursors.settlement + step) % count));
  for (const account of [...due].sort(compareNumber)) settleLoan(run, account);
  if (turns > 0 && turns < count) {
    emit(run, { kind: 'cursorsMoved', ...state.cursors, settlement: (state.cursors.settlement + turns) % count });
  }
}

/** Pays the interest owed and sizes the loan to what the account's settled cash lacks now. */
function settleLoan(run: BlockRun, account: AccountId): void {
  const { state } = run.view;
  const store = state.ledger.accounts;
  if (!isOpen(store, account)) return;
  const interest = owedLoanInterest(state.ledger, account);
  const principal = amount(deficitOf(ticks(settledCash(run, account) - interest)));
  if (principal === 0n && loanSharesOf(store, account) === 0n) return;
  const legs = cashLoanLegs(state.ledger, account, principal);
  if (legs.length > 0) emit(run, { kind: 'cashLoanSettled', account, interest, principal, legs });
}

/** Cash with the unrealised result of linear instruments: what would be left of it if they were settled now. */
function settledCash(run: BlockRun, account: AccountId): Amount {
  const { state } = run.view;
  const store = state.ledger.accounts;
  let cash: bigint = cashOf(store, account);
  const start = positionStart(store, account);
  for (let slot = start; slot < start + positionCount(store, account); slot += 1) {
    const instrument = instrumentAt(store, slot);
    if (!isLinearInstrument(state, instrument)) continue;
    const { funding, socialIndex } = instrumentStateOf(state, instrument);
    const held = lotsAt(store, slot);
    cash +=
      BigInt(held) * BigInt(markTicksOf(run.view, instrument) - funding.index) - BigInt(Math.abs(held)) * BigInt(socialIndex);
  }
  return amount(cash);
}

/** unbacked = Σ max(0, −equity) − capacity of insurance and tranches; while positive the group takes no new risk and lets nothing out. */
function gateGroups(run: BlockRun): void {
  const { view } = run;
  const { state } = view;
  if (!hasMoved(run)) return;
  const negative = state.terms.groups.map(() => 0n);
  // Sums: the order of the list is nothing to them.
  for (const account of state.below) {
    if (!isOpen(state.ledger.accounts, account) || sideOf(view, account, 'saleValue') > 0) continue;
    const group = groupIdOf(state, account);
    negative[group] = (negative[group] ?? 0n) + deficitOf(saleValueOf(view, account));
  }
  for (const { id } of state.terms.groups) {
    const negativeEquity = ticks((negative[id] ?? 0n) - fundOf(state.ledger, id, 'deficit'));
    const unbacked =
      negativeEquity === ZERO_TICKS ? ZERO_TICKS : unbackedDeficit({ negativeEquity, capacity: capacityOf(run, id) });
    if (unbacked !== (state.groups[id]?.unbacked ?? ZERO_TICKS)) emit(run, { kind: 'groupGated', group: id, unbacked });
  }
}

/** Whether anything moved in this block that the figure depends on: prices or the list (a scan), a fund, or an account on the list. */
function hasMoved({ view, isGatingDue }: BlockRun): boolean {
  if (isGatingDue) return true;
  for (const account of view.touched) if (view.state.below.has(account)) return true;
  return false;
}

function capacityOf(run: BlockRun, group: GroupId): ReturnType<typeof ticks> {
  let capacity: bigint = fundOf(run.view.state.ledger, group, 'insurance');
  for (const { lossRoom } of openTranches(run.view, group)) capacity += lossRoom;
  return ticks(capacity);
}
