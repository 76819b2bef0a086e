// How much of its debts an insolvent account is written off: what it lacks at mark with the incentive for whoever takes the rest, debt by
// debt in order of asset; insurance first for the settlement asset, then the pool. A pool in another asset bears no more than its reserve
// and suppliers can: its part is halved until nothing is left uncovered, the rest stays owed. Owed units go up, shares down.

import type { Event } from '@plimsoll/core/engine';
import { poolAfterLoss } from './accrual.ts';
import { agree, insist } from './auditFailure.ts';
import { accountOf, type Books, fundOf, type PoolBook, poolOf, settlementAssetOf } from './books.ts';
import { ceilDiv, floorDiv, least, MILLION, most, RAY } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import type { AuditedMargin } from './requirement.ts';

type LossWritten = Extract<Event, { kind: 'lossWritten' }>;

/** What is to be written off of an account, in order; entries leave as they are. */
export interface WriteOff {
  readonly account: number;
  readonly debts: { readonly asset: number; written: bigint; burned: bigint }[];
}

/** The account whose debts an event writes off, null when it does not: a pool's loss comes right before the event that names it. */
export function writtenOffBy(events: readonly Event[], index: number): number | null {
  const [event, next] = [events[index], events[index + 1]];
  if (event?.kind === 'lossWritten' && event.asset !== null && event.layer !== 'recovery') return event.account;
  if (event?.kind === 'poolUpdated' && event.cause === 'loss' && next?.kind === 'lossWritten') return next.account;
  return null;
}

/** Everything that is written off, from the books before the first of it; `sale` is the account's margin in the settlement asset. */
export function planWriteOff(
  books: Books,
  id: number,
  { market, sale }: { market: AuditedMarket; sale: AuditedMargin },
): WriteOff {
  const account = accountOf(books, id);
  const deficit = most(0n, -sale.equity);
  let collateral = 0n;
  for (const [asset, amount] of account.collateral) {
    const { n, d } = market.units[asset]?.ticks.high ?? { n: 0n, d: 1n };
    collateral += floorDiv(amount * n, d);
  }
  const incentive = ceilDiv(collateral * BigInt(books.parameters.groups[account.group]?.writeOffIncentivePpm ?? 0), MILLION);
  let missing = deficit === 0n ? 0n : deficit + incentive;
  const debts: WriteOff['debts'] = [];
  for (const [asset, shares] of [...account.debt].sort(([a], [b]) => a - b)) {
    const { n, d } = market.units[asset]?.ticks.low ?? { n: 1n, d: 1n };
    const { debtIndex } = poolOf(books, asset);
    const owes = ceilDiv(shares * debtIndex, RAY);
    const written = least(owes, ceilDiv(missing * d, n));
    const burned = written === owes ? shares : floorDiv(written * RAY, debtIndex);
    if (missing === 0n || burned === 0n) continue;
    missing = most(0n, missing - floorDiv(written * n, d));
    debts.push({ asset, written, burned });
  }
  return { account: id, debts };
}

/** A payment of insurance, or the loss of a pool (`before`: the pool before it), against the plan; the plan is worked off. */
export function checkWriteOff(books: Books, plan: WriteOff, event: LossWritten, before: PoolBook | null): void {
  const { account, asset } = event;
  const at = (figure: string): { readonly height: number; readonly account: number; readonly figure: string } => ({
    height: books.height,
    account,
    figure: `${figure} of debt in asset ${asset}`,
  });
  const index = plan.debts.findIndex((entry) => entry.asset === asset);
  const entry = plan.debts[index];
  if (entry === undefined) {
    insist(false, at('write-off'), { expected: 'none', found: String(event.amount) });
    return;
  }
  const burned = -event.legs.reduce((sum, leg) => (leg.place === 'debtShares' ? sum + leg.shares : sum), 0n);
  if (event.layer === 'insurance') {
    const paid = least(entry.written, fundOf(books, accountOf(books, account).group, 'insurance'));
    const covered = paid === entry.written ? entry.burned : floorDiv(paid * RAY, poolOf(books, entry.asset).debtIndex);
    agree(at('payment of insurance'), paid, event.amount);
    agree(at('shares paid by insurance'), covered, burned);
    entry.burned -= covered;
    if (entry.burned === 0n) plan.debts.splice(index, 1);
    return;
  }
  agree(at('shares written off'), bearable(books, plan, entry, before), burned);
  plan.debts.splice(index, 1);
}

/** Nothing that a layer could have borne was left out. */
export function endWriteOff(books: Books, plan: WriteOff): void {
  for (const entry of plan.debts) {
    const at = { height: books.height, account: plan.account, figure: `shares written off of debt in asset ${entry.asset}` };
    agree(at, bearable(books, plan, entry, null), 0n);
  }
}

function bearable(
  books: Books,
  plan: WriteOff,
  entry: { readonly asset: number; readonly burned: bigint },
  before: PoolBook | null,
): bigint {
  const { group } = accountOf(books, plan.account);
  if (entry.asset === settlementAssetOf(books, group)) return entry.burned;
  const pool = before ?? poolOf(books, entry.asset);
  const bound = books.parameters.lending[entry.asset]?.lossBoundPpm ?? 0;
  let part = entry.burned;
  while (part > 0n && poolAfterLoss(pool, part, bound).uncovered > 0n) part = floorDiv(part, 2n);
  return part;
}
