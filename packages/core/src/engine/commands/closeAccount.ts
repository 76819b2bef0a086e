import { isZero } from '../../numeric/arithmetic.ts';
import { mayActFor } from '../authority.ts';
import type { CloseAccount } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { holdingOf, isBare, isOpenAccount, settlementAssetOf } from '../lookup.ts';
import { reject } from '../rejections.ts';
import { hasTrancheShares } from '../tranches.ts';
import type { EngineView } from '../view.ts';

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
