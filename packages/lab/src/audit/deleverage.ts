// Deleveraging, derived again: positions of a bankrupt account that a quorum prices are closed at mark, its deficit spread over them by
// value; each part of a position carries its part of that, rounded up from a running total, so that the parts sum to it. Who is closed
// against, and how many lots each, is derived in adlShares.ts; and what must hold of any choice is checked beside it: the other side,
// solvent, no more than it has, and nobody's requirement higher after than before.

import type { Event } from '@plimsoll/core/engine';
import { type AdlShare, adlShares, shared } from './adlShares.ts';
import { agree, insist } from './auditFailure.ts';
import { accountOf, type Books } from './books.ts';
import { isSaleable } from './checkSlice.ts';
import { abs, ceilDiv, most } from './exact.ts';
import type { AuditedMarket } from './market.ts';
import type { AuditedMargin } from './requirement.ts';

export type Deleveraged = Extract<Event, { kind: 'deleveraged' }>;

interface BankruptPosition {
  readonly instrument: number;
  /** Lots to close, positive, and those closed so far. */
  readonly lots: bigint;
  closed: bigint;
  readonly isLong: boolean;
  readonly deficit: bigint;
  paid: bigint;
  /** Who is still to be closed against, in order; null until the first part of it is seen. */
  due: AdlShare[] | null;
}

/** What an account is closed out at, while it lasts. */
export interface Deleveraging {
  readonly account: number;
  readonly positions: readonly BankruptPosition[];
}

/** The deficit of an account over its positions, from the books before the first of them is closed; `sale` in the settlement asset. */
export function planDeleveraging(
  books: Books,
  id: number,
  { sale, markOf }: { readonly sale: AuditedMargin; readonly markOf: (instrument: number) => bigint },
): Deleveraging {
  const held = [...accountOf(books, id).positions]
    .filter(([instrument]) => isSaleable(books, instrument))
    .sort(([a], [b]) => a - b);
  const values = held.map(([instrument, lots]) => {
    const funding = BigInt(books.instrumentStates[instrument]?.funding.index ?? 0);
    return abs(lots * (markOf(instrument) - funding));
  });
  const isWorthless = values.every((value) => value === 0n);
  const weights = isWorthless ? held.map(([, lots]) => abs(lots)) : values;
  const parts = shared(most(0n, -sale.equity), weights);
  const positions = held.map(([instrument, lots], index) => ({
    instrument,
    lots: abs(lots),
    closed: 0n,
    isLong: lots > 0n,
    deficit: parts[index] ?? 0n,
    paid: 0n,
    due: null,
  }));
  return { account: id, positions };
}

/** One part of a position against the plan; `other` is the margin of the other side before it. Throws `AuditFailure`. */
export function checkDeleveraged(
  books: Books,
  plan: Deleveraging,
  event: Deleveraged,
  { mark, other, market }: { readonly mark: bigint; readonly other: AuditedMargin; readonly market: AuditedMarket },
): void {
  const at = (figure: string, account: number = event.account): Parameters<typeof agree>[0] => ({
    height: books.height,
    account,
    figure: `${figure} of deleveraged instrument ${event.instrument}`,
  });
  const lots = BigInt(event.lots);
  const position = plan.positions.find(({ instrument }) => instrument === event.instrument);
  const left = position === undefined ? 0n : position.lots - position.closed;
  insist(lots > 0n && lots <= left, at('lots'), { expected: `1 to ${left}`, found: String(lots) });
  if (position === undefined) return;
  for (const earlier of plan.positions) {
    if (earlier.instrument > event.instrument) break;
    earlier.due ??= dueOf(books, plan, earlier, market);
    if (earlier.instrument < event.instrument) checkDone(books, plan, earlier);
  }
  const due = position.due?.shift();
  agree(at('account closed against for'), due?.account ?? null, event.counterparty);
  agree(at('lots closed', event.counterparty), due?.lots ?? null, lots);
  agree(at('price'), mark, event.price);
  position.closed += lots;
  const owed = ceilDiv(position.deficit * position.closed, position.lots);
  agree(at('deficit taken over'), owed - position.paid, event.paid);
  position.paid = owed;
  const { counterparty } = event;
  const own = accountOf(books, event.account);
  const taker = accountOf(books, counterparty);
  const isLong = (own.positions.get(event.instrument) ?? 0n) > 0n;
  const held = taker.positions.get(event.instrument) ?? 0n;
  insist(taker.isOpen && taker.group === own.group && counterparty !== event.account, at('counterparty', counterparty), {
    expected: 'another open account of the group',
    found: 'none',
  });
  insist(held > 0n !== isLong && abs(held) >= lots, at('lots of the other side', counterparty), {
    expected: `at least ${lots} on the other side`,
    found: String(held),
  });
  insist(other.equity > 0n && other.haircutEquityMaintenance > 0n, at('equity of the other side', counterparty), {
    expected: 'above zero',
    found: `${other.equity}, ${other.haircutEquityMaintenance} after haircuts`,
  });
}

/** Nobody who was to be closed against was left out. To be called before anything else happens. */
export function endDeleveraging(books: Books, plan: Deleveraging, market: AuditedMarket): void {
  for (const position of plan.positions) {
    position.due ??= dueOf(books, plan, position, market);
    checkDone(books, plan, position);
  }
}

function dueOf(books: Books, plan: Deleveraging, position: BankruptPosition, market: AuditedMarket): AdlShare[] {
  return [...adlShares(books, market, { account: plan.account, ...position })];
}

function checkDone(books: Books, { account }: Deleveraging, { instrument, due }: BankruptPosition): void {
  const figure = `account closed against for deleveraged instrument ${instrument}`;
  agree({ height: books.height, account, figure }, due?.[0]?.account ?? null, null);
}
