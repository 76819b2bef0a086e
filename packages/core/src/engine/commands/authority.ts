import { PPM_ONE, sourceId, venueId, ZERO_TICKS } from '../../numeric/brand.ts';
import { isOwner } from '../authority.ts';
import type { AuthorizeDelegate, RegisterSource, RegisterVenue, RevokeDelegate, SetProtection } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { groupIdOf, isOpenAccount, ownerOf } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

/** A delegate may trade, supply, repay and bid for an account; never take anything out of it. */
export function decideAuthorizeDelegate(view: EngineView, command: AuthorizeDelegate): Decision {
  const { state } = view;
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  if (!isOwner(state, command.actor, command.account)) return reject('notAuthorised', { account: command.account });
  return [{ kind: 'delegateAuthorized', account: command.account, delegate: command.delegate }];
}

export function decideRevokeDelegate(view: EngineView, command: RevokeDelegate): Decision {
  const { state } = view;
  if (!isOpenAccount(state, command.account)) return reject('unknownAccount', { account: command.account });
  if (!isOwner(state, command.actor, command.account)) return reject('notAuthorised', { account: command.account });
  return [{ kind: 'delegateRevoked', account: command.account, delegate: command.delegate }];
}

export function decideRegisterSource(view: EngineView, command: RegisterSource): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  if (!Number.isSafeInteger(command.weight) || command.weight < 1) return reject('invalidParameters', { weight: command.weight });
  const unknown = command.feeds.find((feed) => state.feeds[feed] === undefined);
  if (unknown !== undefined) return reject('unknownFeed', { feed: unknown });
  return [
    {
      kind: 'sourceRegistered',
      source: sourceId(state.sources.length),
      actor: command.sourceActor,
      weight: command.weight,
      feeds: command.feeds,
    },
  ];
}

export function decideRegisterVenue(view: EngineView, command: RegisterVenue): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  return [{ kind: 'venueRegistered', venue: venueId(state.venues.length), actor: command.venueActor }];
}

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
