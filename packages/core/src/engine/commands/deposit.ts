import { isPositive, neg } from '../../numeric/arithmetic.ts';
import { collateralRoom, supplyRoom } from '../capacity.ts';
import type { Deposit } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { isOpenAccount, isSettlementAsset } from '../lookup.ts';
import { holdingLeg, outsideLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** The custodian reports tokens that arrived. Deposits always pass while the asset is listed and below its cap. */
export function decideDeposit(view: EngineView, command: Deposit): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.custodian) return reject('notAuthorised', { actor: command.actor });
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  const asset = state.terms.assets[command.asset];
  if (asset === undefined || asset.form.kind === 'lpShare') return reject('unknownAsset', { asset: command.asset });
  if (state.assets[command.asset]?.status !== 'active') return reject('assetWindingDown', { asset: command.asset });
  if (!isPositive(command.amount)) return reject('amountNotPositive', { amount: command.amount });
  const room = supplyRoom(state, command.asset);
  if (command.amount > room) return reject('supplyCapExceeded', { amount: command.amount, room });
  const { account, amount } = command;
  if (!isSettlementAsset(state, account, command.asset)) {
    const open = collateralRoom(state, command.asset);
    if (amount > open) return reject('collateralCapExceeded', { amount, room: open });
  }
  const legs = [...holdingLeg(state, account, command.asset, amount), ...outsideLeg(command.asset, neg(amount))];
  return [{ kind: 'deposited', account, asset: command.asset, amount, legs }];
}
