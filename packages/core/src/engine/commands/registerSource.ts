import { type FeedId, type SourceId, sourceId } from '../../numeric/brand.ts';
import { validateSources } from '../../oracle/feed.ts';
import type { RegisterSource } from '../commands.ts';
import type { Decision } from '../decision.ts';
import { sourcesOf } from '../lookup.ts';
import { reject } from '../rejections.ts';
import type { EngineView } from '../view.ts';

export function decideRegisterSource(view: EngineView, command: RegisterSource): Decision {
  const { state } = view;
  if (command.actor !== state.authorities.governor) return reject('notAuthorised', { actor: command.actor });
  if (!Number.isSafeInteger(command.weight) || command.weight < 1) return reject('invalidParameters', { weight: command.weight });
  const repeated = command.feeds.find((feed, place) => command.feeds.indexOf(feed) !== place);
  if (repeated !== undefined) return reject('invalidParameters', { feed: repeated, faults: 'a feed is named once' });
  const unknown = command.feeds.find((feed) => state.feeds[feed] === undefined);
  if (unknown !== undefined) return reject('unknownFeed', { feed: unknown });
  const source = sourceId(state.sources.length);
  const fault = sourceFault(view, command, source);
  if (fault !== null) return reject('invalidParameters', fault);
  return [
    {
      kind: 'sourceRegistered',
      source,
      actor: command.sourceActor,
      weight: command.weight,
      feeds: command.feeds,
    },
  ];
}

/** What is wrong with the sources of a feed once this one is among them: too heavy, or too many. */
function sourceFault(view: EngineView, command: RegisterSource, source: SourceId): { feed: FeedId; faults: string } | null {
  const { state } = view;
  for (const feed of command.feeds) {
    const added = { source, actor: command.sourceActor, weight: command.weight, status: 'active' } as const;
    const faults = validateSources([...sourcesOf(state, feed), added]);
    if (faults.length > 0) return { feed, faults: faults.map(({ field, reason }) => `${field} ${reason}`).join('; ') };
  }
  return null;
}
