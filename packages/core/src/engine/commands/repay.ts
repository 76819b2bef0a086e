import { debtValue, sharesForRepayment } from '../../ledger/lendingPool.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayActFor } from '../authority.ts';
import type { Repay } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { debtSharesOf, holdingOf, poolOf } from '../lookup.ts';
import { holdingLeg, poolLeg, sharesLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { refuse } from './lendingChecks.ts';

/** Pays back a debt; more than is owed is cut to what is owed. */
export function decideRepay(view: EngineView, command: Repay): Decision {
  const { state } = view;
  const { account, asset } = command;
  const refusal = refuse(view, command);
  if (refusal !== null) return refusal;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  const pool = poolOf(state, asset);
  const shares = debtSharesOf(state, account, asset);
  const owed = debtValue(pool, shares);
  const amount = command.amount === null || command.amount > owed ? owed : command.amount;
  if (!isPositive(amount)) return reject('amountNotPositive', { amount }, account);
  const held = holdingOf(state, account, asset);
  if (amount > held) return reject('insufficientBalance', { amount, held }, account);
  const burned = amount === owed ? shares : sharesForRepayment(pool, amount);
  const legs = [
    ...holdingLeg(state, account, asset, neg(amount)),
    ...poolLeg(asset, amount),
    ...sharesLeg('debtShares', account, asset, neg(burned)),
  ];
  return [{ kind: 'repaid', account, asset, amount, legs }];
}
