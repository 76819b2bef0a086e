import { isOwner } from '../authority.ts';
import type { AuthorizeDelegate } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { isOpenAccount } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** A delegate may trade, supply, repay and bid for an account; never take anything out of it. */
export function decideAuthorizeDelegate(view: EngineView, command: AuthorizeDelegate): Decision {
  const { state } = view;
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  if (!isOwner(state, command.actor, command.account)) return reject('notAuthorised', { account: command.account });
  return [{ kind: 'delegateAuthorized', account: command.account, delegate: command.delegate }];
}
