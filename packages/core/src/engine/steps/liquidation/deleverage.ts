import { instrumentAt, lotsAt, lotsOf as lotsOfRow, positionCount, positionStart } from '../../../ledger/positions.ts';
import { type AdlCandidate, allocateDeleveraging } from '../../../liquidation/adl.ts';
import { type BankruptPosition, deficitOfClosed, type PositionDeficit, spreadDeficit } from '../../../liquidation/bankruptcy.ts';
import { absNumber, compareBigint, negNumber, subNumber } from '../../../numeric/arithmetic.ts';
import {
  type AccountId,
  accountId,
  type InstrumentId,
  type Lots,
  lots,
  type Ticks,
  ticks,
  ZERO_TICKS,
} from '../../../numeric/brand.ts';
import { type BlockRun, emit } from '../../block.ts';
import { fillLegs } from '../../fill.ts';
import { markTicksOf } from '../../fillBand.ts';
import { deficitOf, figuresOf, saleValueOf } from '../../healthOf.ts';
import { accountCount, groupIdOf, instrumentStateOf, isOpenAccount } from '../../lookup.ts';
import { cashLeg } from '../../posting.ts';
import { isPriced } from '../../sliceLegs.ts';
import { modelOf } from '../../view.ts';

/**
 * Layer 5. Every position of a bankrupt account that a quorum prices is closed against the other side at the bankruptcy price: mark, made worse for
 * them by the position's part of the deficit, so that the account ends at nothing. Who gives how much keeps the largest
 * requirement to equity of those left as small as possible, and closes no more of anybody than minimises his requirement.
 */
export function deleverage(run: BlockRun, account: AccountId): void {
  const { view } = run;
  const deficit = deficitOf(saleValueOf(view, account));
  const store = view.state.ledger.accounts;
  const positions: BankruptPosition[] = [];
  const start = positionStart(store, account);
  for (let slot = start; slot < start + positionCount(store, account); slot += 1) {
    const instrument = instrumentAt(store, slot);
    // A leg without an agreed price has no bankruptcy price either: it waits until its feed is back.
    if (!isPriced(view.state, instrument)) continue;
    positions.push({ instrument, lots: lotsAt(store, slot), mark: effectiveMark(run, instrument) });
  }
  for (const position of spreadDeficit(deficit, positions)) closeAgainstOthers(run, account, position);
}

function effectiveMark(run: BlockRun, instrument: InstrumentId): ReturnType<typeof markTicksOf> {
  return subNumber(markTicksOf(run.view, instrument), instrumentStateOf(run.view.state, instrument).funding.index);
}

function closeAgainstOthers(run: BlockRun, account: AccountId, position: PositionDeficit): void {
  const { view } = run;
  const { instrument } = position;
  const candidates = candidatesFor(run, account, position);
  const quantity = absNumber(position.lots);
  const allocation = allocateDeleveraging(quantity, candidates, { ticks: position.deficit, lots: quantity });
  const price = markTicksOf(view, instrument);
  let paidSoFar = ZERO_TICKS;
  let closedSoFar = lots(0);
  for (const share of allocation.shares) {
    // Parts of the deficit are taken from a running total, so that they sum to it exactly.
    closedSoFar = lots(closedSoFar + share.lots);
    const dueSoFar = deficitOfClosed(position, closedSoFar);
    const paid = ticks(dueSoFar - paidSoFar);
    paidSoFar = dueSoFar;
    const change: Lots = position.lots > 0 ? negNumber(share.lots) : share.lots;
    const legs = [
      ...fillLegs(view, { account, instrument, lots: change, price }),
      ...fillLegs(view, { account: share.account, instrument, lots: negNumber(change), price }),
      ...cashLeg(account, paid),
      ...cashLeg(share.account, -paid),
    ];
    emit(run, { kind: 'deleveraged', account, counterparty: share.account, instrument, lots: share.lots, price, paid, legs });
  }
}

/** Solvent accounts on the other side, those with the most requirement per equity first, as many as the budget allows. */
function candidatesFor(run: BlockRun, account: AccountId, position: PositionDeficit): readonly AdlCandidate[] {
  const { view } = run;
  const { state } = view;
  const found: AdlCandidate[] = [];
  const model = modelOf(view, groupIdOf(state, account));
  for (let row = 0; row < accountCount(state); row += 1) {
    const other = accountId(row);
    if (other === account || !isOpenAccount(state, other) || groupIdOf(state, other) !== model.input.group.id) continue;
    const held = lotsOfRow(state.ledger.accounts, other, position.instrument);
    if (held === 0 || held > 0 === position.lots > 0) continue;
    const now = figuresOf(view, other, view.scanned);
    if (now.haircutEquityMaintenance <= ZERO_TICKS || now.equity <= ZERO_TICKS) continue;
    const cap = capOf(run, { account: other, instrument: position.instrument, held });
    if (cap.lots === 0) continue;
    found.push({
      account: other,
      cap: cap.lots,
      requirement: now.maintenance,
      requirementAtCap: cap.requirement < now.maintenance ? cap.requirement : now.maintenance,
      equity: now.haircutEquityMaintenance,
    });
  }
  return found
    .sort((a, b) => compareBigint(b.requirement * a.equity, a.requirement * b.equity) || a.account - b.account)
    .slice(0, state.parameters.global.budget.adlCandidates);
}

interface HeldPosition {
  readonly account: AccountId;
  readonly instrument: InstrumentId;
  readonly held: Lots;
}

/** The size whose closing minimises the account's requirement: all of it, unless it hedges something else. Ternary search: the requirement is convex in it. */
function capOf(run: BlockRun, position: HeldPosition): { readonly lots: Lots; readonly requirement: Ticks } {
  const most = absNumber(position.held);
  const whole = requirementAfter(run, position, most);
  const now = requirementAfter(run, position, 0);
  if (whole === ZERO_TICKS || most === 1)
    return whole <= now ? { lots: most, requirement: whole } : { lots: lots(0), requirement: now };
  let low = 0;
  let high: number = most;
  while (high - low > 2) {
    const third = Math.floor((high - low) / 3);
    const left = low + third;
    const right = high - third;
    if (requirementAfter(run, position, left) <= requirementAfter(run, position, right)) high = right;
    else low = left;
  }
  let best = { lots: lots(0), requirement: now };
  for (let size = low; size <= high; size += 1) {
    const requirement = requirementAfter(run, position, size);
    if (requirement < best.requirement) best = { lots: lots(size), requirement };
  }
  return whole <= best.requirement ? { lots: most, requirement: whole } : best;
}

/** Maintenance after so many lots of the position are closed. */
function requirementAfter(run: BlockRun, { account, instrument, held }: HeldPosition, closed: number): Ticks {
  const change = held > 0 ? lots(-closed) : lots(closed);
  return figuresOf(run.view, account, run.view.after, [{ place: 'position', account, instrument, lots: change }]).maintenance;
}
