import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { mayMoveOut } from '../authority.ts';
import type { Transfer } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { isOpenAccount } from '../lookup.ts';
import { holdingLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';
import { refuseOutflow } from './outflow.ts';

/** Between two accounts of any owners; the giver passes the chokepoint, the receiver can only gain. */
export function decideTransfer(view: EngineView, command: Transfer): Decision {
  const { state } = view;
  const { from, to, asset, amount } = command;
  if (!isOpenAccount(state, from)) return reject('unknownAccount', { account: from });
  if (!isOpenAccount(state, to)) return reject('unknownAccount', { account: to });
  if (!mayMoveOut(state, command.actor, from)) return reject('notAuthorised', { account: from });
  if (from === to) return reject('sameAccount', { account: from });
  if (state.terms.assets[asset] === undefined) return reject('unknownAsset', { asset });
  if (!isPositive(amount)) return reject('amountNotPositive', { amount });
  const refusal = refuseOutflow(view, from, asset, amount);
  if (refusal !== null) return refusal;
  return [
    {
      kind: 'transferred',
      from,
      to,
      asset,
      amount,
      legs: [...holdingLeg(state, from, asset, neg(amount)), ...holdingLeg(state, to, asset, amount)],
    },
  ];
}
