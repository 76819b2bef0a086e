import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayMoveOut } from '../authority.ts';
import type { Withdraw } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { idleHoldingsOf, isOpenAccount } from '../lookup.ts';
import { holdingLeg, outsideLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { refuseOutflow } from './outflow.ts';

/** Withdrawal ≤ min(free collateral at initial, idle holdings). The margin side is the chokepoint's. */
export function decideWithdraw(view: EngineView, command: Withdraw): Decision {
  const { state } = view;
  const { account, asset, amount } = command;
  if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  if (!mayMoveOut(state, command.actor, account)) return reject('notAuthorised', { account });
  if (state.terms.assets[asset] === undefined) return reject('unknownAsset', { asset });
  if (!isPositive(amount)) return reject('amountNotPositive', { amount });
  const refusal = refuseOutflow(view, account, asset, amount);
  if (refusal !== null) return refusal;
  const idle = idleHoldingsOf(state, asset);
  if (amount > idle) return reject('insufficientIdleHoldings', { amount, idle }, account);
  return [
    {
      kind: 'withdrawn',
      account,
      asset,
      amount,
      legs: [...holdingLeg(state, account, asset, neg(amount)), ...outsideLeg(asset, amount)],
    },
  ];
}
