import { isPositive, isZero, neg } from '../../numeric/arithmetic.ts';
import { accountId } from '../../numeric/brand.ts';
import { mayActFor, mayMoveOut } from '../authority.ts';
import { collateralRoom, supplyRoom } from '../capacity.ts';
import type { CloseAccount, Deposit, OpenAccount, Transfer, Withdraw } from '../commands.ts';
import type { Decision } from '../decision.ts';
import {
  accountCount,
  holdingOf,
  idleHoldingsOf,
  isBare,
  isOpenAccount,
  isSettlementAsset,
  settlementAssetOf,
} from '../lookup.ts';
import { holdingLeg, outsideLeg } from '../posting.ts';
import { reject } from '../rejections.ts';
import { hasTrancheShares } from '../tranches.ts';
import type { EngineView } from '../view.ts';

/** Anyone may open accounts; an isolated account belongs in an isolated group and the other modes do not. */
export function decideOpenAccount(view: EngineView, command: OpenAccount): Decision {
  const group = view.state.terms.groups[command.group];
  if (group === undefined) return reject('unknownGroup', { group: command.group });
  if ((group.kind === 'isolated') !== (command.mode === 'isolated'))
    return reject('wrongMode', { group: command.group, mode: command.mode });
  const account = accountId(accountCount(view.state));
  return [{ kind: 'accountOpened', account, owner: command.actor, group: command.group, mode: command.mode }];
}

/** An account closes when it holds nothing and owes nothing. */
export function decideCloseAccount(view: EngineView, command: CloseAccount): Decision {
  const { state } = view;
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  if (!mayActFor(state, command.actor, command.account)) return reject('notAuthorised', { account: command.account });
  if (state.auctions.has(command.account)) return reject('accountInAuction', {}, command.account);
  if (hasTrancheShares(state, command.account) || state.claims.has(command.account))
    return reject('accountNotEmpty', {}, command.account);
  if (!isBare(state, command.account) || !isZero(holdingOf(state, command.account, settlementAssetOf(state, command.account)))) {
    return reject('accountNotEmpty', {}, command.account);
  }
  return [{ kind: 'accountClosed', account: command.account }];
}

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

/** A balance cannot go below zero; cash can, within initial margin, unless the account has nothing else to its name. */
function refuseOutflow(
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
