import { sourceId } from '../../numeric/brand.ts';
import type { RegisterSource } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

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
