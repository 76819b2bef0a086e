// Loans of cash, derived again. Specification: at the end of a block the loan of every account that the block touched, and of a bounded
// number of others in turn, is what its settled cash lacks: max(0, −(cash + Σ lots · (mark − F) − |lots| · S over linear positions)),
// the interest owed paid. What is below maintenance and about to be sold pays its interest first, and its loan ends for the moment.

import type { Event } from '@plimsoll/core/engine';
import { agree, insist } from './auditFailure.ts';
import { type AccountBook, accountOf, type Books, loanInterestOf } from './books.ts';
import { abs, most } from './exact.ts';

/** Mark of a lot now, without indexes. */
export type MarkOf = (instrument: number) => bigint;

/** The principal of a settlement, from the books before it. Throws `AuditFailure`. */
export function checkLoan(books: Books, event: Extract<Event, { kind: 'cashLoanSettled' }>, markOf: MarkOf): void {
  const account = accountOf(books, event.account);
  const at = { height: books.height, account: event.account, figure: 'principal of a cash loan' };
  // Before a sale; the end of the block sizes it anew, and that is checked then.
  if (event.principal === 0n && books.auctions.has(event.account)) return;
  agree(at, most(0n, loanInterestOf(books, account) - settledCash(books, account, markOf)), event.principal);
}

/** At the end of a block every loan that was due is sized: those of `touched` accounts, and of the others whose turn it was. */
export function checkLoans(books: Books, touched: ReadonlySet<number>, markOf: MarkOf): void {
  for (const id of touched) checkSize(books, accountOf(books, id), markOf);
  const count = books.accounts.length;
  const turns = Math.min(books.parameters.global.budget.settlements, count);
  for (let step = 1; step <= turns; step += 1) checkSize(books, accountOf(books, (books.settlementTurn + step) % count), markOf);
  if (turns > 0 && turns < count) books.settlementTurn = (books.settlementTurn + turns) % count;
}

/** The turn that an event tells is the auditor's, or that of the end of this block. */
export function checkTurn(books: Books, event: Extract<Event, { kind: 'cursorsMoved' }>): void {
  const count = books.accounts.length;
  const turns = Math.min(books.parameters.global.budget.settlements, count);
  const next = turns > 0 && turns < count ? (books.settlementTurn + turns) % count : books.settlementTurn;
  insist(
    event.settlement === books.settlementTurn || event.settlement === next,
    { height: books.height, figure: 'turn of the accounts whose loans are settled' },
    { expected: `${books.settlementTurn} or ${next}`, found: String(event.settlement) },
  );
}

function checkSize(books: Books, account: AccountBook, markOf: MarkOf): void {
  if (!account.isOpen) return;
  if (account.positions.size === 0 && account.cash >= 0n && account.loanPrincipal === 0n) return;
  const at = { height: books.height, account: account.id, figure: 'principal of a cash loan' };
  agree(at, most(0n, -settledCash(books, account, markOf)), account.loanPrincipal);
}

/** Cash with what perpetuals and futures would add to it if they were settled at mark. */
function settledCash(books: Books, account: AccountBook, markOf: MarkOf): bigint {
  let { cash } = account;
  for (const [instrument, lots] of account.positions) {
    const kind = books.instruments[instrument]?.form.kind;
    const state = books.instrumentStates[instrument];
    if ((kind !== 'perpetual' && kind !== 'future') || state === undefined) continue;
    cash += lots * (markOf(instrument) - BigInt(state.funding.index)) - abs(lots) * BigInt(state.socialIndex);
  }
  return cash;
}
