import { isOwner } from '../authority.ts';
import type { RevokeDelegate } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { isOpenAccount } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

export function decideRevokeDelegate(view: EngineView, command: RevokeDelegate): Decision {
  const { state } = view;
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  if (!isOwner(state, command.actor, command.account)) return reject('notAuthorised', { account: command.account });
  return [{ kind: 'delegateRevoked', account: command.account, delegate: command.delegate }];
}
