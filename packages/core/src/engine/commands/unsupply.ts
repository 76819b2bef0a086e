import { idleCash, sharesForWithdrawal, supplyValue } from '../../ledger/lendingPool.ts';
import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayActFor } from '../authority.ts';
import type { Unsupply } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { poolOf, supplySharesOf } from '../lookup.ts';
import { holdingLeg, poolLeg, sharesLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { refuse } from './lendingChecks.ts';

/** Takes back what was supplied, as far as the pool has it in cash. */
export function decideUnsupply(view: EngineView, command: Unsupply): Decision {
  const { state } = view;
  const { account, asset } = command;
  const refusal = refuse(view, command);
  if (refusal !== null) return refusal;
  if (!mayActFor(state, command.actor, account)) return reject('notAuthorised', { account });
  const held = supplySharesOf(state, account, asset);
  const pool = poolOf(state, asset);
  const worth = supplyValue(pool, held);
  const amount = command.amount ?? worth;
  if (!isPositive(amount)) return reject('amountNotPositive', { amount }, account);
  if (amount > worth) return reject('insufficientBalance', { amount, held: worth }, account);
  const idle = idleCash(pool);
  if (amount > idle) return reject('poolTooSmall', { amount, idle }, account);
  const burned = command.amount === null ? held : sharesForWithdrawal(pool, amount);
  const legs = [
    ...holdingLeg(state, account, asset, amount),
    ...poolLeg(asset, neg(amount)),
    ...sharesLeg('supplyShares', account, asset, neg(burned)),
  ];
  return [{ kind: 'unsupplied', account, asset, amount, legs }];
}
