import { PPM_ONE, ZERO_TICKS } from '../../numeric/brand.ts';
import { isOwner } from '../authority.ts';
import type { SetProtection } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { groupIdOf, isOpenAccount, ownerOf } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** Signed in advance by the owner; it acts only while the account is below initial margin. */
export function decideSetProtection(view: EngineView, command: SetProtection): Decision {
  const { state } = view;
  const { account, protection } = command;
  if (!isOpenAccount(state, account)) return reject('unknownAccount', { account });
  if (!isOwner(state, command.actor, account)) return reject('notAuthorised', { account });
  if (protection?.kind === 'topUp') {
    const { sibling, dailyCap } = protection;
    if (!isOpenAccount(state, sibling) || ownerOf(state, sibling) !== ownerOf(state, account))
      return reject('notAuthorised', { sibling });
    if (sibling === account) return reject('sameAccount', { account });
    if (groupIdOf(state, sibling) !== groupIdOf(state, account)) return reject('wrongGroup', { sibling });
    if (dailyCap <= ZERO_TICKS) return reject('invalidProtection', { dailyCap });
  }
  if (protection?.kind === 'slice') {
    const { sizePpm, limitPpm } = protection;
    if (sizePpm < 1 || sizePpm > PPM_ONE || limitPpm < 1) return reject('invalidProtection', { sizePpm, limitPpm });
  }
  return [{ kind: 'protectionSet', account, protection }];
}
