import { accountId } from '../../numeric/brand.ts';
import type { OpenAccount } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { accountCount } from '../lookup.ts';
import { reject } from '../rejections.ts';
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
