/**
 * The loan behind negative settled cash. An account whose cash is −100 has borrowed 100 from the accounts that settled
 * against it, and pays the pool's borrow rate on it, to those who supply the pool.
 *
 * What is lent is settled cash below zero: cash with the unrealised result of linear instruments, which the ledger does not
 * know. So the engine sizes the loan when it touches the account, by a `cashLoan` leg; until then it stays what it was. The loan
 * is `shares` of the debt index and the `principal`; interest owed is the value of the shares less the principal. Sizing rounds
 * shares up, so a touch may add up to one share (one or two units of 1e-6) to what is owed; it is never in the account's favour.
 */

import { type Amount, amount, RAY_ONE, type Shares, shares, ZERO_AMOUNT } from '../numeric/brand.ts';
import { mulDivUp } from '../numeric/rounding.ts';
import type { LendingPool } from './lendingPool.ts';

/** The loan columns of one account. */
export interface CashLoan {
  readonly shares: Shares;
  readonly principal: Amount;
}

/** Interest owed on a cash loan now, rounded up; never negative. */
export function loanInterest(pool: LendingPool, loan: CashLoan): Amount {
  if (loan.shares === 0n) return ZERO_AMOUNT;
  return amount(mulDivUp<bigint>(loan.shares, pool.debtIndex, RAY_ONE) - loan.principal);
}

/** The loan of a principal with `interest` still owed; shares round up, against the account. */
export function sizedLoan(pool: LendingPool, owed: { readonly principal: Amount; readonly interest: Amount }): CashLoan {
  const { principal, interest } = owed;
  return { shares: shares(mulDivUp<bigint>(principal + interest, RAY_ONE, pool.debtIndex)), principal };
}
