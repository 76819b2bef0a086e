import type { Withdraw } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { holdingOf, isBare, isSettlementAsset } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** A balance cannot go below zero; cash can, within initial margin, unless the account has nothing else to its name. */
export function refuseOutflow(
  view: EngineView,
  account: Withdraw['account'],
  asset: Withdraw['asset'],
  amount: Withdraw['amount'],
): Decision | null {
  const { state } = view;
  const held = holdingOf(state, account, asset);
  const mayOwe = isSettlementAsset(state, account, asset) && !isBare(state, account);
  if (!mayOwe && amount > held) return reject('insufficientBalance', { amount, held }, account);
  return null;
}
